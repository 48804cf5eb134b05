package dev.weir.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.operators.Script.Port;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Headers, bodies, tables and their types. */
class ScriptMessagesTest {

  /** Runs statements in a prestart; what they log must be only {@code ok}. */
  private static List<Object> published(String statements, Port... outputs) throws Exception {
    var text =
        "import io, decimal, datetime\ndef start():\n"
            + statements.indent(4)
            + "    api.logger.info('ok')\napi.set_prestart(start)\n";
    var ports = outputs.length == 0 ? List.of(Port.of("output")) : List.of(outputs);
    try (var stage =
        Stage.of(Script.of(Path.of("script.py"), text, List.of(Port.of("input")), ports))) {
      assertThat(stage.log).containsExactly("node: info: ok");
      return stage.output();
    }
  }

  /** Gives records to a port callback, whose statements see m, h and b, and log only {@code ok}. */
  private static void received(String statements, List<Object> records) throws Exception {
    var text =
        "import decimal, datetime\ndef on(m, h, b):\n"
            + statements.indent(4)
            + "    api.logger.info('ok')\napi.set_port_callback('input', on)\n"
            + """
            def raises(what, kind, function):
                try:
                    function()
                except kind as error:
                    assert what in str(error), error
                else:
                    assert False, "nothing raised"
            """;
    try (var stage = Stage.of(text)) {
      stage.send(records.toArray());
      assertThat(stage.log).containsOnly("node: info: ok").hasSize(records.size());
    }
  }

  @Test
  @DisplayName("a JSON value without a header travels as itself")
  void plain() throws Exception {
    var records =
        published("for v in ('a', 1, 2.5, True, [1], {'a': 2}): api.outputs.output.publish(v)");
    assertThat(records).containsExactly("a", 1L, 2.5, true, List.of(1L), Map.of("a", 2L));
    received(
        "assert b.get() == 7 and b.get_base_type() == 'scalar'\nassert b.get_type_id() == 'com.sap.core.int64'",
        List.of(7L));
  }

  @Test
  @DisplayName("case 16: n bytes of a file, fewer if there are fewer, or all of them as a stream")
  void files() throws Exception {
    var records =
        published(
            """
            for n in (5, 20, -1):
                api.outputs.output.publish(io.BytesIO(b"0123456789"), n)
            """);
    received(
        """
        data = b.get_reader().read()
        assert data in (b"01234", b"0123456789"), data
        assert b.is_stream() == (m[-1] == 3) and b.get_type_id() == "com.sap.core.binary"
        raises("get_reader", TypeError, b.get)
        """,
        records);
  }

  @Test
  @DisplayName("cases 17, 18: what a writer wrote is read in pieces")
  void writers() throws Exception {
    var records =
        published(
            """
            msg_id, writer = api.outputs.output.with_writer()
            assert len(msg_id) == 12
            assert writer.write([[i] for i in range(7)]) == 7
            writer = pickle.loads(pickle.dumps(writer))
            writer.write(api.Table([[i] for i in range(7, 12)]))
            writer.close()
            """);
    assertThat(records).hasSize(1);
    received(
        """
        reader = b.get_reader()
        assert [len(reader.read(5)) for _ in range(4)] == [5, 5, 2, 0]
        assert b.get_reader().read(-1).body == [[i] for i in range(12)]
        assert b.is_stream() and b.get_base_type() == "table"
        """,
        records);
  }

  @Test
  @DisplayName("case 43: a message that is open at a barrier is whole in the epoch that closes it")
  void openAtABarrier() throws Exception {
    try (var stage =
        Stage.of(
            """
            writer = None
            def on(m, h, b):
                global writer
                if writer is None:
                    writer = api.outputs.output.with_writer()[1]
                    writer.write([[1], [2]])
                else:
                    writer.write([[3]])
                    writer.close()
            api.set_port_callback("input", on)
            """)) {
      stage.send("a").barrier();
      assertThat(stage.output()).isEmpty();
      stage.send("b").barrier();
      var records = List.copyOf(stage.output());
      assertThat(records).hasSize(1);
      received("assert b.get_reader().read(-1).body == [[1], [2], [3]]", records);
    }
  }

  @Test
  @DisplayName("case 20: a writer that is never closed sends nothing, and the operator ends")
  void unclosed() throws Exception {
    try (var stage =
        Stage.of(
            """
            def start():
                global w
                w = api.outputs.output.with_writer()[1]
                w.write([[1]])
            api.set_prestart(start)
            """)) {
      stage.barrier().end();
      assertThat(stage.output()).isEmpty();
    }
  }

  @Test
  @DisplayName("cases 19, 21, 22, 23: bodies, headers that are read only, messages without a body")
  void bodies() throws Exception {
    var records =
        published(
            """
            header = {"com.sap.headers.batch": [0, True, decimal.Decimal("1.5")]}
            api.outputs.output.publish(None, header)
            api.outputs.output.publish("x", header=header)
            api.outputs.output.publish(api.Record([1, b"ab", datetime.date(2024, 2, 29)]), header)
            """);
    received(
        """
        batch = h["com.sap.headers.batch"]
        assert batch == [0, True, decimal.Decimal("1.5")]
        raises("read only", TypeError, lambda: h.__setitem__("a", 1))
        batch[0] = 9
        changed = h.copy()
        changed["com.sap.headers.batch"][0] = 9
        assert h["com.sap.headers.batch"][0] == 0
        raises("body.get()", TypeError, lambda: api.outputs.output.publish(b))
        raises("reader", TypeError, b.get_reader)
        if m[-1] == 1:
            assert b.get() is None and b.get_base_type() == "none"
        elif m[-1] == 2:
            assert b.get() == "x" and not b.is_stream()
        else:
            assert list(b.get()) == [1, b"ab", datetime.date(2024, 2, 29)], b.get()
        """,
        records);
  }

  @Test
  @DisplayName("case 24: a port with a type keeps it; one without needs one for a writer")
  void dynamicTypes() throws Exception {
    published(
        """
        ref = api.type_context.create_new_table({"id": api.DataTypeReference("scalar", "com.sap.core.int64")})
        for port, act in ((api.outputs.typed, lambda p: p.set_dynamic_type(ref)),
                          (api.outputs.any, lambda p: p.with_writer())):
            try:
                act(port)
            except TypeError:
                pass
            else:
                assert False
        api.outputs.any.set_dynamic_type(ref)
        api.outputs.any.with_writer()[1].close()
        """,
        Port.of("output"),
        new Port("typed", "table", "my.table", true),
        new Port("any", "table", "*", true));
  }

  @Test
  @DisplayName("case 25: types of tables are made, inferred, and known where they come")
  void types() throws Exception {
    var records =
        published(
            """
            number, text = (api.DataTypeReference("scalar", "com.sap.core." + t) for t in ("int64", "string"))
            ref = api.type_context.create_new_table({"id": number, "name": text}, keys=["id"])
            vtype = api.type_context.get_vtype(ref)
            assert list(vtype.columns) == ["id", "name"] and vtype.keys == ["id"] and vtype.scope == "dynamic"
            assert vtype.columns["id"] == number
            assert api.type_context.get_vtype(number).template == "int64"
            table = api.Table([[1, "a"]], infer_type=True, colnames=["id"])
            assert list(api.type_context.get_vtype(table.type_ref).columns) == ["id", "col1"]
            assert not api.Table([[1]]).is_typed() and api.Table([[1]]).type_ref is None
            api.outputs.output.publish(api.Table([[1, "a"]], ref.type_id))
            """);
    received(
        """
        vtype = api.type_context.get_vtype(b.get().type_ref)
        assert list(vtype.columns) == ["id", "name"] and vtype.keys == ["id"]
        """,
        records);
  }

  @Test
  @DisplayName("case 26: tables are sliced, and go to data frames and back")
  void tables() throws Exception {
    published(
        """
        table = api.Table([[1, "a"], [2, None], [3, "c"]], colnames=["n", "t"])
        assert len(table) == 3 and table[1] == [2, None] and table[:2].body == [[1, "a"], [2, None]]
        try:
            import pandas
        except ImportError:
            pass
        else:
            df, headers = table.to_dataframe()
            assert headers == ["n", "t"] and str(df["n"].dtype) == "int64" and df["t"][1] is pandas.NA
            assert api.Table.from_dataframe(df).body == table.body
        """);
  }

  @Test
  @DisplayName("case 28: the header of a batch, for 87 bytes in pieces of 10")
  void batches() throws Exception {
    var records =
        published(
            """
            file, i = io.BytesIO(bytes(87)), 0
            while i < 9:
                api.outputs.output.publish(
                    file, 10, header={"com.sap.headers.batch": [i, i == 8, 9, 10, "bytes"]})
                i += 1
            """);
    assertThat(records).hasSize(9);
    received(
        """
        index, last, count, size, unit = h["com.sap.headers.batch"]
        assert index == m[-1] - 1 and last == (index == 8) and (count, size, unit) == (9, 10, "bytes")
        assert len(b.get_reader().read()) == (7 if last else 10)
        """,
        records);
  }

  @Test
  @DisplayName("a message that is too large is refused")
  void tooLarge() throws Exception {
    assertThatThrownBy(
            () -> published("api.outputs.output.publish(io.BytesIO(bytes(70 << 20)), -1)"))
        .hasMessageContaining("a message may have 67108864 bytes");
  }
}
