package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes a script another in each run. */
class ChanceTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "import random                        | random",
        "import os, random                    | random",
        "    from random import choice        | random",
        "import uuid as u                     | uuid",
        "from secrets import token_hex        | secrets",
        "x = np.random.default_rng()          | numpy.random",
        "x = os.urandom(8)                    | os.urandom",
        "x = time.time()                      | the time",
        "from time import sleep, time         | the time",
        "x = datetime.datetime.now(tz)        | the time",
        "x = date.today()                     | the time",
        "x = 'time.time()' + 'import random'  |",
        "time.sleep(1)                        |",
        "from time import sleep               |",
        "import randomness                    |",
        "x = a.random                         |",
        "# import random                      |",
        "x = 1  # time.time()                 |",
      })
  void signs(String line, String what) {
    assertThat(Chance.in("\n" + line + "\n"))
        .isEqualTo(Optional.ofNullable(what).map(found -> new Chance(found, 2)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"\"\"", "'''"})
  void textsOfSeveralLinesAreNoCode(String quotes) {
    var text = quotes + "\nimport random\n" + quotes + "\nx = 1\nimport uuid\nimport random\n";
    assertThat(Chance.in(text)).contains(new Chance("uuid", 5));
  }

  @Test
  void aLongTextIsNoTrouble() {
    var text = "x = '" + "a\\\\b".repeat(20_000) + "'\ny = \"" + "c".repeat(200_000) + "\"\n";
    assertThat(Chance.in(text + "import random")).contains(new Chance("random", 3));
  }
}
