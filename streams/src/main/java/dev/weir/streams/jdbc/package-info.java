/**
 * Tables of SQLite and Postgres as streams of rows. Start at {@link
 * dev.weir.streams.jdbc.JdbcSettings}.
 */
package dev.weir.streams.jdbc;
