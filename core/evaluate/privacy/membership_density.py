"""Membership by density ratio: is the copy denser around training rows than the population is? 0.5 = no, 1 = always.

DOMIAS (van Breugel et al. 2023, "Membership inference attacks against synthetic data through overfitting detection",
arXiv 2302.12580): a row is suspected where the density of the copy is high beside that of other real rows, which finds
local overfitting that a single closest row does not show. Both densities are kernel estimates over Gower's distance,
with one width a row: less than half the way to the closest of the other real rows, so that a few rows count, in crowds
and far from them alike.
The figure is the area under the ROC curve of training rows against rows of the holdout.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from ...stats.mixed import Mixed, distances, nearest
from ..base import Figure, Metric, Tables
from ._ranked import Asked, membership

__all__ = ["METRIC"]

_WIDTH = 0.4
_NIL = 1e-3
"""A distance that is next to none: equal rows count as this far apart."""
_LEAST = 1e-9
"""Density of nothing: a row far from the copy and from the population alike is not suspected."""


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    asked = Asked(tables, rng)

    def apart(rows: Mixed) -> NDArray[np.float64]:
        return nearest(rows, asked.beside, run.check)[0].astype(np.float64) + _NIL

    def ratio(rows: Mixed) -> NDArray[np.float64]:
        width = (_WIDTH * rows.width * apart(rows)).astype(np.float32)
        return (_density(rows, asked.copy, width, run) + _LEAST) / (_density(rows, asked.beside, width, run) + _LEAST)

    return membership(asked, ratio, apart, run)


def _density(rows: Mixed, near: Mixed, width: NDArray[np.float32], run: Run) -> NDArray[np.float64]:
    """(n,) mean of Gaussian kernels of these widths."""
    out = np.empty(len(rows))
    for part, apart in distances(rows, near, run.check):
        out[part] = np.exp(-np.square(apart / width[part, None]) / 2).mean(axis=1)
    return out


METRIC = Metric("membership_density", "privacy", "lower", _measure, is_share=False)
