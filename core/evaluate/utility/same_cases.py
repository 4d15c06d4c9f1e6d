"""Same cases: does anomaly detection trained on the copy find the same cases? Share of the top 5 % found again.

The same real rows, which neither side has seen, are ranked twice by how far they lie from their tenth nearest row: of
the training rows, and of as many rows of the copy. A copy without rare but real kinds of rows calls these anomalies;
one with impossible rows lets anomalies pass.
"""

from __future__ import annotations

import math

import numpy as np

from ...run import Run
from ...stats.intervals import wilson
from ...stats.mixed import nearest
from ...stats.ranking import rank_correlation, top_overlap
from ..arrays import mixed
from ..base import Figure, Metric, Tables, sample

__all__ = ["METRIC"]

_ROWS, _RANKED = 4_000, 4_000
_WORK = 5e8
"""Cells compared: wide tables are judged on fewer rows."""
_NEIGHBOURS, _TOP = 10, 0.05


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    most = int(max(200, (_WORK / max(len(tables.schema), 1)) ** 0.5))
    n = min(tables.train.rows, tables.synthetic.rows, most, _ROWS)
    asked = sample(tables.holdout, min(most, _RANKED), rng)
    if n < _NEIGHBOURS or asked.rows < 2:
        return Figure(math.nan)
    batches = [asked, sample(tables.train, n, rng), sample(tables.synthetic, n, rng)]
    rows, train, copy = mixed(batches, tables.schema, tables.train)
    by_real, by_copy = (
        nearest(rows, known, run.check, place=_NEIGHBOURS - 1)[0].astype(np.float64) for known in (train, copy))
    count = max(1, round(_TOP * len(rows)))
    value = top_overlap(by_real, by_copy, count)
    spearman = rank_correlation(by_real, by_copy)
    detail = {"rows": len(rows), "top": count, "spearman": None if math.isnan(spearman) else spearman}
    return Figure(value, lambda: wilson(value * count, count), detail)


METRIC = Metric("same_cases", "utility", "higher", _measure, is_sized=True)
