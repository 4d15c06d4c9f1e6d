"""Batch: some rows of a table as NumPy arrays: the only form in which rows reach models, metrics and writers.

Values that mean "nothing here" are kept apart: NULL, NaN (or NaT) and empty text each have their own code in
`Column.missing`, and none of them is a zero or an empty category.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .schema import Kind

__all__ = ["CODED", "Batch", "Column", "Missing", "nearest_whole"]

CODED = frozenset({Kind.CATEGORY, Kind.BOOLEAN, Kind.TEXT, Kind.ID})
"""Kinds whose values are codes into `categories`."""


class Missing(IntEnum):
    """Why a cell has no value."""

    PRESENT = 0
    NULL = 1
    NAN = 2
    EMPTY = 3


@dataclass(frozen=True, eq=False)
class Column:
    """The cells of one column.

    Args:
        kind: what the values are.
        values: (n,) float64 for number, int64 for integer, int64 microseconds since 1970 for datetime (local time as
            written), int32 codes into `categories` for category, boolean, text and id. Where missing: 0.
        missing: (n,) uint8 of `Missing`.
        categories: texts that the codes stand for; () for numbers and dates. Not necessarily all in use.
    """

    kind: Kind
    values: NDArray[Any]
    missing: NDArray[np.uint8]
    categories: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def present(self) -> NDArray[np.bool_]:
        """(n,) where there is a value."""
        return np.equal(self.missing, Missing.PRESENT)

    def take(self, index: NDArray[Any]) -> Column:
        """The cells at these positions (or under this mask)."""
        return replace(self, values=self.values[index], missing=self.missing[index])

    def over(self, known: Column | None, where: NDArray[np.bool_]) -> Column:
        """These cells at `where`, the known ones elsewhere."""
        if known is None:
            return self
        mine = self
        if known.categories != self.categories:
            places = {c: i for i, c in enumerate(known.categories)}
            codes = np.array([*(places.setdefault(c, len(places)) for c in self.categories), 0], dtype=np.int32)
            mine = replace(self, values=codes[self.values], categories=tuple(places))
        values = np.where(where, mine.values, known.values).astype(known.values.dtype)
        return Column(known.kind, values, np.where(where, mine.missing, known.missing), mine.categories)

    def floats(self) -> NDArray[np.float64]:
        """(n,) values as float64 with NaN where missing; codes for coded kinds."""
        out = self.values.astype(np.float64)
        out[~self.present] = np.nan
        return out

    def objects(self) -> NDArray[np.object_]:
        """(n,) Python values: float, int, str or numpy datetime64[us]; None where missing."""
        out: NDArray[np.object_]
        if self.kind in CODED:
            short = self.compact()
            lookup = np.array([*short.categories, None], dtype=object)
            return lookup[np.where(self.present, short.values, len(short.categories))]
        if self.kind is Kind.DATETIME:
            out = np.empty(len(self), dtype=object)
            out[:] = list(self.values.view("datetime64[us]"))
        else:
            out = self.values.astype(object)
        out[~self.present] = None
        return out

    def compact(self) -> Column:
        """The same cells; of a dictionary longer than the column, the categories in use alone."""
        if len(self.categories) <= len(self):
            return self
        used, codes = np.unique(self.values[self.present], return_inverse=True)
        values = np.zeros(len(self), dtype=np.int32)
        values[self.present] = codes
        return replace(self, values=values, categories=tuple(self.categories[i] for i in used.tolist()))

    @classmethod
    def of(cls, kind: Kind, values: Sequence[Any] | NDArray[Any], categories: Sequence[str] | None = None) -> Column:
        """From Python values: None is NULL, NaN stays NaN, "" is empty text."""
        objects = list(values)
        missing = np.array([_missing(v) for v in objects], dtype=np.uint8)
        if kind in CODED:
            texts = [None if m else _text(v) for v, m in zip(objects, missing, strict=True)]
            seen = tuple(categories) if categories is not None else tuple(sorted({t for t in texts if t is not None}))
            code = {c: i for i, c in enumerate(seen)}
            return cls(kind, np.array([0 if t is None else code[t] for t in texts], dtype=np.int32), missing, seen)
        if kind is Kind.DATETIME:
            pairs = zip(objects, missing, strict=True)
            stamps = [np.datetime64(0 if m else v, "us") for v, m in pairs]
            return cls(kind, np.array(stamps, dtype="datetime64[us]").view(np.int64), missing)
        dtype = np.int64 if kind is Kind.INTEGER else np.float64
        return cls(kind, np.array([0 if m else v for v, m in zip(objects, missing, strict=True)], dtype=dtype), missing)


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows `start`..`start + rows` of a source (in its own row order).

    Args:
        columns: name -> cells, all of the same length.
        rows: number of rows, also when there are no columns.
        start: position of the first row in the source it came from.
    """

    columns: dict[str, Column]
    rows: int
    start: int = 0

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def take(self, index: NDArray[Any]) -> Batch:
        """The rows at these positions (or under this mask)."""
        rows = int(index.sum()) if index.dtype == bool else len(index)
        return Batch({n: c.take(index) for n, c in self.columns.items()}, rows)

    def select(self, names: Iterable[str]) -> Batch:
        """These columns, in this order."""
        return replace(self, columns={n: self.columns[n] for n in names})

    def with_columns(self, columns: dict[str, Column]) -> Batch:
        """A batch with columns added or replaced."""
        return replace(self, columns={**self.columns, **columns})

    @classmethod
    def concat(cls, batches: Sequence[Batch]) -> Batch:
        """All rows of batches that have the same columns; dictionaries of codes are merged."""
        if len(batches) == 1:
            return batches[0]
        names = batches[0].columns if batches else {}
        columns = {n: _concat([b.columns[n] for b in batches]) for n in names}
        return cls(columns, sum(b.rows for b in batches), batches[0].start if batches else 0)


def _concat(parts: Sequence[Column]) -> Column:
    first = parts[0]
    missing = np.concatenate([p.missing for p in parts])
    if all(p.categories is first.categories or p.categories == first.categories for p in parts):
        return Column(first.kind, np.concatenate([p.values for p in parts]), missing, first.categories)
    merged: dict[str, int] = {}
    values = []
    for part in parts:
        codes = np.array([merged.setdefault(c, len(merged)) for c in part.categories] or [0], dtype=np.int32)
        values.append(np.where(part.present, codes[np.where(part.present, part.values, 0)], 0).astype(np.int32))
    return Column(first.kind, np.concatenate(values), missing, tuple(merged))


def _missing(value: Any) -> Missing:
    if value is None:
        return Missing.NULL
    if isinstance(value, str):
        return Missing.EMPTY if not value else Missing.PRESENT
    return Missing.NAN if _is_nan(value) else Missing.PRESENT


def _is_nan(value: Any) -> bool:
    if isinstance(value, np.datetime64):
        return bool(np.isnat(value))
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool | np.bool_) else str(value)


def nearest_whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) whole numbers nearest to these that 64 bits hold."""
    return np.clip(np.rint(values), -(2.0**63), 2.0**63 - 1024).astype(np.int64)
