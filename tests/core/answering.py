"""A model that answers any question about a table: every column for itself, by counting its cells."""

from __future__ import annotations

import math

import numpy as np

from core.data.batch import CODED, Batch
from core.data.conditions import Condition, Either, Where
from core.data.source import Source
from core.errors import FitError
from core.models.base import Answer, Edge, Marginal

__all__ = ["Counting"]

_BINS = 20


class Counting:
    """Satisfies `Answers`; columns know nothing of one another.

    Args:
        source: the rows.
    """

    def __init__(self, source: Source) -> None:
        self.schema = source.schema
        names = source.schema.modelled
        self.batch = Batch.concat(list(source.batches(names)))
        self.asked: list[Condition] = []

    def log_prob(self, where: Where) -> Answer:
        (condition,) = Either.of(where).parts
        self.asked.append(condition)
        shares = [self._mask(condition, name).mean() for name in condition.columns]
        return Answer(math.fsum(math.log(s) if s else -math.inf for s in shares))

    def marginals(self, where: Where) -> tuple[Marginal, ...]:
        (condition,) = Either.of(where).parts
        if not math.isfinite(self.log_prob(condition).value):
            raise FitError("models.improbable", condition=condition.to_text(), probability=0.0)
        return tuple(self._marginal(name, self._mask(condition, name)) for name in self.batch.columns)

    def edges(self) -> tuple[Edge, ...]:
        names = list(self.batch.columns)
        return tuple(Edge(names[0], other, 1.0 / (i + 1)) for i, other in enumerate(names[1:]))

    def _mask(self, condition: Condition, name: str) -> np.ndarray:
        tests = tuple(t for t in condition.tests if t.column == name)
        for test in tests:
            if self.schema[name].kind in CODED:
                for value in test.texts(self.schema[name].kind) - set(self.batch[name].categories):
                    raise FitError("models.unknown_value", column=name, value=value, known=[])
        return Condition(tests).mask(self.batch)

    def _marginal(self, name: str, mask: np.ndarray) -> Marginal:
        column, nothing = self.batch[name], np.zeros(0)
        gone = float((mask & ~column.present).sum() / mask.sum())
        here = mask & column.present
        if column.kind in CODED:
            counts = np.bincount(column.values[here], minlength=len(column.categories))
            shares = np.append(counts / mask.sum(), gone)
            return Marginal(name, (*column.categories, None), shares, nothing, nothing)
        values, own = column.values[column.present].astype(float), column.values[here].astype(float)
        edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)))
        bins = np.histogram(own, edges)[0] / mask.sum()
        low, middle, high = np.quantile(own, [0.025, 0.5, 0.975]) if len(own) else (None,) * 3
        return Marginal(name, (None,), np.array([gone]), edges, bins, low, middle, high)
