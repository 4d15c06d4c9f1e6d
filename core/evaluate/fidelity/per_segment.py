"""Per segment: do the columns look real within each segment, such as one country? Mean over segments, 1 = alike.

A segment is a value of a category column; each counts the same, however few its rows, so that a small segment that a
copy gets wrong is not outvoted. A segment the copy lost counts 0. Small segments agree less by chance: the worst ones
are named by how far the copy falls behind the same segment of the holdout.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED, Batch
from ...data.schema import Role, Schema
from ...run import Run
from ...stats.boosting import tell_apart
from ...stats.intervals import spread
from ...stats.ranking import auroc
from ...stats.similarity import ks_complement, tv_complement
from ..arrays import codes, features, numbers
from ..base import Figure, Metric, Tables, holdout_as_copy, sample

__all__ = ["METRIC"]

_ROWS = 20_000
_FEWEST = 50  # real rows of a segment
_MOST_VALUES, _COLUMNS, _SEGMENTS = 40, 8, 40
_LISTED, _GROUPS = 5, 5
_TOLD_ROWS = 1_500

Rows = NDArray[np.bool_]
Apart = Callable[[list[Batch], Schema], float]


@dataclass(frozen=True, eq=False)
class _Sample:
    """Columns of a sample as arrays: codes of categories, numbers of the others."""

    columns: dict[str, NDArray[np.float64]]
    coded: frozenset[str]
    rows: int

    @classmethod
    def read(cls, batch: Batch, schema: Schema) -> _Sample:
        columns = {c.name: (codes if c.kind in CODED else numbers)(batch[c.name]).astype(np.float64) for c in schema}
        return cls(columns, frozenset(c.name for c in schema if c.kind in CODED), batch.rows)


@dataclass(frozen=True)
class _Segment:
    column: str
    code: int
    value: str


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    batches = [sample(b, _ROWS, rng) for b in (tables.train, tables.synthetic, tables.holdout)]
    segments = _segments(batches[0], tables.schema)
    if not segments or len(tables.schema) < 2:
        return Figure(math.nan)
    real, copy, unseen = (_Sample.read(b, tables.schema) for b in batches)

    def scores(other: _Sample, keep: tuple[Rows, Rows] | None = None) -> NDArray[np.float64]:
        run.check()
        return np.array([_alike(real, other, s, keep) for s in segments])  # (segments, columns)

    found = scores(copy)
    value = _mean(found)
    deal = [rng.permutation(s.rows) % _GROUPS for s in (real, copy)]

    def interval() -> tuple[float, float]:
        left_out = [_mean(scores(copy, (deal[0] != g, deal[1] != g))) for g in range(_GROUPS)]
        return spread(value, np.array(left_out), low=0.0, high=1.0)

    def more() -> dict[str, Any]:
        usual = scores(unseen)
        behind = np.nanmean(usual, axis=1) - np.nanmean(found, axis=1)
        worst = np.argsort(-behind, kind="stable")[:_LISTED].tolist()
        told = [_told(batches[2], batches[1], tables.schema, segments[i], partial(_apart, rng, run)) for i in worst]
        return {"worst": [
            _described(segments[i], real, copy, found[i], usual[i]) | {"auc": auc}
            for i, auc in zip(worst, told, strict=True)]}

    return Figure(value, interval, {"segments": len(segments)}, get_more=more)


def _mean(scores: NDArray[np.float64]) -> float:
    return float(np.nanmean(np.nanmean(scores, axis=1)))


def _segments(real: Batch, schema: Schema) -> list[_Segment]:
    """Values with rows enough, of at most eight columns, sensitive ones first; of each column the commonest."""
    coded = sorted((c for c in schema if c.kind in CODED), key=lambda c: c.role is not Role.SENSITIVE)
    found: list[list[_Segment]] = []
    for spec in coded:
        column = real[spec.name]
        counts = np.bincount(column.values[column.present], minlength=len(column.categories))
        values = [int(v) for v in np.argsort(-counts, kind="stable") if counts[v] >= _FEWEST]
        if 2 <= np.count_nonzero(counts) <= _MOST_VALUES and values:
            found.append([_Segment(spec.name, v, column.categories[v]) for v in values])
    kept = found[:_COLUMNS]
    each = max(2, _SEGMENTS // max(len(kept), 1))
    return [segment for column in kept for segment in column[:each]]


def _alike(
    real: _Sample, copy: _Sample, segment: _Segment, keep: tuple[Rows, Rows] | None = None
) -> NDArray[np.float64]:
    """(columns,) agreement within a segment, NaN for its own column; 0 where the copy has no row of it."""
    inside = [s.columns[segment.column] == segment.code for s in (real, copy)]
    if keep is not None:
        inside = [rows & kept for rows, kept in zip(inside, keep, strict=True)]
    found = []
    for name in real.columns:
        a, b = (s.columns[name][rows] for s, rows in zip((real, copy), inside, strict=True))
        alike = (tv_complement(a.astype(np.int64), b.astype(np.int64)) if name in real.coded else ks_complement(a, b))
        lost = math.nan if inside[1].any() else 0.0
        found.append(math.nan if name == segment.column else lost if math.isnan(alike) else alike)
    if np.isnan(found).all():  # no other column has any value here
        return np.zeros(len(found))
    return np.array(found)


def _told(real: Batch, copy: Batch, schema: Schema, segment: _Segment, apart: Apart) -> float | None:
    """AUC of boosted trees that tell the segment's copied rows from unseen real ones; None where there are too few."""
    parts = [b.take(np.flatnonzero(codes(b[segment.column]) == segment.code)) for b in (real, copy)]
    return None if min(b.rows for b in parts) < _FEWEST else apart(parts, schema)


def _apart(rng: np.random.Generator, run: Run, parts: list[Batch], schema: Schema) -> float:
    n = min(_TOLD_ROWS, *(b.rows for b in parts))
    (first, second), is_category = features([sample(b, n, rng) for b in parts], schema)
    return auroc(np.arange(2 * n) >= n, tell_apart(first, second, is_category, rng, run.check))


def _described(
    segment: _Segment, real: _Sample, copy: _Sample, found: NDArray[np.float64], usual: NDArray[np.float64]
) -> dict[str, Any]:
    """What the report says of a segment: its share of both samples, its agreement, and the column farthest behind."""
    shares = [float(np.mean(s.columns[segment.column] == segment.code)) for s in (real, copy)]
    column = list(real.columns)[int(np.nanargmax(usual - found))]
    return {"column": segment.column, "value": segment.value, "real": shares[0], "synthetic": shares[1],
            "agreement": float(np.nanmean(found)), "holdout": float(np.nanmean(usual)), "worst_column": column}


METRIC = Metric("per_segment", "fidelity", "higher", _measure, ceiling=holdout_as_copy, is_sized=True)
