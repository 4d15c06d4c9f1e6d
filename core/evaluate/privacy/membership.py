"""Membership: can somebody who has the copy tell which people were in the training rows? 0.5 = no, 1 = always.

Rows are ranked by how many times closer they lie to the copy than to other real rows of the same population (Watson
et al. 2022, "On the importance of difficulty calibration in membership inference attacks", arXiv 2111.08440; as an
attack on synthetic tables, van Breugel et al. 2023, arXiv 2302.12580): a rare row is far from everything, and only a
copy that knew it lies near. The figure is the area under the ROC curve of training rows against rows of the holdout;
one half of the holdout is what distances are compared with, the other is ranked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from ...stats.intervals import auroc_interval
from ...stats.mixed import Mixed, nearest
from ...stats.ranking import auroc
from ..arrays import mixed
from ..base import Figure, Metric, Tables, sample

__all__ = ["METRIC"]

_ASKED = 1_500
_REFERENCE = 20_000
_WORK = 1.5e9
"""Cells compared: wide tables are judged on fewer rows."""
_RARE_ALARMS = 0.01
_NIL = 1e-3
"""A distance that is next to none: equal rows count as this far apart."""


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    order = rng.permutation(tables.holdout.rows)
    middle = len(order) // 2
    others, beside = (tables.holdout.take(np.sort(part)) for part in (order[:middle], order[middle:]))
    copy, beside = sample(tables.synthetic, _REFERENCE, rng), sample(beside, _REFERENCE, rng)
    work = 2 * (copy.rows + beside.rows) * max(len(tables.schema), 1)
    n = int(min(tables.train.rows, others.rows, _ASKED, max(100, _WORK / work)))
    members, others = sample(tables.train, n, rng), sample(others, n, rng)
    asked = mixed([members, others, copy, beside], tables.schema, tables.train)
    closer = [_closer(rows, asked[2], asked[3], run) for rows in asked[:2]]
    value = auroc(np.arange(2 * n) < n, np.concatenate(closer))
    cut = np.quantile(closer[1], 1 - _RARE_ALARMS)
    detail = {"rows": n, "found_at_1_percent": float(np.mean(closer[0] > cut))}
    return Figure(value, lambda: auroc_interval(value, n, n), detail)


def _closer(rows: Mixed, copy: Mixed, beside: Mixed, run: Run) -> NDArray[np.float64]:
    """(n,) how many times closer the copy is than the rows beside it."""
    to_copy, to_beside = (nearest(rows, near, run.check)[0].astype(np.float64) + _NIL for near in (copy, beside))
    found: NDArray[np.float64] = to_beside / to_copy
    return found


METRIC = Metric("membership", "privacy", "lower", _measure, is_sized=True, is_share=False)
