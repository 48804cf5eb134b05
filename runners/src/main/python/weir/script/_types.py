"""Types, and values that have one: records and tables."""

import datetime
import decimal
import re
from base64 import b64decode

CORE = "com.sap.core."
ANY = "*"
SCALARS = {
    bool: "bool", int: "int64", float: "float64", str: "string", bytes: "binary", decimal.Decimal: "decimal",
    datetime.datetime: "timestamp", datetime.date: "date", datetime.time: "time",
}
TEMPLATES = (
    "binary", "bool", "byte", "uint8", "int8", "int16", "int32", "int64", "uint64", "float32", "float64", "decfloat16",
    "decfloat34", "decimal", "date", "time", "timestamp", "string", "geometry", "geometryewkb")


FRACTION = re.compile(r"(:\d\d\.\d{1,6})\d*")


def timestamp(text):
    """A timestamp or time as text, as Python takes it: with six digits of a second at most, which are all it keeps."""
    text = FRACTION.sub(lambda found: found.group(1).ljust(10, "0"), text)
    return text[:-1] + "+00:00" if text.endswith("Z") else text


def _reader(kind, read):
    return lambda value: value if isinstance(value, kind) else read(value)


# How a value of a scalar type is made of JSON; where it is not here, as it comes.
READERS = {
    "decimal": _reader(decimal.Decimal, lambda value: decimal.Decimal(str(value))),
    "date": _reader(datetime.date, datetime.date.fromisoformat),
    "time": _reader(datetime.time, lambda text: datetime.time.fromisoformat(timestamp(text))),
    "timestamp": _reader(datetime.datetime, lambda text: datetime.datetime.fromisoformat(timestamp(text))),
    "float64": lambda value: float(value) if type(value) is int else value,
    "binary": _reader(bytes, lambda text: b64decode(text, validate=True)),
}
READERS.update(
    decfloat16=READERS["decimal"], decfloat34=READERS["decimal"], float32=READERS["float64"],
    geometry=READERS["binary"], geometryewkb=READERS["binary"])


def raw(value):
    """A value as it travels: text for a decimal, a date, a time or a timestamp."""
    if isinstance(value, decimal.Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value


def scalar_id(value):
    """The type id of a scalar; that of a string for what has none."""
    return CORE + SCALARS.get(type(value), "string")


class DataTypeReference:
    """Names a type: `type_` is scalar, structure or table."""

    def __init__(self, type, ID):
        if type not in ("scalar", "structure", "table"):
            raise ValueError("a type is scalar, structure or table, not %r" % (type,))
        self.type_ = type
        self.type_id = ID

    def __eq__(self, other):
        return isinstance(other, DataTypeReference) and (self.type_, self.type_id) == (other.type_, other.type_id)

    def __hash__(self):
        return hash((self.type_, self.type_id))

    def __repr__(self):
        return "DataTypeReference(%r, %r)" % (self.type_, self.type_id)


class VType:
    """A type: its scope (global, local, inline or dynamic), name and description."""

    def __init__(self, scope, name, description=""):
        self.scope, self.name, self.description = scope, name, description


class VTypeNone(VType):
    """The type of a message without a body."""


class VTypeScalar(VType):
    """The type of a single value."""

    template = None
    precision = scale = length = None


class VTypeStructure(VType):
    """The type of a record: `fields` by name."""

    fields = {}


class VTypeTable(VType):
    """The type of a table: `columns` by name, in their order, and the names of the `keys`."""

    columns = {}
    keys = []


class TypeContext:
    """The types that a script knows: the core scalars, those of its graph, and those that it makes."""

    def __init__(self, schemas):
        self._schemas = dict(schemas)  # by id: a schema as SAP's vtype files have it

    def create_new_table(self, columns, keys=None):
        schema = {
            "vflow.type": "table",
            "rows": {"components": [
                {name: {"vflow.type": ref.type_, "vtype-ID": ref.type_id}} for name, ref in columns.items()]},
            "keys": list(keys or ()),
        }
        unknown = [key for key in schema["keys"] if key not in columns]
        if unknown:
            raise ValueError("the key %r is no column of the table; it has %s" % (unknown[0], ", ".join(columns)))
        return DataTypeReference("table", self._dynamic(schema))

    def register_schema(self, schema, scope):
        kind = schema.get("vflow.type")
        if kind not in ("scalar", "structure", "table"):
            raise ValueError("a schema needs 'vflow.type': scalar, structure or table, not %r" % (kind,))
        if scope == "dynamic":
            return self._dynamic(schema)
        if "name" not in schema:
            raise ValueError("a schema of scope %r needs a 'name'" % (scope,))
        prefix = {"local": "$GRAPH.", "inline": "$INLINE."}.get(scope)
        if prefix is None:
            raise ValueError("a scope is dynamic, local or inline, not %r" % (scope,))
        name = prefix + schema["name"]
        self._schemas[name] = schema
        return name

    def infer_schema_from_row(self, row, colnames=None):
        names = list(colnames or ())[:len(row)]
        names += ["col%d" % i for i in range(len(names), len(row))]
        return {
            "vflow.type": "table",
            "rows": {"components": [
                {name: {"vflow.type": "scalar", "vtype-ID": scalar_id(value)}} for name, value in zip(names, row)]},
        }

    def get_vtype(self, ref):
        if ref is None:
            return VTypeNone("global", "none")
        name = ref.type_id
        if ref.type_ == "scalar" and name.startswith(CORE) and name[len(CORE):] in TEMPLATES:
            vtype = VTypeScalar("global", name)
            vtype.template = name[len(CORE):]
            return vtype
        schema = self._schemas.get(name)
        if schema is None:
            raise KeyError("there is no type %r; it can be registered with api.type_context.register_schema" % (name,))
        start = name.split(".", 1)[0]
        scope = {"$GRAPH": "local", "$INLINE": "inline", "$DYNAMIC": "dynamic"}.get(start, "global")
        description = schema.get("description", "")
        if schema["vflow.type"] == "scalar":
            vtype = VTypeScalar(scope, name, description)
            vtype.template = schema.get("template")
            for field in ("precision", "scale", "length"):
                setattr(vtype, field, schema.get("value." + field))
        elif schema["vflow.type"] == "structure":
            vtype = VTypeStructure(scope, name, description)
            vtype.fields = _references(schema.get("components", ()))
        else:
            vtype = VTypeTable(scope, name, description)
            vtype.columns = _references(schema.get("rows", {}).get("components", ()))
            vtype.keys = list(schema.get("keys", ()))
        return vtype

    def reader(self, ref):
        """The name of a scalar type's template, and what makes a value of it of JSON, if anything is to be made."""
        if ref.type_ != "scalar":
            return None
        name = ref.type_id
        template = name[len(CORE):] if name.startswith(CORE) else self._schemas.get(name, {}).get("template")
        return (template, READERS[template]) if template in READERS else None

    def fields(self, kind, name):
        """The fields of a structure or the columns of a table with their readers, by name; None if it is not known."""
        schema = self._schemas.get(name)
        if schema is None or schema.get("vflow.type") != kind:
            return None
        components = schema.get("components", ()) if kind == "structure" else schema.get("rows", {}).get("components", ())
        return {field: self.reader(ref) for field, ref in _references(components).items()}

    def schema_of(self, name):
        """The schema of a type that was made here, which a message of it takes along; None for others."""
        return self._schemas.get(name) if name.startswith("$DYNAMIC.") else None

    def learn(self, name, schema):
        """A type that a message has brought."""
        self._schemas.setdefault(name, schema)

    def _dynamic(self, schema):
        import json
        import zlib

        # Named by what it is, so that it has one name in all processes.
        name = "$DYNAMIC.%08x" % zlib.crc32(json.dumps(schema, sort_keys=True).encode())
        self._schemas[name] = schema
        return name


def _references(components):
    return {
        name: DataTypeReference(ref["vflow.type"], ref["vtype-ID"])
        for component in components for name, ref in component.items()}


class Record:
    """One value of a structure: its fields in their order."""

    def __init__(self, values, type_id="", _raw=None):
        self.values = list(values)
        self.type_id = type_id
        self._raw = _raw

    def __iter__(self):
        return iter(self.values)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i]

    def __eq__(self, other):
        return isinstance(other, (Record, list)) and list(other) == self.values

    __hash__ = None

    def __repr__(self):
        return "Record(%r)" % (self.values,)

    def get_raw(self):
        """Its fields as they travel: text for decimals, dates, times and timestamps."""
        return [raw(value) for value in self.values] if self._raw is None else list(self._raw)


class Table:
    """Rows, with the type of a table or without one."""

    types = None  # the type context of the script

    def __init__(self, data, type_id="", infer_type=False, colnames=None, _raw=None):
        self.body = [list(row) for row in data]
        self._raw = _raw
        self._type_id = type_id
        self._colnames = list(colnames) if colnames else None
        if infer_type:
            self.infer_dynamic_type(colnames)

    def __iter__(self):
        return iter(self.body)

    def __len__(self):
        return len(self.body)

    def __getitem__(self, i):
        if isinstance(i, slice):
            came = None if self._raw is None else self._raw[i]
            return Table(self.body[i], self._type_id, colnames=self._colnames, _raw=came)
        return self.body[i]

    def __eq__(self, other):
        return isinstance(other, Table) and other.body == self.body

    __hash__ = None

    def __repr__(self):
        return "Table(%d rows, %s)" % (len(self.body), self._type_id or "untyped")

    @property
    def type_ref(self):
        return self.get_type_reference()

    def is_typed(self):
        return bool(self._type_id) and self._type_id != ANY

    def type_id(self):
        """The id of its type; empty without one."""
        return self._type_id if self.is_typed() else ""

    def get_type_reference(self):
        return DataTypeReference("table", self._type_id) if self.is_typed() else None

    def infer_dynamic_type(self, colnames=None):
        if not self.body:
            raise ValueError("the type of a table without rows cannot be inferred")
        sample = list(self.body[0])
        for row in self.body[1:]:
            if None not in sample:
                break
            sample = [new if old is None else old for old, new in zip(sample, row)]
        schema = self.types.infer_schema_from_row(sample, colnames or self._colnames)
        self._type_id = self.types.register_schema(schema, "dynamic")
        return self.type_ref

    def get_raw(self):
        """Its rows as they travel: text for decimals, dates, times and timestamps."""
        if self._raw is None:
            return [[raw(value) for value in row] for row in self.body]
        return [list(row) for row in self._raw]

    def columns(self):
        """The names of its columns; None where they are not known."""
        if self.is_typed():
            try:
                return list(self.types.get_vtype(self.type_ref).columns)
            except KeyError:
                pass
        return self._colnames

    def to_dataframe(self):
        """A data frame and the names of its columns; NULL is pandas.NA, in a column of objects."""
        import pandas

        headers = self.columns() or ["col%d" % i for i in range(len(self.body[0]) if self.body else 0)]
        series = {}
        for i, name in enumerate(headers):
            values = [row[i] for row in self.body]
            if any(value is None for value in values):
                series[name] = pandas.Series([pandas.NA if v is None else v for v in values], dtype=object)
            elif values and all(type(v) in (datetime.date, datetime.datetime) for v in values):
                series[name] = pandas.to_datetime(pandas.Series(values))
            else:
                series[name] = pandas.Series(values)
        return pandas.DataFrame(series, columns=headers), headers

    @staticmethod
    def from_dataframe(df, vtype_id="", infer_type=False):
        import pandas

        def plain(value):
            if pandas.api.types.is_scalar(value) and pandas.isna(value):
                return None
            if isinstance(value, pandas.Timestamp):
                return value.to_pydatetime()
            return value.item() if hasattr(value, "item") else value

        columns = [[plain(value) for value in df.iloc[:, i]] for i in range(df.shape[1])]
        rows = [list(row) for row in zip(*columns)]
        return Table(rows, vtype_id, infer_type, [str(name) for name in df.columns])
