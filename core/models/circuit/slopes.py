"""Regression leaves: a continuous value whose mean, in each state, follows other cells of the row.

y | state h, regressors x ~ N(m_h + w_h . x, v_h). Fitted from sums over rows like every other leaf, so that EM stays
as it is. Slopes of states with few rows are drawn to the pooled regression within states (a ridge), variances to a
share of its residual's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Prior", "SlopeCounts"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]

_SMALL = 1e-9


@dataclass(frozen=True)
class Prior:
    """Pseudo-counts.

    Args:
        mass: rows of Dirichlet mass per state: towards the column's shares, and for edges half towards the child's
            own states and half towards all alike.
        weight: rows of inverse-gamma mass per state and continuous value.
        variance: what that mass says the variance is; for regression leaves as a share of the pooled residual's.
        floor: least variance.
        ridge: rows of the pooled slopes added to each state's.
    """

    mass: float = 0.1
    weight: float = 1.0
    variance: float = 0.1
    floor: float = 1e-3
    ridge: float = 1.0


@dataclass(frozen=True, eq=False)
class SlopeCounts:
    """Sums over rows that regressions are solved from, for each continuous value.

    Args:
        regressors: (P,) features of each value.
        sums: (P + P + P * P, H) of x, of x y and of the products of x, by state.
    """

    regressors: tuple[Ints, ...]
    sums: tuple[Floats, ...]

    @classmethod
    def zeros(cls, regressors: tuple[Ints, ...], states: int) -> SlopeCounts:
        """No rows."""
        return cls(regressors, tuple(np.zeros((len(r) * (len(r) + 2), states)) for r in regressors))

    def __add__(self, other: SlopeCounts) -> SlopeCounts:
        return SlopeCounts(self.regressors, tuple(a + b for a, b in zip(self.sums, other.sums, strict=True)))

    def times(self, factor: float) -> SlopeCounts:
        """As if every row counted `factor` times."""
        return SlopeCounts(self.regressors, tuple(a * factor for a in self.sums))

    def forget(self, share: float) -> None:
        """Forget `share` of the sums, in place."""
        for own in self.sums:
            np.multiply(own, 1 - share, out=own)

    def count(self, slot: int, features: Floats, y: Floats, weights: Floats) -> None:
        """Add rows of one value in place.

        Args:
            slot: which value.
            features: (n, F).
            y: (n,).
            weights: (n, H) probability of each state, 0 where the row has no such value.
        """
        x = features[:, self.regressors[slot]]
        products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        self.sums[slot][...] += np.concatenate([x, x * y[:, None], products], axis=1).T @ weights

    def spread(self, rows: float, total: float) -> None:
        """Add so many rows of the average kind, of `total` rows, to every state, in place."""
        for own in self.sums:
            np.add(own, rows / max(total, 1.0) * own.sum(axis=1, keepdims=True), out=own)

    def solve(
        self, loads: Floats, sums: Floats, squares: Floats, prior: Prior
    ) -> tuple[Floats, Floats, tuple[Floats, ...]]:
        """(C, H) intercepts and variances and, for each value, (P, H) slopes."""
        means, variances, slopes = np.empty_like(sums), np.empty_like(sums), []
        for slot, own in enumerate(self.sums):
            n, y, yy = (a[slot].astype(np.float64) for a in (loads, sums, squares))
            found = _regress(own.T, n, y, yy, prior)
            means[slot], variances[slot] = found[0], found[1]
            slopes.append(found[2].T.astype(np.float32))
        return means, variances, tuple(slopes)


def _regress(own: Floats, n: Floats, sy: Floats, syy: Floats, prior: Prior) -> tuple[Floats, Floats, Floats]:
    """(H,) intercepts, (H,) variances and (H, P) slopes from one value's sums."""
    width = int(np.sqrt(own.shape[1] + 1)) - 1
    sx, sxy, sxx = own[:, :width], own[:, width : 2 * width], own[:, 2 * width :].reshape(len(own), width, width)
    total = max(float(n.sum()), _SMALL)
    rows = n + prior.mass
    x = (sx + prior.mass * sx.sum(axis=0) / total) / rows[:, None]  # (H, P) means
    y = (sy + prior.mass * sy.sum() / total) / rows
    cross = sxx - x[:, :, None] * sx[:, None, :] - sx[:, :, None] * x[:, None, :]
    cross = cross + n[:, None, None] * x[:, :, None] * x[:, None, :]
    with_y = sxy - x * sy[:, None] - y[:, None] * sx + n[:, None] * x * y[:, None]
    around = np.maximum(syy - 2 * y * sy + n * y * y, 0.0)
    pooled = cross.sum(axis=0) + _SMALL * total * np.eye(width)
    common = np.linalg.solve(pooled, with_y.sum(axis=0)) if width else np.zeros(0)
    ridge = prior.ridge * pooled / total
    slopes = np.linalg.solve(cross + ridge, (with_y + ridge @ common)[:, :, None])[:, :, 0]
    error = around - 2 * np.einsum("hp,hp->h", slopes, with_y) + np.einsum("hp,hpq,hq->h", slopes, cross, slopes)
    error = np.maximum(error, 0.0)
    shared = prior.variance * error.sum() / total
    variances = np.maximum((error + prior.weight * shared) / (n + prior.weight), prior.floor)
    return y - np.einsum("hp,hp->h", slopes, x), variances, slopes
