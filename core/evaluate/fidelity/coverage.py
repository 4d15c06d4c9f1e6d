"""Coverage: the share of unseen real rows with a copied row in their neighbourhood; low where a kind of row is lost.

A row's neighbourhood reaches to its fifth nearest other row of the holdout (Naeem et al. 2020, "Reliable fidelity and
diversity metrics for generative models", arXiv 2002.09797), by Gower's distance on ranks. As many rows of the same
population cover 97 %. Shapes and trends are means over columns: a small group of rows that a copy leaves out hardly
shows in them. SDMetrics' RangeCoverage and CategoryCoverage ask of each column whether its ends and its values come at
all: a release clips the ends and leaves rare values out on purpose, and whole kinds of rows may be lost beside that.
"""

from __future__ import annotations

import numpy as np

from ...run import Run
from ...stats.intervals import wilson
from ...stats.mixed import nearest
from ..arrays import mixed
from ..base import Figure, Metric, Tables, sample

__all__ = ["METRIC"]

_ROWS = 4_000
_WORK = 6e8
"""Cells compared: wide tables are judged on fewer rows."""
_NEIGHBOURS = 5


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    most = int(max(200, min(_ROWS, (_WORK / max(len(tables.schema), 1)) ** 0.5)))
    n = min(tables.holdout.rows, tables.synthetic.rows, most)
    real, copy = mixed(
        [sample(tables.holdout, n, rng), sample(tables.synthetic, n, rng)], tables.schema, tables.train)
    if n <= _NEIGHBOURS:
        return Figure(float("nan"))
    reach = nearest(real, real, run.check, place=_NEIGHBOURS)[0]  # the nearest of all is the row itself
    covered = int(np.count_nonzero(nearest(real, copy, run.check)[0] <= reach))
    return Figure(covered / n, lambda: wilson(covered, n), {"rows": n})


METRIC = Metric("coverage", "fidelity", "higher", _measure, is_sized=True)
