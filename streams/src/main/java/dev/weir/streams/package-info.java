/**
 * Where records come from and go to. Start at {@link dev.weir.streams.Streams}.
 *
 * <p>A stream has a transport, which moves bytes or messages; an envelope, which says where in the
 * bytes a message ends; and an encoding, which says what record a message is. Within the room,
 * start at {@code internal/Descriptor}.
 */
package dev.weir.streams;
