package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Json;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaCheckTest {

  private static final String NODE =
      "{'type':'record','name':'Node','fields':[{'name':'value','type':'int'},"
          + "{'name':'next','type':['null','Node']},"
          + "{'name':'tag','type':'string','default':'x'}]}";

  private static SchemaCheck check(String schema) {
    return SchemaCheck.of(new Schema.Parser().parse(schema.replace('\'', '"')));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'int' | 2",
        "'int' | -2147483648",
        "'int' | 2147483647",
        "'long' | 3000000000",
        "'long' | -9223372036854775808",
        "'float' | 1.5",
        "'float' | 3",
        "'double' | 3",
        "'double' | -0.0",
        "'double' | 100000000000000000000",
        "'boolean' | true",
        "'string' | 'a'",
        "'bytes' | 'a\\u00ff'",
        "'null' | null",
        "{'type':'enum','name':'E','symbols':['A','B']} | 'B'",
        "{'type':'fixed','name':'F','size':2} | 'ab'",
        "{'type':'array','items':'int'} | []",
        "{'type':'array','items':'int'} | [1,2]",
        "{'type':'map','values':'double'} | {'a':1,'b':2.5}",
        "['int','string'] | 1",
        "['int','string'] | 'a'",
        "['int','string'] | {'int':1}",
        "['null',{'type':'array','items':'int'}] | {'array':[1]}",
        NODE + " | {'value':1,'next':null}",
        NODE + " | {'value':1}",
        NODE + " | {'value':1,'next':{'value':2,'next':{'Node':{'value':3}}},'tag':'t'}",
        NODE + " | {'value':1,'more':[1]}",
      })
  void accepts(String schema, String value) {
    assertThat(check(schema).accepts(Json.parse(value.replace('\'', '"')))).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'int' | 'fastscore' | Int expected, not 'fastscore'",
        "'int' | [] | Int expected, not []",
        "'int' | 2.0 | Int expected, not 2.0",
        "'int' | true | Int expected, not true",
        "'int' | null | Int expected, not null",
        "'int' | 3000000000 | Int expected, not 3000000000; an Avro int has 32 bits, use long",
        "'long' | 9223372036854775808 | Long expected, not 9223372036854775808; an Avro long has 64"
            + " bits",
        "'double' | '1' | Double expected, not '1'",
        "'string' | 1 | String expected, not 1",
        "'boolean' | 0 | Boolean expected, not 0",
        "'null' | 0 | Null expected, not 0",
        "'bytes' | '\u20ac' | Bytes expected, not '\u20ac'; text of characters up to U+00FF is",
        "{'type':'fixed','name':'F','size':2} | 'abc' | Fixed F expected, not 'abc'; text of"
            + " exactly 2 characters up to U+00FF is",
        "{'type':'enum','name':'E','symbols':['B','A']} | 'C' | Enum E expected, not 'C'; there are"
            + " A, B",
        "{'type':'array','items':'int'} | {} | Array expected, not {}",
        "{'type':'array','items':'int'} | [1,2,3,'x'] | Int expected, not 'x' at $[3]",
        "{'type':'map','values':'int'} | {'a':1,'b c':[]} | Int expected, not [] at $['b c']",
        "['int','string'] | 1.5 | Int or String expected, not 1.5",
        "['int','string'] | {'int':'a'} | Int or String expected, not {'int':'a'}",
        NODE + " | 7 | Record Node expected, not 7",
        NODE + " | {} | Record Node needs the field 'value'",
        NODE + " | {'value':'x'} | Int expected, not 'x' at $.value",
        NODE + " | {'value':1,'tag':null} | String expected, not null at $.tag",
      })
  void rejects(String schema, String value, String message) {
    var check = check(schema);
    var parsed = Json.parse(value.replace('\'', '"'));
    assertThat(check.accepts(parsed)).isFalse();
    assertThat(check.explain(parsed).replace('"', '\'')).isEqualTo(message.replace('"', '\''));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "['int','string'] | {'int':1} | 1",
        "['int','string'] | 1 | 1",
        "['int',{'type':'map','values':'int'}] | {'int':1} | 1",
        "['int',{'type':'map','values':'int'}] | {'x':1} | {'x':1}",
        "{'type':'array','items':['null','int']} | [1,{'int':2},null] | [1,2,null]",
        "{'type':'map','values':['null','int']} | {'a':{'int':2},'b':3} | {'a':2,'b':3}",
        NODE
            + " | {'next':{'Node':{'value':2,'next':{'Node':{'value':3}}}},'value':1,'extra':0}"
            + " | {'next':{'value':2,'next':{'value':3}},'value':1,'extra':0}",
      })
  void takesTheTagsOfUnionsAway(String schema, String value, String plain) {
    var parsed = Json.parse(value.replace('\'', '"'));
    var result = check(schema).plain(parsed);
    assertThat(Json.toText(result)).isEqualTo(plain.replace('\'', '"'));
    if (value.equals(plain)) {
      assertThat(result).isSameAs(parsed);
    }
  }

  @Test
  void aLongValueIsShortenedInTheMessage() {
    assertThat(check("'int'").explain("x".repeat(1000))).hasSizeLessThan(150).endsWith("...");
  }
}
