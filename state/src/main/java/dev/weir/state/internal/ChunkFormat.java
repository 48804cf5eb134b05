package dev.weir.state.internal;

import dev.weir.state.StoreException;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The envelope of a chunk: {@code WEIR}, the format's version, the kind of content, whether it is
 * deflated, its length before that, and the content.
 */
final class ChunkFormat {

  static final int VERSION = 1;

  /** What a chunk holds. */
  enum Kind {
    ROWS('R'),
    INDEX('I'),
    MANIFEST('M');

    private final int letter;

    Kind(int letter) {
      this.letter = letter;
    }
  }

  private static final byte[] MAGIC = {'W', 'E', 'I', 'R'};

  private ChunkFormat() {}

  static byte[] pack(Kind kind, ByteWriter content) {
    var out = new ByteWriter();
    out.writeRaw(MAGIC, 0, MAGIC.length).write(VERSION).write(kind.letter);
    var deflated = new byte[content.size()];
    int length = deflate(content, deflated);
    boolean smaller = length > 0 && length < content.size();
    out.write(smaller ? 1 : 0).writeVarint(content.size());
    out.writeRaw(smaller ? deflated : content.array(), 0, smaller ? length : content.size());
    return out.toBytes();
  }

  /** The length of the deflated content, or 0 when it does not fit. */
  private static int deflate(ByteWriter content, byte[] to) {
    var deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      deflater.setInput(content.array(), 0, content.size());
      deflater.finish();
      int length = deflater.deflate(to);
      return deflater.finished() ? length : 0;
    } finally {
      deflater.end();
    }
  }

  /** The content of a chunk whose hash has been verified. */
  static ByteReader unpack(Kind kind, String hash, byte[] chunk) {
    var in = new ByteReader(chunk, 0);
    for (byte b : MAGIC) {
      if (in.atEnd() || in.read() != b) {
        throw new DamagedChunkException(hash, "is not a chunk of Weir");
      }
    }
    int version = in.read();
    if (version > VERSION) {
      throw new StoreException(
          "chunk %s is of format %d, made by a newer version of Weir; this one reads up to %d"
              .formatted(hash, version, VERSION));
    }
    int letter = in.read();
    if (letter != kind.letter) {
      throw new DamagedChunkException(hash, "does not hold what its manifest says");
    }
    boolean deflated = in.read() == 1;
    int length = in.readLength();
    if (!deflated) {
      return new ByteReader(chunk, in.position());
    }
    var content = new byte[length];
    var inflater = new Inflater(true);
    try {
      inflater.setInput(chunk, in.position(), chunk.length - in.position());
      if (inflater.inflate(content) != length) {
        throw new DamagedChunkException(hash, "is shorter than it says");
      }
      return new ByteReader(content, 0);
    } catch (DataFormatException e) {
      throw new DamagedChunkException(hash, "cannot be inflated");
    } finally {
      inflater.end();
    }
  }
}
