"""One column alone under the circuit, and the recalibration that makes it the training column's own.

The continuous part of a column is, alone, a mixture of normals over all states of all trees. Recalibration bends the
codec's curve so that the training quantiles fall on that mixture's quantiles: the model's marginal becomes the
column's, and since only the curve changes, densities stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp, ndtr

from ...encode.categories import CategoryCodec
from ...encode.curves import Curve
from ...encode.table import TableCodec
from .circuit import Circuit

__all__ = ["Alone", "Part", "continuous_part", "recalibrated", "token_shares"]

Floats = NDArray[np.float64]

_STEPS = 60
_GRID = 2_049
_LEAST_GAP = 1e-7


def token_shares(circuit: Circuit, j: int) -> Floats:
    """(tokens,) probability of each token of column j."""
    own = circuit.layout.tokens(j)
    each = [t.tables[own] @ s[j] for t, s in zip(circuit.exact_trees, circuit.state_shares, strict=True)]
    result: Floats = np.mean(each, axis=0)
    return result


@dataclass(frozen=True, eq=False)
class Part:
    """The continuous part of a column: a mixture of normals.

    Args:
        shares: (m,) weights, sum one.
        means, sds: (m,).
        mass: probability that a cell of the column has a continuous value.
    """

    shares: Floats
    means: Floats
    sds: Floats
    mass: float

    def below(self, y: Floats) -> Floats:
        """(n,) probability of a smaller value."""
        out: Floats = ndtr((y[:, None] - self.means) / self.sds) @ self.shares
        return out

    def log_density(self, y: Floats) -> Floats:
        """(n,) log density."""
        z = (y[:, None] - self.means) / self.sds
        out: Floats = logsumexp(-0.5 * z * z - np.log(self.sds), axis=1, b=self.shares) - 0.5 * np.log(2 * np.pi)
        return out

    def log_tail(self, y: Floats) -> Floats:
        """(n,) log probability of a value further out on the same side."""
        z = (y[:, None] - self.means) / self.sds
        lower, upper = (logsumexp(log_ndtr(side * z), axis=1, b=self.shares) for side in (1.0, -1.0))
        result: Floats = np.minimum(lower, upper)
        return result

    @property
    def ends(self) -> tuple[float, float]:
        """Values that enclose all that can be expected."""
        return float((self.means - 9 * self.sds).min()), float((self.means + 9 * self.sds).max())

    def quantiles(self, levels: Floats) -> Floats:
        """(n,) values with these probabilities below them, by bisection."""
        low, high = (np.full(len(levels), end) for end in self.ends)
        for _ in range(_STEPS):
            middle = (low + high) / 2
            reached = self.below(middle) >= levels
            high, low = np.where(reached, middle, high), np.where(reached, low, middle)
        return high


def continuous_part(circuit: Circuit, j: int) -> Part | None:
    """Of column j; None where it has none."""
    slot = int(circuit.layout.slots[j])
    if slot < 0:
        return None
    own = circuit.layout.tokens(j)
    has = circuit.layout.continuous[own]
    loads, means, sds = [], [], []
    for tree, states in zip(circuit.exact_trees, circuit.state_shares, strict=True):
        loads.append(states[j] * tree.tables[own][has].sum(axis=0) / len(circuit.trees))
        means.append(tree.means[slot])
        sds.append(np.sqrt(tree.variances[slot]))
    weights = np.concatenate(loads)
    mass = float(weights.sum())
    return Part(weights / max(mass, 1e-300), np.concatenate(means), np.concatenate(sds), mass)


class Alone:
    """How surprising the cells of one column are by themselves.

    The continuous part is tabulated on a fine grid: a mixture of all states of all trees is too slow to sum per row.
    """

    def __init__(self, circuit: Circuit, j: int) -> None:
        shares = token_shares(circuit, j)
        order = np.argsort(shares, kind="stable")
        at_most = np.empty_like(shares)
        at_most[order] = np.cumsum(shares[order])
        self.log_shares, self.log_at_most = np.log(shares), np.log(np.minimum(at_most, 1.0))
        self.continuous = circuit.layout.continuous[circuit.layout.tokens(j)]
        self.part = continuous_part(circuit, j)
        if self.part is not None:
            self.grid = np.linspace(*self.part.ends, _GRID)
            self.log_density, self.log_tail = self.part.log_density(self.grid), self.part.log_tail(self.grid)

    def surprise(self, tokens: NDArray[Any], y: Floats | None) -> Floats:
        """(n,) nats: -log p(cell); base terms left out."""
        out = -self.log_shares[tokens]
        if y is not None and self.part is not None:
            has = self.continuous[tokens]
            out[has] -= self._read(self.log_density, y[has])
        result: Floats = out
        return result

    def tail(self, tokens: NDArray[Any], y: Floats | None) -> Floats:
        """(n,) nats: -log of the probability of a cell at least as unusual: a rarer value, or one further out."""
        out = -self.log_at_most[tokens]
        if y is not None and self.part is not None:
            has = self.continuous[tokens]
            two_sided = np.minimum(np.log(2) + self._read(self.log_tail, y[has]), 0.0)
            out[has] = -np.log(max(self.part.mass, 1e-300)) - two_sided
        result: Floats = out
        return result

    def _read(self, log: Floats, y: Floats) -> Floats:
        """The table at y; beyond its ends as a normal goes on."""
        assert self.part is not None
        inside = np.clip(y, self.grid[0], self.grid[-1])
        sd = float(self.part.sds.max())
        beyond = np.abs(y - inside) / sd
        return np.interp(inside, self.grid, log) - 9 * beyond - 0.5 * beyond * beyond


def recalibrated(circuit: Circuit) -> Circuit:
    """The same trees over a codec whose curves give every column the training column's quantiles."""
    columns: list[Any] = list(circuit.codec.columns)
    for j, column in enumerate(columns):
        part = continuous_part(circuit, j)
        if part is None or isinstance(column, CategoryCodec) or column.curve is None or len(column.curve.x) < 3:
            continue
        columns[j] = replace(column, curve=_bent(column.curve, part))
    return replace(circuit, codec=TableCodec(tuple(columns)))


def _bent(curve: Curve, part: Part) -> Curve:
    """The curve that reaches, at each knot, the model's quantile instead of the normal one."""
    y = part.quantiles(ndtr(curve.y))
    y = np.maximum.accumulate(y + _LEAST_GAP * np.arange(len(y)))
    reach = min(3, len(y) - 1)
    low = (y[reach] - y[0]) / (curve.x[reach] - curve.x[0])
    high = (y[-1] - y[-1 - reach]) / (curve.x[-1] - curve.x[-1 - reach])
    return Curve(curve.x, y, float(low), float(high))
