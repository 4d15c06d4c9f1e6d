"""Exact copies: the share of copied rows that equal some training row in every compared cell. All rows are looked at.

It is what SDMetrics' NewRowSynthesis leaves of 1, without its tolerance.
Rows that many people share exist in any real sample too: the holdout's own share is the level to stay at. It is a leak
where more different training rows are shown, that are no rows of the holdout, than the other way round.
"""

from __future__ import annotations

import numpy as np

from ...data.keys import Hasher
from ...run import Run
from ...stats.intervals import wilson
from ..base import Figure, Metric, Tables
from ..leaks import by_counts

__all__ = ["METRIC"]

_WEIGHT = 6.0
"""One customer's ten rows are all that there may be to see: the other attacks find thousands, and spare the level."""


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:  # noqa: ARG001 - nothing is drawn here
    hasher = Hasher()
    train, holdout = (np.unique(hasher.rows(rows)) for rows in (tables.train, tables.holdout))
    run.check()
    rows = hasher.rows(tables.synthetic)
    copied = int(np.count_nonzero(np.isin(rows, train)))
    run.check()
    shown = [int(np.isin(np.setdiff1d(own, other), rows).sum()) for own, other in ((train, holdout), (holdout, train))]
    n, ratio = len(rows), len(train) / len(holdout)
    detail = {"rows": n, "copied": copied, "training_rows_shown": shown[0], "unseen_rows_shown": shown[1]}
    return Figure(
        copied / n, lambda: wilson(copied, n), detail, lambda: by_counts(shown[0], shown[1], ratio), weight=_WEIGHT)


METRIC = Metric("exact_copies", "privacy", "lower", _measure)
