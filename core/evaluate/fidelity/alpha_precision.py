"""Alpha-precision: are copied rows as typical, and as untypical, as real ones? 1 = alike.

For every share alpha the smallest region that holds alpha of the holdout should hold alpha of the copy. It falls where
copied rows stand where no real row does, and also where they crowd in the middle: plain precision rewards that.
"""

from __future__ import annotations

import numpy as np

from ...run import Run
from ..base import Figure, Metric, Tables
from ._supports import inside

__all__ = ["METRIC"]


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    return inside(tables, rng, run, of_copy=False)


METRIC = Metric("alpha_precision", "fidelity", "higher", _measure, is_sized=True)
