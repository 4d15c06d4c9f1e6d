"""Cells of one kind read as another: what does not parse becomes NULL, and nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batch import CODED, Column, Missing
from .conditions import period
from .schema import ColumnSpec, Kind

__all__ = ["Recast", "null_column"]

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
_LARGEST = 2.0**63
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  local time as written: columns carry no zone
_Parsed = tuple[NDArray[Any], NDArray[np.bool_]]


def null_column(kind: Kind, rows: int) -> Column:
    """(rows,) cells that are all NULL."""
    dtype = np.float64 if kind is Kind.NUMBER else np.int64 if kind in (Kind.INTEGER, Kind.DATETIME) else np.int32
    return Column(kind, np.zeros(rows, dtype=dtype), np.full(rows, Missing.NULL, dtype=np.uint8))


@dataclass
class Recast:
    """Turns columns of any kind into columns of one.

    Args:
        spec: the column as it should be: its kind, and the format of dates that are text.
        known: categories that a fit knows, which settle whether a number is written `3` or `3.0`.
    """

    spec: ColumnSpec
    known: frozenset[str] = frozenset()
    _parsed: dict[int, tuple[tuple[str, ...], _Parsed]] = field(default_factory=dict, repr=False)

    def column(self, column: Column) -> Column:
        """(n,) the cells under the wanted kind; missing cells stay as they are."""
        kind = self.spec.kind
        if column.kind is kind:
            return column
        if kind in CODED:
            return self._coded(column)
        if column.kind in CODED:
            values, ok = self._parse(column.categories)
            at = np.where(column.present, column.values, len(column.categories))
            return _checked(kind, values[at], ok[at], column)
        if kind is Kind.DATETIME or column.kind is Kind.DATETIME:
            return _checked(kind, column.values, np.zeros(len(column), dtype=bool), column)
        if kind is Kind.NUMBER:
            return Column(kind, column.values.astype(np.float64), column.missing)
        whole = np.isfinite(column.values) & (column.values == np.floor(column.values))
        return _checked(kind, column.values, whole & (np.abs(column.values) < _LARGEST), column)

    def _coded(self, column: Column) -> Column:
        if column.kind not in CODED:
            column = self._texts(column)
        if self.spec.kind is not Kind.BOOLEAN or not self.known <= {"true", "false"}:
            return replace(column, kind=self.spec.kind)
        truth = [1 if c.lower() in _TRUE else 0 if c.lower() in _FALSE else -1 for c in column.categories]
        codes = np.array([*truth, -1], dtype=np.int32)[np.where(column.present, column.values, len(truth))]
        return replace(_checked(Kind.BOOLEAN, codes, codes >= 0, column), categories=("false", "true"))

    def _texts(self, column: Column) -> Column:
        values, codes = np.unique(column.values, return_inverse=True)
        if column.kind is Kind.DATETIME:
            texts = [t.replace("T", " ") for t in np.datetime_as_string(values.view("datetime64[us]"), unit="auto")]
        else:
            texts = [self._number_text(v) for v in values.tolist()]
        return Column(Kind.CATEGORY, codes.astype(np.int32), column.missing, tuple(texts))

    def _number_text(self, value: float) -> str:
        full = repr(value)
        short = str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e16 else full
        return full if full in self.known else short

    def _parse(self, categories: tuple[str, ...]) -> _Parsed:
        """Values (categories + 1,) of texts and which of them parse; the last entry stands for missing cells."""
        held = self._parsed.get(id(categories))
        if held is None or held[0] is not categories:
            found = [_PARSERS[self.spec.kind](c.strip(), self.spec) for c in categories]
            dtype = np.float64 if self.spec.kind is Kind.NUMBER else np.int64
            values = np.array([*(0 if v is None else v for v in found), 0], dtype=dtype)
            ok = np.array([*(v is not None for v in found), False], dtype=bool)
            held = self._parsed[id(categories)] = (categories, (values, ok))
        return held[1]


def _checked(kind: Kind, values: NDArray[Any], ok: NDArray[np.bool_], column: Column) -> Column:
    """The values where they are right; NULL where a present cell had none."""
    keep = ok & column.present
    missing = np.where(column.present & ~keep, np.uint8(Missing.NULL), column.missing)
    empty = null_column(kind, 0).values.dtype
    return Column(kind, np.where(keep, values, 0).astype(empty), missing)


def _number(text: str, _spec: ColumnSpec) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _integer(text: str, _spec: ColumnSpec) -> int | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = int(text) if text.lstrip("+-").isdecimal() else float(text)
    return int(value) if -_LARGEST <= value < _LARGEST and value == int(value) else None


def _moment(text: str, spec: ColumnSpec) -> int | None:
    if spec.date_format is None:
        found = period(text)
        return found[0] if found else None
    try:
        passed = datetime.strptime(text, spec.date_format).replace(tzinfo=None) - _EPOCH  # noqa: DTZ007  as written
    except ValueError:
        return None
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


_PARSERS: dict[Kind, Callable[[str, ColumnSpec], float | int | None]] = {
    Kind.NUMBER: _number, Kind.INTEGER: _integer, Kind.DATETIME: _moment,
}
