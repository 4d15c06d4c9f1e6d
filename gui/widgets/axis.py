"""Round ticks of an axis, linear or logarithmic, and the way from a value to its place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["Axis", "date_ticks", "short"]


def short(value: float) -> str:
    """A tick's number: 1, 0.5, 1,000, 2M."""
    size = abs(value)
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e5, "k")):
        if size >= limit:
            scaled = value / {"B": 1e9, "M": 1e6, "k": 1e3}[unit]
            return f"{scaled:.4g}{unit}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3g}"


@dataclass(frozen=True)
class Axis:
    """From data units to 0..1.

    Args:
        low, high: ends in data units; on a log axis both are positive.
        log: logarithmic.
    """

    low: float
    high: float
    log: bool = False

    @classmethod
    def over(cls, edges: Sequence[float], *, log: bool = False) -> Axis:
        """The axis that just holds these bin edges."""
        usable = log and edges[0] > 0
        return cls(float(edges[0]), float(edges[-1]), usable)

    def place(self, value: float) -> float:
        """Where a value lies, 0 = left end, 1 = right end, clipped."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(value, self.low * 1e-3))
        share = (at - low) / (high - low) if high > low else 0.5
        return min(max(share, 0.0), 1.0)

    def value(self, share: float) -> float:
        """The value at a place."""
        if self.log:
            return math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        return self.low + share * (self.high - self.low)

    def ticks(self, most: int = 6) -> list[float]:
        """Round numbers on the axis, at most about `most`."""
        if self.high <= self.low:
            return [self.low]
        if self.log and self.high / self.low > 20:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            step = max(1, math.ceil((last - first + 1) / most))
            return [10.0**e for e in range(first, last + 1, step)]
        raw = (self.high - self.low) / most
        power = 10 ** math.floor(math.log10(raw))
        step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * (1 - 1e-9))
        count = math.floor(self.high / step + 1e-9)
        first = math.ceil(self.low / step - 1e-9)
        return [round(i * step, 12) for i in range(first, count + 1)]


_STEPS = (
    (3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400),  # seconds
    (1, 2, 3, 6, 12, 24, 60, 120, 240, 600),  # months
)


def date_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Beginnings of hours, days, months or years within two moments, in microseconds since 1970 like them."""
    span = (high - low) / 1e6
    for step in _STEPS[0]:
        if span / step <= most:
            first = math.ceil(low / 1e6 / step)
            return [i * step * 1e6 for i in range(first, math.floor(high / 1e6 / step) + 1)]
    months = span / (30.44 * 86_400)
    step = next((s for s in _STEPS[1] if months / s <= most), _STEPS[1][-1])
    start = datetime.fromtimestamp(low / 1e6, UTC)
    at = (start.year * 12 + start.month - 1) // step * step
    ticks: list[float] = []
    while (moment := datetime(at // 12, at % 12 + 1, 1, tzinfo=UTC).timestamp() * 1e6) <= high:
        ticks += [moment] if moment >= low else []
        at += step
    return ticks
