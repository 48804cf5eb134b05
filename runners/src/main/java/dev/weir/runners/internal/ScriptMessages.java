package dev.weir.runners.internal;

import dev.weir.runners.FromRunner;
import dev.weir.runners.RunnerException;
import dev.weir.runners.ToRunner;
import java.util.List;

/** Messages of a script: lists of JSON values and bytes, whose first item is their kind. */
public final class ScriptMessages implements ChildProcess.Dialect {

  private static final int KEPT_BUFFER = 1 << 22;

  private MarshalWriter frame = new MarshalWriter(1 << 16);

  @Override
  public GrowingBuffer write(ToRunner message, int reserved) {
    if (!(message instanceof ToRunner.Ask ask)) {
      throw new IllegalArgumentException("a script is not told " + message);
    }
    if (frame.size() > KEPT_BUFFER) {
      frame = new MarshalWriter(1 << 16);
    }
    var out = frame.reset(reserved).list(ask.message().size());
    for (var part : ask.message()) {
      if (part instanceof byte[] bytes) {
        out.bytes(bytes, 0, bytes.length);
      } else {
        out.value(part);
      }
    }
    return frame;
  }

  @Override
  public FromRunner read(byte[] frame) {
    if (MarshalReader.read(frame) instanceof List<?> parts && !parts.isEmpty()) {
      return new FromRunner.Said(parts);
    }
    throw new RunnerException("A script sent what is not a message.");
  }

  /** A value that was sent packed. */
  public static Object unpack(byte[] packed) {
    return MarshalReader.read(packed);
  }
}
