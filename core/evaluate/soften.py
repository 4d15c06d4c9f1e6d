"""What can be done about exposed rows before a model learns from them: leave them out, or make them less particular."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column, Missing
from ..data.conditions import Condition
from ..data.schema import Kind

__all__ = ["HOW", "changed", "softened"]

HOW = ("drop", "generalise", "smooth")
_ENDS = (0.02, 0.98)
_OTHER = "other"


def softened(
    batch: Batch, how: str, rows: NDArray[np.int64], singled: Sequence[Condition], closest: NDArray[np.int64]
) -> Batch:
    """The table with its exposed rows treated.

    - drop: the rows are left out
    - generalise: in the columns that single a row out, its category is called `other`, with every row that shares it,
      and numbers stop at the outermost fiftieths; the row's truth values are withheld
    - smooth: those cells take the values of the closest row of somebody else

    Args:
        batch: n rows.
        how: one of `HOW`.
        rows: (k,) positions.
        singled: k conditions, on the cells that single them out.
        closest: (k,) positions of the closest rows.
    """
    if how == "drop":
        return batch.take(np.setdiff1d(np.arange(batch.rows), rows))
    places: dict[str, list[int]] = {}
    for at, condition in enumerate(singled):
        for name in condition.columns:
            places.setdefault(name, []).append(at)
    changed: Mapping[str, Column] = {
        name: _coarser(batch[name], rows[at]) if how == "generalise" else _lent(batch[name], rows[at], closest[at])
        for name, at in places.items()
    }
    return batch.with_columns(dict(changed))


def changed(before: Batch, after: Batch) -> int:
    """How many rows are another after a treatment that left none out."""
    differs = np.zeros(before.rows, dtype=bool)
    for name, column in after.columns.items():
        if column is not before[name]:
            differs |= (column.values != before[name].values) | (column.missing != before[name].missing)
    return int(differs.sum())


def _lent(column: Column, rows: NDArray[np.int64], lenders: NDArray[np.int64]) -> Column:
    """The cells of these rows as others have them."""
    values, missing = column.values.copy(), column.missing.copy()
    values[rows], missing[rows] = column.values[lenders], column.missing[lenders]
    return replace(column, values=values, missing=missing)


def _coarser(column: Column, rows: NDArray[np.int64]) -> Column:
    """The column with what is particular about these rows made less so, for everybody alike."""
    present, missing = column.present, column.missing.copy()
    if column.kind is Kind.BOOLEAN:
        missing[rows] = Missing.NULL
        return replace(column, values=np.where(missing == Missing.PRESENT, column.values, 0), missing=missing)
    if column.kind in CODED:
        known = (*column.categories, *([_OTHER] if _OTHER not in column.categories else []))
        pooled = present & np.isin(column.values, column.values[rows[present[rows]]])
        values = np.where(pooled, known.index(_OTHER), column.values).astype(column.values.dtype)
        return replace(column, values=values, categories=known)
    if not present.any():
        return column
    low, high = np.quantile(column.values[present], _ENDS, method="nearest")
    return replace(column, values=np.where(present, np.clip(column.values, low, high), column.values))
