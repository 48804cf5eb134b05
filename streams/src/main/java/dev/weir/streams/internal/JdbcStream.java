package dev.weir.streams.internal;

import dev.weir.graph.Json;
import dev.weir.graph.Names;
import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.Secrets;
import dev.weir.state.WeirException;
import dev.weir.streams.jdbc.JdbcSettings;
import dev.weir.streams.jdbc.JdbcSink;
import dev.weir.streams.jdbc.JdbcSource;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.StringJoiner;

/**
 * {@code postgres://USER@HOST/DATABASE?table=T&key=K} and {@code jdbc:sqlite:PATH?table=T&key=K}:
 * the rows of a table or query. FastScore's ODBC descriptors are read, too.
 */
final class JdbcStream extends TransportStream {

  static final Transport TRANSPORT = new Jdbc();
  private static final String SQLITE = "jdbc:sqlite:";
  private static final String POSTGRES = "jdbc:postgresql:any";
  private static final double MILLIS = 1000;
  private static final List<String> PARAMETERS =
      List.of(
          "table", "query", "key", "columns", "follow", "interval", "timeout", "user", "password");

  private JdbcStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class Jdbc implements Transport {
    @Override
    public String name() {
      return "jdbc";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.required("connection-string", Field.Type.TEXT),
          Field.optional("user", Field.Type.TEXT, null),
          Field.optional("password", Field.Type.TEXT, null),
          Field.optional("table", Field.Type.TEXT, null),
          Field.optional("select-query", Field.Type.TEXT, null),
          Field.optional("insert-into-table", Field.Type.TEXT, null),
          Field.optional("output-fields", Field.Type.TEXTS, List.of()),
          Field.optional("key", Field.Type.TEXT_OR_TEXTS, null),
          Field.optional("follow", Field.Type.FLAG, false),
          Field.optional("interval", Field.Type.NUMBER, 1L),
          Field.optional("timeout", Field.Type.WHOLE, JdbcSettings.TIMEOUT.toMillis()));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      var abilities = EnumSet.of(Ability.ROWS);
      if (settings.has("table") || settings.has("select-query")) {
        abilities.add(Ability.READ);
      }
      if (settings.has("table") || settings.has("insert-into-table")) {
        abilities.add(Ability.WRITE);
      }
      return abilities;
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      var url = new UrlParts(rest);
      var transport = new LinkedHashMap<String, Object>();
      transport.put("type", "jdbc");
      var others = new StringJoiner("&", "?", "").setEmptyValue("");
      url.parameters()
          .forEach(
              (name, value) -> {
                switch (name) {
                  case "table", "user", "password" -> transport.put(name, value);
                  case "query" -> transport.put("select-query", value);
                  case "key" -> transport.put(name, Arrays.asList(value.split(",")));
                  case "columns" -> transport.put("output-fields", Arrays.asList(value.split(",")));
                  case "follow" -> transport.put(name, Boolean.valueOf(value));
                  case "interval" -> transport.put(name, UrlParts.number(name, value));
                  case "timeout" -> transport.put(name, UrlParts.whole(name, value));
                  default -> {
                    refuseUnknown(url.before(), name);
                    others.add(name + "=" + value);
                  }
                }
              });
      transport.put("connection-string", connection(scheme, url.before(), transport) + others);
      var json = new LinkedHashMap<String, Object>();
      json.put("transport", transport);
      json.put("encoding", null);
      json.put("schema", null);
      return json;
    }

    /** A parameter that is not ours is the driver's; SQLite's refuses what it does not know. */
    private static void refuseUnknown(String address, String name) {
      if (address.startsWith("sqlite:")) {
        return;
      }
      var known = new ArrayList<>(PARAMETERS);
      try {
        var postgres = DriverManager.getDriver(POSTGRES);
        for (var property : postgres.getPropertyInfo(POSTGRES, new Properties())) {
          known.add(property.name);
        }
      } catch (SQLException e) {
        throw new IllegalStateException("the driver does not know its own properties", e);
      }
      if (!known.contains(name)) {
        throw new WeirException(
            "there is no parameter '"
                + name
                + "'"
                + Names.nearest(name, known).map(near -> ". Did you mean " + near + "?").orElse(".")
                + " There are "
                + String.join(", ", PARAMETERS)
                + ", and those of Postgres' driver");
      }
    }

    private static String connection(String scheme, String rest, Map<String, Object> transport) {
      if (scheme.equals("jdbc")) {
        return scheme + ":" + rest;
      }
      if (!rest.startsWith("//") || rest.indexOf('/', 2) < 0) {
        throw new WeirException(
            "an address follows " + scheme + ":, as in postgres://user@host/database?table=name");
      }
      var address = rest.substring(2);
      int at = address.lastIndexOf('@');
      if (at >= 0) {
        var user = address.substring(0, at).split(":", 2);
        transport.putIfAbsent("user", Urls.decoded(user[0]));
        if (user.length > 1) {
          transport.putIfAbsent("password", Urls.decoded(user[1]));
        }
      }
      return "jdbc:postgresql://" + address.substring(at + 1);
    }

    @Override
    public void check(Descriptor descriptor) {
      var settings = descriptor.settings();
      if (!descriptor.can(Ability.READ) && !descriptor.can(Ability.WRITE)) {
        throw new WeirException(
            "the jdbc stream: name a table, or a select-query to read, or an insert-into-table to"
                + " write");
      }
      if (!settings.texts("output-fields").isEmpty() && !descriptor.can(Ability.WRITE)) {
        throw new WeirException("the jdbc stream: output-fields need an insert-into-table");
      }
      if (settings.has("table")
          && (settings.has("select-query") || settings.has("insert-into-table"))) {
        throw new WeirException(
            "the jdbc stream: a table is both read and written; leave out the select-query and the"
                + " insert-into-table");
      }
      connect(settings, new HashMap<>());
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new JdbcStream(descriptor);
    }
  }

  /**
   * The address of the database for its driver.
   *
   * @param properties to put what the driver gets beside it
   */
  private static String connect(Settings settings, Map<String, String> properties) {
    if (settings.has("user")) {
      properties.put("user", settings.text("user"));
    }
    if (settings.has("password")) {
      properties.put("password", settings.secret("password"));
    }
    var text = settings.text("connection-string");
    if (text.startsWith(SQLITE) || text.startsWith("jdbc:postgresql:")) {
      return text;
    }
    if (text.startsWith("jdbc:")) {
      throw new WeirException(
          "the jdbc stream: there are drivers for sqlite and postgresql only, not for " + text);
    }
    return odbc(text, properties);
  }

  /** {@code DRIVER=…;SERVER=…;PORT=…;DATABASE=…;UID=…;PWD=…}, as FastScore has it. */
  private static String odbc(String text, Map<String, String> properties) {
    var parts = new HashMap<String, String>();
    for (var part : text.split(";", -1)) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        parts.put(
            part.substring(0, equals).strip().toLowerCase(Locale.ROOT),
            part.substring(equals + 1).strip());
      }
    }
    var driver = parts.getOrDefault("driver", "").toLowerCase(Locale.ROOT);
    var database = parts.get("database");
    if (database == null || !(driver.contains("postgres") || driver.contains("sqlite"))) {
      throw new WeirException(
          "the jdbc stream: a connection-string is jdbc:sqlite:PATH, jdbc:postgresql://HOST/DATABASE,"
              + " or DRIVER=PostgreSQL;SERVER=HOST;DATABASE=NAME;UID=USER;PWD=PASSWORD");
    }
    if (driver.contains("sqlite")) {
      return SQLITE + database;
    }
    if (parts.containsKey("uid")) {
      properties.putIfAbsent("user", parts.get("uid"));
    }
    if (parts.containsKey("pwd")) {
      properties.putIfAbsent(
          "password", new Settings(Map.of("pwd", parts.get("pwd"))).secret("pwd"));
    }
    return "jdbc:postgresql://"
        + parts.getOrDefault("server", "localhost")
        + ":"
        + parts.getOrDefault("port", "5432")
        + "/"
        + database;
  }

  private JdbcSettings settings() {
    var settings = descriptor.settings();
    var properties = new HashMap<String, String>();
    var url = connect(settings, properties);
    var table = settings.text(settings.has("table") ? "table" : "insert-into-table");
    return new JdbcSettings(
        url,
        properties,
        settings.has("select-query") ? "(" + settings.text("select-query") + ")" : table,
        table,
        key(),
        settings.texts("output-fields"),
        settings.flag("follow"),
        Duration.ofMillis(Math.round(settings.number("interval") * MILLIS)),
        Duration.ofMillis(settings.whole("timeout")));
  }

  private List<String> key() {
    var key = descriptor.settings().values().get("key");
    var names = new ArrayList<String>();
    if (key instanceof List<?> list) {
      list.forEach(name -> names.add((String) name));
    } else if (key != null) {
      names.add((String) key);
    }
    return names;
  }

  @Override
  public String describe() {
    var settings = descriptor.settings();
    var what =
        settings.has("select-query")
            ? "(" + settings.text("select-query") + ")"
            : settings.text(settings.has("table") ? "table" : "insert-into-table");
    return "table "
        + what
        + " of "
        + connect(settings, new HashMap<>()).replaceFirst("\\?.*", "").replaceFirst("^jdbc:", "");
  }

  /** Without the password, which may change; a file is the same from wherever it is named. */
  @Override
  public String identity() {
    var identity = new LinkedHashMap<>(descriptor.settings().values());
    identity.remove("password");
    var url = connect(descriptor.settings(), new HashMap<>());
    identity.put(
        "connection-string",
        url.startsWith(SQLITE)
            ? SQLITE + Path.of(url.substring(SQLITE.length())).toAbsolutePath().normalize()
            : url);
    return Secrets.hidden("jdbc:" + Json.toText(identity));
  }

  @Override
  boolean canReplay() {
    return !key().isEmpty();
  }

  @Override
  Source newSource() {
    return new JdbcSource(settings(), System::nanoTime);
  }

  @Override
  Sink newSink() {
    return new JdbcSink(settings());
  }

  @Override
  Sink.Kind sinkKind() {
    return Sink.Kind.TRANSACTIONAL;
  }
}
