package dev.weir.state.internal;

import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a snapshot is made of: for each table a stack of segments, the base first. It is kept as
 * chunks as well: one names the tables, their segments, and for each segment some <em>index</em>
 * chunks, which name the chunks of rows; so two snapshots share what is equal of it.
 *
 * <p>Invariants: the chunks of a segment are in key order and their ranges do not overlap; a base
 * has no deletions; a table has at least its base.
 */
record Manifest(List<Stack> stacks) {

  private static final int INDEX_MOST = 512;

  Manifest {
    stacks = List.copyOf(stacks);
  }

  /**
   * A table and its segments.
   *
   * @param table as it is in the store, with its subject column
   */
  record Stack(Table table, List<Segment> segments) {
    Stack {
      segments = List.copyOf(segments);
    }

    Segment base() {
      return segments.get(0);
    }
  }

  /** Rows and deletions of one table, in chunks. */
  record Segment(List<ChunkRef> chunks) {
    Segment {
      chunks = List.copyOf(chunks);
      for (var chunk : chunks) {
        assert chunk.changes() > 0 : "an empty chunk";
      }
    }

    /** The size of the content before it was deflated. */
    long contentBytes() {
      return chunks.stream().mapToLong(ChunkRef::contentBytes).sum();
    }
  }

  /** A chunk of rows and its key range. */
  record ChunkRef(
      String hash, int bytes, int contentBytes, int changes, int deletions, Row first, Row last) {}

  /** A chunk that names others. */
  record Index(String hash, int bytes, List<ChunkRef> chunks) {}

  /**
   * A manifest with the chunks in which it is kept.
   *
   * @param hash the chunk that the catalogue names
   */
  record Kept(String hash, int bytes, Manifest manifest, List<Index> indexes) {

    /** The sizes of all its chunks, by hash. */
    Map<String, Integer> sizes() {
      var sizes = new LinkedHashMap<String, Integer>();
      sizes.put(hash, bytes);
      for (var index : indexes) {
        sizes.put(index.hash(), index.bytes());
        index.chunks().forEach(chunk -> sizes.put(chunk.hash(), chunk.bytes()));
      }
      return sizes;
    }
  }

  Optional<Stack> stack(String table) {
    return stacks.stream().filter(s -> s.table().name().equals(table)).findFirst();
  }

  /** Writes the manifest's own chunks. */
  Kept write(Chunks.Session session) {
    var out = new ByteWriter();
    var indexes = new ArrayList<Index>();
    out.writeVarint(stacks.size());
    for (var stack : stacks) {
      var definition = TableText.row(stack.table());
      for (int i = 0; i < definition.size(); i++) {
        out.writeText(definition.text(i));
      }
      out.writeVarint(stack.segments().size());
      for (var segment : stack.segments()) {
        var parts = split(segment.chunks());
        out.writeVarint(parts.size());
        for (var part : parts) {
          var index = writeIndex(session, stack.table().content(), part);
          indexes.add(index);
          out.writeText(index.hash());
        }
      }
    }
    var bytes = ChunkFormat.pack(ChunkFormat.Kind.MANIFEST, out);
    return new Kept(session.put(bytes), bytes.length, this, List.copyOf(indexes));
  }

  /** Ends a part where a hash says so, not at a count: a chunk more or less moves one end only. */
  private static List<List<ChunkRef>> split(List<ChunkRef> chunks) {
    var parts = new ArrayList<List<ChunkRef>>();
    var part = new ArrayList<ChunkRef>();
    for (var chunk : chunks) {
      part.add(chunk);
      if (chunk.hash().startsWith("00") || part.size() == INDEX_MOST) {
        parts.add(List.copyOf(part));
        part.clear();
      }
    }
    if (!part.isEmpty()) {
      parts.add(List.copyOf(part));
    }
    return parts;
  }

  private static Index writeIndex(Chunks.Session session, Table content, List<ChunkRef> chunks) {
    var out = new ByteWriter();
    var codec = new RowCodec(content);
    out.writeVarint(chunks.size());
    for (var chunk : chunks) {
      out.writeText(chunk.hash())
          .writeVarint(chunk.bytes())
          .writeVarint(chunk.contentBytes())
          .writeVarint(chunk.changes())
          .writeVarint(chunk.deletions());
      codec.writeKey(out, chunk.first());
      codec.writeKey(out, chunk.last());
    }
    var bytes = ChunkFormat.pack(ChunkFormat.Kind.INDEX, out);
    return new Index(session.put(bytes), bytes.length, chunks);
  }

  /** Which table a damaged chunk of a manifest belongs to. */
  interface Damages {
    /** Called for an index chunk that cannot be read; its part is left out. */
    void found(String table, DamagedChunkException e);
  }

  /** Reads a manifest; a damaged chunk ends it. */
  static Kept read(Chunks chunks, String hash) {
    return read(
        chunks,
        hash,
        (table, e) -> {
          throw e;
        });
  }

  static Kept read(Chunks chunks, String hash, Damages damages) {
    var bytes = chunks.read(hash);
    var in = ChunkFormat.unpack(ChunkFormat.Kind.MANIFEST, hash, bytes);
    var stacks = new ArrayList<Stack>();
    var indexes = new ArrayList<Index>();
    int tables = in.readLength();
    for (int t = 0; t < tables; t++) {
      var table = TableText.table(in.readText(), in.readText(), in.readText(), in.readText());
      var segments = new ArrayList<Segment>();
      int segmentCount = in.readLength();
      for (int s = 0; s < segmentCount; s++) {
        var refs = new ArrayList<ChunkRef>();
        int parts = in.readLength();
        for (int p = 0; p < parts; p++) {
          var name = in.readText();
          try {
            var index = readIndex(chunks, name, table.content());
            indexes.add(index);
            refs.addAll(index.chunks());
          } catch (DamagedChunkException e) {
            damages.found(table.name(), e);
          }
        }
        segments.add(new Segment(refs));
      }
      stacks.add(new Stack(table, segments));
    }
    return new Kept(hash, bytes.length, new Manifest(stacks), indexes);
  }

  private static Index readIndex(Chunks chunks, String hash, Table content) {
    var bytes = chunks.read(hash);
    var in = ChunkFormat.unpack(ChunkFormat.Kind.INDEX, hash, bytes);
    var codec = new RowCodec(content);
    int count = in.readLength();
    var refs = new ArrayList<ChunkRef>(count);
    for (int i = 0; i < count; i++) {
      refs.add(
          new ChunkRef(
              in.readText(),
              in.readLength(),
              in.readLength(),
              in.readLength(),
              in.readLength(),
              codec.readKey(in),
              codec.readKey(in)));
    }
    return new Index(hash, bytes.length, refs);
  }

  /** The hashes of all row chunks, each once. */
  Set<String> rowChunks() {
    var hashes = new LinkedHashSet<String>();
    for (var stack : stacks) {
      for (var segment : stack.segments()) {
        segment.chunks().forEach(chunk -> hashes.add(chunk.hash()));
      }
    }
    return hashes;
  }
}
