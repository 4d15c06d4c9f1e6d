"""How alike two samples are: one column, or the trend between two. 1 = alike. Definitions as in SDMetrics (tested)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .bins import even_edges

__all__ = ["association", "correlation_similarity", "digitize", "ks_complement", "tv_complement"]


def ks_complement(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """1 - the largest gap between two empirical distribution functions (Kolmogorov-Smirnov); NaN cells are left out.

    Args:
        first: (n,) values.
        second: (m,) values.
    """
    a, b = (np.sort(x[~np.isnan(x)]) for x in (first, second))
    if not len(a) or not len(b):
        return math.nan
    at = np.concatenate([a, b])
    gap = np.searchsorted(a, at, side="right") / len(a) - np.searchsorted(b, at, side="right") / len(b)
    return 1.0 - float(np.abs(gap).max())


def tv_complement(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """1 - the total variation distance of two samples of codes; negative codes (missing) are left out.

    Args:
        first: (n,) codes.
        second: (m,) codes.
    """
    a, b = first[first >= 0], second[second >= 0]
    if not len(a) or not len(b):
        return math.nan
    size = int(max(a.max(), b.max())) + 1
    if size > 4 * (len(a) + len(b)):  # sparse codes: number the values in use
        values, inverse = np.unique(np.concatenate([a, b]), return_inverse=True)
        a, b, size = inverse[: len(a)], inverse[len(a) :], len(values)
    shares = [np.bincount(part, minlength=size) / len(part) for part in (a, b)]
    return 1.0 - 0.5 * float(np.abs(shares[0] - shares[1]).sum())


def correlation_similarity(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """1 - half the difference of two Pearson correlations.

    Args:
        first: (n, 2) values; rows with a NaN are left out.
        second: (m, 2) values.

    Returns:
        In [0, 1]; NaN where a correlation is undefined (a constant column, fewer than two complete rows).
    """
    return 1.0 - abs(_correlation(first) - _correlation(second)) / 2.0


def _correlation(pairs: NDArray[np.float64]) -> float:
    complete = pairs[~np.isnan(pairs).any(axis=1)]
    if len(complete) < 2:
        return math.nan
    x, y = (complete - complete.mean(axis=0)).T
    norm = math.sqrt(float(x @ x)) * math.sqrt(float(y @ y))
    return float(x @ y) / norm if norm > 0 else math.nan


def association(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Cramer's V of two columns of codes, corrected for chance (Bergsma 2013): 0 = unrelated, 1 = one tells the other.

    Args:
        first: (n,) codes.
        second: (n,) codes.
    """
    n = len(first)
    (rows, a), (columns, b) = (np.unique(x, return_inverse=True) for x in (first, second))
    if n < 2 or len(rows) < 2 or len(columns) < 2:
        return 0.0
    joint = np.bincount(a * len(columns) + b, minlength=len(rows) * len(columns)).reshape(len(rows), -1)
    wanted = np.outer(joint.sum(axis=1), joint.sum(axis=0)) / n
    phi2 = float(np.sum((joint - wanted) ** 2 / wanted)) / n
    excess = max(0.0, phi2 - (len(rows) - 1) * (len(columns) - 1) / (n - 1))
    sizes = [k - (k - 1) ** 2 / (n - 1) for k in (len(rows), len(columns))]
    return min(1.0, math.sqrt(excess / max(min(sizes) - 1, 1e-12)))


def digitize(real: NDArray[np.float64], other: NDArray[np.float64], bins: int = 10) -> tuple[NDArray[np.int64], ...]:
    """Both samples in equal bins over the range of the real one; values beyond fall in the end bins, NaN in its own.

    Returns:
        (n,) and (m,) codes.
    """
    finite = real[np.isfinite(real)]
    edges = even_edges(float(finite.min()), float(finite.max()), bins)[1:-1] if len(finite) else np.zeros(0)
    codes = [np.where(np.isnan(x), bins, np.searchsorted(edges, x, side="right")) for x in (real, other)]
    return codes[0].astype(np.int64), codes[1].astype(np.int64)
