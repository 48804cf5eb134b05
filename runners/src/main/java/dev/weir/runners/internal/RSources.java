package dev.weir.runners.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.runners.ProgramSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * The R side of a runner, sent to R through the pipe when it starts, so that nothing is written to
 * disk and no package is needed.
 */
public final class RSources {

  private static final List<String> FILES =
      List.of("wire", "values", "state", "trace", "call", "outline", "child");

  private static final String APART =
      "trap '' TERM HUP; apart=; if command -v setsid >/dev/null; then apart=setsid; fi; ";

  /**
   * The pipes become file descriptors 3 and 4; what the program prints goes to standard error, and
   * its standard input is empty. Ctrl-C reaches all processes of a session, SIGTERM all of a
   * service; when a runner goes is Weir's decision, so it ignores the latter and has a session of
   * its own, where that can be had.
   */
  private static final String SHELL =
      APART + "exec $apart \"$0\" \"$@\" 3<&0 4>&1 1>&2 0</dev/null";

  private static final String GUARD =
      APART + "exec $apart sh -c 'read -r nothing; kill -9 \"$0\"' \"$0\"";

  /** What {@code R -e} is given: reads the rest. Without spaces, which R's script would rewrite. */
  private static final String SEED =
      String.join(
          ";",
          "local({connection<-fifo('/dev/fd/3','rb',blocking=TRUE)",
          "take<-function(n){all<-raw()",
          "while(length(all)<n){more<-readBin(connection,'raw',n-length(all))",
          "if(length(more)==0L)quit('no',1L)",
          "all<-c(all,more)}",
          "all}",
          "settings<-unserialize(take(readBin(take(4L),'integer',1L,endian='big')))",
          "weir<-new.env(parent=baseenv())",
          "weir$weir<-weir",
          "for(source in(settings$sources))eval(parse(text=source,keep.source=FALSE),weir)",
          "main<-if(settings$outline)(weir$outline_main)else(weir$main)",
          "suspendInterrupts(main(settings,connection))})");

  private RSources() {}

  /** The command that starts a program; {@link #firstWords} go to its standard input. */
  public static List<String> command(Path r, Path file) {
    return List.of(
        "sh",
        "-c",
        SHELL,
        r.toString(),
        "--no-echo",
        "--no-restore",
        "--no-save",
        "-e",
        SEED,
        "--args",
        file.toString());
  }

  /** A command that kills a process when its standard input ends. */
  public static List<String> guard(long pid) {
    return List.of("sh", "-c", GUARD, Long.toString(pid));
  }

  /** What is sent before any message. */
  public static byte[] firstWords(ProgramSpec program, boolean outline) {
    var sources = new ArrayList<Object>();
    for (var file : FILES) {
      sources.add(new String(resource(file + ".R"), UTF_8));
    }
    var actions = new LinkedHashMap<String, Object>();
    program.actions().forEach((slot, name) -> actions.put(slot.toString(), name));
    var sets = new ArrayList<Object>(program.sets());
    var settings = new LinkedHashMap<String, Object>();
    settings.put("file", program.file().toString());
    settings.put("sources", sources);
    settings.put("actions", actions);
    settings.put("sets", sets);
    settings.put("callbacks", program.callbacks());
    settings.put("go_on", program.goOn());
    settings.put("outline", outline);
    var out = new RWriter(1 << 16).reset(Integer.BYTES).value(settings);
    Frames.putLength(out.buffer(), 0, out.size() - Integer.BYTES);
    return Arrays.copyOf(out.buffer(), out.size());
  }

  private static byte[] resource(String name) {
    try (var in = RSources.class.getResourceAsStream("/r/" + name)) {
      if (in == null) {
        throw new IllegalStateException("r/" + name + " is missing in this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
