"""Bodies of messages, and the records that messages travel as.

A message whose body is a JSON value, without a header, is that value. Any other is an object with the one key
`$message`: its header, what kind of body it has (`none`, `json`, `binary`, `structure`, `table`) and the body as JSON,
in which a value that JSON does not have is an object with one key: `$binary`, `$decimal`, `$date`, `$time`,
`$timestamp`.
"""

import datetime
import decimal
import io
from base64 import b64decode, b64encode
from marshal import dumps

from weir import _values
from weir.script._types import ANY, CORE, READERS, DataTypeReference, Record, Table, scalar_id

LARGEST = 64 << 20  # bytes of one message
FORMAT = 2


class Header:
    """The header of a message: read only, by the type of each of its parts."""

    def __init__(self, parts):
        self._parts = parts

    def __getitem__(self, name):
        value = self._parts[name]
        return list(value) if isinstance(value, list) else value

    def __iter__(self):
        return iter(self._parts)

    def __len__(self):
        return len(self._parts)

    def __contains__(self, name):
        return name in self._parts

    def get(self, name, default=None):
        return self[name] if name in self._parts else default

    def keys(self):
        return self._parts.keys()

    def values(self):
        return [self[name] for name in self._parts]

    def items(self):
        return [(name, self[name]) for name in self._parts]

    def copy(self):
        """A dict of the same, which may be changed."""
        return {name: self[name] for name in self._parts}

    def __setitem__(self, name, value):
        raise TypeError("a header is read only; change a copy of it: header.copy()")

    __delitem__ = lambda self, name: self.__setitem__(name, None)

    def __eq__(self, other):
        return isinstance(other, (Header, dict)) and dict(self.items()) == dict(other.items())

    __hash__ = None

    def __repr__(self):
        return "Header(%r)" % (self._parts,)


class InputBody:
    """The body of a message that has come in."""

    def __init__(self, kind, value, type_id, stream, read=None):
        """`read` makes the value, when it is asked for, of what has come."""
        self._kind, self._value, self._type_id, self._stream = kind, value, type_id, stream
        self._read, self._came = read, value

    def _typed(self):
        if self._read is not None:
            self._value = self._read(self._came)
            self._read = None
        return self._value

    def get(self):
        """The value: whole; None for a message without a body."""
        if self._kind == "binary":
            raise TypeError("a binary body has no get(); read it: body.get_reader().read()")
        return self._typed()

    def get_raw(self):
        """The value as it has come: text for a decimal, a date, a time or a timestamp, in tables and structures too."""
        if self._kind == "binary":
            raise TypeError("a binary body has no get_raw(); read it: body.get_reader().read()")
        if self._kind == "scalar":
            return _raw(self._came)
        value = self._typed()
        return value.get_raw() if isinstance(value, (Table, Record)) else value

    def get_reader(self):
        if self._kind == "binary":
            return BinaryReader(self._value)
        if self._kind == "table":
            return TableReader(self._typed())
        raise TypeError("only binary bodies and tables have a reader; this is of type %s: body.get()" % self._type_id)

    def is_stream(self):
        return self._stream

    def get_type_id(self):
        return self._type_id

    def get_base_type(self):
        return {"none": "none", "table": "table", "structure": "structure"}.get(self._kind, "scalar")


class BinaryReader:
    """Reads a binary body. Fewer bytes than asked for are its end."""

    def __init__(self, data):
        self.read = io.BytesIO(data).read


class TableReader:
    """Reads a table. Fewer rows than asked for are its end."""

    def __init__(self, table):
        self._table, self._at = table, 0

    def read(self, n=-1):
        end = len(self._table) if n < 0 else min(self._at + n, len(self._table))
        part = self._table[self._at:end]
        self._at = end
        return part


class Writer:
    """Collects the body of a message, which is sent when the writer is closed. Can be pickled while it is open."""

    find = None  # finds the output of a port by its name

    def __init__(self, port, number, header, response, kind, type_id, content=None):
        self._port, self._number, self._header, self._response = port, number, header, response
        self._kind, self._type_id = kind, type_id
        self._content = [] if content is None else content
        self._size = 0
        self._closed = False

    def __reduce__(self):
        if self._closed:
            raise TypeError("a closed writer cannot be pickled")
        return _reopen, (
            self._port, self._number, self._header, self._kind, self._type_id, list(self._content))

    def write(self, data):
        if self._closed:
            raise ValueError("the writer is closed")
        if isinstance(data, (bytes, bytearray, memoryview)):
            self._be("binary")
            self._content.append(bytes(data))
            self._size += len(data)
            taken = len(data)
        else:
            self._be("table")
            rows = [list(row) for row in data]
            self._content.extend(rows)
            self._size += sum(len(row) for row in rows) * 8
            taken = len(rows)
        if self._size > LARGEST:
            raise ValueError("a message may have %d bytes; send several" % LARGEST)
        return taken

    def flush(self):
        """Does nothing: a message is sent whole."""

    def close(self):
        if self._closed:
            return
        self._closed = True
        if self._kind == "table":
            body = Table(self._content, self._type_id)
        else:
            body = b"".join(self._content)
        self.find(self._port).finish(self._number, body, self._header, self._response)

    def _be(self, kind):
        if self._kind is None:
            self._kind = kind
        if self._kind != kind:
            raise TypeError("the port '%s' takes %s" % (
                self._port, "bytes" if self._kind == "binary" else "rows: lists, or an api.Table"))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def _reopen(port, number, header, kind, type_id, content):
    return Writer(port, number, header, None, kind, type_id, content)


def _id_at(port, kind, type_id):
    """The type's id of a table or record where it leaves, which is that of the port if it has none of its own."""
    wanted = port.type_id if port is not None and port.type_ == kind and port.type_id != ANY else ""
    if type_id and type_id != ANY and wanted and type_id != wanted:
        raise TypeError("the port takes a %s of the type %s, and this one is of the type %s" % (kind, wanted, type_id))
    return type_id if type_id and type_id != ANY else wanted


def encode(data, header, stream=False, port=None):
    """The record that a message is: a plain scalar, or marshalled bytes. `port` is the type of its port, if it has one."""
    if isinstance(data, InputBody):
        raise TypeError("an input's body cannot be published; publish body.get()")
    parts = _header(header)
    if data is None:
        return dumps({"$message": {"header": parts, "type": "none"}}, FORMAT) if parts else None
    if isinstance(data, (bytes, bytearray, memoryview)):
        data = bytes(data)
        message = {"type": "binary", "body": b64encode(data).decode()}
    elif isinstance(data, Table):
        message = {"type": "table", "body": [_cells(row) for row in data.body]}
        type_id = _id_at(port, "table", data.type_id())
        columns = data.columns() or list(data.types.fields("table", type_id) or ())
        if columns:
            message["columns"] = columns
        if type_id:
            message["id"] = type_id
            schema = data.types.schema_of(type_id)
            if schema is not None:
                message["schema"] = schema
    elif isinstance(data, Record):
        message = {"type": "structure", "body": _cells(data.values)}
        type_id = _id_at(port, "structure", data.type_id)
        if type_id:
            message["id"] = type_id
    else:
        cell = _cell(data)
        special = type(cell) is dict and len(cell) == 1 and next(iter(cell)).startswith("$")
        if not parts and not special:
            return _packed(cell)
        message = {"type": "json", "body": cell}
    if stream:
        message["stream"] = True
    return _packed({"$message": {"header": parts, **message} if parts else message})


def _packed(value):
    if type(value) is dict or type(value) is list:
        packed = dumps(value, FORMAT)
        if len(packed) > LARGEST:
            raise ValueError("a message may have %d bytes, this one has %d; send several" % (LARGEST, len(packed)))
        return packed
    return value


def _header(header):
    if not header:
        return None
    parts = {}
    for name in header:
        if not isinstance(name, str):
            raise TypeError("the parts of a header are named by str, not %r" % (name,))
        value = header[name]
        parts[name] = _cells(value) if isinstance(value, (list, tuple, Record)) else _cell(value)
    return parts


def _cells(row):
    return [_cell(value) for value in row]


PLAIN = frozenset((int, str, bool, type(None)))


def _cell(value):
    """A value as JSON."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if isinstance(value, (bytes, bytearray)):
        return {"$binary": b64encode(value).decode()}
    if isinstance(value, decimal.Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime.datetime):
        return {"$timestamp": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"$date": value.isoformat()}
    if isinstance(value, datetime.time):
        return {"$time": value.isoformat()}
    if kind.__name__ == "NAType":
        return None
    return _values.convert(value, True, "the message")


READ = {
    "$binary": b64decode,
    "$decimal": decimal.Decimal,
    "$timestamp": READERS["timestamp"],
    "$date": datetime.date.fromisoformat,
    "$time": READERS["time"],
}


def _value(cell):
    if type(cell) is dict and len(cell) == 1:
        for name, text in cell.items():
            read = READ.get(name)
            return cell if read is None else read(text)
    return cell


def _raw(cell):
    """A value as it has come, without the name of its kind; binary ones as bytes."""
    value = _value(cell)
    return value if value is cell or isinstance(value, bytes) else next(iter(cell.values()))


def _made(cell, reader, where):
    """A value of a type: what `reader`, a name and a function, makes of a cell."""
    value = _value(cell)
    if reader is None or value is None:
        return value
    try:
        return reader[1](value)
    except (ValueError, TypeError, ArithmeticError):
        raise ValueError("%s is no %s: %r" % (where, reader[0], value)) from None


def _rows_of(rows, fields):
    """Rows as lists: of objects by the names of columns."""
    names = list(fields or ())
    return [[row.get(name) for name in names] if type(row) is dict else row for row in rows]


def _row(row, fields, where):
    if fields is None:
        return [_value(cell) for cell in row]
    if len(row) != len(fields):
        raise ValueError("%s has %d values, and its type %d: %s" % (where, len(row), len(fields), ", ".join(fields)))
    return [_made(cell, reader, "%s, %s" % (where, name)) for cell, (name, reader) in zip(row, fields.items())]


def _table(body, type_id, stream, types, columns=None):
    fields = types.fields("table", type_id)

    def read(rows):
        rows = _rows_of(rows, fields)
        made = [_row(row, fields, "row %d" % (i + 1)) for i, row in enumerate(rows)]
        names = columns or list(fields or ()) or None
        return Table(made, type_id, colnames=names, _raw=[[_raw(cell) for cell in row] for row in rows])

    return InputBody("table", body, type_id or ANY, stream, read)


def _record(body, type_id, types):
    fields = types.fields("structure", type_id)

    def read(values):
        values = _rows_of([values], fields)[0]
        return Record(_row(values, fields, "the structure"), type_id, _raw=[_raw(cell) for cell in values])

    return InputBody("structure", body, type_id or ANY, False, read)


def _scalar(value, type_id, types):
    reader = types.reader(DataTypeReference("scalar", type_id))
    if reader is not None and reader[1] is READERS["binary"]:
        reader = None  # a message with binary content says so itself; a text is no such content
    return InputBody("scalar", value, type_id, False, lambda cell: _made(cell, reader, "the value"))


def decode(record, port_type, port_id, types):
    """The header and the body that a record is, for a port of this type."""
    if type(record) is dict and len(record) == 1 and type(record.get("$message")) is dict:
        message = record["$message"]
        header = Header({
            name: [_value(cell) for cell in value] if isinstance(value, list) else _value(value)
            for name, value in (message.get("header") or {}).items()})
        return header, _body(message, port_type, port_id, types)
    return Header({}), _plain(record, port_type, port_id, types)


def _body(message, port_type, port_id, types):
    kind, body, stream = message.get("type"), message.get("body"), bool(message.get("stream"))
    if kind == "none":
        return InputBody("none", None, "none", False)
    if kind == "binary":
        return InputBody("binary", b64decode(body), CORE + "binary", stream)
    type_id = message.get("id") or (port_id if port_type == kind and port_id != ANY else "")
    if kind == "table":
        if "schema" in message:
            types.learn(type_id, message["schema"])
        return _table(body, type_id, stream, types, message.get("columns"))
    if kind == "structure":
        return _record(body, type_id, types)
    return _plain(body, port_type, port_id, types)


def _plain(value, port_type, port_id, types):
    if value is None:
        return InputBody("none", None, "none", False)
    if type(value) is dict or type(value) is list:
        type_id = "" if port_id == ANY else port_id
        fields = types.fields(port_type, type_id)
        rows = list if fields is None else (list, dict)
        if port_type == "table" and type(value) is list and all(isinstance(row, rows) for row in value):
            return _table(value, type_id, False, types)
        if port_type == "structure" and fields is not None:
            return _record(value, type_id, types)
        if _value(value) is value:
            return InputBody("structure", value, port_id if port_type == "structure" else ANY, False)
    if port_type == "scalar" and port_id != ANY:
        return _scalar(value, port_id, types)
    if type(value) is dict:
        return InputBody("scalar", value, scalar_id(_value(value)), False, _value)
    return InputBody("scalar", value, scalar_id(value), False)


def reference(kind, type_id):
    """The reference of a port's type; None where it takes anything."""
    return DataTypeReference(kind, type_id) if kind in ("scalar", "structure", "table") else None
