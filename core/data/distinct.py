"""The distinct texts of a column: each is looked at once, however many rows hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..words import Message, message

__all__ = ["MARKERS", "Parsed", "Texts", "among"]

_MANY = 5_000
MARKERS = frozenset({
    "", "na", "n/a", "#n/a", "n.a.", "nan", "null", "(null)", "none", "nil", "nat", "<na>", "-", "--", "?", ".", "..",
    "missing", "#null!", "#div/0!", "#value!", "#ref!", "#num!", "\\n",
})
"""Lower-case texts that mean "nothing here" among numbers and dates; among other texts they stay what they are."""



@dataclass(frozen=True, eq=False)
class Parsed:
    """A column's values.

    Args:
        values: int64, float64, timestamp[us], string or dictionary array, chunked or not.
        storage: Arrow type a writer restores.
        date_format: strptime format of dates that were not ISO.
        notes: what was read as missing, undecided or mixed.
    """

    values: Any
    storage: str
    date_format: str | None = None
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, eq=False)
class Texts:
    """The distinct texts of a column and where they stand.

    Args:
        column: its name.
        distinct: (m,) texts.
        codes: (n,) positions in `distinct`, null where the cell is.
        counts: (m,) how many rows hold each.
    """

    column: str
    distinct: pa.Array
    codes: pa.Array
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, column: str, texts: pa.ChunkedArray) -> Texts:
        """Encode a column."""
        coded = texts.dictionary_encode().combine_chunks()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.chunk(0) if coded.num_chunks else pa.array([], pa.string()).dictionary_encode()
        codes = coded.indices.drop_null().to_numpy()
        return cls(column, coded.dictionary, coded.indices, np.bincount(codes, minlength=len(coded.dictionary)))

    def spread(self, values: pa.Array) -> pa.Array:
        """(n,) the value of each row, given the values of the distinct texts."""
        return values.take(self.codes)

    @property
    def itself(self) -> pa.DictionaryArray:
        """(n,) the texts as they stand."""
        return pa.DictionaryArray.from_arrays(self.codes, self.distinct)

    def rows(self, mask: NDArray[np.bool_]) -> int:
        """How many rows hold one of the texts under a mask."""
        return int(self.counts[mask].sum())

    def first(self, mask: NDArray[np.bool_]) -> tuple[int, str]:
        """1-based row and text of the first cell under a mask of distinct texts."""
        position = int(np.flatnonzero(mask)[0])  # texts are numbered by first appearance
        row = pc.index(self.codes, pa.scalar(position, self.codes.type)).as_py()
        return row + 1, self.distinct[position].as_py()

    def as_mixed(self, rest: NDArray[np.bool_]) -> Parsed:
        """The texts as they stand, with a note on those that keep the column from being numbers or dates."""
        row, text = self.first(rest)
        counts = {"rows": self.rows(rest), "all": len(self.codes), "first": row}
        said = message("read.note.mixed", column=self.column, text=text[:40], **counts)
        return Parsed(self.itself, "string", notes=(said,))

    def gone(self, is_gone: NDArray[np.bool_]) -> list[Message]:
        """Which texts were read as missing, and how often; empty text needs no word."""
        shown = [t for t in self.distinct.filter(pa.array(is_gone)).to_pylist() if t.strip()]
        if not shown:
            return []
        return [message("read.note.read_as_missing", column=self.column, texts=shown[:5], rows=self.rows(is_gone))]


def among(texts: pa.Array, where: NDArray[np.bool_], wanted: frozenset[str]) -> NDArray[np.bool_]:
    """Which texts under a mask are, without regard to case, among a few words."""
    found = np.zeros(len(texts), dtype=np.bool_)
    places = np.flatnonzero(where)
    if len(places) <= _MANY:  # a column of that many texts is no column of numbers
        found[places] = [t.casefold() in wanted for t in texts.take(pa.array(places)).to_pylist()]
    return found
