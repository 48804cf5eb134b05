package dev.weir.app;

import dev.weir.graph.Batch;
import dev.weir.graph.Rejection;
import dev.weir.graph.SourceContext;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads a stream apart from any job, from its start. Nothing of it is committed anywhere. */
final class StreamReading {

  private static final int AT_ONCE = 1000;
  private static final Duration PATIENCE = Duration.ofMillis(200);

  /** Hears what comes, in its order. */
  interface Reader {

    /**
     * A record.
     *
     * @param number counts the records of the stream from 1
     */
    void record(long number, Object record);

    /** Something that is no record of the stream's encoding. */
    void reject(Rejection rejection);
  }

  private StreamReading() {}

  /**
   * Reads to the end of the stream.
   *
   * @param most at most so many records; what is rejected does not count
   * @param warnings told what the user should know
   */
  static void read(StreamSpec stream, long most, Reader reader, Consumer<String> warnings) {
    var rejections = new ArrayList<Rejection>();
    var context =
        new SourceContext() {
          @Override
          public void reject(Rejection rejection) {
            rejections.add(rejection);
          }

          @Override
          public void warn(String message) {
            warnings.accept(message);
          }
        };
    try (var source = NamedStreams.checked("", stream::source).get()) {
      source.open(context, Optional.empty());
      long left = most;
      while (left > 0) {
        var batch = source.poll((int) Math.min(AT_ONCE, left), PATIENCE);
        var records = batch.filter(b -> b.control() == null).filter(b -> !b.isEmpty()).orElse(null);
        deliver(records, rejections, reader);
        rejections.clear();
        if (batch.isEmpty()) {
          return;
        }
        left -= records == null ? 0 : records.size();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WeirException("interrupted while reading " + stream.describe(), e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new WeirException(stream.describe() + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void deliver(Batch records, List<Rejection> rejections, Reader reader) {
    int next = 0;
    for (int i = 0; records != null && i < records.size(); i++) {
      while (next < rejections.size() && rejections.get(next).sequence() < records.sequence(i)) {
        reader.reject(rejections.get(next++));
      }
      reader.record(records.sequence(i), records.get(i));
    }
    while (next < rejections.size()) {
      reader.reject(rejections.get(next++));
    }
  }
}
