package dev.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "postgres://u:hidden@h:1/d?table=t | postgres://u:***@h:1/d?table=t",
        "postgres://u:hid@den@h/d | postgres://u:***@h/d",
        "postgres://u@h/d?table=t&password=hidden&key=k | postgres://u@h/d?table=t&password=***&key=k",
        "{\"Password\": \"hid\\\"den\",\"Table\":\"t\"} | {\"Password\": \"***\",\"Table\":\"t\"}",
        "DRIVER=PostgreSQL;UID=u;PWD=hidden;DATABASE=d | DRIVER=PostgreSQL;UID=u;PWD=***;DATABASE=d",
        "dead-letter:https://u:hidden@h/x | dead-letter:https://u:***@h/x",
      })
  void passwordsAreHidden(String text, String shown) {
    assertThat(Secrets.hidden(text)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "kafka://localhost:9092/in?from=earliest",
    "http://localhost:80/path",
    "postgres://u@h:1/d?password=secret://NAME",
    "rest:8080",
    "flights.jsonl",
  })
  void allElseStays(String text) {
    assertThat(Secrets.hidden(text)).isEqualTo(text);
  }
}
