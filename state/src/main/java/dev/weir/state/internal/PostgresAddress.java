package dev.weir.state.internal;

import dev.weir.state.StoreException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import org.postgresql.PGProperty;

/**
 * {@code postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME}: where a store in Postgres is. A
 * password that is not named comes from the file that Postgres' own tools read it from.
 *
 * @param url the address without its password
 * @param schema the schema that is the store
 * @param properties what the driver is told
 */
record PostgresAddress(
    String url, String host, int port, String database, String schema, Properties properties) {

  private static final String DEFAULT_SCHEMA = "weir";
  private static final int DEFAULT_PORT = 5432;

  /** What may follow the question mark beside the schema; handed to the driver as it is. */
  private static final List<String> OPTIONS =
      List.of("sslmode", "sslrootcert", "sslcert", "sslkey", "connectTimeout", "socketTimeout");

  static boolean isOne(String url) {
    return url.startsWith("postgres:") || url.startsWith("postgresql:");
  }

  static PostgresAddress parse(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw bad(e.getReason());
    }
    var database = uri.getRawPath() == null ? "" : decode(uri.getRawPath()).replaceFirst("^/", "");
    if (uri.getHost() == null || database.isEmpty() || database.contains("/")) {
      throw bad("it names no host or no database");
    }
    int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    var properties = new Properties();
    PGProperty.PG_HOST.set(properties, uri.getHost());
    PGProperty.PG_PORT.set(properties, port);
    PGProperty.PG_DBNAME.set(properties, database);
    PGProperty.APPLICATION_NAME.set(properties, "weir");
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    PGProperty.CONNECT_TIMEOUT.set(properties, 10);
    PGProperty.DEFAULT_ROW_FETCH_SIZE.set(properties, 2_000);
    var user = System.getProperty("user.name");
    if (uri.getRawUserInfo() != null) {
      var parts = uri.getRawUserInfo().split(":", 2);
      user = decode(parts[0]);
      if (parts.length > 1) {
        PGProperty.PASSWORD.set(properties, decode(parts[1]));
      }
    }
    PGProperty.USER.set(properties, user);
    var schema = DEFAULT_SCHEMA;
    for (var option : uri.getRawQuery() == null ? new String[0] : uri.getRawQuery().split("&")) {
      var parts = option.split("=", 2);
      var value = parts.length > 1 ? decode(parts[1]) : "";
      if (parts[0].equals("schema")) {
        schema = value;
      } else if (OPTIONS.contains(parts[0])) {
        properties.setProperty(parts[0], value);
      } else {
        throw bad(
            "it has no option %s; known are schema, %s"
                .formatted(parts[0], String.join(", ", OPTIONS)));
      }
    }
    if (!schema.matches("[a-z][a-z0-9_]{0,62}")) {
      throw bad("the schema '%s' is not lower-case words joined by _".formatted(schema));
    }
    PGProperty.CURRENT_SCHEMA.set(properties, schema);
    var shown =
        "postgres://%s@%s:%d/%s?schema=%s".formatted(user, uri.getHost(), port, database, schema);
    return new PostgresAddress(shown, uri.getHost(), port, database, schema, properties);
  }

  String user() {
    return PGProperty.USER.getOrDefault(properties);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Says what is wrong without the address, which may hold a password. */
  private static StoreException bad(String what) {
    return new StoreException(
        "the address of the Postgres store is wrong: %s. Write postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME"
            .formatted(what));
  }
}
