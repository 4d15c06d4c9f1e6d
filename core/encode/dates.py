"""Codec of dates: hour of day as a token, day and place within the hour as one continuous value.

For hour h, the time v = day + (fraction of the hour past h) runs through the reals while the clock runs through all
moments of that hour, day after day: moments <-> (h, v) is a bijection, so density per cell stays exact, night and day
can weigh differently, and within a day an hour is nearly uniform. A column whose moments all share one hour (plain
dates) keeps v = days alone.

In the column that says when a row happened, that next month's rows come after this month's is no surprise: moments up
to a year beyond the training range are read as the same hour and weekday within it (`fold`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Column, Missing
from ..data.conditions import Test
from ..data.schema import ColumnSpec, Kind, Role
from .column import MISSING, EncodedColumn, Grain, Piece
from .curves import Curve, robust_scale
from .numbers import intervals

__all__ = ["DateCodec", "fold"]

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_STEPS = (_DAY, _HOUR, 60_000_000, 1_000_000, 1_000, 1)
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999  # years 1 to 9999 in microseconds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DateCodec:
    """Tokens: missing, then 24 hours, or one for plain dates.

    Args:
        name: of the column.
        counts: (25,) or (2,) training cells per token.
        curve: from v (days) to y.
        scale: robust spread of v in days.
        low, high: range of v.
        step: microseconds that all training values are multiples of.
        first, last: range of the moments.
        folds: whether moments beyond the range are read as moments within it.
    """

    name: str
    counts: NDArray[np.int64]
    curve: Curve
    scale: float
    low: float
    high: float
    step: int
    first: int
    last: int
    folds: bool = False

    @classmethod
    def fit(
        cls, spec: ColumnSpec, values: Ints, missing: int, transform: str, grain: Grain = Grain()  # noqa: B008
    ) -> DateCodec:
        """From a sample of present values in microseconds; missing cells are counted apart."""
        hours = values % _DAY // _HOUR
        has_hours = len(np.unique(hours)) > 1
        step = next(s for s in _STEPS if not (values % s).any())
        tokens = hours + 1 if has_hours else np.ones(len(values), dtype=np.int64)
        counts = np.bincount(tokens, minlength=25 if has_hours else 2)
        counts[MISSING] = missing
        v = _split(values)[1] if has_hours else values / _DAY
        if not len(v):
            v, values = np.zeros(1), np.zeros(1, dtype=np.int64)
        curve = Curve.normal(v, grain.knots) if transform == "normal" else Curve.standard(v)
        scale, moments = robust_scale(v)[1], (int(values.min()), int(values.max()))
        folds = spec.role is Role.TIME
        return cls(spec.name, counts, curve, scale, float(v.min()), float(v.max()), step, *moments, folds)

    @property
    def has_hours(self) -> bool:
        """Whether hours are tokens."""
        return len(self.counts) > 2

    @property
    def log_scale(self) -> float:
        """Log of the spread in microseconds of a token's own clock."""
        return float(np.log(self.scale * (_HOUR if self.has_hours else _DAY)))

    @cached_property
    def continuous(self) -> NDArray[np.bool_]:
        """(tokens,) all but missing."""
        return np.arange(len(self.counts)) > MISSING

    @property
    def density(self) -> NDArray[np.bool_]:
        """(tokens,) all but missing."""
        return self.continuous

    @property
    def limits(self) -> tuple[float, float]:
        """Range of y in training."""
        low, high = self.curve.forward(np.array([self.low, self.high]))
        return float(low), float(high)

    def encode(self, column: Column) -> EncodedColumn:
        """Moments to hours and continuous values."""
        moments = fold(column.values, self.first, self.last) if self.folds else column.values
        hour, v = _split(moments) if self.has_hours else (0, moments / _DAY)
        tokens = np.where(column.present, hour + 1, MISSING).astype(np.int32)
        values = np.where(column.present, self.curve.forward(v), np.nan)
        base = np.where(column.present, self.curve.log_slope(v) + np.log(self.scale), 0.0)
        return EncodedColumn(tokens, values, base)

    def decode(self, tokens: NDArray[np.int32], values: Floats, rng: np.random.Generator) -> Column:  # noqa: ARG002
        """Hours and continuous values to moments, cut to the column's step.

        On the first and last day an hour may lie outside the range of training: it moves a day inwards.
        """
        missing = np.where(tokens == MISSING, Missing.NULL, Missing.PRESENT).astype(np.uint8)
        v = self.curve.inverse(np.where(np.isnan(values), 0.0, values))
        moments = self._moment(np.maximum(tokens, 1) - 1, v)
        inward = _DAY * ((moments < self.first).astype(np.int64) - (moments > self.last))
        moments = np.clip(moments + inward, self.first, self.last)
        return Column(Kind.DATETIME, np.where(missing == Missing.PRESENT, moments, 0), missing)

    def _moment(self, hour: NDArray[Any], v: Floats) -> Ints:
        v = np.clip(v, _FIRST / _DAY + 1, _LAST / _DAY - 1)
        day = np.floor(v)
        if self.has_hours:
            past = np.clip(np.rint((v - day) * _HOUR), 0, _HOUR - 1 - self.step // 1_000).astype(np.int64)
            moment = day.astype(np.int64) * _DAY + hour.astype(np.int64) * _HOUR + past
        else:
            moment = day.astype(np.int64) * _DAY + np.rint((v - day) * _DAY).astype(np.int64)
        slack = self.step // 1_000  # what v lost as a float must not cost a whole step
        return (moment + slack) // self.step * self.step

    def pieces(self, tests: Sequence[Test]) -> list[Piece]:
        """For each hour, the interval of y whose moments pass."""
        if any(t.op == "is missing" for t in tests):
            return [Piece(MISSING)] if all(t.op == "is missing" for t in tests) else []
        return [p for low, high in intervals(tests, Kind.DATETIME) for p in self._inside(low, high)]

    def _inside(self, low: float, high: float) -> list[Piece]:
        found = []
        for token in range(1, len(self.counts)):
            ends = np.array([self._edge(low, token - 1), self._edge(high, token - 1)])
            if ends[0] <= self.high and ends[1] >= self.low:
                ends = np.clip(ends, self.low, self.high)
            y = self.curve.forward(ends)
            if y[0] < y[1]:
                found.append(Piece(token, float(y[0]), float(y[1])))
        return found

    def _edge(self, moment: float, hour: int) -> float:
        """The v from which on moments of this hour, cut to the step, are no longer before `moment`."""
        if np.isinf(moment):
            return moment
        at = -(-int(moment) // self.step) * self.step
        if not self.has_hours:
            return at / _DAY
        day, past = divmod(at - hour * _HOUR, _DAY)
        return day + min(past / _HOUR, 1.0)

    def texts(self) -> list[str | None]:
        """(tokens,) hours as `14:00`; None for missing and for plain dates."""
        return [None, *(f"{h:02d}:00" for h in range(24))] if self.has_hours else [None, None]

    @property
    def places(self) -> Floats:
        """(tokens,) no token is a single moment."""
        return np.full(len(self.counts), np.nan)

    def show(self, y: Floats, *, end: int = 0) -> Floats:
        """(n,) microseconds that y stands for; with hours the start (`end` -1) or last moment (+1) of the day."""
        v = self.curve.inverse(y)
        if not self.has_hours:
            return self._moment(np.zeros(1), v).astype(np.float64)
        day = np.floor(v) * _DAY
        return day + (_DAY - max(self.step, 1) if end > 0 else 0 if end < 0 else _DAY // 2)

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """JSON and arrays."""
        arrays = {
            f"{self.name}.counts": self.counts,
            f"{self.name}.range": np.array([self.scale, self.low, self.high]),
            **self.curve.state(self.name),
        }
        plain = {"codec": "date", "step": self.step, "first": self.first, "last": self.last, "folds": self.folds}
        return plain, arrays

    @classmethod
    def load(cls, name: str, data: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> DateCodec:
        """The codec that `state` wrote."""
        scale, low, high = (float(v) for v in arrays[f"{name}.range"])
        ends = int(data["step"]), int(data["first"]), int(data["last"])
        counts, curve = arrays[f"{name}.counts"], Curve.load(name, arrays)
        return cls(name, counts, curve, scale, low, high, *ends, bool(data["folds"]))


def fold(moments: Ints, first: int, last: int) -> Ints:
    """Moments a little outside a range, moved into it by whole weeks (whole days in a range under a week).

    Args:
        moments: (n,) microseconds.
        first: start of the range.
        last: its end; what lies more than a year, or more than the range's length, outside stays there.
    """
    span = last - first
    step = 7 * _DAY if span >= 7 * _DAY else _DAY
    reach = max(span, 366 * _DAY)
    late, early = np.clip(moments - last, 0, None), np.clip(first - moments, 0, None)
    moved = moments - (-(-late // step)) * step + (-(-early // step)) * step
    is_near = (late <= reach) & (early <= reach) & (moved >= first) & (moved <= last)
    return np.where(is_near, moved, moments)


def _split(moments: Ints) -> tuple[Ints, Floats]:
    """Hour of day, and day + fraction of the hour."""
    day = moments // _DAY
    within = moments - day * _DAY
    hour = within // _HOUR
    return hour, day + (within - hour * _HOUR) / _HOUR
