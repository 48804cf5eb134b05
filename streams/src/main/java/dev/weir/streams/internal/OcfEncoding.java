package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Blocks of an Avro object container file, see the Avro specification. A block is a count, a size,
 * that many bytes of data, and a sync marker. Control records have no form here.
 *
 * <p>Records are gathered by {@link #encode} until {@link #writeBlock}.
 */
final class OcfEncoding implements Encoding {

  private static final byte[] MAGIC = {'O', 'b', 'j', 1};
  private static final int SYNC = 16;

  private final boolean headed;
  private Schema schema;
  private byte[] sync;
  private boolean deflate;
  private AvroEncoding datums;
  private final Bytes gathered = new Bytes();
  private int count;

  OcfEncoding(Schema schema, Envelope.OcfBlock envelope) {
    this.schema = schema;
    this.sync =
        envelope.syncMarker() == null ? null : Base64.getDecoder().decode(envelope.syncMarker());
    this.deflate = envelope.deflate();
    this.headed = envelope.skipHeader();
    this.datums = schema == null ? null : new AvroEncoding(schema);
  }

  /** How long headers and blocks are. */
  static final class Blocks implements Framing.BySelf.Measure {
    private final boolean headed;

    Blocks(Envelope.OcfBlock envelope) {
      this.headed = envelope.skipHeader();
    }

    @Override
    public int length(byte[] bytes, int from, int to) throws BadMessageException {
      var in = DecoderFactory.get().binaryDecoder(bytes, from, to - from, null);
      try {
        if (bytes[from] == MAGIC[0] && headed) {
          // No block begins so: it would be one of -40 records.
          readHeader(in);
        } else {
          long records = in.readLong();
          long size = in.readLong();
          if (records < 0 || size < 0 || size > MessageReader.MAX_MESSAGE) {
            throw new BadMessageException("no block of an Avro file begins there");
          }
          int head = to - from - in.inputStream().available();
          long length = head + size + SYNC;
          return length > to - from ? -1 : (int) length;
        }
        return to - from - in.inputStream().available();
      } catch (EOFException e) {
        return -1;
      } catch (IOException | AvroRuntimeException e) {
        throw new BadMessageException("not an Avro file: " + e.getMessage());
      }
    }
  }

  private static final class Header {
    private final Map<String, byte[]> meta = new HashMap<>();
    private final byte[] sync = new byte[SYNC];
  }

  private static Header readHeader(BinaryDecoder in) throws IOException, BadMessageException {
    var magic = new byte[MAGIC.length];
    in.readFixed(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new BadMessageException("it is no Avro file: it does not begin with Obj and 1");
    }
    var header = new Header();
    for (long n = in.readMapStart(); n > 0; n = in.mapNext()) {
      for (; n > 0; n--) {
        var key = in.readString();
        var value = in.readBytes(null);
        header.meta.put(
            key,
            Arrays.copyOfRange(
                value.array(), value.arrayOffset(), value.arrayOffset() + value.remaining()));
      }
    }
    in.readFixed(header.sync);
    return header;
  }

  /** The descriptor decides; where the header says otherwise, that is an error. */
  @Override
  public void header(byte[] bytes, int from, int to) throws BadMessageException {
    try {
      var header = readHeader(DecoderFactory.get().binaryDecoder(bytes, from, to - from, null));
      var text = new String(header.meta.get("avro.schema"), StandardCharsets.UTF_8);
      var found = new Schema.Parser().parse(text);
      if (schema != null && !schema.equals(found)) {
        throw new BadMessageException(
            "its records have the schema " + found + ", and the stream's is " + schema);
      }
      var codec = header.meta.get("avro.codec");
      var name = codec == null ? "null" : new String(codec, StandardCharsets.UTF_8);
      if (!name.equals("null") && !name.equals("deflate")) {
        throw new BadMessageException(
            "its blocks are compressed by " + name + "; only deflate can be read");
      }
      if (sync != null && !Arrays.equals(sync, header.sync)) {
        throw new BadMessageException("its sync marker is not that of the descriptor");
      }
      schema = found;
      datums = new AvroEncoding(found);
      sync = header.sync;
      deflate = name.equals("deflate");
    } catch (IOException | AvroRuntimeException e) {
      throw new BadMessageException("it is no Avro file: " + e.getMessage());
    }
  }

  /** A block, of which records are taken one by one. */
  final class Block {
    private final BinaryDecoder in;
    private long left;

    private Block(BinaryDecoder in, long left) {
      this.in = in;
      this.left = left;
    }

    boolean hasNext() {
      return left > 0;
    }

    /**
     * The next record.
     *
     * @throws BadMessageException when it is no JSON value; those behind it can be taken
     */
    Object next() throws BadMessageException {
      left--;
      return datums.read(in);
    }

    void skip(long records) {
      for (long i = 0; i < records && left > 0; i++) {
        try {
          next();
        } catch (BadMessageException e) {
          // It was rejected when it was first taken.
        }
      }
    }
  }

  /** The block of the bytes from {@code from} to {@code to}. */
  Block open(byte[] bytes, int from, int to) {
    if (sync != null && !Arrays.equals(bytes, to - SYNC, to, sync, 0, SYNC)) {
      throw new WeirException("a block does not end with the file's sync marker: it is damaged");
    }
    try {
      var in = DecoderFactory.get().binaryDecoder(bytes, from, to - SYNC - from, null);
      long records = in.readLong();
      int size = (int) in.readLong();
      var data = Arrays.copyOfRange(bytes, to - SYNC - size, to - SYNC);
      var plain = deflate ? inflate(data) : data;
      return new Block(DecoderFactory.get().binaryDecoder(plain, null), records);
    } catch (IOException | DataFormatException e) {
      throw new WeirException("a block is damaged: " + e.getMessage(), e);
    }
  }

  private static byte[] inflate(byte[] data) throws DataFormatException {
    var inflater = new Inflater(true);
    try {
      inflater.setInput(data);
      var plain = new Bytes();
      var piece = new byte[1 << 16];
      while (!inflater.finished()) {
        int n = inflater.inflate(piece);
        if (n == 0 && inflater.needsInput()) {
          throw new DataFormatException("it ends too early");
        }
        plain.write(piece, 0, n);
        if (plain.size() > MessageReader.MAX_MESSAGE) {
          throw new DataFormatException("it holds more than 64 MiB");
        }
      }
      return plain.copy();
    } finally {
      inflater.end();
    }
  }

  @Override
  public Object decode(byte[] bytes, int from, int to) {
    throw new IllegalStateException("a block holds many records");
  }

  @Override
  public void writeHeader(Bytes to) {
    if (!headed) {
      return;
    }
    try {
      var out = EncoderFactory.get().directBinaryEncoder(to, null);
      out.writeFixed(MAGIC);
      out.writeMapStart();
      out.setItemCount(2);
      out.startItem();
      out.writeString("avro.schema");
      out.writeBytes(schema.toString().getBytes(StandardCharsets.UTF_8));
      out.startItem();
      out.writeString("avro.codec");
      out.writeBytes((deflate ? "deflate" : "null").getBytes(StandardCharsets.UTF_8));
      out.writeMapEnd();
      out.writeFixed(sync());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same for the same schema, so that a file written again is the same again. */
  private byte[] sync() {
    if (sync == null) {
      try {
        sync =
            MessageDigest.getInstance("MD5")
                .digest(("weir " + schema).getBytes(StandardCharsets.UTF_8));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has MD5", e);
      }
    }
    return sync;
  }

  @Override
  public boolean encode(Object record, Bytes to) throws BadMessageException {
    int before = gathered.size();
    try {
      if (record instanceof dev.weir.graph.Control) {
        return false;
      }
      datums.encode(record, gathered);
      count++;
      return true;
    } catch (BadMessageException e) {
      gathered.cut(before);
      throw e;
    }
  }

  /** How many bytes were gathered. */
  int gathered() {
    return gathered.size();
  }

  /** Appends the block of what was gathered, if anything was. */
  void writeBlock(Bytes to) {
    if (count == 0) {
      return;
    }
    try {
      var data = deflate ? deflate(gathered.copy()) : gathered.copy();
      var out = EncoderFactory.get().directBinaryEncoder(to, null);
      out.writeLong(count);
      out.writeLong(data.length);
      out.writeFixed(data);
      out.writeFixed(sync());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    gathered.cut(0);
    count = 0;
  }

  private static byte[] deflate(byte[] plain) {
    var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(plain);
      deflater.finish();
      var data = new Bytes();
      var piece = new byte[1 << 16];
      while (!deflater.finished()) {
        data.write(piece, 0, deflater.deflate(piece));
      }
      return data.copy();
    } finally {
      deflater.end();
    }
  }
}
