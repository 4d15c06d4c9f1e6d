"""DCR share: how many copied rows lie closer to a training row than to any holdout row? 0.5 = no leak, 1 = a copy.

Distance to closest record (Platzer & Reutterer 2021, arXiv 2104.00635), by Gower's distance on ranks; a row equally
close to both sides counts for each by its number of closest rows.
All training rows take part, so that no copied row misses its original. With m training and h holdout rows a row that
owes nothing to either is closest to a training row with probability m / (m + h); the share is therefore stated as it
would be with as many of each: its odds are divided by m / h. With m = h it is the plain share,
SDMetrics' DCROverfittingProtection but for ties. Its DCRBaselineProtection compares with rows of random values: of that
any table with relations is far, so here independent columns stand beside the figure instead.

It is blind to rows that are copied in part: see partial_copies.
"""

from __future__ import annotations

import numpy as np

from ...run import Run
from ...stats.intervals import wilson
from ...stats.mixed import nearest
from ..arrays import mixed
from ..base import Figure, Metric, Tables, sample
from ..leaks import by_counts

__all__ = ["METRIC"]

_QUERIES = 3_000
_REFERENCE = 30_000
_WORK = 2.5e9
"""Cells compared: wide tables are judged on fewer rows."""


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    real = sample(tables.train, _REFERENCE, rng), sample(tables.holdout, _REFERENCE, rng)
    work = (real[0].rows + real[1].rows) * max(len(tables.schema), 1)
    n = int(min(tables.synthetic.rows, _QUERIES, max(100, _WORK / work)))
    copy, train, holdout = mixed([sample(tables.synthetic, n, rng), *real], tables.schema, tables.train)
    to_train, many_train = nearest(copy, train, run.check)
    to_holdout, many_holdout = nearest(copy, holdout, run.check)
    tied = many_train / (many_train + many_holdout)
    closer = float(np.sum(np.where(to_train == to_holdout, tied, to_train < to_holdout)))
    ratio = len(train) / len(holdout)
    low, high = wilson(closer, n)
    detail = {
        "rows": n, "median_to_train": float(np.median(to_train)), "median_to_holdout": float(np.median(to_holdout)),
    }
    return Figure(
        _balanced(closer / n, ratio), lambda: (_balanced(low, ratio), _balanced(high, ratio)), detail,
        lambda: by_counts(closer, n - closer, ratio))


def _balanced(share: float, ratio: float) -> float:
    """The share as it would be with equally many rows on both sides; `ratio` = training rows a holdout row."""
    return share / (share + ratio * (1.0 - share))


METRIC = Metric("dcr_share", "privacy", "lower", _measure, chance=0.5)
