"""Intervals for shares, counts and statistics. NumPy and the standard library only, so that the window may use them."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Interval", "auroc_error", "auroc_interval", "binomial_tail", "clopper_pearson", "fisher_greater", "jackknife",
    "normal_tail", "predicted_count", "spread", "wilson",
]

Interval = tuple[float, float]
LEVEL = 0.95
_MOST_EXACT = 20_000


def _z(level: float) -> float:
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(hits: float, n: float, level: float = LEVEL) -> Interval:
    """Interval of a share from `hits` of `n` (Wilson 1927; coverage near `level` also for rare events).

    Args:
        hits: successes; halves are allowed, for ties that count half.
        n: trials; 0 gives (0, 1).
        level: coverage.
    """
    if n <= 0:
        return 0.0, 1.0
    z2 = _z(level) ** 2
    share = hits / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def clopper_pearson(hits: int, n: int, level: float = LEVEL) -> Interval:
    """Exact interval of a share from `hits` of `n` (Clopper & Pearson 1934): covers at least as often as it says."""
    if n <= 0:
        return 0.0, 1.0
    tail = (1 - level) / 2

    def at_least(k: int, p: float) -> float:
        return math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))

    low = _root(lambda p: at_least(hits, p) < tail) if hits > 0 else 0.0
    high = _root(lambda p: at_least(hits + 1, p) < 1 - tail) if hits < n else 1.0
    return low, high


def _root(is_below: Callable[[float], bool]) -> float:
    """Where a share in (0, 1) stops being too small."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return low


def fisher_greater(hits: int, n: int, other_hits: int, other_n: int, *, is_mid: bool = False) -> float:
    """One-sided p-value that `hits` of n show no higher rate than `other_hits` of other_n (Fisher's exact test, 1935).

    The probability, with all hits dealt out by lot, of at least as many in the first group: it never rejects more
    often than its level, and of a handful of trials much more seldom.

    Args:
        hits: of the first group.
        n: trials of the first group.
        other_hits: of the second.
        other_n: trials of the second.
        is_mid: count exactly as many hits by half (mid-p, Lancaster 1961): rejects about as often as its level says.
    """
    both, found = n + other_n, hits + other_hits
    ways = [math.comb(n, k) * math.comb(other_n, found - k) for k in range(hits, min(n, found) + 1)]
    return (sum(ways) - (ways[0] / 2 if is_mid else 0)) / math.comb(both, found)


def predicted_count(hits: float, n: float, rows: float, level: float = LEVEL) -> Interval:
    """Interval for the number of hits in a *new* sample of `rows` rows, after `hits` in one of `n`.

    Closed form of Krishnamoorthy & Peng (2011, "Improved closed-form prediction intervals for binomial and Poisson
    distributions"), Poisson case: all Y with (n Y - m X)^2 <= z^2 m n (X + Y).
    """
    if n <= 0 or rows <= 0:
        return 0.0, float(max(rows, 0.0))
    z2 = _z(level) ** 2
    centre = rows * (2 * hits + z2)
    half = math.sqrt(z2 * rows * (4 * rows * hits + z2 * rows + 4 * n * hits))
    return max(0.0, (centre - half) / (2 * n)), min(float(rows), (centre + half) / (2 * n))


def auroc_interval(auroc: float, positives: int, negatives: int, level: float = LEVEL) -> Interval:
    """Interval of an area under the ROC curve (Hanley & McNeil 1982)."""
    if positives < 1 or negatives < 1:
        return 0.0, 1.0
    half = _z(level) * auroc_error(auroc, positives, negatives)
    return max(0.0, auroc - half), min(1.0, auroc + half)


def auroc_error(auroc: float, positives: int, negatives: int) -> float:
    """Standard error of an area under the ROC curve (Hanley & McNeil 1982), at least that of one pair's half."""
    q1, q2 = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    spread_ = auroc * (1 - auroc) + (positives - 1) * (q1 - auroc**2) + (negatives - 1) * (q2 - auroc**2)
    return math.sqrt(max(spread_, 0.25 / (positives + negatives)) / (positives * negatives))


def normal_tail(z: float) -> float:
    """Probability that a standard normal exceeds z."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def binomial_tail(hits: float, n: float, share: float) -> float:
    """Probability of at least `hits` of n at that share; a normal approximation above 20,000 trials.

    Args:
        hits: rounded down.
        n: trials, rounded down; 0 gives 1.
        share: between 0 and 1, both excluded.
    """
    k, n = math.floor(hits), math.floor(n)
    if k <= 0:
        return 1.0
    if n > _MOST_EXACT:
        return normal_tail((k - 0.5 - n * share) / math.sqrt(n * share * (1 - share)))
    logs = [
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(share)
        + (n - i) * math.log1p(-share)
        for i in range(k, n + 1)
    ]
    return min(1.0, math.fsum(math.exp(v) for v in logs))


def jackknife(
    measure: Callable[[NDArray[np.int64]], float],
    n: int,
    rng: np.random.Generator,
    groups: int = 10,
    level: float = LEVEL,
) -> Interval:
    """Interval of a statistic of n rows by the delete-a-group jackknife (Kott 2001).

    It is used instead of the bootstrap for distances between distributions: repeated rows of a bootstrap sample look
    like a difference, while leaving out one tenth hardly moves the statistic's bias.

    Args:
        measure: the statistic of the rows at these positions; may be NaN.
        n: rows.
        rng: deals rows to groups.
        groups: how many; fewer when there are fewer rows.
        level: coverage, normal approximation.
    """
    groups = min(groups, n)
    if groups < 2:
        return math.nan, math.nan
    group = rng.permutation(n) % groups
    left_out = np.array([measure(np.flatnonzero(group != g)) for g in range(groups)])
    return spread(measure(np.arange(n)), left_out, level=level)


def spread(
    value: float, left_out: NDArray[np.float64], low: float = -math.inf, high: float = math.inf, level: float = LEVEL
) -> Interval:
    """Interval from the value of a statistic and its (G,) values with one of G groups left out, kept in [low, high]."""
    half = _z(level) * math.sqrt((len(left_out) - 1) / len(left_out) * float(np.sum((left_out - left_out.mean()) ** 2)))
    return max(low, value - half), min(high, value + half)
