"""Attribute inference: does the copy tell what somebody who knows the rest of a person's row does not know?

Each column in turn is the secret. The attacker looks up the copied rows closest by the other columns; they vote on the
secret, the closer the heavier. A number is guessed where it is off by at most five percent of the rows. What can be
guessed about unseen rows as well is knowledge of the population, not of the person: the risk is what is guessed of
training rows beyond that, (success - control) / (1 - control), over all columns; each column's is in the detail.
Giomi, Boenisch, Wehmeyer & Tasnadi (2023), "A unified framework for quantifying privacy risk in synthetic data",
arXiv 2211.10459.
SDMetrics' DisclosureProtection has no control: it counts as disclosed what is known of the whole population.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED
from ...run import Run
from ...stats.mixed import Mixed, closest_without
from ..arrays import mixed
from ..base import Figure, Metric, Tables, sample
from ._aimed import aimed

__all__ = ["METRIC"]

_ASKED = 500
_CLOSEST = 5
_COPIES = 20_000
_WORK = 2e8
"""Cells compared with each column left out: wide tables are judged on fewer rows."""
_NEAR = 0.05
_NIL = 1e-3


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    width = len(tables.schema)
    copies = sample(tables.synthetic, _COPIES, rng)
    most = int(max(50, _WORK / (copies.rows * max(width, 1))))
    n = min(_ASKED, most, tables.train.rows, tables.holdout.rows)
    known, unseen, copy = mixed(
        [sample(tables.train, n, rng), sample(tables.holdout, n, rng), copies], tables.schema, tables.train)
    right = [_guessed(rows, copy, run) for rows in (known, unseen)]
    hits, control = (r.sum(axis=0) for r in right)
    names = _names(tables)
    detail: dict[str, Any] = {"columns": {
        name: aimed(int(a), int(b), n).value for name, a, b in zip(names, hits, control, strict=True)}}
    return aimed(int(hits.sum()), int(control.sum()), n * width, trials=_independent(right), detail=detail)


def _names(tables: Tables) -> list[str]:
    """Columns in the order of `Mixed`."""
    return [c.name for c in tables.schema if c.kind not in CODED] + [c.name for c in tables.schema if c.kind in CODED]


def _guessed(rows: Mixed, copy: Mixed, run: Run) -> NDArray[np.bool_]:
    """(n, d) whether each cell is guessed."""
    out = np.zeros((len(rows), rows.width), dtype=bool)
    wide = rows.numbers.shape[1]
    for part, j, found, apart in closest_without(rows, copy, min(_CLOSEST, len(copy)), run.check):
        weight = 1.0 / (np.maximum(apart, 0.0).astype(np.float64) / max(rows.width - 1, 1) + _NIL)
        if j >= wide:
            out[part, j] = _voted(copy.codes[found, j - wide], weight) == rows.codes[part, j - wide]
        else:
            guess, truth = _middle(_known(copy.numbers[found, j]), weight), _known(rows.numbers[part, j])
            out[part, j] = np.abs(guess - truth) <= _NEAR / 2
    return out


def _known(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Missing as a value of its own, beyond all others."""
    return np.nan_to_num(values, nan=9.0)


def _voted(votes: NDArray[np.int32], weight: NDArray[np.float64]) -> NDArray[np.int32]:
    """(b,) the code with the heaviest votes."""
    heard = ((votes[:, :, None] == votes[:, None, :]) * weight[:, None, :]).sum(axis=2)
    return np.take_along_axis(votes, heard.argmax(axis=1)[:, None], axis=1)[:, 0]


def _middle(votes: NDArray[np.float32], weight: NDArray[np.float64]) -> NDArray[np.float32]:
    """(b,) weighted median."""
    order = np.argsort(votes, axis=1)
    total = np.cumsum(np.take_along_axis(weight, order, axis=1), axis=1)
    place = (total < total[:, -1:] / 2).sum(axis=1)
    return np.take_along_axis(np.take_along_axis(votes, order, axis=1), place[:, None], axis=1)[:, 0]


def _independent(right: list[NDArray[np.bool_]]) -> int:
    """How many independent guesses the guesses on both sides are worth: those about one row succeed together."""
    width = max(right[0].shape[1], 1)
    worth = []
    for r in right:
        share = float(r.mean()) if r.size else 0.0
        together = float(r.sum(axis=1).var()) / max(width * share * (1 - share), 1e-9)
        worth.append(r.size / max(together, 1.0))
    return max(int(min(worth)), 1)


METRIC = Metric("attribute_inference", "privacy", "lower", _measure)
