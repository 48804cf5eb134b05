package dev.weir.streams.internal;

import dev.weir.graph.Control;

/** Text. */
final class Utf8Encoding implements Encoding {

  private final Utf8 utf8 = new Utf8();

  @Override
  public Object decode(byte[] bytes, int from, int to) throws BadMessageException {
    return Controls.ofText(utf8.decode(bytes, from, to));
  }

  @Override
  public boolean encode(Object record, Bytes to) throws BadMessageException {
    if (record instanceof Control control) {
      utf8.encode(Controls.toText(control), to);
    } else if (record instanceof String text) {
      utf8.encode(text, to);
    } else {
      throw new BadMessageException("utf-8 takes text, and this is " + Controls.typeOf(record));
    }
    return true;
  }
}
