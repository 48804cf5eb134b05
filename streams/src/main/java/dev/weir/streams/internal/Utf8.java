package dev.weir.streams.internal;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;

/** UTF-8, strictly. Not thread-safe. */
final class Utf8 {

  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();

  String decode(byte[] bytes, int from, int to) throws BadMessageException {
    var in = ByteBuffer.wrap(bytes, from, to - from);
    try {
      return decoder.decode(in).toString();
    } catch (CharacterCodingException e) {
      throw new BadMessageException("not UTF-8, at byte " + (in.position() - from + 1));
    }
  }

  void encode(String text, Bytes to) throws BadMessageException {
    try {
      var bytes = encoder.encode(CharBuffer.wrap(text));
      to.write(bytes.array(), bytes.arrayOffset(), bytes.remaining());
    } catch (CharacterCodingException e) {
      throw new BadMessageException("the text has half of a surrogate pair, which is no Unicode");
    }
  }
}
