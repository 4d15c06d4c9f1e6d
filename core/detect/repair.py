"""Repairs: rows with single cells as the explaining model would have them, scored by the engine that ranked.

The engine that ranks need not know cells, and the model that explains need not see a row as that engine does. So the
ranking engine is asked again: with a cell replaced by what the other cells make likely, how far does the score fall?
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column, Missing
from ..data.schema import LOG_SECONDS, TIMES, ColumnSpec, Kind, Schema
from ..models.base import Cells, Expected, Fitted

__all__ = ["CHECKED", "Repair", "falls", "leading", "ordinary_values", "repaired"]

CHECKED = 3
"""Cells of a row whose repair is tried, at most, before one of them is named first."""
_SHARE = 0.5  # of the largest fall, and of the way to a typical score, that the first reason's repair must bring
_SURE = 0.5  # a single value at least this likely is the one to repair to
_MOST = 3  # values tried for a cell
_MINUTE = 60_000_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Value = str | float | None
"""A text, a number in the column's units, or None for a missing cell."""


@dataclass(frozen=True)
class Repair:
    """One row with some cells replaced.

    Args:
        row: its place in a batch.
        values: column -> new value.
    """

    row: int
    values: Mapping[str, Value]


def ordinary_values(expected: Expected, spec: ColumnSpec, column: Column, row: int) -> list[Value]:
    """Values that would be ordinary in a cell, other than its own: of a number the nearest in the range first."""
    likely = [(v, p) for v, p in expected.values if v is None or isinstance(v, str)]
    found: list[Value] = [v for v, _ in likely]
    if spec.kind not in CODED:
        numbers = [(_number(v), p) for v, p in likely]
        known = [(v, p) for v, p in numbers if v is None or math.isfinite(v)]
        is_sure = bool(known) and known[0][1] >= _SURE
        spikes: list[Value] = [v for v, _ in known]
        ranged = _ranged(expected, spec, column, row)
        found = [*spikes[:1], *ranged, *spikes[1:]] if is_sure else [*ranged, *spikes]
    elif isinstance(expected.best, str):
        found.append(expected.best)
    own = _own(column, row)
    return [v for v in dict.fromkeys(found) if v != own][:_MOST]


def _number(text: str | None) -> float | None:
    """A likely value as a number; not one where it is an hour or a weekday."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return math.nan


def _ranged(expected: Expected, spec: ColumnSpec, column: Column, row: int) -> list[Value]:
    """The end of the expected range nearest to the cell, where the cell lies outside, and the middle."""
    if expected.low is None or expected.high is None or not isinstance(expected.best, int | float):
        return []
    low, high = (_rounded(v, spec, w) for v, w in ((expected.low, math.ceil), (expected.high, math.floor)))
    found: list[Value] = [_rounded(float(expected.best), spec, round)]
    if column.present[row] and low <= high:
        own = float(column.values[row])
        nearest = min(max(own, low), high)
        found = [nearest, *found] if nearest != own else found
    return found


def _rounded(value: float, spec: ColumnSpec, whole: Callable[[float], int]) -> float:
    """To the grain of the column."""
    if spec.storage in (LOG_SECONDS, TIMES) or not math.isfinite(value):
        return value
    grain: float = {Kind.INTEGER: 1.0, Kind.DATETIME: float(_MINUTE)}.get(spec.kind, 0.0)
    if not grain:
        grain = 10.0 ** -spec.decimals if spec.decimals is not None else 0.0
    if not grain:
        return value
    return float(round(whole(round(value / grain, 6)) * grain, 12))


def _own(column: Column, row: int) -> Value:
    if not column.present[row]:
        return None
    return column.categories[column.values[row]] if column.kind in CODED else float(column.values[row])


def repaired(batch: Batch, repairs: Sequence[Repair]) -> Batch:
    """One row for each repair."""
    out = batch.take(np.array([r.row for r in repairs], dtype=np.int64))
    names = dict.fromkeys(name for r in repairs for name in r.values)
    changed = {
        name: _with_values(out[name], {i: r.values[name] for i, r in enumerate(repairs) if name in r.values})
        for name in names
    }
    return out.with_columns(changed)


def _with_values(column: Column, wanted: Mapping[int, Value]) -> Column:
    values, missing = column.values.copy(), column.missing.copy()
    categories = dict.fromkeys(column.categories)
    for value in wanted.values():
        if isinstance(value, str):
            categories.setdefault(value)
    code = {c: i for i, c in enumerate(categories)} if column.kind in CODED else {}
    for row, value in wanted.items():
        missing[row] = Missing.NULL if value is None else Missing.PRESENT
        values[row] = 0 if value is None else code[value] if isinstance(value, str) else value
    return replace(column, values=values, missing=missing, categories=tuple(categories))


def falls(ranks: Fitted, batch: Batch, scores: Floats, cells: Cells, schema: Schema) -> Floats:
    """(k, d) how far the score of each row falls when a cell is repaired; NaN for cells that were not tried.

    The cells of most excess are tried, each at the first of its ordinary values, until one brings the score half of the
    way down to that of a typical row: no other can then bring much more.

    Args:
        ranks: the engine that gave the scores.
        batch: k rows.
        scores: (k,) theirs.
        cells: what the explaining model says of them.
        schema: their columns.
    """
    out = np.full(cells.surprise.shape, np.nan)
    order = np.argsort(-cells.excess, axis=1, kind="stable")[:, :CHECKED]
    wanted = _SHARE * (scores - float(np.median(ranks.reference))) if len(ranks.reference) else scores
    rows = np.arange(len(batch))
    for columns in order.T:
        found = [_first_repair(batch, cells, schema, row, int(columns[row])) for row in rows.tolist()]
        tried = rows[[r is not None for r in found]]
        if len(tried):
            made = repaired(batch, [r for r in found if r is not None])
            out[tried, columns[tried]] = scores[tried] - ranks.score(made).total
        rows = rows[~(out[rows, columns[rows]] >= wanted[rows])]
    return out


def _first_repair(batch: Batch, cells: Cells, schema: Schema, row: int, j: int) -> Repair | None:
    """A row with one cell at the first of its ordinary values; None where it has no other than its own."""
    name = cells.columns[j]
    values = ordinary_values(cells.expected[row][j], schema[name], batch[name], row)
    return Repair(row, {name: values[0]}) if values else None


def leading(cells: Cells, fallen: Floats | None = None) -> Ints:
    """(k,) the column of each row's first reason.

    The cell of most excess; where repairs were tried, the first whose repair brings a good part of what the best does,
    so that no cell is named first which the ranking engine does not mind.
    """
    ahead = cells.excess
    if fallen is not None and ahead.size:
        known = np.nan_to_num(fallen, nan=-np.inf)
        best = known.max(axis=1, keepdims=True)
        counts = (known >= _SHARE * best) | (best <= 0)
        ahead = np.where(counts, ahead, -np.inf)
    first: Ints = np.argmax(ahead, axis=1)
    return first
