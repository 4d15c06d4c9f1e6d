"""Calendars: moments <-> (slot, v), where a slot is a part of the calendar and v the time that runs through it alone.

Hours of the day come round every day, weekdays and hours of the week every week. For slot s, v counts the rounds since
the column began, plus the fraction of the slot that has passed: v runs through the reals while the clock runs through
all moments of that slot, round after round. Moments <-> (s, v) is a bijection of constant slope within a slot, so
densities stay exact, night and day and weekend can weigh differently, and within a round v is nearly uniform.

A range that ends in the middle of a round has slots that come once less; their v is stretched to the same length, or
the last round would be drawn for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAY", "HOUR", "WEEK", "WEEKDAYS", "Calendar", "parts_of"]

HOUR = 3_600_000_000
DAY = 24 * HOUR
WEEK = 7 * DAY
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_MONDAY = -3 * DAY  # 29 December 1969
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999  # years 1 to 9999 in microseconds
_SLOTS = {"none": (DAY, 1), "hours": (HOUR, 24), "weekdays": (DAY, 7), "weekday-hours": (HOUR, 168)}
_LEAST_DAYS = {"weekday-hours": 28, "weekdays": 56}
_ROWS_PER_SLOT = 20

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def parts_of(moments: Ints) -> str:
    """How finely these moments are told apart: no parts, hours, weekdays or weekday-hours.

    Weekdays count where the range shows enough weeks, and the slots that occur have rows enough, to know them by.
    """
    if not len(moments):
        return "none"
    has_hours = len(np.unique(moments % DAY // HOUR)) > 1
    fine = "weekday-hours" if has_hours else "weekdays"
    days = int(moments.max()) // DAY - int(moments.min()) // DAY + 1
    used = len(np.unique((moments - _MONDAY) % WEEK // _SLOTS[fine][0]))
    if days >= _LEAST_DAYS[fine] and len(moments) >= _ROWS_PER_SLOT * used:
        return fine
    return "hours" if has_hours else "none"


@dataclass(frozen=True)
class Calendar:
    """The bijection of one column.

    Args:
        parts: none, hours, weekdays or weekday-hours.
        first, last: range of the moments, in microseconds; it begins with round 0.
        step: microseconds that all moments are multiples of; a value stands for the whole step, so that v lies in
            its middle.
    """

    parts: str
    first: int
    last: int
    step: int

    @property
    def slots(self) -> int:
        """How many there are."""
        return _SLOTS[self.parts][1]

    @property
    def width(self) -> int:
        """Microseconds of a slot."""
        return _SLOTS[self.parts][0]

    @property
    def period(self) -> int:
        """Microseconds of a round of all slots."""
        return self.width * self.slots

    @cached_property
    def stretch(self) -> Floats:
        """(slots,) v per round."""
        start, end = (self._number(np.int64(m)) for m in (self.first, self.last))
        rounds = (end - start - self._after) // self.slots + 1
        result: Floats = rounds.max() / np.maximum(rounds, 1)
        return result

    @cached_property
    def _after(self) -> Ints:
        """(slots,) how many slots after the first moment's own each slot comes first."""
        after: Ints = (np.arange(self.slots) - self._number(np.int64(self.first))) % self.slots
        return after

    def _number(self, moments: Any) -> Any:
        """Slots since a Monday."""
        return (moments - _MONDAY) // self.width

    def split(self, moments: Ints) -> tuple[Ints, Floats]:
        """(n,) slots and (n,) v."""
        number = self._number(moments)
        slot = number % self.slots
        rounds = (number - self._number(self.first)) // self.slots
        within = moments - _MONDAY - number * self.width
        return slot, (rounds + (within + self.step / 2) / self.width) * self.stretch[slot]

    def moments(self, slot: NDArray[Any], v: Floats) -> Ints:
        """(n,) the moments, cut to the step."""
        low, high = ((end - self.first) / self.period for end in (_FIRST + WEEK, _LAST - WEEK))
        along = np.clip(v / self.stretch[slot], low, high) * self.width
        cut = np.floor(along / self.step).astype(np.int64) * self.step
        rounds = cut // self.width
        number = self._number(self.first) + self._after[slot] + rounds * self.slots
        moments: Ints = _MONDAY + number * self.width + cut - rounds * self.width
        return moments

    def edges(self, moment: float) -> Floats:
        """(slots,) the v from which on moments of each slot, cut to the step, are no longer before `moment`."""
        if np.isinf(moment):
            return np.full(self.slots, moment)
        at = -(-int(moment) // self.step) * self.step
        begin = _MONDAY + (self._number(self.first) + self._after) * self.width
        rounds, past = np.divmod(at - begin, self.period)
        edges: Floats = (rounds + np.minimum(past / self.width, 1.0)) * self.stretch
        return edges

    def window(self, v: Floats) -> tuple[Floats, Floats]:
        """(n,) the first and the last moment of the days that v can stand for, whatever the slot."""
        begin = _MONDAY + self._number(self.first) * self.width
        low = begin + np.floor(v / self.stretch.max()) * self.period
        high = begin + np.floor(v + 1) * self.period
        return np.floor(low / DAY) * DAY, np.ceil(high / DAY) * DAY

    def texts(self) -> list[str | None]:
        """(slots,) what each is called: `Mon`, `14:00`, `Mon 14:00`; None where there is but one."""
        hours = [f"{h:02d}:00" for h in range(24)]
        named: dict[str, list[str | None]] = {
            "none": [None], "hours": [*hours], "weekdays": [*WEEKDAYS],
            "weekday-hours": [f"{d} {h}" for d in WEEKDAYS for h in hours],
        }
        return named[self.parts]
