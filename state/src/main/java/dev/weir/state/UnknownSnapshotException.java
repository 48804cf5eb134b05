package dev.weir.state;

/** No snapshot has this id. */
public class UnknownSnapshotException extends WeirException {

  public UnknownSnapshotException(String message) {
    super(message);
  }

  public UnknownSnapshotException(String message, Throwable cause) {
    super(message, cause);
  }
}
