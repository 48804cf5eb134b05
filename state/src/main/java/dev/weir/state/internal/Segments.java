package dev.weir.state.internal;

import dev.weir.state.StoreException;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The changes of state of one commit as bytes: by table, sorted by key, without the subject. */
final class Segments {

  private static final int VERSION = 1;

  private Segments() {}

  /** Changes of one table, without its subject column. */
  record TableChanges(Table table, List<Change> changes) {}

  static byte[] write(List<TableChanges> tables) {
    var out = new ByteWriter();
    out.write(VERSION).writeVarint(tables.size());
    for (var each : tables) {
      var codec = new RowCodec(each.table().content());
      out.writeText(each.table().name()).writeVarint(each.changes().size());
      each.changes().forEach(change -> codec.write(out, change));
    }
    return out.toBytes();
  }

  /** Reads a segment; {@code tables} are those of the store by name. */
  static Map<String, List<Change>> read(byte[] data, Map<String, Table> tables) {
    var in = new ByteReader(data, 0);
    int version = in.read();
    if (version != VERSION) {
      throw new StoreException(
          "a segment is of format %d, made by a newer version of Weir".formatted(version));
    }
    var result = new HashMap<String, List<Change>>();
    int count = in.readLength();
    for (int t = 0; t < count; t++) {
      var name = in.readText();
      var codec = new RowCodec(tables.get(name).content());
      int rows = in.readLength();
      var changes = new ArrayList<Change>(rows);
      for (int i = 0; i < rows; i++) {
        changes.add(codec.read(in));
      }
      result.put(name, changes);
    }
    return result;
  }
}
