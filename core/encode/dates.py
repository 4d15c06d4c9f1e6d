"""Codec of dates: a part of the calendar as a token, and the time that runs through it as one continuous value.

Which parts: weekday and hour together, weekdays, hours, or none where the column is too short to know them by. The
bijection between moments and (part, continuous value) is `calendar.Calendar`.

In the column that says when a row happened, that next month's rows come after this month's is no surprise: moments up
to a year beyond the training range are read as the same hour and weekday within it (`fold`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Column, Missing
from ..data.conditions import Test
from ..data.schema import ColumnSpec, Kind, Role
from .calendar import DAY, HOUR, WEEK, WEEKDAYS, Calendar, parts_of
from .column import MISSING, EncodedColumn, Grain, Piece
from .curves import Curve, robust_scale
from .numbers import intervals
from .subjects import extremes, grouped, is_held

__all__ = ["DateCodec", "fold"]

_STEPS = (DAY, HOUR, 60_000_000, 1_000_000, 1_000, 1)
_GOLDEN = (5**0.5 - 1) / 2

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DateCodec:
    """Tokens: missing, then the slots of the calendar: one for plain dates, up to 168 hours of the week.

    Args:
        name: of the column.
        counts: (slots + 1,) training cells per token.
        calendar: moments <-> slots and v.
        curve: from v (rounds of the calendar) to y.
        scale: robust spread of v in rounds.
        low, high: range of v.
        folds: whether moments beyond the range are read as moments within it.
    """

    name: str
    counts: NDArray[np.int64]
    calendar: Calendar
    curve: Curve
    scale: float
    low: float
    high: float
    folds: bool = False

    @classmethod
    def fit(
        cls, spec: ColumnSpec, values: Ints, missing: int, transform: str, grain: Grain = Grain(), *,  # noqa: B008
        subjects: Ints | None = None,
    ) -> DateCodec:
        """From a sample of (n,) present values in microseconds; missing cells are counted apart.

        For release, ends and knots are means over `grain.subjects` of the (n,) subjects that hold the values, and a
        part of the calendar that fewer hold is not drawn.
        """
        fewest, whose = grain.subjects, np.arange(len(values), dtype=np.int64) if subjects is None else subjects
        step = next(s for s in _STEPS if not (values % s).any())
        known = grouped(values, whose, fewest).astype(np.int64) // step * step
        if not len(known):
            known, values, whose, fewest = np.zeros(1, dtype=np.int64), values[:0], whose[:0], 0
        calendar = Calendar(parts_of(values), int(known.min()), int(known.max()), step)
        found = calendar.split(values)[0]
        counts = np.bincount(found[is_held(found, whose, fewest)] + 1, minlength=calendar.slots + 1)
        counts[MISSING] = missing
        slots, v = calendar.split(values if len(values) else known)
        half = 0.5 * step / calendar.width * calendar.stretch[slots]
        places = (v, v + half * _places(v), v - half, v + half)
        middle, spread, low, high = (grouped(place, whose, fewest) for place in places)
        curve = Curve.normal(spread, grain.knots) if transform == "normal" else Curve.standard(spread)
        scale, ends = robust_scale(middle)[1], (float(low.min()), float(high.max()))
        return cls(spec.name, counts, calendar, curve, scale, *ends, spec.role is Role.TIME)

    def holding(self, values: Ints, subjects: Ints, fewest: int) -> DateCodec:
        """The codec that draws no part of the calendar that fewer subjects hold, and nothing beyond what so many reach.

        Args:
            values: (n,) present moments of a sample.
            subjects: (n,) who holds each.
            fewest: subjects.
        """
        slots, v = self.calendar.split(values)
        drawn = np.isin(np.arange(len(self.counts)), np.append(slots[is_held(slots, subjects, fewest)] + 1, MISSING))
        if (reached := extremes(v, subjects, fewest)) is None:
            return replace(self, counts=self.counts * ~self.continuous)
        return replace(self, counts=self.counts * drawn, low=reached[0], high=reached[1])

    @property
    def has_parts(self) -> bool:
        """Whether parts of the calendar are tokens."""
        return self.calendar.slots > 1

    @property
    def first(self) -> int:
        """First moment of training."""
        return self.calendar.first

    @property
    def last(self) -> int:
        """Last moment of training."""
        return self.calendar.last

    @property
    def log_scale(self) -> float:
        """Log of the spread in microseconds of a token's own clock."""
        return float(np.log(self.scale * self.calendar.width))

    @cached_property
    def log_stretch(self) -> Floats:
        """(tokens,) what the density of a token's v has beyond that of its column's."""
        return np.concatenate([[0.0], np.log(self.calendar.stretch)])

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
        """Moments to tokens and continuous values."""
        moments = fold(column.values, self.first, self.last) if self.folds else column.values
        slots, v = self.calendar.split(moments)
        tokens = np.where(column.present, slots + 1, MISSING).astype(np.int32)
        values = np.where(column.present, self.curve.forward(v), np.nan)
        slope = self.curve.log_slope(v) + np.log(self.scale) + self.log_stretch[slots + 1]
        return EncodedColumn(tokens, values, np.where(column.present, slope, 0.0))

    def decode(self, tokens: NDArray[np.int32], values: Floats, rng: np.random.Generator) -> Column:  # noqa: ARG002
        """Tokens and continuous values to moments, cut to the column's step.

        At both ends a part may lie outside the range of training: it moves inwards by whole rounds.
        """
        missing = np.where(tokens == MISSING, Missing.NULL, Missing.PRESENT).astype(np.uint8)
        v = self.curve.inverse(np.where(np.isnan(values), 0.0, values))
        moments = self.calendar.moments(np.maximum(tokens, 1) - 1, v)
        late, early = np.maximum(moments - self.last, 0), np.maximum(self.first - moments, 0)
        rounds = -(-early // self.calendar.period) + -late // self.calendar.period
        moments = np.clip(moments + rounds * self.calendar.period, self.first, self.last)
        return Column(Kind.DATETIME, np.where(missing == Missing.PRESENT, moments, 0), missing)

    def pieces(self, tests: Sequence[Test]) -> list[Piece]:
        """For each token, the interval of y whose moments pass."""
        found = [Piece(MISSING)] if all(t.passes_missing for t in tests) else []
        if any(t.op == "is missing" for t in tests):
            return found
        for low, high in intervals(tests, Kind.DATETIME):
            ends = self.cuts(np.array([low, high]))
            found += [Piece(s + 1, float(y[0]), float(y[1])) for s, y in enumerate(ends) if y[0] < y[1]]
        return found

    def cuts(self, moments: Floats) -> Floats:
        """(slots, n) y from which on each slot's moments are no longer before these."""
        return self.curve.forward(np.stack([self.calendar.edges(float(m)) for m in moments], axis=1))

    def texts(self) -> list[str | None]:
        """(tokens,) what each token is called: `Mon 14:00`; None for missing and for plain dates."""
        return [None, *self.calendar.texts()]

    def shown(self, tokens: Floats) -> tuple[list[str | None], Floats]:
        """Names and (n, names) shares of the parts to tell: of hours of the week, the hours or the weekdays.

        Single hours of a week are too many to name; in each row it is the part that says more.
        """
        if self.calendar.parts != "weekday-hours":
            return self.texts(), tokens
        week = tokens[:, 1:].reshape(-1, 7, 24)
        days, hours = week.sum(axis=2), week.sum(axis=1)
        by_day = (_told(days) > _told(hours))[:, None]
        names = [None, *WEEKDAYS, *Calendar("hours", 0, 0, 1).texts()]
        return names, np.concatenate([tokens[:, :1], np.where(by_day, days, 0.0), np.where(by_day, 0.0, hours)], axis=1)

    @property
    def places(self) -> Floats:
        """(tokens,) no token is a single moment."""
        return np.full(len(self.counts), np.nan)

    def show(self, y: Floats, *, end: int = 0) -> Floats:
        """(n,) microseconds that y stands for; with parts the start (`end` -1), middle or last moment (+1) of days.

        These are the days of a round, as far as training had them.
        """
        v = self.curve.inverse(y)
        if not self.has_parts:
            return self.calendar.moments(np.zeros(v.shape, dtype=np.int64), v).astype(np.float64)
        start, stop = self.calendar.window(v)
        inside = (v >= self.low) & (v <= self.high)
        start = np.where(inside, np.maximum(start, self.first // DAY * DAY), start)
        stop = np.where(inside, np.minimum(stop, (self.last // DAY + 1) * DAY), stop)
        return start if end < 0 else stop - self.calendar.step if end > 0 else (start + stop) / 2

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """JSON and arrays."""
        arrays = {
            f"{self.name}.counts": self.counts,
            f"{self.name}.range": np.array([self.scale, self.low, self.high]),
            **self.curve.state(self.name),
        }
        return {"codec": "date", **asdict(self.calendar), "folds": self.folds}, arrays

    @classmethod
    def load(cls, name: str, data: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> DateCodec:
        """The codec that `state` wrote."""
        scale, low, high = (float(v) for v in arrays[f"{name}.range"])
        calendar = Calendar(str(data["parts"]), int(data["first"]), int(data["last"]), int(data["step"]))
        counts, curve = arrays[f"{name}.counts"], Curve.load(name, arrays)
        return cls(name, counts, calendar, curve, scale, low, high, bool(data["folds"]))


def fold(moments: Ints, first: int, last: int) -> Ints:
    """Moments a little outside a range, moved into it by whole weeks (whole days in a range under a week).

    Args:
        moments: (n,) microseconds.
        first: start of the range.
        last: its end; what lies more than a year, or more than the range's length, outside stays there.
    """
    span = last - first
    step = WEEK if span >= WEEK else DAY
    reach = max(span, 366 * DAY)
    late, early = np.clip(moments - last, 0, None), np.clip(first - moments, 0, None)
    moved = moments - (-(-late // step)) * step + (-(-early // step)) * step
    is_near = (late <= reach) & (early <= reach) & (moved >= first) & (moved <= last)
    return np.where(is_near, moved, moments)



def _places(v: Floats) -> Floats:
    """(n,) between -1 and 1: values that share a step lie evenly spread over it, as the moments they stand for."""
    out = np.empty(len(v))
    out[np.argsort(v, kind="stable")] = 2 * ((0.5 + _GOLDEN * np.arange(len(v))) % 1.0) - 1
    return out


def _told(shares: Floats) -> Floats:
    """(n,) nats that shares say beyond all parts being alike."""
    p = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
    result: Floats = np.log(shares.shape[1]) + np.sum(p * np.log(np.maximum(p, 1e-300)), axis=1)
    return result
