/**
 * Topics of Kafka as streams. Nothing outside this package knows Kafka's own classes, so that they
 * are loaded only where a topic is read or written. Start at {@link
 * dev.weir.streams.kafka.KafkaSettings}.
 */
package dev.weir.streams.kafka;
