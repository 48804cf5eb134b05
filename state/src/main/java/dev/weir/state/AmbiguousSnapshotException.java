package dev.weir.state;

/** Several snapshots have an id with this prefix. */
public class AmbiguousSnapshotException extends WeirException {

  public AmbiguousSnapshotException(String message) {
    super(message);
  }

  public AmbiguousSnapshotException(String message, Throwable cause) {
    super(message, cause);
  }
}
