package dev.weir.app;

import dev.weir.graph.Graph.Node;
import dev.weir.pond.FishOperator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A fish as an operator of a graph: events in, states out.
 *
 * @param tags of the events that are made of records
 */
record FishPart(Path file, List<String> tags) implements Part {

  FishPart {
    if (!PondCommands.holdsFish(file)) {
      throw new BadProgramException(
          file
              + (Files.isReadable(file)
                  ? " is no fish: a Python file has a function on_event, a Java file a method static Fish<?, ?> fish()"
                  : " is not there, or cannot be read"));
    }
    tags = List.copyOf(tags);
  }

  @Override
  public String type() {
    return "fish";
  }

  @Override
  public String what() {
    return file.toString();
  }

  @Override
  public List<Port> inputs() {
    return List.of(Port.of(0, "in", true));
  }

  @Override
  public List<Port> outputs() {
    return List.of(Port.of(0, "out", false), Port.REJECTS);
  }

  @Override
  public String version() {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return HexFormat.of().formatHex(hash).substring(0, 12);
    } catch (IOException e) {
      throw new CommandException("%s cannot be read: %s".formatted(file, e.getMessage()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public List<KeptTable> tables() {
    return KeptTable.of(FishOperator.EVENTS);
  }

  @Override
  public Optional<String> undetermined(Wires wires) {
    return Optional.of("an event that is made of a record has the time at which that was");
  }

  @Override
  public Node node(Wires wires) {
    return new Node.OperatorNode(
        file.toString(),
        () ->
            new FishOperator(
                printed -> PondCommands.openFish(file, printed), tags, Clock.systemUTC()),
        false);
  }
}
