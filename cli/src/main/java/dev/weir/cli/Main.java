package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.JobBusyException;
import dev.weir.pond.BadQueryException;
import dev.weir.state.AmbiguousSnapshotException;
import dev.weir.state.UnknownSnapshotException;
import dev.weir.state.WeirException;
import dev.weir.streams.OutputClosedException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The entry of the {@code weir} command. Exit status: 0 done, 1 the program failed, 2 the command
 * is wrong.
 */
@Command(
    name = "weir",
    description = "Runs programs over streams and holds their state.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "A PROGRAM is a model in Python (.py), R (.R) or Java (.java), or a graph (.yaml, .json). A STREAM is a path, '-', inline:1,2,3, range:1..9, discard:, a URL (tcp:, udp:, rest:, http:, kafka:, postgres:, …) or a descriptor in YAML or JSON.",
      "State is kept in .weir/state.db of the current directory, or where --store says; see: weir COMMAND --help",
      "Exit status: 0 done, 1 the program failed, 2 the command is wrong."
    })
public final class Main implements Runnable {

  private static final List<Class<?>> COMMANDS =
      List.of(
          RunCommand.class,
          CheckCommand.class,
          TortureCommand.class,
          JobCommand.class,
          SnapshotCommand.class,
          CellCommand.class,
          PoolCommand.class,
          EventCommand.class,
          FishCommand.class,
          NodeCommand.class,
          SchemaCommand.class,
          StreamCommand.class,
          CompatCommand.class,
          ModelCommand.class,
          OperatorCommand.class,
          ViewCommand.class);

  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG = 2;

  /** What a shell reports of a program that SIGPIPE ended. */
  static final int CLOSED = 141;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  public static void main(String[] args) {
    var out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    var err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    if (args.length == 1 && args[0].equals("--version")) {
      // Asked often by scripts: not worth loading the parser.
      out.println("weir " + version());
      out.flush();
      return;
    }
    var terminals = Set.of(System.getProperty("weir.terminals", "none").split(","));
    int status = run(new Console(out, err, terminals), args);
    out.flush();
    // Threads of user code and of the engine are no reason to stay.
    Runtime.getRuntime().halt(status);
  }

  /**
   * Runs one command in this process.
   *
   * @return its exit status
   */
  public static int run(PrintStream out, PrintStream err, String... args) {
    return run(new Console(out, err, Set.of()), args);
  }

  /** Runs one command. */
  static int run(Console console, String... args) {
    boolean debug = Arrays.asList(args).contains("--debug");
    var arguments = Arrays.stream(args).filter(a -> !a.equals("--debug")).toArray(String[]::new);
    var commands = commands(new Factory(console), arguments.length == 0 ? "" : arguments[0]);
    addHelp(commands);
    commands
        .getCommandSpec()
        .version("weir " + version())
        .addOption(
            OptionSpec.builder("--version")
                .versionHelp(true)
                .description("Show the version.")
                .build());
    commands.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    commands.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    commands.setParameterExceptionHandler((e, a) -> wrong(console, e));
    commands.setExecutionExceptionHandler((e, c, p) -> failed(console, e, debug));
    return commands.execute(arguments);
  }

  /**
   * The parser of the command that is wanted alone, since describing a command to it costs more
   * than running many a one; of all commands where it is none of them.
   */
  private static CommandLine commands(Factory factory, String wanted) {
    var commands = new CommandLine(new Main(), factory);
    for (var type : COMMANDS) {
      if (name(type).equals(wanted)) {
        return commands.addSubcommand(new CommandLine(type, factory));
      }
    }
    COMMANDS.forEach(type -> commands.addSubcommand(new CommandLine(type, factory)));
    return commands.addSubcommand(new CommandLine.HelpCommand());
  }

  private static void addHelp(CommandLine command) {
    command
        .getCommandSpec()
        .addOption(
            OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help.")
                .build());
    command.getSubcommands().values().stream()
        .filter(sub -> !(sub.getCommand() instanceof CommandLine.HelpCommand))
        .forEach(Main::addHelp);
  }

  private static String name(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  static String version() {
    return System.getProperty("weir.version", "(development)");
  }

  private static int wrong(Console console, ParameterException e) {
    var commands = e.getCommandLine().getSubcommands().keySet();
    if (e instanceof UnmatchedArgumentException unmatched) {
      var first = unmatched.getUnmatched().get(0);
      var noCommand = !commands.isEmpty() && !first.startsWith("-");
      console.error(noCommand ? "there is no command '" + first + "'" : e.getMessage());
      var suggestions = unmatched.getSuggestions();
      if (!suggestions.isEmpty()) {
        console.note("did you mean: " + String.join(", ", suggestions));
      }
      if (noCommand) {
        console.note("there are: " + String.join(", ", commands));
      }
    } else {
      console.error(e.getMessage());
    }
    console.note("see: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    return WRONG;
  }

  private static int failed(Console console, Exception e, boolean debug) {
    console.endProgress();
    if (readerLeft(e)) {
      // As other programs do whose reader has seen enough: weir run … | head
      return CLOSED;
    }
    if (debug) {
      e.printStackTrace(console.err());
    }
    if (e instanceof WeirException) {
      console.error(e.getMessage());
    } else {
      console.error("something unexpected happened: " + e);
      if (!debug) {
        console.note("run it again with --debug to see where, and please report it");
      }
    }
    boolean wrong =
        e instanceof CommandException
            || e instanceof JobBusyException
            || e instanceof BadQueryException
            || e instanceof UnknownSnapshotException
            || e instanceof AmbiguousSnapshotException;
    return wrong ? WRONG : FAILED;
  }

  private static boolean readerLeft(Throwable e) {
    return e != null && (e instanceof OutputClosedException || readerLeft(e.getCause()));
  }

  /** Gives commands the console. */
  private record Factory(Console console) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        var constructor = type.getDeclaredConstructor(Console.class);
        return constructor.newInstance(console);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }
  }
}
