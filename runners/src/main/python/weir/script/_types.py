"""Types, and values that have one: records and tables."""

import datetime
import decimal

CORE = "com.sap.core."
ANY = "*"
SCALARS = {
    bool: "bool", int: "int64", float: "float64", str: "string", bytes: "binary", decimal.Decimal: "decimal",
    datetime.datetime: "timestamp", datetime.date: "date", datetime.time: "time",
}
TEMPLATES = (
    "binary", "bool", "byte", "uint8", "int8", "int16", "int32", "int64", "uint64", "float32", "float64", "decfloat16",
    "decfloat34", "decimal", "date", "time", "timestamp", "string", "geometry", "geometryewkb")


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

    def __init__(self, values, type_id=""):
        self.values = list(values)
        self.type_id = type_id

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


class Table:
    """Rows, with the type of a table or without one."""

    types = None  # the type context of the script

    def __init__(self, data, type_id="", infer_type=False, colnames=None):
        self.body = [list(row) for row in data]
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
            return Table(self.body[i], self._type_id, colnames=self._colnames)
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
