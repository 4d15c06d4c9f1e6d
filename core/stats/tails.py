"""Tails: how rare a score is among reference scores, and rarer the farther it lies beyond the largest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pareto", "Tail", "fit_pareto"]

_MOST = 4_096  # levels kept: all of the upper end, the rest thinned
_UPPER = 2_048
_SAME = 1e-7
"""Scores closer than this, in mean excesses, are one level: ties of different batches differ in the last bits."""

_PEAKS = 0.1
"""Share of the reference scores that the fitted tail covers."""
_FEWEST = 20
"""Peaks below which no tail is fitted."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tail:
    """The upper tail of n reference scores.

    Args:
        levels: (m,) scores, rising.
        surprise_at: (m,) -log of the share of reference scores at least as large, ties counted half.
        excess: mean excess of the largest tenth over its smallest, the unit of distance beyond the ends.
        rows: n.
    """

    levels: Floats
    surprise_at: Floats
    excess: float
    rows: int

    @classmethod
    def of(cls, scores: Floats) -> Tail:
        """From (n,) finite reference scores, n > 0."""
        ordered = np.sort(scores)
        n, excess = len(ordered), _excess(ordered)
        begins = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > _SAME * excess)
        sizes = np.diff(begins, append=n)
        kept = _thinned(len(begins))
        begins, sizes = begins[kept], sizes[kept]
        above = n - begins - sizes / 2
        return cls(ordered[begins], -np.log((above + 0.5) / (n + 1)), excess, n)

    def surprise(self, scores: Floats) -> Floats:
        """(n,) nats, continuous and rising with the score; logarithmic in the distance beyond the largest."""
        order, found = np.argsort(scores), np.empty(len(scores))
        found[order] = np.interp(scores[order], self.levels, self.surprise_at)  # far faster where they rise
        beyond, below = (np.flatnonzero(outside) for outside in (scores > self.levels[-1], scores < self.levels[0]))
        found[beyond] += np.log1p((scores[beyond] - self.levels[-1]) / self.excess)
        found[below] -= np.log1p((self.levels[0] - scores[below]) / self.excess) / self.rows
        return found

    def state(self, name: str) -> dict[str, NDArray[Any]]:
        """Arrays under `<name>.tail`."""
        return {f"{name}.tail": np.stack([
            np.append(self.levels, self.excess), np.append(self.surprise_at, float(self.rows))])}

    @classmethod
    def load(cls, name: str, arrays: Mapping[str, NDArray[Any]]) -> Tail:
        """The tail that `state` wrote."""
        levels, at = arrays[f"{name}.tail"]
        return cls(levels[:-1].copy(), at[:-1].copy(), float(levels[-1]), int(at[-1]))


def _excess(ordered: Floats) -> float:
    """Mean excess over the 90 % quantile; the standard deviation, and at last 1, where that is nothing."""
    upper = ordered[ordered > np.quantile(ordered, 0.9)]
    found = float((upper - np.quantile(ordered, 0.9)).mean()) if len(upper) else 0.0
    least = 1e-12 * max(float(np.abs(ordered).max()), 1e-300)
    if found <= least:
        found = float(ordered.std())
    return found if found > least else 1.0


def _thinned(levels: int) -> NDArray[np.int64]:
    """Which of so many levels to keep."""
    if levels <= _MOST:
        return np.arange(levels)
    lower = np.linspace(0, levels - _UPPER, _MOST - _UPPER, endpoint=False).astype(np.int64)
    return np.concatenate([lower, np.arange(levels - _UPPER, levels)])


def fit_pareto(excesses: Floats) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution.

    Zhang & Stephens (2009, "A new and efficient estimation method for the generalized Pareto distribution"): the mean
    of a profile likelihood over a grid of about 30 + sqrt(k) values. As precise as maximum likelihood, which it needs
    no search for, and it exists for every sample of positive numbers.

    Args:
        excesses: (k,) above 0, in any order.

    Returns:
        Shape (0 for an exponential tail, above for a heavier, below for one that ends) and scale.
    """
    x = np.sort(excesses)
    k, grid = len(x), 30 + int(math.sqrt(len(x)))
    quarter = x[max(int(k / 4 + 0.5) - 1, 0)]
    theta = 1 / x[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quarter)  # (grid,)
    theta = np.where(theta == 0, 1e-12 / x[-1], theta)
    shape = np.log1p(-theta[:, None] * x).mean(axis=1)
    profile = k * (np.log(-theta / shape) - shape - 1)
    weight = np.exp(profile - profile.max())
    best = float((theta * weight).sum() / weight.sum())
    found = float(np.log1p(-best * x).mean())
    return found, -found / best


@dataclass(frozen=True)
class Pareto:
    """Peaks over threshold: the upper tenth of reference scores as a generalised Pareto distribution.

    Pickands (1975): above a high threshold the excesses of nearly every distribution tend to this one.

    Args:
        start: score from which on it holds.
        share: probability of an ordinary score beyond it.
        shape, scale: of the excesses.
    """

    start: float
    share: float
    shape: float
    scale: float

    @classmethod
    def of(cls, ordered: Floats) -> Pareto | None:
        """From (m,) rising reference scores; None where their upper tenth has too few distinct peaks."""
        finite = ordered[np.isfinite(ordered)]
        m = len(ordered)
        if int(_PEAKS * m) < _FEWEST or len(finite) < m:
            return None
        start = float(finite[m - int(_PEAKS * m) - 1])
        excesses = finite[finite > start] - start
        if len(np.unique(excesses)) < _FEWEST:
            return None
        return cls(start, (len(excesses) + 1) / (m + 1), *fit_pareto(excesses))

    def probability(self, scores: Floats) -> Floats:
        """(n,) of an ordinary score at least this high; 1 below the start, where the tail says nothing."""
        beyond = np.maximum(scores - self.start, 0.0) / self.scale
        left = np.maximum(1 + self.shape * beyond, 0.0)
        with np.errstate(divide="ignore"):
            inner = np.exp(-beyond) if abs(self.shape) < 1e-9 else np.exp(-np.log(left) / self.shape)
        found: Floats = np.where(scores < self.start, 1.0, self.share * inner)
        return found
