package fastscore;

/**
 * A model in FastScore's form: each record is given as the text of its JSON value, and each output
 * is the text of one.
 */
public interface IJavaModel {

  /** Called before the first record. */
  void begin();

  /**
   * Called for each record.
   *
   * @return the output, or null for none; a text that is not JSON is put out as a string
   */
  String action(String datum);

  /** Called after the last record. */
  void end();
}
