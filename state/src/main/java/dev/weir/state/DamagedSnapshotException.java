package dev.weir.state;

/** A chunk of a snapshot is missing or damaged; nothing was restored. */
public class DamagedSnapshotException extends WeirException {

  public DamagedSnapshotException(String message) {
    super(message);
  }

  public DamagedSnapshotException(String message, Throwable cause) {
    super(message, cause);
  }
}
