"""Record sets: how records become a data frame, a matrix or a series, and become records again.

The first record decides: objects make a `pandas.DataFrame`, arrays a `numpy.matrix`, anything else a `pandas.Series`; a set
without records is an empty data frame. The other way, missing values (NaN, NaT, NA) become None.

pandas is imported when it is needed, since most models do not.
"""

import sys
from math import isinf

from weir._values import SCALARS, convert


def require_pandas():
    """:raises ImportError: with the way out, when there is none"""
    try:
        import pandas

        return pandas
    except ImportError as error:
        raise ImportError(
            "record sets are pandas data frames, and %s has no pandas (%s): install it for this Python (on Debian: "
            "apt-get install python3-pandas; otherwise: pip install pandas), or set WEIR_PYTHON to a Python that has it"
            % (sys.executable, error)) from None


def deliver(records):
    """The set as a program gets it."""
    pandas = require_pandas()
    if not records:
        return pandas.DataFrame([])
    if type(records[0]) is dict:
        return pandas.DataFrame(records)
    if type(records[0]) is list:
        import numpy

        widths = set(len(record) if type(record) is list else -1 for record in records)
        if len(widths) > 1:
            raise ValueError("the arrays of a record set are rows of a matrix: all must have the same length")
        return numpy.matrix(records)
    return pandas.Series(records, dtype=object if type(records[0]) in (str, bool, type(None)) else None)


def is_set(value):
    """Whether a value is of a type that stands for records."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    return (pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series))
            or numpy is not None and isinstance(value, numpy.ndarray) and value.ndim > 0)


def rows(value, subject):
    """The records that a set stands for.

    :raises TypeError: when it is none; names the column that cannot be JSON
    """
    if isinstance(value, list):
        return [convert(item, True, subject) for item in value]
    if not is_set(value):
        raise TypeError(
            "%s is of type %s; an output slot with record sets takes a pandas DataFrame or Series, a numpy matrix, or a "
            "list of records" % (subject, type(value).__qualname__))
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return _frame(value, subject)
    if pandas is not None and isinstance(value, pandas.Series):
        return _column(value, "%s, a series," % subject)
    if value.dtype.kind not in "biufUSO" or value.dtype.kind == "S":
        raise TypeError("%s is a matrix of %s, which is not JSON: use .astype(...)" % (subject, value.dtype))
    return _present(value.tolist(), subject) if value.dtype.kind == "f" else convert(value.tolist(), True, subject)


def _frame(frame, subject):
    names = [name if type(name) is str else str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise TypeError("%s has two columns called %r: a JSON object has each name once" % (subject, twice))
    columns = [_column(frame.iloc[:, i], "column %r of %s" % (name, subject)) for i, name in enumerate(names)]
    if columns:
        records = [dict(zip(names, row)) for row in zip(*columns)]
    else:
        records = [{} for _ in range(len(frame))]
    if frame.index.name is not None:
        return [{str(label): record} for label, record in zip(frame.index, records)]
    return records


def _column(series, subject):
    """The values of a series as JSON values."""
    dtype = series.dtype
    kind = getattr(dtype, "kind", "O")
    if kind in "mMcV" or dtype.__class__.__name__ in ("PeriodDtype", "IntervalDtype"):
        raise TypeError("%s is of type %s, which is not a JSON value: use .astype(str)" % (subject, dtype))
    values = series.tolist()
    kinds = set(map(type, values))
    if kinds <= SCALARS:
        return _present(values, subject) if float in kinds else values
    missing = sys.modules["pandas"].isna
    return [
        None if type(value) not in (list, dict) and missing(value) is True else convert(value, True, subject)
        for value in values]


def _present(values, subject):
    """Numbers, with None for NaN."""
    copy = []
    for value in values:
        if type(value) is list:
            value = _present(value, subject)
        elif type(value) is float:
            if value != value:
                value = None
            elif isinf(value):
                raise ValueError("%s holds %r, which JSON does not have: use None or a number" % (subject, value))
        copy.append(value)
    return copy
