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
from ...stats.mixed import Mixed, nearest
from ..base import Figure, Metric, Tables
from ._ranked import Asked, membership

__all__ = ["METRIC"]

_NIL = 1e-3
"""A distance that is next to none: equal rows count as this far apart."""


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    asked = Asked(tables, rng)

    def apart(rows: Mixed, near: Mixed) -> NDArray[np.float64]:
        return nearest(rows, near, run.check)[0].astype(np.float64) + _NIL

    return membership(
        asked, lambda rows: apart(rows, asked.beside) / apart(rows, asked.copy), lambda rows: apart(rows, asked.beside),
        run)


METRIC = Metric("membership", "privacy", "lower", _measure, is_share=False)
