"""Robust centre and scatter by the minimum covariance determinant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.stats import chi2

from ..run import Run

__all__ = ["Scatter", "robust_scatter"]

_STEPS = 30
_KEPT = 0.975
_MOST_SPREADS = 2.5  # where the first start cuts values off

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scatter:
    """A normal.

    Args:
        centre: (D,).
        covariance: (D, D), positive definite.
    """

    centre: Floats
    covariance: Floats

    def squares(self, x: Floats, has: NDArray[np.bool_] | None = None) -> Floats:
        """(n,) squared Mahalanobis distances of (n, D) coordinates, of those it `has` alone."""
        centre, covariance = self.centre, self.covariance
        if has is not None and not has.all():
            x, centre, covariance = x[:, has], centre[has], covariance[np.ix_(has, has)]
        if not len(centre):
            return np.zeros(len(x))
        white = solve_triangular(cholesky(covariance, lower=True), (x - centre).T, lower=True, check_finite=False)
        result: Floats = (white * white).sum(axis=0)
        return result


def robust_scatter(x: Floats, support: float, ridge: float, soft: NDArray[np.bool_], run: Run) -> Scatter:
    """The scatter of the tightest share of the rows, reweighted once.

    Args:
        x: (n, D).
        support: that share.
        ridge: added to every variance.
        soft: (D,) coordinates that keep at least the variance of all rows.
        run: for cancelling.
    """
    n, d = x.shape
    half = min(max(int(support * n), (n + d + 1) // 2), n)
    of = partial(_scatter, least=np.where(soft, x.var(axis=0), 0.0), ridge=ridge)
    best: tuple[float, Scatter] | None = None
    for place, start in enumerate((_clipped, _signs, _all)):
        run.progress(place / 3)
        found = _concentrated(x, start(x, of), half, of, run)
        level = float(np.linalg.slogdet(found.covariance)[1])
        if best is None or level < best[0]:
            best = level, found
    assert best is not None
    scaled = _scaled(x, best[1])
    ordinary = scaled.squares(x) <= chi2.ppf(_KEPT, d)
    return _scaled(x, of(x[ordinary])) if ordinary.any() else scaled


Of = Callable[[Floats], Scatter]


def _concentrated(x: Floats, scatter: Scatter, half: int, of: Of, run: Run) -> Scatter:
    """C-steps: the scatter of the nearest rows, until they are the same rows."""
    before = np.zeros(0, dtype=np.int64)
    for _ in range(_STEPS):
        run.check()
        nearest = np.sort(np.argpartition(scatter.squares(x), half - 1)[:half])
        if np.array_equal(nearest, before):
            break
        scatter, before = of(x[nearest]), nearest
    return scatter


def _scatter(x: Floats, least: Floats, ridge: float) -> Scatter:
    """Mean and covariance with at least these variances, and the ridge on top."""
    centre = x.mean(axis=0)
    away = x - centre
    covariance = away.T @ away / len(x)
    covariance[np.diag_indices(len(centre))] += ridge + np.maximum(least - np.diag(covariance), 0.0)
    return Scatter(centre, covariance)


def _scaled(x: Floats, scatter: Scatter) -> Scatter:
    """So that half of the rows lie within the median distance of a normal."""
    scale = float(np.median(scatter.squares(x)) / chi2.ppf(0.5, x.shape[1]))
    return Scatter(scatter.centre, scatter.covariance * scale) if scale > 0 else scatter


def _all(x: Floats, of: Of) -> Scatter:
    return of(x)


def _clipped(x: Floats, of: Of) -> Scatter:
    """Values cut off some robust deviations from the median."""
    middle = np.median(x, axis=0)
    reach = _MOST_SPREADS * 1.4826 * np.median(np.abs(x - middle), axis=0)
    return replace(of(np.clip(x, middle - reach, middle + reach)), centre=middle)


def _signs(x: Floats, of: Of) -> Scatter:
    """Directions from the median alone (spatial signs)."""
    middle = np.median(x, axis=0)
    away = x - middle
    length = np.sqrt((away * away).sum(axis=1))
    return replace(of(away / np.where(length > 0, length, 1.0)[:, None] * np.sqrt(x.shape[1])), centre=middle)
