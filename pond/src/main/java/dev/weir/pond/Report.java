package dev.weir.pond;

/**
 * Something that a person should know, though work goes on.
 *
 * @param subject whom it is about: a fish, a snapshot, a stream
 */
public record Report(String subject, String what) {}
