package dev.weir.views;

/**
 * When a step of a {@link SharedView} happens.
 *
 * @param inputTime its own time: any number above 0 that no other step has
 * @param frontier the step is made once that of this time is made or skipped; 0 or less for none
 */
public record Time(long inputTime, long frontier) {

  public Time {
    if (inputTime <= 0 || frontier >= inputTime) {
      throw new ViewException(
          "a step at time %d cannot wait for time %d: times are above 0, and a frontier is before"
              .formatted(inputTime, frontier));
    }
  }
}
