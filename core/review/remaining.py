"""What is left: at most U anomalies, and at least L, from scores noted before each verdict and rows drawn at random.

The upper bound comes from a calibrated model, P(y = 1 | f) = eps + (1 - eps) sigmoid(a + b f), over all pairs of the
score that a row had before its verdict and the verdict: eps lets a share of anomalies hide anywhere. Its posterior on
a grid, and the rows not yet seen, give the number left; its upper end holds, its lower end does not (queues that begin
well look fuller than they are). So the lower bound comes from the rows drawn uniformly alone (Clopper, Pearson 1934).

Wrong verdicts break both: a few false alarms among rows drawn at random would mean hundreds of anomalies. The rate at
which reviewers err, phi, enters as P(verdict = 1) = phi + (1 - 2 phi) P. It comes from blind double reviews, without
which no lower bound is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ..stats.intervals import clopper_pearson

__all__ = ["FIFTH", "UNIFORM", "Judged", "Remaining", "Reviewers", "remaining"]

UNIFORM, FIFTH = "uniform", "fifth"
"""How a control row was drawn: from all open rows, or from the fifth of them expected to be anomalies first."""

_FEW, _NEXT, _HITS, _REVIEWS, _REVIEWS_DOUBTED = 20, 20, 3, 30, 50
_DRAWS = 1.645  # standard deviations of a count that is exceeded once in twenty
_STOP = 0.5  # expected hits in the next rows
_TRUST = 0.3  # power of the likelihood: the curve is a rough model, and verdicts on rows that are alike no lot of draws
_DOUBLES = 10  # double reviews before an error rate means something
_BINS, _NODES = 200, 9
_ONE_SIDED, _TWO_SIDED = 0.95, 0.975  # of an interval that misses in one of twenty
_A, _B = np.linspace(-14, 3, 35), np.linspace(0, 24, 25)
_EPS = np.geomspace(1e-7, 0.4, 14)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """A clear verdict.

    Args:
        score: that the row had before it.
        is_hit: whether it says anomaly.
        control: how the row was drawn; "" where its place in the queue brought it.
    """

    score: float
    is_hit: bool
    control: str = ""


@dataclass(frozen=True)
class Reviewers:
    """What blind double reviews say of those who decide.

    Args:
        pairs: cases decided twice, the second time without knowledge of the first.
        differ: those decided differently.
    """

    pairs: int = 0
    differ: int = 0

    @property
    def is_known(self) -> bool:
        """Whether there are enough to speak of an error rate."""
        return self.pairs >= _DOUBLES

    @property
    def error(self) -> float:
        """Rate at which one reviewer errs: two differ where one of them does, 2 phi (1 - phi). 0 while not known."""
        if not self.is_known or not self.differ:
            return 0.0
        return _of_one((self.differ + 0.5) / (self.pairs + 1))

    def false_alarms(self, verdicts: int) -> float:
        """How many of so many verdicts may be false alarms (97.5 % that the rate is no higher, 95 % of its draws)."""
        if not self.is_known:
            return 0.0
        rate = _of_one(clopper_pearson(self.differ, self.pairs)[1])
        return float(verdicts * rate + _DRAWS * np.sqrt(verdicts * rate * (1 - rate)))


def _of_one(share: float) -> float:
    """The rate at which one errs, from that at which two differ."""
    return float((1 - np.sqrt(1 - 2 * min(share, 0.48))) / 2)


@dataclass(frozen=True)
class Remaining:
    """What is believed to be left among the rows without a verdict.

    Args:
        least: lower end of the 95 % interval; None without double reviews.
        most: upper end. Where nothing is claimed below, the whole 5 % lies above; else half of it.
        next_hits: anomalies expected among the next 20 of the queue.
        is_done: whether to propose to stop: it says nothing of there being none left.
    """

    least: int | None
    most: int
    next_hits: float
    is_done: bool


def remaining(
    judged: Sequence[Judged], open_scores: Floats, reviewers: Reviewers | None = None,
    next_scores: Floats | None = None,
) -> Remaining | None:
    """What is left.

    Args:
        judged: all clear verdicts, oldest first.
        open_scores: (m,) scores of the rows without a verdict, now.
        reviewers: what double reviews say.
        next_scores: (20,) those of the next rows of the queue; the highest when left out.

    Returns:
        None before the 20th verdict: a bound would say nothing but that there is none.
    """
    if len(judged) < _FEW:
        return None
    reviewers = reviewers or Reviewers()
    belief = _Belief(judged, open_scores, reviewers.error)
    hits = sum(j.is_hit for j in judged)
    next_hits = belief.hits(np.sort(open_scores)[::-1][:_NEXT] if next_scores is None else next_scores)
    enough = _REVIEWS_DOUBTED if reviewers.error else _REVIEWS
    sure = hits - reviewers.false_alarms(len(judged))  # else a stop comes where nothing but slips was found
    is_done = next_hits < _STOP and sure >= _HITS and len(judged) >= enough
    least = _least(judged, len(open_scores), reviewers.error) if reviewers.is_known else None
    return Remaining(least, max(belief.most(_ONE_SIDED if not least else _TWO_SIDED), least or 0), next_hits, is_done)


def _least(judged: Sequence[Judged], open_rows: int, error: float) -> int:
    """From the uniform rows alone; what was found since the first of them was drawn is no longer left."""
    own = [j.is_hit for j in judged if j.control == UNIFORM]
    if not any(own):
        return 0
    low, _ = clopper_pearson(sum(own), len(own))
    share = max((low - error) / (1 - 2 * error), 0.0)
    since = next(i for i, j in enumerate(judged) if j.control == UNIFORM)
    found = sum(j.is_hit for j in judged[since:])
    return max(int(share * (open_rows + len(judged) - since)) - found, 0)


class _Belief:
    """The posterior over a grid of (a, b) by eps."""

    def __init__(self, judged: Sequence[Judged], open_scores: Floats, error: float) -> None:
        scores = np.array([j.score for j in judged])
        low, high = (f(np.concatenate([scores, open_scores])) for f in (np.min, np.max))
        self.edges = np.linspace(low, max(high, low + 1e-9), _BINS + 1)
        middles = (self.edges[1:] + self.edges[:-1]) / 2
        a, b = (g.ravel()[:, None] for g in np.meshgrid(_A, _B, indexing="ij"))
        self.curves = 1 / (1 + np.exp(-(a + b * middles)))  # (A B, bins)
        self.prior = (-0.5 * ((a + 7) / 5) ** 2 - 0.5 * ((b - 8) / 7) ** 2)[:, 0]
        self.open = self._counts(open_scores)
        hit = np.array([j.is_hit for j in judged])
        self.likelihood = self._likelihood(self._counts(scores[hit]), self._counts(scores[~hit]), error)

    def _counts(self, scores: Floats) -> Floats:
        place = np.clip(np.searchsorted(self.edges, scores, side="right") - 1, 0, _BINS - 1)
        return np.bincount(place, minlength=_BINS).astype(np.float64)

    def _likelihood(self, hits: Floats, others: Floats, error: float) -> Floats:
        """(A B, E) log likelihood of the verdicts."""
        seen = np.flatnonzero(hits + others)
        hits, others, curves = hits[seen], others[seen], self.curves[:, seen]
        found = np.empty((len(curves), len(_EPS)))
        for at, eps in enumerate(_EPS):
            said = error + (1 - 2 * error) * (eps + (1 - eps) * curves)
            said = np.clip(said, 1e-12, 1 - 1e-12)
            found[:, at] = np.log(said) @ hits + np.log1p(-said) @ others
        return found

    @cached_property
    def weights(self) -> Floats:
        """(A B, E) summing to one."""
        total = self.prior[:, None] + _TRUST * self.likelihood
        found = np.exp(total - total.max())
        return np.asarray(found / found.sum())

    def hits(self, scores: Floats) -> float:
        """Anomalies expected among rows."""
        curve = self.curves @ self._counts(scores)
        return float((self.weights * (_EPS * len(scores) + (1 - _EPS) * curve[:, None])).sum())

    def most(self, level: float) -> int:
        """The point of how many of the open rows are anomalies that is not exceeded at this level."""
        rows, once, twice = self.open.sum(), self.curves @ self.open, np.square(self.curves) @ self.open
        mean = _EPS * rows + (1 - _EPS) * once[:, None]
        square = _EPS**2 * rows + 2 * _EPS * (1 - _EPS) * once[:, None] + (1 - _EPS) ** 2 * twice[:, None]
        spread = np.sqrt(np.maximum(mean - square, 0))
        nodes = np.array([NormalDist().inv_cdf((i + 0.5) / _NODES) for i in range(_NODES)])
        values = (mean[..., None] + spread[..., None] * nodes).ravel()
        weights = np.repeat(self.weights.ravel(), _NODES)
        order = np.argsort(values)
        reached = np.searchsorted(np.cumsum(weights[order]), level * weights.sum())
        return int(np.clip(np.ceil(values[order[min(reached, len(order) - 1)]]), 0, rows))
