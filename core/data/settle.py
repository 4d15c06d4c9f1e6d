"""Settling: an Arrow column of any type becomes one of the four forms that are stored.

numbers -> float64 with NULL and NaN apart      integers -> int64
dates -> timestamp[us], local time as written   everything else -> dictionary of texts, empty text last
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..words import Message, message
from .options import ReadOptions
from .schema import Kind
from .texts import parse_texts

__all__ = ["Settled", "decimals_of", "one_chunk", "settle"]

_MAX_DECIMALS = 6
_EXACT = 2**53
_DATE_WORDS = ("date", "day", "dt")


@dataclass(frozen=True, eq=False)
class Settled:
    """A column in its stored form.

    Args:
        array: one chunk of float64, int64, timestamp[us] or dictionary<int32, string>.
        storage: Arrow type that writers restore.
        decimals: digits after the point that all its numbers keep; None = no such limit.
        date_format: strptime format of dates that were text.
        notes: what was decided on the way.
    """

    array: pa.Array
    storage: str
    decimals: int | None = None
    date_format: str | None = None
    notes: tuple[Message, ...] = ()

    @property
    def kind(self) -> Kind:
        """The kind its form alone suggests: number, integer, datetime or category."""
        kinds = {pa.float64(): Kind.NUMBER, pa.int64(): Kind.INTEGER, pa.timestamp("us"): Kind.DATETIME}
        return kinds.get(self.array.type, Kind.CATEGORY)


def settle(
    name: str, raw: pa.ChunkedArray, options: ReadOptions, *, is_text: bool, has_comma_decimals: bool
) -> Settled:
    """The stored form of a column.

    Args:
        name: the column's name, for notes and for the user's choice of kind.
        raw: its values as the reader gave them.
        options: the user's overrides.
        is_text: texts are looked through for numbers and dates.
        has_comma_decimals: how to read an undecided `1,234`.
    """
    kind = raw.type
    if pa.types.is_dictionary(kind):
        raw, kind = raw.cast(kind.value_type), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        texts = raw if pa.types.is_string(kind) else raw.cast(pa.string())
        return _of_text(name, texts, options, is_text=is_text, has_comma_decimals=has_comma_decimals)
    if pa.types.is_boolean(kind):
        return Settled(_coded(pc.if_else(raw, "true", "false")), "bool")
    if pa.types.is_integer(kind):
        return _of_integers(name, _without(raw, options))
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _of_floats(name, _without(raw, options))
    if pa.types.is_temporal(kind):
        return _of_times(name, raw)
    if pa.types.is_null(kind):
        return Settled(_coded(raw.cast(pa.string())), "null")
    return Settled(_coded(_spelled(raw)), "string", notes=(message("read.note.nested", column=name, type=str(kind)),))


def _of_text(
    name: str, texts: pa.ChunkedArray, options: ReadOptions, *, is_text: bool, has_comma_decimals: bool
) -> Settled:
    if options.missing:
        gone = pc.is_in(texts, value_set=pa.array(options.missing, pa.string()))
        texts = pc.if_else(gone, pa.scalar(None, texts.type), texts)
    if not is_text and name not in options.kind_of and not _may_be_dates(texts):
        return Settled(_coded(texts), "string")
    parsed = parse_texts(name, texts, options, has_comma_decimals=has_comma_decimals)
    if not is_text and name not in options.kind_of and not pa.types.is_timestamp(parsed.values.type):
        return Settled(_coded(texts), "string")  # a typed file that holds numbers as text means them as codes
    values = one_chunk(parsed.values)
    if pa.types.is_int64(values.type) and (dates := _compact_dates(name, values, options)) is not None:
        return Settled(dates, "date32[day]", date_format="%Y%m%d", notes=parsed.notes)
    if pa.types.is_floating(values.type):
        notes = (*parsed.notes, *_infinite(name, values))
        return Settled(values, "double", decimals_of(_numpy(values)), notes=notes)
    if pa.types.is_int64(values.type) or pa.types.is_timestamp(values.type):
        return Settled(values, parsed.storage, date_format=parsed.date_format, notes=parsed.notes)
    return Settled(_coded(values), parsed.storage, notes=parsed.notes)


def _may_be_dates(texts: pa.ChunkedArray) -> bool:
    try:
        head = [t for t in texts.slice(0, 50).to_pylist() if t]
    except UnicodeDecodeError:
        return False
    return bool(head) and all(6 <= len(t) <= 40 and t[0].isdigit() and t[-1].isalnum() for t in head)


def _compact_dates(name: str, values: pa.Array, options: ReadOptions) -> pa.Array | None:
    """Whole numbers such as 20260301 in a column whose name says date."""
    wanted = options.kind_of.get(name)
    if wanted is not Kind.DATETIME and (wanted or not any(w in name.casefold() for w in _DATE_WORDS)):
        return None
    low, high = (pc.min_max(values)[k].as_py() for k in ("min", "max"))
    if low is None or low < 17_000_101 or high > 29_991_231:
        return None
    dates = pc.strptime(values.cast(pa.string()), format="%Y%m%d", unit="us", error_is_null=True)
    back = pc.add(pc.add(pc.multiply(pc.year(dates), 10_000), pc.multiply(pc.month(dates), 100)), pc.day(dates))
    return dates if pc.all(pc.equal(back, values)).as_py() and dates.null_count == values.null_count else None


def _without(raw: pa.ChunkedArray, options: ReadOptions) -> pa.ChunkedArray:
    """Numbers without those the user calls missing, such as -999."""
    for text in options.missing:
        try:
            wanted = pa.scalar(text).cast(raw.type)
        except pa.ArrowInvalid:
            continue  # no number of this type
        raw = pc.if_else(pc.equal(raw, wanted), pa.scalar(None, raw.type), raw)
    return raw


def _of_integers(name: str, raw: pa.ChunkedArray) -> Settled:
    try:
        return Settled(one_chunk(raw.cast(pa.int64())), str(raw.type))
    except pa.ArrowInvalid:  # unsigned, beyond int64: exact as text
        return Settled(_coded(raw.cast(pa.string())), "string", notes=(message("read.note.huge_text", column=name),))


def _of_floats(name: str, raw: pa.ChunkedArray) -> Settled:
    decimals = None
    if pa.types.is_decimal(raw.type):
        decimals = max(raw.type.scale, 0)
        if decimals == 0 and raw.type.precision <= 18:
            return Settled(one_chunk(raw.cast(pa.int64())), "int64")
    values = one_chunk(raw.cast(pa.float64()))
    single = pa.types.is_float16(raw.type) or pa.types.is_float32(raw.type)
    if decimals is None:
        decimals = decimals_of(_numpy(values), 1e-7 if single else 1e-13)
    return Settled(values, str(raw.type), decimals, notes=_infinite(name, values))


def _of_times(name: str, raw: pa.ChunkedArray) -> Settled:
    kind = raw.type
    if pa.types.is_time(kind):
        return Settled(_coded(raw.cast(pa.string())), "string")
    if pa.types.is_duration(kind):
        seconds = pc.divide(raw.cast(pa.duration("us"), safe=False).cast(pa.int64()).cast(pa.float64()), 1e6)
        return Settled(one_chunk(seconds), "double", notes=(message("read.note.duration", column=name),))
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return Settled(_coded(raw.cast(pa.string())), "string")
    notes: tuple[Message, ...] = ()
    if pa.types.is_timestamp(kind) and kind.tz:
        raw = pc.local_timestamp(raw)
        notes = (message("read.note.zone_dropped", column=name, zone=kind.tz),)
    try:
        values = raw.cast(pa.timestamp("us"), safe=False)
    except pa.ArrowInvalid:
        said = message("read.note.dates_out_of_range", column=name)
        return Settled(_coded(raw.cast(pa.string())), "string", notes=(said,))
    return Settled(one_chunk(values), str(kind), notes=notes)


def _infinite(name: str, values: pa.Array) -> tuple[Message, ...]:
    infinite = int(np.isinf(_numpy(values)).sum())
    return (message("read.note.infinite", column=name, rows=infinite),) if infinite else ()


def _spelled(raw: pa.ChunkedArray) -> pa.Array:
    """Lists, structures, maps and bytes as JSON text (bytes as hex)."""
    def spell(value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, bytes):
            return value.hex()
        return json.dumps(value, default=str, ensure_ascii=False)

    return pa.array([spell(v) for v in raw.to_pylist()], pa.string())


def _coded(texts: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Texts as one dictionary, in order of first appearance, with empty text last where there is any."""
    if isinstance(texts, pa.ChunkedArray) and texts.nbytes > 1 << 30:
        texts = texts.cast(pa.large_string())  # one dictionary of strings holds 2 GiB at most
    coded = one_chunk(texts.dictionary_encode())
    codes, distinct = coded.indices, coded.dictionary
    try:
        distinct.validate(full=True)
    except pa.ArrowInvalid:  # a typed file may call bytes text that are none
        whole = distinct.cast(pa.binary()).to_pylist()
        return _coded(pa.array([t.decode("utf-8", "replace") for t in whole], pa.string()).take(codes))
    if len(distinct) == 0:
        return pa.DictionaryArray.from_arrays(pa.nulls(len(texts), pa.int32()), distinct)
    empty = pc.index(distinct, pa.scalar("", distinct.type)).as_py()
    if empty in (-1, len(distinct) - 1):
        return coded
    order = np.r_[0:empty, empty + 1:len(distinct), empty].astype(np.int64)
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(place).take(codes), distinct.take(pa.array(order)))


def one_chunk(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The values as one array."""
    if isinstance(values, pa.Array):
        return values
    one = values.combine_chunks()
    if isinstance(one, pa.ChunkedArray):
        return one.chunk(0) if one.num_chunks else pa.array([], values.type)
    return one


def _numpy(values: pa.Array) -> NDArray[np.float64]:
    """(n,) float64 with NaN where NULL."""
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def decimals_of(values: NDArray[np.float64], precision: float = 1e-13) -> int | None:
    """The fewest digits after the point (0 to 6) that write every value, or None.

    Args:
        values: (n,) numbers; NaN and infinity are left out.
        precision: relative difference that counts as none, so that 271.90000000000003 has one digit.
    """
    finite = values[np.isfinite(values)]
    if not len(finite) or np.abs(finite).max() > _EXACT / 10**3:
        return None
    decimals = 0
    for part in (finite[:: max(len(finite) // 1000, 1)], finite):
        fitting = (d for d in range(decimals, _MAX_DECIMALS + 1) if _writes(part, d, precision))
        decimals = next(fitting, -1)
        if decimals < 0:
            return None
    return decimals


def _writes(values: NDArray[np.float64], decimals: int, precision: float) -> bool:
    scale = 10.0**decimals
    rounded = np.rint(values * scale) / scale
    off = rounded != values
    if not off.any():
        return True
    return bool((np.abs(rounded[off] - values[off]) <= precision * np.abs(values[off])).all())
