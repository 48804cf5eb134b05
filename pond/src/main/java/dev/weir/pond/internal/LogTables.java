package dev.weir.pond.internal;

import dev.weir.pond.Event;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import dev.weir.state.Snapshots;
import dev.weir.state.Table;
import java.util.List;

/**
 * The tables of an event log.
 *
 * <p>Invariants, at every commit: a stream's events are those from its floor to its head, without
 * gaps, and their Lamport times grow; each is in the tag table under each of its tags.
 */
public final class LogTables {

  /** The events. */
  public static final Table EVENT =
      Table.bookkeeping("weir_event")
          .key("stream", ColumnType.TEXT)
          .key("offset", ColumnType.INTEGER)
          .column("lamport", ColumnType.INTEGER)
          .column("time", ColumnType.INSTANT)
          .column("tags", ColumnType.JSON)
          .column("payload", ColumnType.JSON)
          .build();

  /** Which events carry a tag. */
  public static final Table TAG =
      Table.bookkeeping("weir_event_tag")
          .key("tag", ColumnType.TEXT)
          .key("stream", ColumnType.TEXT)
          .key("offset", ColumnType.INTEGER)
          .build();

  /**
   * The streams: the last offset and its Lamport time, and the first offset that was not removed.
   */
  public static final Table STREAM =
      Table.bookkeeping("weir_event_stream")
          .key("stream", ColumnType.TEXT)
          .column("head", ColumnType.INTEGER)
          .column("lamport", ColumnType.INTEGER)
          .column("floor", ColumnType.INTEGER)
          .build();

  /** Events that were not taken, and why. */
  public static final Table QUARANTINE =
      Table.bookkeeping("weir_event_quarantine")
          .key("stream", ColumnType.TEXT)
          .key("offset", ColumnType.INTEGER)
          .key("digest", ColumnType.TEXT)
          .column("lamport", ColumnType.INTEGER)
          .column("time", ColumnType.TEXT)
          .column("tags", ColumnType.TEXT)
          .column("payload", ColumnType.TEXT)
          .column("why", ColumnType.TEXT)
          .column("found", ColumnType.INSTANT)
          .build();

  /** Who this store's node is. */
  public static final Table NODE =
      Table.bookkeeping("weir_event_node")
          .key("name", ColumnType.TEXT)
          .column("value", ColumnType.TEXT)
          .build();

  /** Events that a fish leaves out of its fold. */
  public static final Table LEFT_OUT =
      Table.bookkeeping("weir_fish_quarantine")
          .key("fish", ColumnType.TEXT)
          .key("stream", ColumnType.TEXT)
          .key("offset", ColumnType.INTEGER)
          .column("lamport", ColumnType.INTEGER)
          .column("error", ColumnType.TEXT)
          .build();

  /** The state of a fish in a snapshot: its text, in parts. */
  public static final Table STATE =
      Table.state("weir_fish_state", "fish")
          .key("part", ColumnType.INTEGER)
          .column("state", ColumnType.TEXT)
          .build();

  private LogTables() {}

  /** The state in a snapshot of a fish. */
  public static String stateText(Snapshots snapshots, String id) {
    var text = new StringBuilder();
    try (var contents = snapshots.open(id)) {
      for (var table : contents.tables()) {
        if (table.name().equals(STATE.name())) {
          try (var rows = contents.rows(table)) {
            rows.forEachRemaining(row -> text.append(row.text(1)));
          }
        }
      }
    }
    return text.toString();
  }

  /** The text of an event's tags. */
  static String tags(Row row) {
    return row.text(4);
  }

  static Event event(Row row, List<String> tags, String node) {
    var stream = row.text(0);
    return new Event(
        stream,
        row.integer(1),
        row.integer(2),
        row.instant(3),
        tags,
        row.text(5),
        stream.equals(node));
  }

  /** The event of a row, as the node sees it. */
  public static Event event(Row row, String node) {
    return event(row, TagTexts.unread(tags(row)), node);
  }

  public static Row row(Event event) {
    return Row.of(
        event.stream(),
        event.offset(),
        event.lamport(),
        event.time(),
        TagTexts.text(event.tags()),
        event.payload());
  }
}
