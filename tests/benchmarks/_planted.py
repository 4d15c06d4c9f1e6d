"""Copies with a planted leak (whole rows, parts of rows, one customer's rows), and copies that owe nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.data.batch import Batch
from core.data.conditions import Condition
from core.data.schema import Schema
from core.data.source import MemorySource
from core.evaluate.base import Tables
from core.evaluate.tables import prepare
from core.models.base import FAMILIES
from core.run import Run

CUSTOMER = 15
"""Rows that one customer has."""
GENERATORS = ("circuit", "generator")


@dataclass(frozen=True, eq=False)
class Parts:
    """Three times as many rows of one population: learned from, held out, and seen by nobody."""

    schema: Schema
    train: Batch
    holdout: Batch
    fresh: Batch

    @classmethod
    def cut(cls, rows: Batch, schema: Schema, n: int, seed: int) -> Parts:
        """Dealt out by lot; fewer than n rows each where there are not so many."""
        order = np.random.default_rng([seed, 7]).permutation(rows.rows)
        n = min(n, rows.rows // 3)
        return cls(schema, *(rows.take(np.sort(order[k * n : (k + 1) * n])) for k in range(3)))

    def tables(self, copy: Batch) -> Tables:
        """To judge a copy by."""
        return prepare(self.train, self.holdout, copy, self.schema).tables


def cases(parts: Parts, seed: int) -> Iterator[tuple[str, str, Tables]]:
    """What was done, whether it is "clean" or a "leak", and the tables; generators take turns."""
    rng, turn = np.random.default_rng(seed), seed % 2
    fitted = FAMILIES.get(GENERATORS[turn])().fit(MemorySource(parts.train, parts.schema, "parts"), Run(seed=seed))
    drawn = Batch.concat(list(fitted.draw(parts.train.rows, Condition(), rng)))
    rest = drawn if turn else shuffled(parts.train, rng)
    yield "unseen rows", "clean", parts.tables(parts.fresh)
    yield f"drawn by the {GENERATORS[turn]}", "clean", parts.tables(drawn)
    yield "drawn after other rows", "clean", replace(parts, train=parts.fresh).tables(drawn)
    yield "full copy", "leak", parts.tables(parts.train)
    yield "half of each row", "leak", parts.tables(partly(parts.train, rest, 0.5, rng))
    yield "30 % of each row", "leak", parts.tables(partly(parts.train, rest, 0.3, rng))
    yield f"one customer's {CUSTOMER} rows", "leak", parts.tables(one_customer(parts.train, drawn, rng))


def shuffled(rows: Batch, rng: np.random.Generator) -> Batch:
    """Independent columns."""
    return Batch({name: column.take(rng.permutation(rows.rows)) for name, column in rows.columns.items()}, rows.rows)


def partly(train: Batch, rest: Batch, share: float, rng: np.random.Generator) -> Batch:
    """Each row with that share of its cells from one training row of its own, the others from the rest."""
    n, names = rest.rows, list(rest.columns)
    owner = rng.permutation(train.rows)[:n]
    taken = np.argsort(rng.random((n, len(names))), axis=1) < round(share * len(names))
    both = Batch.concat([train.select(names), rest])
    return Batch({
        name: both[name].take(np.where(taken[:, j], owner, train.rows + np.arange(n))) for j, name in enumerate(names)
    }, n)


def one_customer(train: Batch, clean: Batch, rng: np.random.Generator) -> Batch:
    """A clean copy in which some rows are those of a few training rows, unchanged."""
    names, at = list(clean.columns), np.arange(clean.rows)
    at[rng.permutation(clean.rows)[:CUSTOMER]] = clean.rows + rng.permutation(train.rows)[:CUSTOMER]
    return Batch.concat([clean, train.select(names)]).take(at)
