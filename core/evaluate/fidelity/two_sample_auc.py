"""Two-sample AUC: can boosted trees tell copied rows from real rows they never saw? 0.5 = no, 1 = always.

The real side is the holdout, so that memorising the training rows earns nothing. It is the strictest of the fidelity
figures: independent columns have perfect shapes and are told apart at once.
"""

from __future__ import annotations

import numpy as np

from ...run import Run
from ...stats.boosting import tell_apart
from ...stats.intervals import auroc_interval
from ...stats.ranking import auroc
from ..arrays import features
from ..base import Figure, Metric, Tables, sample

__all__ = ["METRIC"]

_ROWS = 8_000
_CELLS = 400_000
"""Cells of each sample: wide tables are judged on fewer rows."""


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    most = max(200, min(_ROWS, _CELLS // max(len(tables.schema), 1)))
    n = min(tables.holdout.rows, tables.synthetic.rows, most)
    real, copy = sample(tables.holdout, n, rng), sample(tables.synthetic, n, rng)
    (first, second), is_category = features([real, copy], tables.schema)
    chance = tell_apart(first, second, is_category, rng, run.check)
    value = auroc(np.arange(2 * n) >= n, chance)
    return Figure(value, lambda: auroc_interval(value, n, n), {"rows": n})


METRIC = Metric("two_sample_auc", "fidelity", "lower", _measure, is_share=False)
