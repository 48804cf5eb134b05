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

  /** Writes what the batches do to state. */
  static byte[] write(List<Batch> batches) {
    var states = batches.stream().filter(Batch::isState).toList();
    var out = new ByteWriter();
    out.write(VERSION).writeVarint(states.size());
    for (var batch : states) {
      var codec = new RowCodec(batch.table().content());
      out.writeText(batch.table().name()).writeVarint(batch.size());
      batch
          .inOrder()
          .forEachRemaining(c -> codec.write(out, new Change(c.row().without(1), c.deleted())));
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
