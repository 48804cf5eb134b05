/**
 * Where records come from and go to: files of JSON Lines, the standard streams, values written in
 * the stream's own name, and nowhere. Start at {@link dev.weir.streams.Streams}.
 *
 * <p>A stream of JSON Lines is UTF-8 text with one JSON value on each line.
 */
package dev.weir.streams;
