"""Feedback: every verdict moves the rows that are like it, at once and reversibly.

A Gaussian process regresses what verdicts say beyond the rank, (verdict - prior), on rows that share the leaves of an
isolation forest: f = p0 + K[:, L] (K[L, L] + s2 I)^-1 (y - p0[L]) over the decided rows L. The kernel K of two rows is
the mean over trees of "same leaf", a leaf counting the more the fewer rows it holds, plus a tenth of the product of
their centred member surprises, plus 0.3 where they share an entity. It has a closed form and no training: a verdict is
a row of L, its undo is that row gone, and verdicts of "unsure" are in no row. (Rasmussen and Williams, Gaussian
Processes for Machine Learning, 2006, sections 2.2 and 5.4.2; kernels of random trees: Davies and Ghahramani, 2014.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from .grounds import FULL, LEVELS, Floats, Grounds, rank_surprise

__all__ = ["LEVELS", "NOISE", "NOISE_DOUBTED", "Grounds", "Learner", "rank_surprise"]

NOISE = 0.1
"""Variance of a verdict about what is true."""
NOISE_DOUBTED = 0.3
"""The same where reviewers are believed to err in more than one verdict in twenty."""

_ENTITY, _MEMBERS = 0.3, 0.1
_VAIN = 8  # verdicts of "normal" in a row after which the engines take turns
_ENOUGH = 20  # verdicts before one of them can be odd
_ODD = 0.75  # between a verdict, 0 or 1, and what the others foretell
_BLOCK = 8_192  # rows whose kernel is turned into numbers at a time


class Learner:
    """What verdicts say of all rows. A pure function of the verdicts; what it keeps only saves time.

    Args:
        grounds: of n rows.
        noise: variance of a verdict.

    Example:
        learner = Learner(grounds)
        learner.learn([(812, 1.0), (40, 0.0)])
        best = learner.expected.argmax()
    """

    def __init__(self, grounds: Grounds, noise: float = NOISE) -> None:
        self.grounds, self.noise = grounds, noise
        self._rows: list[int] = []
        self._verdicts = np.zeros(0)
        self._slots: dict[int, int] = {}
        self._alike = np.zeros((0, grounds.rows), dtype=np.uint16)
        self._inverse = np.zeros((0, 0))
        self._expected: Floats | None = None
        self._last = 0

    def learn(self, verdicts: Iterable[tuple[int, float]], last: int = 1) -> None:
        """Know exactly these verdicts, whatever was known before.

        Args:
            verdicts: row and 1 for an anomaly, 0 for none, in the order they were given; each row once. The result
                does not depend on what was learned before, so that an undo leaves no trace.
            last: how many of them `before` does not know.
        """
        pairs = list(verdicts)
        rows = [row for row, _ in pairs]
        kept = next((i for i, (old, new) in enumerate(zip(self._rows, rows, strict=False)) if old != new),
                    min(len(rows), len(self._rows)))
        self._rows = self._rows[:kept]
        for row in rows[kept:]:
            self._add(row)
        self._verdicts = np.array([y for _, y in pairs], dtype=np.float64)
        self._last = min(last, len(pairs))
        self._expected = None

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows with a verdict."""
        return tuple(self._rows)

    @property
    def expected(self) -> Floats:
        """(n,) the verdict to expect: about 0 for no anomaly, about 1 for one."""
        return np.asarray(self.both[0])

    @property
    def order(self) -> Floats:
        """(n,) what to look at first: `expected`, but where it leads to none, what one engine after the other says."""
        count = len(self._rows)
        if count < _VAIN or self._verdicts[-_VAIN:].any():
            return self.expected
        prior = self.grounds.prior_of(count)
        return np.asarray(prior + self._spread(self._weights(count, prior)[None, :])[0], dtype=np.float64)

    @property
    def before(self) -> Floats:
        """(n,) the same before the last verdicts."""
        return np.asarray(self.both[1])

    @property
    def both(self) -> Floats:
        """(2, n): `expected` and `before`."""
        if self._expected is None:
            earlier = len(self._rows) - self._last
            weights = np.zeros((2, len(self._rows)))
            weights[0], weights[1, :earlier] = self._weights(len(self._rows)), self._weights(earlier)
            self._expected = self.grounds.prior + self._spread(weights)
        return self._expected

    def foreseen(self, row: int) -> tuple[Floats, Floats]:
        """(n,) and (n,): what will be expected if an open row turns out normal, and if it turns out an anomaly.

        Exact, from one column of the posterior covariance: what `learn` would give, before anybody has decided.
        """
        self._keep_alike(row)
        known, own = self._rows, np.array([row], dtype=np.int64)
        column = self._kernel(own, [*known, row])[0]
        inverse = self._inverse_of(len(known))
        weights = np.append(-(inverse.T @ (inverse @ column[:-1])), 1.0)
        spread = self._spread(weights[None, :], [*known, row])[0]
        step = spread / (spread[row] + self.noise)
        none, hit = (self.expected + step * (y - self.expected[row]) for y in (0.0, 1.0))
        return none, hit

    def pull(self, row: int) -> Floats:
        """(k,) how much each verdict moves one row: the reasons for its place. They add up to `expected` - prior."""
        own = np.array([row], dtype=np.int64)
        return np.asarray(self._weights(len(self._rows)) * self._kernel(own, self._rows)[0])

    def doubts(self) -> Floats:
        """(k,) how far each verdict lies from what the others and the rank foretell of its row, with its sign."""
        inverse = self._inverse_of(len(self._rows))
        found: Floats = self._weights(len(self._rows)) / np.square(inverse).sum(axis=0)
        return found

    def odd(self, most: int = 5) -> list[int]:
        """Places of the verdicts to look at again: those the rest foretells otherwise, the most doubtful first.

        None before the 20th: a few others foretell nothing.
        """
        if len(self._rows) < _ENOUGH:
            return []
        away = self.doubts()
        return [int(i) for i in np.argsort(-np.abs(away), kind="stable")[:most] if abs(away[i]) > _ODD]

    def _inverse_of(self, count: int) -> Floats:
        """The inverse of the Cholesky factor for the first verdicts: the upper left of that for more."""
        return self._inverse[:count, :count]

    def _weights(self, count: int, prior: Floats | None = None) -> Floats:
        """(count,) weight of the first verdicts: (K + s2 I)^-1 (y - p0)."""
        if count <= 0:
            return np.zeros(0)
        inverse = self._inverse_of(count)
        prior = self.grounds.prior if prior is None else prior
        surplus = self._verdicts[:count] - prior[self._rows[:count]]
        found: Floats = inverse.T @ (inverse @ surplus)
        return found

    def _add(self, row: int) -> None:
        """Grow the inverse factor by a row: what lies above and left of it stays as it is, bit by bit."""
        self._keep_alike(row)
        count = len(self._rows)
        own = self._kernel(np.array([row], dtype=np.int64), [*self._rows, row])[0]
        inverse = self._inverse_of(count)
        side = inverse @ own[:count]
        corner = 1.0 / np.sqrt(own[count] + self.noise - side @ side)
        if len(self._inverse) <= count:
            self._inverse = _grown(self._inverse, max(2 * count, 64))
        self._inverse[count, :count], self._inverse[:count, count] = -corner * (side @ inverse), 0.0
        self._inverse[count, count] = corner
        self._rows.append(row)

    def _keep_alike(self, row: int) -> None:
        if row in self._slots:
            return
        place = len(self._slots)
        if place >= len(self._alike):
            more = np.zeros((max(2 * place, 64), self.grounds.rows), dtype=np.uint16)
            more[:place] = self._alike[:place]
            self._alike = more
        self._alike[place] = self.grounds.alike(row)
        self._slots[row] = place

    def _kernel(self, rows: NDArray[np.int64], others: Sequence[int]) -> Floats:
        """(rows, others)."""
        g, those = self.grounds, np.asarray(others, dtype=np.int64)
        slots = [self._slots[row] for row in others]
        found = self._alike[slots][:, rows].T / FULL
        found += _MEMBERS * (g.centred[rows] @ g.centred[those].T)
        for codes in g.entities:
            is_same = (codes[rows, None] == codes[those]) & (codes[those] >= 0)
            found += _ENTITY / len(g.entities) * is_same
        return np.asarray(found, dtype=np.float64)

    def _spread(self, weights: Floats, rows: Sequence[int] | None = None) -> Floats:
        """(m, n) from (m, k) weights of rows, those with a verdict when left out: weights @ K[rows, :]."""
        g, rows = self.grounds, self._rows if rows is None else list(rows)
        slots = [self._slots[row] for row in rows]
        out = _MEMBERS * (weights @ g.centred[rows]) @ g.centred.T
        scaled = (weights / FULL).astype(np.float32)
        for start in range(0, g.rows, _BLOCK):
            part = slice(start, start + _BLOCK)
            out[:, part] += scaled @ self._alike[slots, part].astype(np.float32)
        for codes in g.entities:
            has = codes[rows] >= 0
            size = int(codes.max(initial=-1)) + 1
            for at, own in enumerate(weights):
                sums = np.append(np.bincount(codes[rows][has], own[has], size), 0.0)  # the last is for no entity: -1
                out[at] += _ENTITY / len(g.entities) * sums[codes]
        return np.asarray(out, dtype=np.float64)


def _grown(square: Floats, size: int) -> Floats:
    out = np.zeros((size, size))
    out[: len(square), : len(square)] = square
    return out
