"""Dates written as text: which format a column uses, and which of its texts are no dates at all."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Dates", "parse_dates"]

_DAYS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%y",
    "%m/%d/%y", "%d.%m.%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
)
_TIMES = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", " %I:%M:%S %p", " %I:%M %p")
_SHAPE = r"^\s*(\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{1,4}|[A-Za-z]{3,9} \d{1,2}, \d{4})"
_TAIL = r"^(?P<base>.*?:\d{2})(?P<fraction>[.,]\d{1,9})?\s?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?$"
_SAMPLE = 200
_FIELDS = {
    "%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{1,2}", "%d": r"(?P<day>\d{1,2})", "%b": r"[A-Za-z]+", "%B": r"[A-Za-z]+",
}


@dataclass(frozen=True, eq=False)
class Dates:
    """What a column's distinct texts are as dates.

    Args:
        values: (m,) timestamp[us], null where no date.
        is_date: (m,) bool.
        is_shaped: (m,) bool: looks like a date, whether or not it exists.
        format: strptime format; None for ISO.
        has_time: a time of day is written.
        notes: (catalogue key, values) of what had to be decided.
    """

    values: pa.Array
    is_date: NDArray[np.bool_]
    is_shaped: NDArray[np.bool_]
    format: str | None
    has_time: bool
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def parse_dates(distinct: pa.Array, counts: NDArray[np.int64], wanted: str | None) -> Dates | None:
    """The dates that texts stand for, or None when few look like dates.

    Args:
        distinct: (m,) texts.
        counts: (m,) rows that hold each; the format that reads most rows wins, day before month when both do.
        wanted: the user's format, tried first.
    """
    sample = pc.utf8_trim_whitespace(distinct.slice(0, _SAMPLE))
    head = [t for t in sample.to_pylist() if t]
    if wanted is None and (not head or _flags(pc.match_substring_regex(sample, _SHAPE)).mean() < 0.5):
        return None
    texts = pc.utf8_trim_whitespace(distinct)
    shaped = _flags(pc.match_substring_regex(texts, _SHAPE))
    if wanted is not None:
        values = _parse(texts, wanted)
        if 2 * counts[_flags(values.is_valid())].sum() >= counts.sum():
            return Dates(values, _flags(values.is_valid()), shaped, wanted, "%H" in wanted or "%I" in wanted)
    if not head or shaped[:_SAMPLE].mean() < 0.5:
        return None  # the user's format fits this column no better than any other
    notes: list[tuple[str, dict[str, Any]]] = []
    shift: NDArray[np.int64] | None = None
    if any((tail := re.search(_TAIL, t)) and tail["base"] != t for t in head):
        texts, shift, said = _without_tail(texts)
        notes += said
    return _best(texts, counts, shaped, shift, notes)


def _best(
    texts: pa.Array, counts: NDArray[np.int64], shaped: NDArray[np.bool_], shift: NDArray[np.int64] | None,
    notes: list[tuple[str, dict[str, Any]]],
) -> Dates | None:
    head = [t for t in texts.slice(0, _SAMPLE).to_pylist() if t]
    found: list[tuple[int, str, pa.Array]] = []
    for day in _DAYS:
        formats = [day + time for time in _TIMES if any(_fits(t, day + time) for t in head)]
        if formats:
            values = pc.coalesce(*(_parse(texts, f) for f in formats))
            found.append((int(counts[_flags(values.is_valid())].sum()), max(formats, key=len), values))
    if not found:
        return None
    rows, chosen, values = max(found, key=lambda f: f[0])  # the first of equals: _DAYS lists day before month
    if rivals := [f for n, f, _ in found if n == rows and f != chosen]:
        notes = [*notes, ("read.note.ambiguous_date", {"format": chosen, "other": rivals[0]})]
    if shift is not None:
        values = pc.add(values.cast(pa.int64()), pa.array(shift)).cast(pa.timestamp("us"))
    is_iso = chosen.startswith("%Y-%m-%d")
    return Dates(values, _flags(values.is_valid()), shaped, None if is_iso else chosen, ":" in chosen, notes)


def _without_tail(texts: pa.Array) -> tuple[pa.Array, NDArray[np.int64], list[tuple[str, dict[str, Any]]]]:
    """Texts without fractions of seconds and zone, and the microseconds these add."""
    parts = pc.extract_regex(texts, _TAIL)
    base = pc.coalesce(pc.struct_field(parts, "base"), texts)
    fraction = pc.replace_substring(pc.struct_field(parts, "fraction"), ",", ".")
    has_fraction = pc.not_equal(pc.fill_null(fraction, ""), "")
    seconds = pc.if_else(has_fraction, pc.binary_join_element_wise("0", fraction, ""), "0").cast(pa.float64())
    shift = np.round(pc.fill_null(seconds, 0.0).to_numpy(zero_copy_only=False) * 1e6).astype(np.int64)
    zones = pc.fill_null(pc.struct_field(parts, "zone"), "")
    named = sorted({z for z in pc.unique(zones).to_pylist() if z})
    if len(named) == 1:
        return base, shift, [("read.note.zone_dropped", {"zone": named[0]})]
    if named:
        offset = {z: _offset(z) for z in ("", *named)}
        shift = shift - np.array([offset[z] for z in zones.to_pylist()], dtype=np.int64)
        return base, shift, [("read.note.zones_to_utc", {"zones": named[:5]})]
    return base, shift, []


def _offset(zone: str) -> int:
    """Microseconds east of UTC."""
    if zone in ("", "Z", "UTC"):
        return 0
    minutes = 60 * int(zone[1:3]) + int(zone[-2:])
    return (-1 if zone[0] == "-" else 1) * minutes * 60_000_000


def _fits(text: str, pattern: str) -> bool:
    try:
        dt.datetime.strptime(text, pattern)  # noqa: DTZ007  (dates of tables have no zone)
    except ValueError:
        return False
    return True


def _parse(texts: pa.Array, pattern: str) -> pa.Array:
    """Timestamps where the whole text is a date of this format that exists (31/02 does not)."""
    values = pc.strptime(texts, format=pattern, unit="us", error_is_null=True)
    if "%d" not in pattern:
        return values
    shape = re.escape(pattern).replace("%%", "%")
    for code, field_shape in _FIELDS.items():
        shape = shape.replace(re.escape(code), field_shape)
    shape = re.sub(r"%[A-Za-z]", r"\\w+", shape)
    days = pc.struct_field(pc.extract_regex(texts, f"^{shape}$"), "day").cast(pa.int64())
    return pc.if_else(pc.fill_null(pc.equal(pc.day(values), days), False), values, pa.scalar(None, values.type))  # noqa: FBT003


def _flags(mask: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=bool)  # noqa: FBT003
