"""Membership by closeness: are training rows closer to the copy than unseen rows are? 0.5 = no, 1 = always.

The plainest attack, which needs nothing but the copy: a row with a copied row next to it was learned from (Chen et al.
2020, "GAN-Leaks", arXiv 1909.03935; Hayes et al. 2019). The figure is the area under the ROC curve of training rows
against rows of the holdout, ranked by the distance to the closest copied row.
"""

from __future__ import annotations

import numpy as np

from ...run import Run
from ...stats.mixed import nearest
from ..base import Figure, Metric, Tables
from ._ranked import Asked, membership

__all__ = ["METRIC"]


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    asked = Asked(tables, rng)
    return membership(
        asked, lambda rows: -nearest(rows, asked.copy, run.check)[0].astype(np.float64),
        lambda rows: nearest(rows, asked.beside, run.check)[0].astype(np.float64), run)


METRIC = Metric("membership_nearest", "privacy", "lower", _measure, is_share=False)
