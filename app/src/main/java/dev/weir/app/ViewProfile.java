package dev.weir.app;

import dev.weir.graph.Names;
import dev.weir.graph.Rejection;
import dev.weir.streams.Streams;
import dev.weir.views.Profile;
import dev.weir.views.Step;
import dev.weir.views.View;
import dev.weir.views.ViewException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** What a view does with some records: how many rows its nodes take and give, and in what time. */
public final class ViewProfile {

  /**
   * Records for an input.
   *
   * @param input its name
   * @param stream as everywhere
   */
  public record Feed(String input, String stream) {}

  private ViewProfile() {}

  /**
   * Runs the view of a Java file in memory on streams, one after the other, each read to its end.
   *
   * @param batch how many records make a step
   * @param notes is told of records that are left out, and of what the view's code prints
   * @throws CommandException when the view has no such input
   */
  public static Profile of(Path file, List<Feed> feeds, int batch, Consumer<String> notes) {
    var query = DefinitionFile.VIEW.load(file, notes);
    for (var feed : feeds) {
      if (!query.inputNames().contains(feed.input())) {
        throw new CommandException(
            "view %s has no input '%s'%s"
                .formatted(
                    query.name(),
                    feed.input(),
                    Names.hint(feed.input(), "it has", query.inputNames())));
      }
    }
    try (var view = View.open(query)) {
      view.measure();
      for (var feed : feeds) {
        new Feeding(view, feed, batch, notes).read();
      }
      return view.profile();
    }
  }

  /** Makes steps of the records of a stream. */
  private static final class Feeding implements StreamReading.Reader {
    private final View view;
    private final Feed feed;
    private final int batch;
    private final Consumer<String> notes;
    private Step step = Step.once();
    private int size;

    Feeding(View view, Feed feed, int batch, Consumer<String> notes) {
      this.view = view;
      this.feed = feed;
      this.batch = batch;
      this.notes = notes;
    }

    void read() {
      StreamReading.read(Streams.parse(feed.stream()), Long.MAX_VALUE, this, notes);
      if (size > 0) {
        view.step(step);
      }
    }

    @Override
    public void record(long number, Object record) {
      try {
        view.addTo(step, feed.input(), record);
      } catch (ViewException e) {
        leftOut(number, e.getMessage());
        return;
      }
      if (++size == batch) {
        view.step(step);
        step = Step.once();
        size = 0;
      }
    }

    @Override
    public void reject(Rejection rejection) {
      leftOut(rejection.sequence(), rejection.message());
    }

    private void leftOut(long number, String why) {
      notes.accept("record %d of %s is left out: %s".formatted(number, feed.stream(), why));
    }
  }
}
