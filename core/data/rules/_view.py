"""A table as the search for rules sees it: a sample of rows, with columns of few values as codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..batch import CODED, Batch, Column
from ..schema import ColumnSpec, Kind, Schema

__all__ = ["View", "placed", "values_of", "with_values"]

_FEW = 50
_HUGE = 1e100
_REPEATED = 10  # rows a value has at least, on average, in a column of codes
_NUMERIC = frozenset({Kind.NUMBER, Kind.INTEGER})

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class View:
    """Rows of a table and its modelled columns.

    Args:
        batch: n rows.
        schema: of the table.
    """

    batch: Batch
    schema: Schema

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.batch.rows

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Columns of numbers with more than one value."""
        return tuple(s.name for s in self._specs if s.kind in _NUMERIC and self._varies(s.name))

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """Columns of dates with more than one value."""
        return tuple(s.name for s in self._specs if s.kind is Kind.DATETIME and self._varies(s.name))

    @cached_property
    def codes(self) -> dict[str, tuple[Codes, list[Any]]]:
        """Columns whose values repeat -> (n,) codes, -1 where missing, and the values they stand for."""
        found = {}
        for spec in self._specs:
            if spec.kind is Kind.DATETIME:
                continue
            code, values = _coded(self.batch[spec.name])
            if 2 <= len(values) <= max(_FEW, self.rows // _REPEATED):
                found[spec.name] = (code, values)
        return found

    def floats(self, name: str) -> NDArray[np.float64]:
        """(n,) numbers, or microseconds; NaN where missing, or so large that sums and products know no limit."""
        values = self.batch[name].floats()
        return np.where(np.abs(values) < _HUGE, values, np.nan)

    def spec(self, name: str) -> ColumnSpec:
        """The column of that name."""
        return self.schema[name]

    @property
    def _specs(self) -> tuple[ColumnSpec, ...]:
        return tuple(s for s in self.schema if s.is_modelled)

    def _varies(self, name: str) -> bool:
        column = self.batch[name]
        held = column.values[column.present]
        return len(held) > 0 and bool((held != held[0]).any())


def _coded(column: Column) -> tuple[Codes, list[Any]]:
    code = np.full(len(column), -1, dtype=np.int64)
    used, place = np.unique(column.values[column.present], return_inverse=True)
    code[column.present] = place
    return code, values_of(column, used)


def values_of(column: Column, values: NDArray[Any]) -> list[Any]:
    """What values of a column stand for: texts of coded kinds, else the numbers themselves."""
    if column.kind in CODED:
        return [column.categories[v] for v in values.tolist()]
    found: list[Any] = values.tolist()
    return found


def placed(column: Column, known: Sequence[Any]) -> Codes:
    """(n,) which of some distinct values each cell holds; -1 for others and where missing."""
    place = {value: at for at, value in enumerate(known)}
    out = np.full(len(column), -1, dtype=np.int64)
    used, inverse = np.unique(column.values[column.present], return_inverse=True)
    if len(used):
        out[column.present] = np.array([place.get(v, -1) for v in values_of(column, used)], dtype=np.int64)[inverse]
    return out


def with_values(column: Column, where: NDArray[np.bool_], values: Sequence[Any]) -> Column:
    """The column with other values at some rows.

    Args:
        column: (n,) cells.
        where: (n,) which of them change.
        values: what they become, one for each: texts of coded kinds, else numbers; None is missing.
    """
    if not len(values):
        return column
    place = np.zeros(len(column), dtype=np.int64)
    place[where] = np.arange(len(values))
    return Column.of(column.kind, values).take(place).over(column, where)
