"""Kinds changed after reading: a stored column in another form, and how many cells the change costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SchemaError
from .batch import CODED
from .options import ReadOptions
from .schema import Kind
from .settle import one_chunk
from .texts import parse_texts

__all__ = ["FORMS", "convert", "form_of"]

FORMS: dict[Kind, pa.DataType | None] = {
    Kind.NUMBER: pa.float64(), Kind.INTEGER: pa.int64(), Kind.DATETIME: pa.timestamp("us"),
    **dict.fromkeys(CODED),
}
"""The Arrow type that holds each kind; None for a dictionary of texts."""

_EPOCHS = ((10**11, 1_000_000), (10**14, 1_000), (10**17, 1))  # below: seconds, milliseconds, microseconds


def form_of(array: pa.Array) -> pa.DataType | None:
    """The form of a stored column: its Arrow type, or None for a dictionary of texts."""
    return None if pa.types.is_dictionary(array.type) else array.type


def convert(array: pa.Array, kind: Kind, date_format: str | None = None) -> tuple[pa.Array, int]:
    """A stored column as another kind.

    Args:
        array: (n,) float64, int64, timestamp[us] or dictionary of texts.
        kind: the kind wanted.
        date_format: strptime format of texts that become dates.

    Returns:
        The column in the form of that kind, and how many cells with a value have none in it.
    """
    wanted, form = FORMS[kind], form_of(array)
    if wanted == form:
        return array, 0
    if wanted is None:
        return _spelled(array), 0
    made = _read_texts(array, kind, date_format) if form is None else _recast(array, wanted)
    return made, max(_present(array) - _present(made), 0)


def _present(array: pa.Array) -> int:
    is_nan = pc.sum(pc.is_nan(array)).as_py() if pa.types.is_floating(array.type) else 0
    return len(array) - int(array.null_count) - int(is_nan or 0)


def _spelled(array: pa.Array) -> pa.Array:
    """Numbers and dates as a dictionary of texts in order of value; NaN becomes NULL."""
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
    numbered = array.dictionary_encode()
    order = pc.array_sort_indices(numbered.dictionary)
    place = np.empty(len(order), dtype=np.int32)
    place[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    codes = pa.array(place, pa.int32()).take(numbered.indices)
    distinct = numbered.dictionary.take(order)
    texts = _spelled_dates(distinct) if pa.types.is_timestamp(distinct.type) else distinct.cast(pa.string())
    return pa.DictionaryArray.from_arrays(codes, texts)


def _spelled_dates(dates: pa.Array) -> pa.Array:
    """ISO texts without the parts that are zero throughout."""
    values = dates.to_numpy(zero_copy_only=False)
    short = next((v for v in (values.astype(f"datetime64[{u}]") for u in "Dms") if (v == values).all()), values)
    return pa.array([t.replace("T", " ") for t in np.datetime_as_string(short).tolist()], pa.string())


def _read_texts(array: pa.Array, kind: Kind, date_format: str | None) -> pa.Array:
    options = ReadOptions(kinds=(f"x={kind}",), date_format=date_format)
    distinct = array.dictionary.cast(pa.string())
    texts = pa.chunked_array([distinct])
    try:
        parsed: Any = one_chunk(parse_texts("x", texts, options, has_comma_decimals=False).values)
    except SchemaError:
        parsed = pa.nulls(len(distinct), FORMS[kind])  # the caller counts what is lost
    made = parsed if parsed.type == FORMS[kind] else _recast(parsed, FORMS[kind])
    return made.take(array.indices)


def _recast(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(wanted):
        return _to_dates(array)
    if pa.types.is_int64(wanted) and pa.types.is_floating(array.type):
        values = array.to_numpy(zero_copy_only=False)
        is_whole = np.isfinite(values) & (values == np.round(values)) & (np.abs(values) < 2.0**63)
        return pa.array(np.where(is_whole, values, 0).astype(np.int64), mask=~is_whole)
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.int64())
    return array.cast(wanted)


def _to_dates(array: pa.Array) -> pa.Array:
    """Numbers as dates: 20260301, or seconds, milliseconds or microseconds since 1970 by size."""
    whole = _recast(array, pa.int64()) if pa.types.is_floating(array.type) else array
    low, high = (pc.min_max(whole)[k].as_py() for k in ("min", "max"))
    if low is None:
        return pa.nulls(len(whole), pa.timestamp("us"))
    if low >= 17_000_101 and high <= 29_991_231:
        return pc.strptime(whole.cast(pa.string()), format="%Y%m%d", unit="us", error_is_null=True)
    size = max(abs(low), abs(high))
    factor = next((f for limit, f in _EPOCHS if size < limit), 0)
    if not factor:
        return pa.nulls(len(whole), pa.timestamp("us"))
    return pc.multiply(whole, factor).cast(pa.timestamp("us"))


