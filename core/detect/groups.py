"""Groups: rows of one entity that are unusual together, each of them perhaps not enough alone, as one case.

A window is a run of an entity's rows in time that begins and ends with an unusual one. What is judged is how many of
its m rows lie among the strangest share q of the table, by higher criticism: (k - m q) / sqrt(m q (1 - q)), over all
windows of two unusual rows or more (of log10 n of them where an entity has n rows: of many rows, some two stand side by
side by chance) and over shares from a tenth to a thousandth (Tukey; Donoho & Jin 2004). The p-value of an entity counts
how often shuffled rows, dealt to entities of about as many rows, do as well in their best window; so it pays for having
looked at all of them. It speaks of rows spread over entities at random: of why they are not, it says nothing.

Chosen by evidence (`python -m tests.benchmarks scenarios`). Where the rows of an entity are independent, Fisher's sum
over a window finds more at p < .01 of what is spread (72 % of the entities with every row shifted by one deviation,
against 32 %), higher criticism more of what is rare (two rows shifted by 3.5: 62 % against 36 %). But the rows of real
entities are alike, and a sum gathers habits: of the cards with p < .001 among card payments, 25 of 31 are leaked by
higher criticism, 25 of 57 by a likelihood ratio (Berk & Jones 1979), 26 of 104 by Fisher's sum.

Group scores are a result of their own: no row's score depends on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FOUND", "LEVELS", "Group", "Groups", "find_groups"]

LEVELS: Final = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
"""Shares of the strangest rows that are counted."""
FOUND: Final = 0.01
"""p-value up to which a window is a case."""
_LONGEST = 10_000  # rows of an entity that are looked at together; so there are always enough shuffled ones to compare
_FEWEST = 5  # rows of a share, from which it says something
_DRAWS, _MOST_DRAWS, _ROWS = 20_000, 999, 3_000_000
"""Shuffled entities for each number of rows, at most so often, and shuffled rows at most."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Group:
    """Rows of one entity that are one case.

    Args:
        entity: its number.
        rows: (k,) the unusual ones, in the order of time.
        window: (m,) all rows of the entity from the first to the last of them.
        share: of the table's rows that are at least as unusual.
        score: deviations by which k exceeds what is expected by chance.
        p_value: of the best window of an entity with about as many rows.
    """

    entity: int
    rows: Ints
    window: Ints
    share: float
    score: float
    p_value: float

    @property
    def expected(self) -> float:
        """How many of the window's rows would be as unusual by chance."""
        return self.share * len(self.window)


@dataclass(frozen=True, eq=False)
class Groups:
    """All cases, least probable first.

    Args:
        cases: no two share a row.
        tested: entities with two rows or more: a hundredth of them has a case by chance.
        p_values: (e,) of every entity's best window, NaN for entities that were not tested.
    """

    cases: tuple[Group, ...]
    tested: int
    p_values: Floats


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows by entity, then by time.

    Args:
        who: (n,) entities, ascending.
        when: (n,) moments, ascending within an entity; None where nothing says when: then all rows of an entity are
            its only window.
        within: longest window, in the unit of `when`; None: any.
    """

    who: Ints
    when: Ints | None
    within: int | None = None

    def take(self, rows: Ints) -> _Rows:
        """Some of them."""
        return _Rows(self.who[rows], None if self.when is None else self.when[rows], self.within)


@dataclass(frozen=True, eq=False)
class _Windows:
    """Places of the first and the last row, the level, and the score of each window."""

    first: Ints
    last: Ints
    level: Ints
    score: Floats

    @classmethod
    def joined(cls, parts: list[_Windows]) -> _Windows:
        """All of them."""
        nothing = np.zeros(0, dtype=np.int64)
        parts = [*parts, cls(nothing, nothing, nothing, np.zeros(0))]
        return cls(*(np.concatenate([getattr(p, f) for p in parts]) for f in ("first", "last", "level", "score")))


def find_groups(
    who: Ints, when: Ints | None, surprise: Floats, rng: np.random.Generator, within: int | None = None,
) -> Groups:
    """Find the cases among rows.

    Args:
        who: (n,) number of each row's entity; below 0 where unknown.
        when: (n,) moments, or None.
        surprise: (n,) nats: -log of a p-value, or of the share of training rows at least as unusual. NaN is left out.
        rng: of the shuffles.
        within: longest window, in the unit of `when`.
    """
    known = np.flatnonzero((who >= 0) & ~np.isnan(surprise))
    order = known[np.argsort(who[known], kind="stable") if when is None else np.lexsort((when[known], who[known]))]
    piece, owner = _pieces(who[order])
    rows, pool = _Rows(piece, None if when is None else when[order], within), surprise[order]
    entities = len(owner)
    counts = np.bincount(rows.who, minlength=entities)
    levels = _levels(pool)
    windows, size = _scan(rows, pool, levels), _size(counts)
    best = np.zeros(entities)
    np.maximum.at(best, rows.who[windows.first], windows.score)
    p_values, chance = np.full(entities, np.nan), np.ones(len(windows.score))
    for like in np.unique(size[counts > 1]):
        null = _shuffled(rows, np.flatnonzero(size[rows.who] == like), pool, levels, rng)
        alike, own = np.flatnonzero(size == like), size[rows.who[windows.first]] == like
        p_values[alike], chance[own] = _p_values(null, best[alike]), _p_values(null, windows.score[own])
    cases = []
    for w in _apart(windows, chance, len(order)):
        span = np.arange(windows.first[w], windows.last[w] + 1)
        cut, share = levels[windows.level[w]]
        far = span[pool[span] >= cut]
        score, p = float(windows.score[w]), float(chance[w])
        cases.append(Group(int(owner[piece[span[0]]]), order[far], order[span], share, score, p))
    return Groups(tuple(cases), int((counts > 1).sum()), _of_owners(p_values, owner))


def _pieces(who: Ints) -> tuple[Ints, Ints]:
    """Number of each row's series, and whose each series is: of an entity with very many rows, stretches of them."""
    place = np.arange(len(who))
    first = np.maximum.accumulate(np.where(np.diff(who, prepend=-1) != 0, place, 0))
    begins = (place - first) % _LONGEST == 0
    return np.cumsum(begins) - 1, who[begins]


def _of_owners(p_values: Floats, owner: Ints) -> Floats:
    """(e,) of every entity, from those of its series: the smallest, times how many there are."""
    out = np.full(int(owner[-1]) + 1 if len(owner) else 0, np.nan)
    np.fmin.at(out, owner, np.minimum(p_values * np.bincount(owner)[owner], 1.0) if len(owner) else p_values)
    return out


def _levels(pool: Floats) -> list[tuple[float, float]]:
    """Surprise from which a row is counted, and the share of rows that are, for each level that tells rows apart."""
    found: dict[float, float] = {}
    for level in LEVELS:
        far = int((pool >= -np.log(level)).sum())
        if _FEWEST <= far < len(pool) / 2:
            found[far / len(pool)] = -np.log(level)
    return [(cut, share) for share, cut in found.items()]


def _size(counts: Ints) -> Ints:
    """Entities with about as many rows have the same number."""
    return np.asarray(np.log2(np.maximum(counts, 1)) * 2, dtype=np.int64)


def _scan(rows: _Rows, surprise: Floats, levels: list[tuple[float, float]]) -> _Windows:
    """Every window of every level that has enough unusual rows: of many rows, some two stand side by side by chance."""
    parts, least = [], np.ceil(np.log10(np.maximum(np.bincount(rows.who), 100)))
    for at, (cut, share) in enumerate(levels):
        far = np.flatnonzero(surprise >= cut)
        if rows.when is None:
            parts.append(_whole(rows, far, share, at))
            continue
        most = int(np.bincount(rows.who[far]).max(initial=0))
        for k in _counts(most):
            first, last = far[: len(far) - k + 1], far[k - 1 :]
            kept = (rows.who[first] == rows.who[last]) & (k >= least[rows.who[first]])
            if rows.within is not None:
                kept &= rows.when[last] - rows.when[first] <= rows.within
            first, last = first[kept], last[kept]
            score = _criticism(np.full(len(first), k), last - first + 1, share)
            parts.append(_Windows(first, last, np.full(len(first), at), score))
    return _Windows.joined(parts)


def _whole(rows: _Rows, far: Ints, share: float, at: int) -> _Windows:
    """All rows of each entity that has two unusual ones or more."""
    count = np.bincount(rows.who[far])
    entities = np.flatnonzero(count > 1)
    first = np.searchsorted(rows.who, entities)
    last = np.searchsorted(rows.who, entities, side="right") - 1
    return _Windows(first, last, np.full(len(first), at), _criticism(count[entities], last - first + 1, share))


def _counts(most: int) -> list[int]:
    """How many unusual rows windows have: every number up to 32, then steps of an eighth."""
    found, k = [], 2
    while k <= most:
        found.append(k)
        k = k + 1 if k < 32 else k * 9 // 8
    return found


def _criticism(k: Ints, m: Ints, share: float) -> Floats:
    found: Floats = (k - m * share) / np.sqrt(m * share * (1 - share))
    return found


def _shuffled(
    rows: _Rows, own: Ints, pool: Floats, levels: list[tuple[float, float]], rng: np.random.Generator
) -> Floats:
    """Ascending best scores of entities of about as many rows, where rows are dealt at random."""
    part = rows.take(own)
    entity = np.concatenate([[0], np.cumsum(np.diff(part.who) != 0)])
    part, entities = _Rows(entity, part.when, part.within), int(entity[-1]) + 1
    draws = min(_DRAWS // entities + 1, _MOST_DRAWS, max(_ROWS // len(own), 9))
    out = np.zeros((draws, entities))
    for draw in out:
        # of few rows among many it makes no difference whether one is drawn twice
        dealt = rng.permutation(pool)[: len(own)] if len(own) * 10 > len(pool) else rng.choice(pool, len(own))
        found = _scan(part, dealt, levels)
        np.maximum.at(draw, entity[found.first], found.score)
    return np.sort(out.ravel())


def _p_values(null: Floats, score: Floats) -> Floats:
    """(n,) share of shuffled entities that do as well, the entity itself counted in."""
    at_least = len(null) - np.searchsorted(null, score - 1e-9 * np.abs(score))
    return np.asarray((1.0 + at_least) / (1.0 + len(null)), dtype=np.float64)


def _apart(windows: _Windows, chance: Floats, n: int) -> list[int]:
    """Windows that are cases: of those that overlap, the least probable one stands for all."""
    found = np.flatnonzero(chance <= FOUND)
    found = found[np.lexsort((-windows.score[found], chance[found]))]
    taken, kept = np.zeros(n, dtype=bool), []
    for w in found.tolist():
        span = slice(int(windows.first[w]), int(windows.last[w]) + 1)
        if not taken[span].any():
            taken[span] = True
            kept.append(w)
    return kept
