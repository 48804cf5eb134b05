package dev.weir.streams.internal;

import dev.weir.graph.BadJsonException;

/** One JSON value. */
final class JsonEncoding implements Encoding {

  private final JsonLineDecoder decoder = new JsonLineDecoder();
  private JsonLineEncoder encoder;

  @Override
  public Object decode(byte[] bytes, int from, int to) throws BadMessageException {
    int begin = from;
    while (begin < to && bytes[begin] > 0 && bytes[begin] <= ' ') {
      begin++;
    }
    if (begin == to) {
      throw new BadMessageException("not JSON: there is nothing");
    }
    var value = decoder.decode(bytes, begin, to);
    return value instanceof String ? value : Controls.of(value);
  }

  @Override
  public boolean encode(Object record, Bytes to) throws BadMessageException {
    try {
      if (encoder == null) {
        encoder = new JsonLineEncoder();
      }
      encoder.write(record, to);
      return true;
    } catch (BadJsonException e) {
      throw new BadMessageException(e.getMessage());
    }
  }
}
