"""Beta-recall: does the copy hold the variety of real rows? 1 = alike.

For every share beta the smallest region that holds beta of the copy should hold beta of the holdout. It falls where a
kind of row is lost (mode collapse) and where the copy repeats itself.
"""

from __future__ import annotations

import numpy as np

from ...run import Run
from ..base import Figure, Metric, Tables
from ._supports import inside

__all__ = ["METRIC"]


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    return inside(tables, rng, run, of_copy=True)


METRIC = Metric("beta_recall", "fidelity", "higher", _measure, is_sized=True)
