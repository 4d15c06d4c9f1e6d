"""The contract of metrics: one file, one `METRIC`; each is measured on the copy and on its four reference rows.

Reference rows take the place of the synthetic copy:

- holdout: real rows the model never saw, or what stands for them. As good as a copy can be.
- independent: those rows with every column shuffled by itself. A copy with perfect columns and no relation between any.
- training copy: training rows themselves. What a leak looks like.
- half copied: half the cells of a training row, the others each from a row of its own. A leak that keeps out of sight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.schema import Schema
from ..registry import Registry
from ..run import Run
from ..stats.intervals import Interval
from ..words import Message

__all__ = [
    "GROUPS", "METRICS", "REFERENCES", "Figure", "Metric", "Tables", "halves", "holdout_as_copy", "references",
    "sample",
]

GROUPS = ("fidelity", "utility", "fairness", "privacy")
REFERENCES = ("independent", "holdout", "training_copy", "half_copied")


@dataclass(frozen=True, eq=False)
class Tables:
    """The three tables of an evaluation: the same columns in each, categories coded alike.

    Args:
        train: rows the model learned from.
        holdout: real rows it never saw.
        synthetic: rows of the copy.
        schema: the columns compared.
        target: the column to predict for downstream utility; None = chosen by the metric.
    """

    train: Batch
    holdout: Batch
    synthetic: Batch
    schema: Schema
    target: str | None = None

    def judging(self, synthetic: Batch, holdout: Batch | None = None) -> Tables:
        """The same evaluation of other rows."""
        return replace(self, synthetic=synthetic, holdout=self.holdout if holdout is None else holdout)


def _unknown() -> Interval:
    return math.nan, math.nan


@dataclass(frozen=True, eq=False)
class Figure:
    """What a metric found.

    Args:
        value: NaN where it cannot be computed on these tables.
        get_interval: computes the 95 % interval, which may cost more than the value.
        detail: JSON-able facts behind the value, such as the score of each column.
        get_p: of an attack, the p-value that the copy gives away no more than is tolerated (see `leaks`).
        weight: how large a part of the tolerated false alarms is this attack's, beside 1 of any other.
        get_more: computes further such facts, which cost time; asked of the copy alone.
    """

    value: float
    get_interval: Callable[[], Interval] = field(default=_unknown, repr=False)
    detail: dict[str, Any] = field(default_factory=dict)
    get_p: Callable[[], float] = field(default=lambda: math.nan, repr=False)
    weight: float = 1.0
    get_more: Callable[[], dict[str, Any]] = field(default=dict, repr=False)


def halves(tables: Tables, rng: np.random.Generator) -> Tables:
    """One half of the holdout plays the copy, the other remains the holdout: for metrics that need unseen rows."""
    order = rng.permutation(tables.holdout.rows)
    first, second = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    return tables.judging(tables.holdout.take(first), tables.holdout.take(second))


def holdout_as_copy(tables: Tables, rng: np.random.Generator) -> Tables:  # noqa: ARG001 - one signature for all
    """The holdout plays the copy: for metrics that compare with the training rows alone."""
    return tables.judging(tables.holdout)


@dataclass(frozen=True)
class Metric:
    """A metric.

    Args:
        key: name of its file and its key in the report.
        group: one of `GROUPS`.
        better: "higher" or "lower".
        measure: (tables, rng, run) -> Figure.
        ceiling: makes the tables of the holdout reference.
        is_sized: whether the value depends on the number of synthetic rows, so that copy and holdout must be cut to the
            same size to stand fairly beside each other.
        is_share: whether it is written as a percentage.
        warn: what a steward must not miss in the figure of the copy, or None; leaks have their own words.
        is_alone: whether it is measured on the copy alone, since its reference rows would cost as much again.
        chance: what a copy that owes nothing to any row has, where unseen rows in its place say something else.
    """

    key: str
    group: str
    better: str
    measure: Callable[[Tables, np.random.Generator, Run], Figure]
    ceiling: Callable[[Tables, np.random.Generator], Tables] = halves
    is_sized: bool = False
    is_share: bool = True
    warn: Callable[[Figure], Message | None] | None = None
    is_alone: bool = False
    chance: float | None = None


METRICS: dict[str, Registry[Metric]] = {g: Registry(f"{__package__}.{g}", "METRIC") for g in GROUPS}
"""Every metric there is, by group."""


def sample(batch: Batch, n: int, rng: np.random.Generator) -> Batch:
    """At most n rows, chosen at random, in their order."""
    if batch.rows <= n:
        return batch
    return batch.take(np.sort(rng.choice(batch.rows, size=n, replace=False)))


def references(metric: Metric, tables: Tables, rng: np.random.Generator) -> dict[str, Tables]:
    """The tables of the reference rows of a metric."""
    n = min(tables.synthetic.rows, tables.holdout.rows) if metric.is_sized else tables.synthetic.rows
    ceiling, train = metric.ceiling(tables, rng), tables.train
    if metric.is_sized:
        ceiling = ceiling.judging(sample(ceiling.synthetic, n, rng))
    rows = ceiling.synthetic.rows
    shuffled = {name: column.take(rng.permutation(rows)) for name, column in ceiling.synthetic.columns.items()}
    copied = rng.permutation(train.rows)[:n] if n <= train.rows else rng.integers(train.rows, size=n)
    return {
        "independent": ceiling.judging(Batch(shuffled, rows)),
        "holdout": ceiling,
        "training_copy": tables.judging(train.take(copied)),
        "half_copied": tables.judging(_half_copied(train, copied, rng)),
    }


def _half_copied(train: Batch, owners: NDArray[np.int64], rng: np.random.Generator) -> Batch:
    """Rows that keep each cell of their owner with odds of one half, and else take it from any training row."""
    n = len(owners)
    places = {name: np.where(rng.random(n) < 0.5, owners, rng.integers(train.rows, size=n)) for name in train.columns}
    return Batch({name: column.take(places[name]) for name, column in train.columns.items()}, n)
