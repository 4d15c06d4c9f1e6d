"""Linkability: does the copy tell which two halves of a record belong together?

The attacker holds some columns of a person in one file and the others in another, and links the two where one copied
row is among the closest to both. The columns are parted by lot several times. The same is tried on unseen rows; the
risk is what is linked beyond that: (success - control) / (1 - control).
Giomi, Boenisch, Wehmeyer & Tasnadi (2023), "A unified framework for quantifying privacy risk in synthetic data",
arXiv 2211.10459.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from ...stats.mixed import Mixed, closest
from ..arrays import mixed
from ..base import Figure, Metric, Tables, sample
from ._aimed import aimed

__all__ = ["METRIC"]

_ASKED = 400
_PARTINGS = 4
_CLOSEST = 5
_COPIES = 20_000
_WORK = 1e9
"""Cells compared: wide tables are judged on fewer rows."""


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    width = len(tables.schema)
    copies = sample(tables.synthetic, _COPIES, rng)
    most = int(max(50, _WORK / (copies.rows * max(width, 1) * 2 * _PARTINGS)))
    n = min(_ASKED, most, tables.train.rows, tables.holdout.rows)
    hits, control = 0, 0
    for _ in range(_PARTINGS if width > 1 else 0):
        known, unseen, copy = mixed(
            [sample(tables.train, n, rng), sample(tables.holdout, n, rng), copies], tables.schema, tables.train)
        order = rng.permutation(width)
        halves = np.sort(order[: width // 2]), np.sort(order[width // 2 :])
        hits += _linked(known, copy, halves, run)
        control += _linked(unseen, copy, halves, run)
    return aimed(hits, control, n * _PARTINGS if width > 1 else 0)


def _linked(
    rows: Mixed, copy: Mixed, halves: tuple[NDArray[np.int64], NDArray[np.int64]], run: Run
) -> int:
    """How many rows have a copied row among the closest by either half of the columns."""
    k = min(_CLOSEST, len(copy))
    first, second = (closest(rows.part(half), copy.part(half), k, run.check)[0] for half in halves)
    return int(np.count_nonzero((first[:, :, None] == second[:, None, :]).any(axis=(1, 2))))


METRIC = Metric("linkability", "privacy", "lower", _measure)
