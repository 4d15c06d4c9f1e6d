"""Keys of rows: hashes of what a row says, and the key a case keeps when its file is refreshed.

A hash depends on values alone: not on dictionary codes, the size of batches, the order of columns or the type of the
file. Integers and numbers of the same value hash alike; NULL, NaN and empty text do not.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batch import CODED, Batch, Column
from .schema import Kind, Role
from .source import Source

__all__ = ["CaseKeys", "Hasher", "case_keys", "distinct", "occurrences", "row_hashes", "scramble"]

_LAST_EXACT = 2**53
_KEPT = 4
_cases: OrderedDict[tuple[str, ...], CaseKeys] = OrderedDict()


def scramble(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread 64 bits over 64 bits, one to one: the finaliser of splitmix64 (Steele, Lea & Flood 2014).

    Args:
        x: (n,) uint64.
    """
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@dataclass
class Hasher:
    """Hashes cells and rows; remembers the hashes of dictionaries, which the batches of a source share."""

    _dictionaries: dict[int, tuple[tuple[str, ...], NDArray[np.uint64]]] = field(default_factory=dict)

    def column(self, name: str, column: Column) -> NDArray[np.uint64]:
        """(n,) hash of each cell together with the name of its column."""
        bits = self._codes(column) if column.kind in CODED else _bits(column)
        salt = np.uint64(_text_hash(name, b"column"))
        cells = scramble(bits ^ salt)
        absent = ~column.present
        if absent.any():
            cells[absent] = scramble(salt + column.missing[absent].astype(np.uint64))
        return cells

    def rows(self, batch: Batch) -> NDArray[np.uint64]:
        """(n,) hash of each row. Hashes of cells are added up, so that the order of columns does not matter."""
        total = np.zeros(batch.rows, dtype=np.uint64)
        for name, column in batch.columns.items():
            total += self.column(name, column)
        return scramble(total)

    def forget(self) -> None:
        """Drop the hashes of dictionaries that will not come again."""
        self._dictionaries.clear()

    def _codes(self, column: Column) -> NDArray[np.uint64]:
        if not column.categories:
            return np.zeros(len(column), dtype=np.uint64)
        held = self._dictionaries.get(id(column.categories))
        if held is None or held[0] is not column.categories:
            hashes = np.fromiter((_text_hash(c) for c in column.categories), np.uint64, len(column.categories))
            held = self._dictionaries[id(column.categories)] = (column.categories, hashes)
        return held[1][np.where(column.present, column.values, 0)]


def row_hashes(source: Source, columns: Sequence[str] | None = None) -> NDArray[np.uint64]:
    """Hash of every row.

    Args:
        source: a table of n rows.
        columns: those that count; None = all.

    Returns:
        (n,) uint64; equal rows have equal hashes, and different rows practically never (64 bits).
    """
    hasher = Hasher()
    parts = [hasher.rows(batch) for batch in source.batches(columns)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)


def distinct(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """(m,) sorted values, each once. Faster than np.unique, which hashes again what is hashed already."""
    ranked = np.sort(hashes)
    return ranked[np.concatenate([[True], ranked[1:] != ranked[:-1]])] if len(ranked) else ranked


def occurrences(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """(n,) how many earlier rows have the same hash: 0 for the first."""
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if len(ranked) else np.zeros(0, np.int64)
    lengths = np.diff(np.r_[starts, len(ranked)])
    out = np.empty(len(hashes), dtype=np.int64)
    out[order] = np.arange(len(hashes)) - np.repeat(starts, lengths)
    return out


@dataclass(frozen=True, eq=False)
class CaseKeys:
    """How the rows of one source are named.

    Args:
        columns: id columns that name every row uniquely; () when there are none.
        hashes, seen: (n,) content hash and earlier occurrences, when there are no such columns.
    """

    columns: tuple[str, ...]
    hashes: NDArray[np.uint64] | None = None
    seen: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, source: Source) -> CaseKeys:
        """Decide how rows of this source are named: reads the id columns, and all others only if those repeat."""
        ids = source.schema.with_role(Role.ID)
        if ids and _is_unique(source, ids):
            return cls(ids)
        hashes = row_hashes(source)
        return cls((), hashes, occurrences(hashes))

    def keys(self, source: Source, index: NDArray[np.int64]) -> list[str]:
        """Keys of these rows: the id itself, or `#` + 16 hex digits + `.` + occurrence."""
        if self.hashes is not None and self.seen is not None:
            pairs = zip(self.hashes[index].tolist(), self.seen[index].tolist(), strict=True)
            return [f"#{h:016x}.{o}" for h, o in pairs]
        batch = source.take(np.asarray(index, dtype=np.int64), self.columns)
        texts = [[str(v) for v in batch[name].objects()] for name in self.columns]
        if len(texts) == 1:
            return texts[0]
        return [" / ".join(_escaped(t) for t in row) for row in zip(*texts, strict=True)]


def case_keys(source: Source, index: NDArray[np.int64]) -> list[str]:
    """Keys of these rows, which stay the same when rows are added, removed or sorted.

    Args:
        source: a table; its id columns are used when they are complete and unique together.
        index: (k,) positions.

    Returns:
        k keys. The uniqueness of ids is found out once and remembered for the sources used last.
    """
    about = (source.fingerprint, *(f"{c.name}\0{c.kind}\0{c.role}" for c in source.schema))
    found = _cases.pop(about, None) or CaseKeys.of(source)
    _cases[about] = found
    while len(_cases) > _KEPT:
        _cases.popitem(last=False)
    return found.keys(source, index)


def _is_unique(source: Source, names: tuple[str, ...]) -> bool:
    """Whether these columns are present in every row and no two rows agree in all of them."""
    batches = list(source.batches(names))
    if not all(b[n].present.all() for b in batches for n in names):
        return False
    marks: list[NDArray[Any]]
    columns = [b[names[0]] for b in batches]
    if len(names) == 1 and all(c.kind in CODED and c.categories is columns[0].categories for c in columns):
        marks = [c.values for c in columns]  # codes of one dictionary: its texts need no hashing
    else:
        hasher = Hasher()
        marks = [hasher.rows(b) for b in batches]
    ranked = np.sort(np.concatenate(marks)) if marks else np.zeros(0)
    return not bool((ranked[1:] == ranked[:-1]).any())


def _bits(column: Column) -> NDArray[np.uint64]:
    """Bits of numbers: as float64 wherever that is exact, so that 3 and 3.0 are one value; -0.0 is 0."""
    floats = column.values.astype(np.float64) + 0.0
    if column.kind is Kind.NUMBER or not len(floats):
        return floats.view(np.uint64)
    exact = np.abs(floats) <= _LAST_EXACT
    return np.where(exact, floats.view(np.uint64), column.values.astype(np.int64).view(np.uint64))


def _text_hash(text: str, person: bytes = b"cell") -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=person)
    return int.from_bytes(digest.digest(), "little")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("/", "\\/")
