package dev.weir.state;

/** A file is not a whole, readable export of a snapshot. */
public class BadExportException extends WeirException {

  public BadExportException(String message) {
    super(message);
  }

  public BadExportException(String message, Throwable cause) {
    super(message, cause);
  }
}
