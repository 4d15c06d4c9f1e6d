"""DCR share: how many copied rows lie closer to a training row than to any holdout row? 0.5 = no leak, 1 = a copy.

Distance to closest record (Platzer & Reutterer 2021, arXiv 2104.00635), by Gower's distance on ranks, against as many
training rows as there are holdout rows; ties count half. It is blind to rows that are copied in part: see
partial_copies.
"""

from __future__ import annotations

import numpy as np

from ...run import Run
from ...stats.intervals import wilson
from ...stats.mixed import nearest
from ..arrays import mixed
from ..base import Figure, Metric, Tables, sample

__all__ = ["METRIC"]

_QUERIES = 4_000
_REFERENCE = 8_000
_WORK = 4e8
"""Cells compared: wide tables are judged on fewer rows."""


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    width = max(len(tables.schema), 1)
    n = min(tables.train.rows, tables.holdout.rows, _REFERENCE)
    queries = int(min(tables.synthetic.rows, _QUERIES, max(100, _WORK / (n * width))))
    batches = sample(tables.synthetic, queries, rng), sample(tables.train, n, rng), sample(tables.holdout, n, rng)
    copy, train, holdout = mixed(batches, tables.schema, tables.train)
    to_train = nearest(copy, train, run.check)
    to_holdout = nearest(copy, holdout, run.check)
    closer = np.count_nonzero(to_train < to_holdout) + np.count_nonzero(to_train == to_holdout) / 2
    detail = {"rows": queries, "median_to_train": float(np.median(to_train)),
              "median_to_holdout": float(np.median(to_holdout))}
    return Figure(closer / queries, lambda: wilson(closer, queries), detail)


METRIC = Metric("dcr_share", "privacy", "lower", _measure)
