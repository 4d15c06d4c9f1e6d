"""Shadow models: how well can somebody who can train the same generator tell who was in the table?

Carlini et al. (2022), "Membership inference attacks from first principles", arXiv 2112.03570 (LiRA), aimed at copies as
Stadler, Oprisanu & Troncoso (2022), "Synthetic data: anonymisation groundhog day", arXiv 2011.07018. Many generators
learn from random halves of the training and unseen rows together, and each draws a copy. That shows for every targeted
row how close copies come to it that knew it, and copies that did not; the real copy is then more likely to be the one
or the other. Targets are the rows that lie farthest from all others: those that a copy can give away at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.schema import Role, Schema
from ..run import Run
from ..stats.intervals import auroc_interval, wilson
from ..stats.mixed import nearest
from ..stats.ranking import auroc
from ..words import message
from .arrays import mixed
from .base import Figure, Metric, Tables, sample
from .leaks import by_area
from .tables import prepare

__all__ = ["Maker", "shadows"]

Maker = Callable[[Batch, Schema, int, Run], Batch]
"""(rows, schema, n, run) -> n rows drawn by a generator that learned from these rows; progress from 0 to 1."""

_POOL = 5_000
"""Rows of either side, at most: a shadow learns from as many."""
_TARGETS = 200
"""Of either side."""
_NIL = 1e-3
_RARE_ALARMS = 0.01
_LEAST_GAP = 0.05
"""Deviations by which a copy comes nearer to a row that it knew, at least."""


def shadows(make: Maker, count: int) -> Metric:
    """The attack with that many shadow models; it is measured on the copy alone, as its models take their time.

    Args:
        make: fits the generator and draws from it.
        count: shadow models, at least 8.
    """
    def measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
        return _measure(tables, make, count, rng, run)

    return Metric("shadows", "privacy", "lower", measure, is_share=False, is_alone=True)


def _measure(tables: Tables, make: Maker, count: int, rng: np.random.Generator, run: Run) -> Figure:
    n = min(tables.train.rows, tables.holdout.rows, _POOL)
    pool = Batch.concat([sample(tables.train, n, rng), sample(tables.holdout, n, rng)])
    schema = _drawn(tables.schema, pool)
    members, others = (part + at for at, part in zip((0, n), _farthest(pool, n, tables, run), strict=True))
    targets = pool.take(np.concatenate([members, others]))
    size = tables.synthetic.rows if tables.synthetic.rows < _POOL else n
    near, knew = np.empty((count, targets.rows)), np.zeros((count, targets.rows), dtype=bool)
    for at in range(count):
        half = np.sort(rng.permutation(2 * n)[:n])
        part = replace(run.part(at / count, (at + 1) / count), seed=int(rng.integers(2**31)))
        part.progress(0.0, message("evaluate.shadows.fitting", at=at + 1, count=count))
        copy = make(pool.take(half), schema, size, part)
        near[at] = _nearness(targets, copy, tables, run)
        knew[at] = np.isin(np.concatenate([members, others]), half)
    seen = _likelihood_ratio(_nearness(targets, sample(tables.synthetic, size, rng), tables, run), near, knew)
    return _figure(seen, len(members), count)


def _figure(seen: NDArray[np.float64], k: int, count: int) -> Figure:
    """The first k are members."""
    m = len(seen) - k
    value = auroc(np.arange(k + m) < k, seen)
    hits = int(np.count_nonzero(seen[:k] > np.quantile(seen[k:], 1 - _RARE_ALARMS, method="higher")))
    detail = {
        "shadows": count, "targets": k + m, "found_at_1_percent": hits / k, "found_interval": list(wilson(hits, k)),
    }
    return Figure(value, lambda: auroc_interval(value, k, m), detail, lambda: by_area(value, k, m))


def _drawn(schema: Schema, rows: Batch) -> Schema:
    """Every column is learned, a label too, with the kind its cells have here."""
    return Schema(tuple(
        replace(c, kind=rows[c.name].kind, role=Role.FEATURE if c.role is Role.LABEL else c.role) for c in schema))


def _farthest(pool: Batch, n: int, tables: Tables, run: Run) -> list[NDArray[np.int64]]:
    """Positions of the rows of either side that lie farthest from the next row of the pool, by one rule for both."""
    rows = mixed([pool], tables.schema, tables.train)[0]
    apart = nearest(rows, rows, run.check, place=min(1, len(rows) - 1))[0]
    k = min(_TARGETS, n)
    return [np.sort(np.argsort(-side, kind="stable")[:k]) for side in (apart[:n], apart[n:])]


def _nearness(targets: Batch, copy: Batch, tables: Tables, run: Run) -> NDArray[np.float64]:
    """(t,) how near the copy comes to each target: minus the log of its distance."""
    same = prepare(tables.train, targets, copy, tables.schema).tables
    rows, drawn = mixed([same.holdout, same.synthetic], same.schema, same.train)
    return -np.log(nearest(rows, drawn, run.check)[0].astype(np.float64) + _NIL)


def _likelihood_ratio(
    seen: NDArray[np.float64], near: NDArray[np.float64], knew: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(t,) log odds that a copy so near knew the target: normal densities of one width, from (s, t) shadows.

    Knowing a row never makes a copy keep away from it: where few shadows say so, that is their noise.
    """
    known, unknown = (np.where(mask, near, np.nan) for mask in (knew, ~knew))
    means = [np.nanmean(np.vstack([part, near.mean(axis=0)]), axis=0) for part in (known, unknown)]
    left = np.where(knew, near - means[0], near - means[1])
    spread = np.maximum((left**2).mean(axis=0), np.mean(left**2) / 4 + 1e-12)
    own = means[0] - means[1]
    gap = np.maximum((own + own.mean()) / 2, _LEAST_GAP * np.sqrt(spread))
    found: NDArray[np.float64] = gap * (seen - (means[0] + means[1]) / 2) / spread
    return found
