"""Edges of bins that exist for every range of numbers: narrower than their own rounding, or wider than all numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["even_edges", "reads_better_in_logs", "rising"]

_MOST = float(np.finfo(np.float64).max)


def even_edges(low: float, high: float, bins: int) -> NDArray[np.float64]:
    """Edges of equal bins over [low, high], a little around it where it is one value.

    Returns:
        (at most bins + 1,) strictly rising; fewer where floating-point numbers lie too far apart for so many.
    """
    if low == high:
        pad = max(0.5, abs(low) * 1e-3)
        low, high, bins = max(low - pad, -_MOST), min(high + pad, _MOST), 1
    at = np.linspace(0.0, 1.0, bins + 1)
    return rising(low * (1 - at) + high * at)  # no difference of the ends: it may be beyond all numbers


def rising(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """The edges without repetitions."""
    return np.unique(edges)


def reads_better_in_logs(quantiles: Mapping[str, float]) -> bool:
    """Whether values are positive but for a few zeros, with a long upper tail: logarithms are nearer to symmetry.

    Args:
        quantiles: at least "0", "0.01", "0.5" and "0.99".
    """
    low, middle, high = quantiles["0.01"], quantiles["0.5"], quantiles["0.99"]
    if quantiles["0"] < 0 or not 0 < low < middle < high:
        return False
    skew = (high - middle) / (middle - low)
    logs = np.log(high / middle) / np.log(middle / low)
    return bool(skew > 4 and high / low > 10 and abs(np.log(logs)) < abs(np.log(skew)))
