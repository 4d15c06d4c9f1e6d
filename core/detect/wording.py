"""Wording of cells: the value seen and what was expected, no finer than the digits of the column."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..data.batch import CODED, Batch, Column
from ..data.cells import FIRST, LAST, cell_texts, number_texts
from ..data.schema import LOG_SECONDS, ColumnSpec, Kind
from ..encode.calendar import WEEKDAYS
from ..models.base import Expected
from ..words import Message, message

__all__ = ["ALMOST_SURE", "expected_message", "value_texts"]

_SURE = 0.5
"""A single value at least this likely is named beside the range."""
ALMOST_SURE = 0.9
"""A single value at least this likely is named instead of the range."""
_MOST = 0.8
"""Likely values are listed until they reach this share together."""
_DAY = 86_400_000_000
_MINUTE = 60_000_000
_MONEY = 2  # decimals
_LONGEST = 80  # characters of a value in a sentence


def value_texts(column: Column, spec: ColumnSpec) -> list[str | Message]:
    """(n,) values as the grid shows them, long texts cut, or the word for their absence."""
    cells = cell_texts(column, spec)
    return [_cut(c) if isinstance(c, str) else message(f"detect.missing.{c['missing']}") for c in cells]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def expected_message(expected: Expected, spec: ColumnSpec, batch: Batch | None = None, at: int = 0) -> Message:
    """What was expected in one cell: likeliest values, or the middle 95 % of a range.

    Args:
        expected: the model's answer for the cell.
        spec: the cell's column.
        batch: rows, so that rounding a bound does not move the value seen into the range.
        at: the row of the batch.
    """
    likely = [(v, p) for v, p in expected.values if p > 0]
    first = likely[0][1] if likely else 0.0
    if expected.low is None or expected.high is None or first >= ALMOST_SURE:
        return _values(likely, spec) if likely else message("detect.expected.unknown")
    low, high = _bounds(expected.low, expected.high, spec, _seen(batch, at, spec))
    if first < _SURE:
        return _range(low, high)
    return _values(likely[:1], spec) if low == high else message(
        "detect.expected.either", first=_share(*likely[0], spec), second=_range(low, high))


def _range(low: str, high: str) -> Message:
    return message("detect.expected.one", value=low) if low == high else message(
        "detect.expected.range", low=low, high=high)


def _values(likely: list[tuple[str | Message | None, float]], spec: ColumnSpec) -> Message:
    """`grocery (81%)`, `contactless (71%) or chip (24%)`."""
    first = _share(*likely[0], spec)
    if len(likely) == 1 or likely[0][1] >= _MOST:
        return first
    return message("detect.expected.either", first=first, second=_share(*likely[1], spec))


def _share(value: str | Message | None, share: float, spec: ColumnSpec) -> Message:
    return message("detect.expected.share", value=_text(value, spec), share=share)


def _text(value: str | Message | None, spec: ColumnSpec) -> str | Message:
    """Likely values of numbers arrive as text; they are shown as cells are shown."""
    if value is None:
        return message("detect.missing.null")
    if isinstance(value, Message):
        return value
    if spec.kind in CODED:
        return _cut(value)
    try:
        return _shown(float(value), spec)
    except ValueError:
        return message(f"detect.weekday.{value}") if value in WEEKDAYS else value  # an hour is already text


def _seen(batch: Batch | None, at: int, spec: ColumnSpec) -> float | None:
    if batch is None or spec.kind in CODED or not batch[spec.name].present[at]:
        return None
    return float(batch[spec.name].values[at])


def _bounds(low: float, high: float, spec: ColumnSpec, seen: float | None) -> tuple[str, str]:
    """Texts of both ends: about twenty steps wide, finer only while rounding would take the value seen in."""
    if spec.kind is Kind.DATETIME:
        unit = _DAY if high - low >= 2 * _DAY else _MINUTE
        return tuple(_date(b, unit) for b in (low, high))  # type: ignore[return-value]
    if spec.storage == LOG_SECONDS:
        return _shown(low, spec), _shown(high, spec)
    finest = 0 if spec.kind is Kind.INTEGER else 12 if spec.decimals is None else spec.decimals
    width = max(high - low, abs(high) * 1e-6, 1e-300)
    digits = min(-math.floor(math.log10(width / 10)), finest)
    is_outside = seen is not None and not low <= seen <= high
    for _ in range(4):
        a, b = (_rounded(v, min(max(digits, _leading(v)), finest)) for v in (low, high))
        if not (is_outside and seen is not None and a <= seen <= b) or digits >= finest:
            break
        digits += 1
    return _shown(a, spec), _shown(b, spec)


def _leading(value: float) -> int:
    """Digits after the point that keep two figures of small ends (2.1 in a range up to 100,000), at most those of 1."""
    return min(1 - math.floor(math.log10(abs(value))), 1) if 0 < abs(value) < 100 else -12


def _rounded(value: float, digits: int) -> float:
    return round(value, digits) + 0.0


def _shown(value: float, spec: ColumnSpec) -> str:
    if spec.kind is Kind.DATETIME:
        return _date(value, _MINUTE)
    return number_texts([value], replace(spec, decimals=_decimals(value, spec)))[0]


def _decimals(value: float, spec: ColumnSpec) -> int | None:
    """Digits after the point of a bound: amounts keep their two, finer columns show none that rounding made zero."""
    if float(value).is_integer():
        return 0
    if spec.decimals is None or spec.decimals <= _MONEY:
        return spec.decimals
    most = min(spec.decimals, 12)
    return next((n for n in range(1, most) if round(value, n) == value), most)


def _date(value: float, unit: int) -> str:
    within = min(max(value, FIRST), LAST)
    stamp = np.array([round(within / unit) * unit], dtype=np.int64).view("datetime64[us]")
    text = str(np.datetime_as_string(stamp, unit="D" if unit == _DAY else "m")[0])
    return text.replace("T", " ")
