package dev.weir.state;

/** A table exists in the store with other columns than the program declares. */
public class TableMismatchException extends WeirException {

  public TableMismatchException(String message) {
    super(message);
  }

  public TableMismatchException(String message, Throwable cause) {
    super(message, cause);
  }
}
