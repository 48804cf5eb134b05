package dev.weir.app;

import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.util.List;
import java.util.Set;

/** What nodes of one program may not share. */
final class SharedStreams {

  private SharedStreams() {}

  /**
   * No file is written by two nodes, or read and written; standard input has one reader.
   *
   * @param names of the nodes
   * @param specs their streams, in the same order
   * @param read the names of those that read
   * @throws CommandException when it is otherwise
   */
  static void refuse(List<String> names, List<StreamSpec> specs, Set<String> read) {
    var standard = Streams.parse("-").identity();
    String reader = null;
    for (int i = 0; i < specs.size(); i++) {
      if (read.contains(names.get(i)) && specs.get(i).identity().equals(standard)) {
        if (reader != null) {
          throw new CommandException(
              "standard input can have one reader only, and "
                  + reader
                  + " and "
                  + names.get(i)
                  + " both read it; give one of them a stream of its own, such as --input 2=STREAM");
        }
        reader = names.get(i);
      }
      for (int k = i + 1; k < specs.size(); k++) {
        boolean bothRead = read.contains(names.get(i)) && read.contains(names.get(k));
        if (!bothRead && Streams.sameFile(specs.get(i), specs.get(k))) {
          throw new CommandException(
              names.get(i)
                  + " and "
                  + names.get(k)
                  + " are the same file: "
                  + specs.get(i).describe());
        }
      }
    }
  }
}
