"""Tails: how rare a score is among reference scores, in nats, and rarer the farther it lies beyond the largest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Tail"]

_MOST = 4_096  # levels kept: all of the upper end, the rest thinned
_UPPER = 2_048
_SAME = 1e-7
"""Scores closer than this, in mean excesses, are one level: ties of different batches differ in the last bits."""

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
        inner: Floats = np.interp(scores, self.levels, self.surprise_at)
        beyond = np.log1p(np.maximum(scores - self.levels[-1], 0.0) / self.excess)
        below = np.log1p(np.maximum(self.levels[0] - scores, 0.0) / self.excess) / self.rows
        found: Floats = inner + beyond - below
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
