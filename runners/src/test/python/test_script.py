import datetime
import decimal
import io
import marshal
import os
import pickle
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "main", "python"))

from weir.script import _api, _bodies, _types  # noqa: E402


class Sent:
    """A wire that keeps what is sent."""

    def __init__(self):
        self.messages = []

    def send(self, message):
        self.messages.append(message)

    def records(self):
        out = [record for message in self.messages if message[0] == "out" for record in message[3]]
        return [marshal.loads(record) if isinstance(record, bytes) else record for record in out]


def an_api(*outputs):
    sent = Sent()
    ports = [{"name": name, "type": kind, "id": ID, "connected": True} for name, kind, ID in outputs]
    settings = {
        "inputs": [], "outputs": ports, "config": {}, "types": {}, "graph": "g", "handle": "h", "group": "n",
        "replicas": 1, "replica": 0, "folder": ""}
    api = _api.Api(settings, _api.Sender(sent), lambda error: None)
    api._state = "running"
    return api, sent


class MessagesTest(unittest.TestCase):
    def setUp(self):
        self.api, self.sent = an_api(("output", "*", "*"))
        self.output = self.api.outputs.output

    def back(self):
        (record,) = self.sent.records()
        self.sent.messages.clear()
        return _bodies.decode(record, "*", "*", self.api.type_context)

    def test_json_without_a_header_travels_as_itself(self):
        values = ["a", 1, 2.5, True, [1], {"a": None}]
        for value in values:
            self.output.publish(value)
        self.assertEqual(self.sent.records(), values)

    def test_what_json_does_not_have_comes_back(self):
        for value in (
                decimal.Decimal("1.50"), datetime.date(2024, 2, 29), datetime.time(1, 2, 3),
                datetime.datetime(2024, 1, 1, 0, 0, 0, 5)):
            self.output.publish(value)
            header, body = self.back()
            self.assertEqual(body.get(), value)
            self.assertEqual(body.get_type_id(), _types.scalar_id(value))
        row = [b"ab", None, decimal.Decimal("2"), 1.5]
        self.output.publish(_types.Table([row]), {"h": [b"x", 1]})
        header, body = self.back()
        self.assertEqual(body.get().body, [row])
        self.assertEqual(header["h"], [b"x", 1])

    def test_files_are_sent_up_to_n_bytes(self):
        for n, size in ((5, 5), (20, 10), (-1, 10)):
            self.output.publish(io.BytesIO(bytes(10)), n)
            header, body = self.back()
            self.assertEqual(len(body.get_reader().read()), size)
            self.assertEqual(body.is_stream(), n < 0)

    def test_a_writer_survives_pickling_and_sends_once(self):
        number, writer = self.output.with_writer({"h": [1]})
        writer.write([[i] for i in range(7)])
        writer = pickle.loads(pickle.dumps(writer))
        writer.write([[i] for i in range(7, 12)])
        self.assertEqual(self.sent.records(), [])
        writer.close()
        writer.close()
        header, body = self.back()
        reader = body.get_reader()
        self.assertEqual([len(reader.read(5)) for _ in range(4)], [5, 5, 2, 0])
        self.assertEqual(header.copy(), {"h": [1]})
        with self.assertRaises(ValueError):
            writer.write([[1]])

    def test_a_published_input_is_refused(self):
        self.output.publish("x", {"h": [1]})
        header, body = self.back()
        with self.assertRaisesRegex(TypeError, "publish body.get()"):
            self.output.publish(body)

    def test_publishing_needs_what_publish_takes(self):
        with self.assertRaisesRegex(TypeError, "no argument 'headr'; did you mean 'header'"):
            self.output.publish(1, headr={})
        with self.assertRaisesRegex(ValueError, "64|67108864"):
            self.output.publish(io.BytesIO(bytes(_bodies.LARGEST + 1)), -1)


class TypesTest(unittest.TestCase):
    def test_tables_that_are_made_are_known_elsewhere(self):
        api, sent = an_api(("output", "table", "*"))
        number = _types.DataTypeReference("scalar", "com.sap.core.int64")
        ref = api.type_context.create_new_table({"id": number}, keys=["id"])
        api.outputs.output.publish(api.Table([[1]], ref.type_id))
        (record,) = sent.records()
        other, _ = an_api()
        header, body = _bodies.decode(record, "table", "*", other.type_context)
        vtype = other.type_context.get_vtype(body.get().type_ref)
        self.assertEqual((list(vtype.columns), vtype.keys, vtype.scope), (["id"], ["id"], "dynamic"))

    def test_ports_with_a_type_keep_it(self):
        api, sent = an_api(("typed", "table", "t"), ("any", "table", "*"))
        ref = _types.DataTypeReference("table", "u")
        with self.assertRaises(TypeError):
            api.outputs.typed.set_dynamic_type(ref)
        with self.assertRaisesRegex(TypeError, "set_dynamic_type"):
            api.outputs.any.with_writer()
        api.outputs.any.set_dynamic_type(ref)
        self.assertEqual(api.outputs.any.type_ref, ref)

    def test_what_comes_without_types_gets_those_of_its_port(self):
        types = _types.TypeContext(SCHEMAS)
        came = [["7.50", "2024-02-29", "12:30:00.123456789", "2024-02-29T12:30:00Z", 1, "YWI=", "x", None]]
        made = [[
            decimal.Decimal("7.50"), datetime.date(2024, 2, 29), datetime.time(12, 30, 0, 123456),
            datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc), 1.0, b"ab", "x", None]]
        names = ["price", "day", "at", "stamp", "ratio", "data", "name", "none"]
        for rows in (came, [dict(zip(names, came[0]))]):
            header, body = _bodies.decode(rows, "table", "$GRAPH.row", types)
            self.assertEqual((body.get_type_id(), body.get_base_type()), ("$GRAPH.row", "table"))
            table = body.get()
            self.assertEqual(table.body, made)
            self.assertIs(type(table.body[0][4]), float)
            self.assertEqual(table.columns(), names)
            self.assertEqual(table.get_raw(), came)
            self.assertEqual(body.get_raw(), came)
            part = body.get_reader().read(1)
            self.assertEqual((part.body, part.get_raw(), part.type_ref.type_id), (made, came, "$GRAPH.row"))
        for fields in (["7.50", "2024-02-29"], {"day": "2024-02-29", "price": "7.50"}):
            header, body = _bodies.decode(fields, "structure", "$GRAPH.offer", types)
            record = body.get()
            self.assertEqual((list(record), record.type_id), (made[0][:2], "$GRAPH.offer"))
            self.assertEqual(body.get_raw(), ["7.50", "2024-02-29"])
        for type_id, text, value in (
                ("com.sap.core.decimal", "7.50", made[0][0]), ("$GRAPH.money", "7.50", made[0][0]),
                ("com.sap.core.date", "2024-02-29", made[0][1])):
            header, body = _bodies.decode(text, "scalar", type_id, types)
            self.assertEqual((body.get(), body.get_raw(), body.get_type_id()), (value, text, type_id))
        header, body = _bodies.decode("aGk=", "scalar", "com.sap.core.binary", types)
        self.assertEqual(body.get(), "aGk=")

    def test_what_does_not_fit_its_type_is_told_when_it_is_asked_for(self):
        types = _types.TypeContext(SCHEMAS)
        header, body = _bodies.decode([["7", "2024-13-01"] + [None] * 6], "table", "$GRAPH.row", types)
        with self.assertRaisesRegex(ValueError, "row 1, day is no date: '2024-13-01'"):
            body.get()
        header, body = _bodies.decode([["7"]], "table", "$GRAPH.row", types)
        with self.assertRaisesRegex(ValueError, "row 1 has 1 values, and its type 8: price, day,"):
            body.get_reader()
        header, body = _bodies.decode("many", "scalar", "com.sap.core.decimal", types)
        with self.assertRaisesRegex(ValueError, "the value is no decimal: 'many'"):
            body.get()

    def test_raw_values_keep_what_python_does_not(self):
        stamp = "2024-02-29T12:30:00.123456789"
        record = {"$message": {"type": "json", "body": {"$timestamp": stamp}}}
        header, body = _bodies.decode(record, "*", "*", _types.TypeContext({}))
        self.assertEqual(body.get(), datetime.datetime(2024, 2, 29, 12, 30, 0, 123456))
        self.assertEqual(body.get_raw(), stamp)
        table = _types.Table([[decimal.Decimal("1.50"), datetime.date(2024, 2, 29), 3, b"x"]])
        self.assertEqual(table.get_raw(), [["1.50", "2024-02-29", 3, b"x"]])
        self.assertEqual(_types.Record([decimal.Decimal("1.50")]).get_raw(), ["1.50"])

    def test_what_leaves_a_port_has_its_type(self):
        api, sent = an_api(("rows", "table", "$GRAPH.row"), ("offer", "structure", "$GRAPH.offer"))
        _types.Table.types = types = _types.TypeContext(SCHEMAS)
        row = [decimal.Decimal("7.5"), None, None, None, 1.5, b"x", "n", None]
        api.outputs.rows.publish(_types.Table([row]))
        api.outputs.offer.publish(_types.Record([1, 2]))
        rows, offer = (record["$message"] for record in sent.records())
        self.assertEqual((rows["id"], rows["columns"][:2], offer["id"]), ("$GRAPH.row", ["price", "day"], "$GRAPH.offer"))
        header, body = _bodies.decode({"$message": rows}, "table", "*", types)
        self.assertEqual(body.get().body, [row])
        with self.assertRaisesRegex(TypeError, "takes a table of the type [$]GRAPH.row, and this one is of the type x"):
            api.outputs.rows.publish(_types.Table([row], "x"))


def fields(**types):
    return [{name: {"vflow.type": "scalar", "vtype-ID": kind if "." in kind else "com.sap.core." + kind}}
            for name, kind in types.items()]


SCHEMAS = {
    "$GRAPH.money": {"vflow.type": "scalar", "template": "decimal", "value.precision": 10, "value.scale": 2},
    "$GRAPH.offer": {"vflow.type": "structure", "components": fields(price="$GRAPH.money", day="date")},
    "$GRAPH.row": {"vflow.type": "table", "keys": ["name"], "rows": {"components": fields(
        price="$GRAPH.money", day="date", at="time", stamp="timestamp", ratio="float64", data="binary", name="string",
        none="int64")}},
}


if __name__ == "__main__":
    unittest.main()
