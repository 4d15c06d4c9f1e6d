"""Where a sample is dense: its alpha-support, the smallest region with a share alpha of it, from nearest neighbours.

The support of share alpha is where the distance to the fifth nearest row is at most that of alpha of the sample's own
rows: a level set of the density, hence of least volume. Rows of the same population lie in it with probability alpha,
for every alpha. How far another sample strays from that, over all alpha, is one figure: 1 - 2 * mean |share - alpha|.

Alaa et al. 2022, "How faithful is your synthetic data? Sample-level metrics for evaluating and auditing generative
models", arXiv 2102.08921. The region is theirs by definition; they estimate it by balls in a learned space.
SDMetrics has no such metric.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from ...stats.intervals import spread
from ...stats.mixed import nearest
from ..arrays import mixed
from ..base import Figure, Tables, sample

__all__ = ["inside"]

_ROWS = 3_000
_WORK = 3e8
"""Cells compared: wide tables are judged on fewer rows."""
_NEIGHBOURS, _GROUPS = 5, 10

Distances = NDArray[np.float32]


def inside(tables: Tables, rng: np.random.Generator, run: Run, *, of_copy: bool) -> Figure:
    """How well one of the holdout and the copy fills the supports of the other: 1 = as its own rows do.

    Args:
        tables: to judge.
        rng: samples rows and deals groups.
        run: cancelling.
        of_copy: whether the supports are the copy's and the rows are real (recall), or the other way (precision).
    """
    most = int(max(200, min(_ROWS, (_WORK / max(len(tables.schema), 1)) ** 0.5)))
    n = min(tables.holdout.rows, tables.synthetic.rows, most)
    if n <= _NEIGHBOURS + 1:
        return Figure(math.nan)
    batches = [sample(tables.holdout, n, rng), sample(tables.synthetic, n, rng)]
    real, copy = mixed(batches, tables.schema, tables.train)
    base, asked = (copy, real) if of_copy else (real, copy)
    own = nearest(base, base, run.check, place=_NEIGHBOURS)[0]  # the nearest of all is the row itself
    others = nearest(asked, base, run.check, place=_NEIGHBOURS - 1)[0]
    value = _agreement(own, others)
    group = rng.permutation(n) % _GROUPS

    def interval() -> tuple[float, float]:
        left_out = [_agreement(own[group != g], others[group != g]) for g in range(_GROUPS)]
        return spread(value, np.array(left_out), low=0.0, high=1.0)

    return Figure(value, interval, {"rows": n, "outside": float(np.mean(others > np.quantile(own, 0.95)))})


def _agreement(own: Distances, others: Distances) -> float:
    """1 - 2 * mean over alpha of |share of `others` in the support of share alpha - alpha|; ties count half."""
    ordered = np.sort(others)
    low, high = (np.searchsorted(ordered, np.sort(own), side=side) for side in ("left", "right"))
    found = (low + high) / (2 * len(others))
    ordered_own = np.sort(own)
    ends = [np.searchsorted(ordered_own, ordered_own, side=side) for side in ("left", "right")]
    wanted = (ends[0] + ends[1]) / (2 * len(own))
    return 1.0 - 2.0 * float(np.mean(np.abs(found - wanted)))
