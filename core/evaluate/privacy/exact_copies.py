"""Exact copies: the share of copied rows that equal some training row in every compared cell. All rows are looked at.

Rows that many people share exist in any real sample too: the holdout's own share is the level to stay at.
"""

from __future__ import annotations

import numpy as np

from ...data.keys import Hasher
from ...run import Run
from ...stats.intervals import wilson
from ..base import Figure, Metric, Tables

__all__ = ["METRIC"]


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:  # noqa: ARG001 - nothing is drawn here
    hasher = Hasher()
    known = np.unique(hasher.rows(tables.train))
    run.check()
    copied = int(np.count_nonzero(np.isin(hasher.rows(tables.synthetic), known)))
    n = tables.synthetic.rows
    return Figure(copied / n, lambda: wilson(copied, n), {"rows": n, "copied": copied})


METRIC = Metric("exact_copies", "privacy", "lower", _measure)
