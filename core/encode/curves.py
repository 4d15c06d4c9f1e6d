"""Strictly increasing piecewise-linear curves between a column's values x and the scale y a model works on.

"standard" is one straight line (robust centre and spread). "normal" sends the empirical distribution to a standard
normal one (normal scores, van der Waerden 1952) through quantile knots that lie denser, in rows, towards the ends;
beyond the extremes the curve goes on straight, so that a value out of range stays finite and ever more surprising.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

__all__ = ["Curve", "levels_with_steps", "robust_scale", "within_reach"]

Floats = NDArray[np.float64]

_MIN_FOR_KNOTS = 40
_END_ROWS = (0.5, 3.0, 8.0, 16.0, 32.0)
_LIMIT = 1e9  # |y| stays below it, so that squares and sums stay finite for infinite values
_NARROW, _FAR = 1e-290, 1e300  # a spread below has no finite slope; sums and differences of values above are infinite


def robust_scale(values: Floats) -> tuple[float, float]:
    """Centre and spread: median and interquartile range / 1.349, or the standard deviation where that is zero.

    Args:
        values: (n,) numbers within reach, n > 0.
    """
    low, centre, high = np.quantile(values, [0.25, 0.5, 0.75])
    # Halves keep the difference and the sum of squares of huge numbers finite.
    scale = (high / 2 - low / 2) / 0.6745
    if scale <= abs(centre) * 1e-12:
        widest = float(np.abs(values - centre).max())
        scale = widest * float(np.sqrt(np.mean(((values - centre) / widest) ** 2))) if widest > 0 else 0.0
    if not np.isfinite(scale) or scale <= max(abs(centre) * 1e-12, _NARROW):
        scale = max(abs(centre) * 1e-6, 1.0)
    return float(centre), float(scale)


def within_reach(values: Floats) -> Floats:
    """Values no further from zero than 1e300, so that differences stay finite; infinite ones end there too."""
    return np.clip(values, -_FAR, _FAR)


@dataclass(frozen=True, eq=False)
class Curve:
    """A bijection of the real line.

    Args:
        x, y: (m,) knots, both strictly increasing, m >= 2.
        low, high: slopes dy/dx below the first and above the last knot.
    """

    x: Floats
    y: Floats
    low: float
    high: float

    @classmethod
    def standard(cls, values: Floats) -> Curve:
        """Straight: y = (x - centre) / spread."""
        centre, scale = robust_scale(values)
        return cls(np.array([centre - scale, centre + scale]), np.array([-1.0, 1.0]), 1 / scale, 1 / scale)

    @classmethod
    def normal(cls, values: Floats, knots: int = 64) -> Curve:
        """Normal scores: y = ndtri(share of values below x). A straight line for under 40 values or 3 knots."""
        levels, counts = np.unique(values, return_counts=True)
        n = len(values)
        if n < _MIN_FOR_KNOTS or len(levels) < 3:
            return cls.standard(values)
        middle = (np.cumsum(counts) - counts / 2) / n
        chosen = np.unique(np.clip(np.searchsorted(middle, _targets(n, knots)), 0, len(levels) - 1))
        x, y = levels[chosen], ndtri(middle[chosen])
        keep = _apart(x, max(1e-9 * (x[-1] - x[0]), _NARROW))
        x, y = x[keep], y[keep]
        if len(x) < 3:
            return cls.standard(values)
        reach = min(3, len(x) - 1)
        low = (y[reach] - y[0]) / (x[reach] - x[0])
        high = (y[-1] - y[-1 - reach]) / (x[-1] - x[-1 - reach])
        return cls(x, y, float(low), float(high))

    def through(self, x: Floats, y: Floats) -> Curve:
        """A curve that meets y at x, wherever both grow; this one where they do not."""
        keep = _apart(x, max(1e-9 * (x[-1] - x[0]), _NARROW)) & _apart(y, 1e-9)
        x, y = x[keep], y[keep]
        grows = np.concatenate([[True], (np.diff(x) > 0) & (np.diff(y) > 0)])
        x, y = x[grows], y[grows]
        if len(x) < 3:
            return self
        reach = min(3, len(x) - 1)
        low = (y[reach] - y[0]) / (x[reach] - x[0])
        high = (y[-1] - y[-1 - reach]) / (x[-1] - x[-1 - reach])
        return Curve(x, y, float(low), float(high))

    @cached_property
    def slopes(self) -> Floats:
        """(m + 1,) dy/dx below, between and above the knots."""
        return np.concatenate([[self.low], np.diff(self.y) / np.diff(self.x), [self.high]])

    def forward(self, x: Floats) -> Floats:
        """(n,) y of x, kept within +-1e9."""
        part = np.searchsorted(self.x, x, side="right")
        knot = np.maximum(part - 1, 0)
        with np.errstate(invalid="ignore", over="ignore"):
            y = self.y[knot] + self.slopes[part] * (x - self.x[knot])
        return np.clip(y, -_LIMIT, _LIMIT)

    def inverse(self, y: Floats) -> Floats:
        """(n,) x of y."""
        part = np.searchsorted(self.y, y, side="right")
        knot = np.maximum(part - 1, 0)
        with np.errstate(over="ignore"):
            return within_reach(self.x[knot] + (y - self.y[knot]) / self.slopes[part])

    def log_slope(self, x: Floats) -> Floats:
        """(n,) log dy/dx at x."""
        return np.log(self.slopes)[np.searchsorted(self.x, x, side="right")]

    def log_slope_at(self, y: Floats) -> Floats:
        """(n,) log dy/dx where the curve reaches y."""
        return np.log(self.slopes)[np.searchsorted(self.y, y, side="right")]

    def state(self, name: str) -> dict[str, NDArray[Any]]:
        """Arrays under `<name>.curve`."""
        return {f"{name}.curve": np.stack([np.append(self.x, self.low), np.append(self.y, self.high)])}

    @classmethod
    def load(cls, name: str, arrays: Mapping[str, NDArray[Any]]) -> Curve:
        """The curve that `state` wrote."""
        x, y = arrays[f"{name}.curve"]
        return cls(x[:-1].copy(), y[:-1].copy(), float(x[-1]), float(y[-1]))


def levels_with_steps(values: Floats, steps: Floats, width: float, knots: int) -> tuple[Floats, Floats]:
    """Knots of the quantile function of values: (m,) ascending values and the share that lies below each.

    Args:
        values: (n,) in any order.
        steps: (s,) ascending values that are kept: the function stays within half a width of each as long as the values
            do, so that rounding to the width gives that value as often as it is there.
        width: to which values are rounded.
        knots: most of them beside the steps.
    """
    found, counts = np.unique(values, return_counts=True)
    below = np.concatenate([[0], np.cumsum(counts)])
    n, half = int(below[-1]), 0.4995 * width  # a little less than half: what rounds is not a matter of the last bit
    middle = (below[1:] - counts / 2) / n
    middle[0], middle[-1] = 0.0, 1.0
    chosen = np.unique(np.linspace(0, len(found) - 1, knots).round().astype(np.int64))
    if len(steps):
        near = steps[np.searchsorted((steps[1:] + steps[:-1]) / 2, found[chosen])]
        chosen = chosen[np.abs(found[chosen] - near) > 0.5 * width]
    ends = np.concatenate([steps - half, steps + half])
    x = np.concatenate([found[chosen], ends])
    share = np.concatenate([middle[chosen], below[np.searchsorted(found, ends)] / n])
    order = np.lexsort((share, x))
    return x[order], share[order]


def _targets(n: int, most: int) -> Floats:
    """Levels in (0, 1) of at most so many knots for n values."""
    ends = np.array([e for e in _END_ROWS if e < n / 4]) / n
    inner = np.linspace(0, 1, int(np.clip(n // 30, 4, most - 2 * len(ends))) + 2)[1:-1]
    inner = inner[(inner > 1.5 * ends[-1]) & (inner < 1 - 1.5 * ends[-1])]
    return np.sort(np.concatenate([ends, inner, 1 - ends]))


def _apart(x: Floats, gap: float) -> NDArray[np.bool_]:
    """Which knots to keep so that neighbours lie more than `gap` apart; both ends stay."""
    keep = np.ones(len(x), dtype=bool)
    last = x[0]
    for i in range(1, len(x)):
        if x[i] - last <= gap:
            keep[i] = False
        else:
            last = x[i]
    return keep
