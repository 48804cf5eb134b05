"""For programs that read their slots themselves, which the comment `# fastscore.action: unused` declares.

    # fastscore.action: unused
    from weir.io import Slot

    for frame in Slot(0):
        Slot(1).write(frame.describe())
"""

from weir import _slots

__all__ = ["Slot"]

FORMATS = ("pandas", "pandas.standard", "list")


class Slot:
    """An input slot to read, or an output slot to write."""

    def __init__(self, number):
        if type(number) is not int or number < 0:
            raise ValueError("a slot is a number from 0, not %r" % (number,))
        self.number = number

    def __repr__(self):
        return "Slot(%d)" % self.number

    def read(self, format="pandas", with_seqno=False):
        """The next records, or None when there are no more.

        A data frame, a matrix or a series, as record sets are; with format "list" a list of records. Of a slot with record
        sets it is a whole set, otherwise as many as have come, at most 1,000. With `with_seqno`, a pair of that and the
        number of the last record.
        """
        if format not in FORMATS:
            raise ValueError("there is no format %r; there are %s" % (format, ", ".join(map(repr, FORMATS))))
        return _slots.read(self.number, format == "list", with_seqno)

    def write(self, record):
        """Outputs a record, or the records that a data frame, a matrix or a series stands for."""
        _slots.write(self.number, record)

    def __iter__(self):
        return self

    def __next__(self):
        batch = self.read()
        if batch is None:
            raise StopIteration
        return batch
