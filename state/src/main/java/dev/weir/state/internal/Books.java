package dev.weir.state.internal;

import dev.weir.state.ColumnType;
import dev.weir.state.Index;
import dev.weir.state.Table;
import java.util.List;

/** The tables in which a store keeps its own books. */
final class Books {

  /** The declared tables. */
  static final Table TABLE =
      Table.bookkeeping("weir_table")
          .key("name", ColumnType.TEXT)
          .column("role", ColumnType.TEXT)
          .column("columns", ColumnType.TEXT)
          .column("indexes", ColumnType.TEXT)
          .build();

  /**
   * Who owns a subject, how far it is, and what its next snapshot can build on: {@link Subject}.
   */
  static final Table SUBJECT =
      Table.bookkeeping("weir_subject")
          .key("subject", ColumnType.TEXT)
          .column("run", ColumnType.INTEGER)
          .nullable("position", ColumnType.INTEGER)
          .nullable("complete_after", ColumnType.INTEGER)
          .nullable("base", ColumnType.TEXT)
          .nullable("base_position", ColumnType.INTEGER)
          .column("segment_bytes", ColumnType.INTEGER)
          .column("segment_limit", ColumnType.INTEGER)
          .build();

  /** The changed rows of each commit since the subject's last snapshot. */
  static final Table SEGMENT =
      Table.bookkeeping("weir_segment")
          .key("subject", ColumnType.TEXT)
          .key("position", ColumnType.INTEGER)
          .column("changes", ColumnType.INTEGER)
          .column("data", ColumnType.BYTES)
          .build();

  /** The catalogue. */
  static final Table SNAPSHOT =
      Table.bookkeeping("weir_snapshot")
          .key("id", ColumnType.TEXT)
          .column("ordinal", ColumnType.INTEGER)
          .column("subject", ColumnType.TEXT)
          .column("position", ColumnType.INTEGER)
          .column("taken_at", ColumnType.INSTANT)
          .column("why", ColumnType.TEXT)
          .column("program", ColumnType.TEXT)
          .column("tables", ColumnType.INTEGER)
          .column("rows", ColumnType.INTEGER)
          .column("bytes", ColumnType.INTEGER)
          .column("shared_bytes", ColumnType.INTEGER)
          .column("positions", ColumnType.JSON)
          .column("damaged", ColumnType.BOOLEAN)
          .column("manifest", ColumnType.TEXT)
          .index("by_subject", "subject", "ordinal")
          .build();

  static final Index SNAPSHOT_BY_SUBJECT = SNAPSHOT.indexes().get(0);

  /** Which chunk names which: the parent is a snapshot's id or the chunk of a manifest. */
  static final Table CHUNK =
      Table.bookkeeping("weir_chunk")
          .key("parent", ColumnType.TEXT)
          .key("chunk", ColumnType.TEXT)
          .column("bytes", ColumnType.INTEGER)
          .index("by_chunk", "chunk")
          .build();

  static final Index CHUNK_BY_CHUNK = CHUNK.indexes().get(0);

  static final List<Table> ALL = List.of(TABLE, SUBJECT, SEGMENT, SNAPSHOT, CHUNK);

  /** The format's own table, which is written and read before any other. */
  static final String META = "weir_meta";

  private Books() {}

  static boolean isReserved(String table) {
    return table.equals(META) || ALL.stream().anyMatch(t -> t.name().equals(table));
  }
}
