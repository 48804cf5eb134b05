package dev.weir.pond;

import java.util.List;

/**
 * Another log, as a node that exchanges events with it sees it: another node, or something that
 * several nodes can reach and that keeps their events. Calls may fail with {@link PondException};
 * whatever was done before a failure is found out again by {@link #present}.
 */
public interface Medium extends AutoCloseable {

  /** How far the other log goes. */
  Offsets present();

  /** Up to so many of its events beyond the offsets; of each stream in order and without gaps. */
  List<Event> read(Offsets known, int limit);

  /** Hands over events, of each stream in order; repeating it is harmless. */
  Ingested write(List<Event> events);

  @Override
  void close();

  /** A log of the same process, which is not closed with the medium. */
  static Medium of(EventLog log) {
    return of(log, () -> {});
  }

  /**
   * A log of the same process.
   *
   * @param close closes what the log is in
   */
  static Medium of(EventLog log, Runnable close) {
    return new Medium() {
      @Override
      public Offsets present() {
        return log.present();
      }

      @Override
      public List<Event> read(Offsets known, int limit) {
        return log.read(known, limit);
      }

      @Override
      public Ingested write(List<Event> events) {
        return log.ingest(events);
      }

      @Override
      public void close() {
        close.run();
      }
    };
  }
}
