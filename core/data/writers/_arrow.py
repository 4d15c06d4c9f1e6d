"""Batches to Arrow: columns in the types their file had, or as the texts a text format writes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..batch import CODED, Batch, Column, Missing
from ..schema import ColumnSpec, Kind, Schema

__all__ = ["arrow_schema", "arrow_table", "decimal_texts", "texts"]

_ZONED = re.compile(r"timestamp\[(s|ms|us|ns), tz=(.+)\]")
_DECIMAL = re.compile(r"decimal(?:128|256)\((\d+), ?(\d+)\)")
_NATURAL = {
    Kind.NUMBER: pa.float64(), Kind.INTEGER: pa.int64(), Kind.DATETIME: pa.timestamp("us"), Kind.BOOLEAN: pa.bool_(),
}
_TRUE, _FALSE = "true", "false"


def arrow_schema(schema: Schema, columns: list[str], first: Batch | None) -> pa.Schema:
    """Arrow types of a file: those of the source where the values of the first batch fit, else the kind's own."""
    fields = []
    for name in columns:
        wanted = _storage(schema[name])
        if first is not None and not _fits(first[name], schema[name], wanted):
            wanted = _fallback(first[name])
        fields.append(pa.field(name, wanted))
    return pa.schema(fields)


def arrow_table(batch: Batch, schema: Schema, types: pa.Schema) -> pa.Table:
    """The batch as a table of these types.

    Raises:
        pyarrow.ArrowInvalid: a value that its type cannot hold.
    """
    arrays = [_typed(batch[f.name], schema[f.name], f.type) for f in types]
    return pa.Table.from_arrays(arrays, schema=types)


def texts(column: Column, spec: ColumnSpec) -> pa.Array:
    """(n,) large_string as a text file holds them: NULL is null, NaN "NaN", NaT "NaT", empty text ""."""
    absent = pa.array(~column.present)
    if column.kind in CODED:
        out = _dictionary(column)
    elif column.kind is Kind.DATETIME:
        out = _date_texts(column, spec)
    elif column.kind is Kind.INTEGER:
        out = pc.cast(pa.array(column.values), pa.large_string())
    else:
        out = decimal_texts(column.values, spec.decimals)
    if not column.present.all():
        out = pc.if_else(absent, pa.scalar(None, pa.large_string()), out)
        for code, text in ((Missing.NAN, "NaT" if column.kind is Kind.DATETIME else "NaN"), (Missing.EMPTY, "")):
            marked = np.equal(column.missing, code)
            if marked.any():
                out = pc.if_else(pa.array(marked), pa.scalar(text, pa.large_string()), out)
    return out


def decimal_texts(values: NDArray[np.float64], decimals: int | None) -> pa.Array:
    """(n,) texts of numbers: with fixed decimals, else the shortest that reads back as the same float."""
    shortest = pc.cast(pa.array(values, pa.float64()), pa.large_string())
    if decimals is None or not len(values):
        return shortest
    plain = np.isfinite(values) & (np.abs(values) < 1e15)
    fixed = pc.cast(pa.array(np.where(plain, values, 0.0)), pa.decimal128(38, decimals))
    out = pc.cast(fixed, pa.large_string())
    return out if plain.all() else pc.if_else(pa.array(plain), out, shortest)


def _dictionary(column: Column) -> pa.Array:
    column = column.compact()
    known = pa.array(column.categories or ("",), pa.large_string())
    return known.take(pa.array(np.where(column.present, column.values, 0)))


def _date_texts(column: Column, spec: ColumnSpec) -> pa.Array:
    if spec.date_format:
        return pa.array(_strftime(column, spec.date_format), pa.large_string())
    moments = pa.array(np.where(column.present, column.values, 0)).cast(pa.timestamp("us"))
    if spec.storage.startswith("date32"):
        return pc.cast(pc.cast(moments, pa.date32(), safe=False), pa.large_string())
    out = pc.cast(moments, pa.large_string())
    return pc.replace_substring_regex(out, r"\.000000$", "")


def _strftime(column: Column, pattern: str) -> list[str | None]:
    moments = column.values.view("datetime64[us]").astype(object)
    return [m.strftime(pattern) if ok else None for m, ok in zip(moments, column.present.tolist(), strict=True)]


def _storage(spec: ColumnSpec) -> pa.DataType:
    if found := _DECIMAL.fullmatch(spec.storage):
        return pa.decimal128(min(38, int(found[1])), int(found[2]))
    if found := _ZONED.fullmatch(spec.storage):
        return pa.timestamp(found[1], tz=found[2])
    try:
        return pa.type_for_alias(spec.storage)
    except ValueError:
        return pa.string() if spec.kind in CODED else _NATURAL[spec.kind]


def _fallback(column: Column) -> pa.DataType:
    is_plain = column.kind is not Kind.BOOLEAN or set(column.categories) <= {_TRUE, _FALSE}
    return _NATURAL.get(column.kind, pa.string()) if is_plain else pa.string()


def _fits(column: Column, spec: ColumnSpec, wanted: pa.DataType) -> bool:
    try:
        _typed(column, spec, wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        return False
    return True


def _typed(column: Column, spec: ColumnSpec, wanted: pa.DataType) -> pa.Array:
    """(n,) values in the wanted type; NULL is null; NaN is NaN where the type has one; empty text where it can be."""
    if pa.types.is_string(wanted) or pa.types.is_large_string(wanted):
        return pc.cast(_without(texts(column, spec), column, Missing.NAN), wanted)
    keep = column.present
    if column.kind in CODED:
        return pc.cast(_masked(_dictionary(column), keep), wanted)
    if column.kind is Kind.DATETIME:
        moments = pa.array(np.where(keep, column.values, 0)).cast(pa.timestamp("us"))
        if pa.types.is_timestamp(wanted) and wanted.tz:
            moments = pc.assume_timezone(moments, wanted.tz, ambiguous="earliest", nonexistent="earliest")
        return pc.cast(_masked(moments, keep), wanted)
    values: NDArray[Any] = column.values
    nan = np.equal(column.missing, Missing.NAN)
    if pa.types.is_floating(wanted) and nan.any():
        values, keep = np.where(nan, np.nan, values), keep | nan
    if pa.types.is_decimal(wanted):
        return pc.cast(_masked(decimal_texts(values, wanted.scale), keep), wanted)
    return pc.cast(_masked(pa.array(values), keep), wanted)


def _masked(array: pa.Array, keep: NDArray[np.bool_]) -> pa.Array:
    return array if keep.all() else pc.if_else(pa.array(keep), array, pa.scalar(None, array.type))


def _without(array: pa.Array, column: Column, code: Missing) -> pa.Array:
    """Texts with cells of one sort of missing made null: a typed file has no text for NaN."""
    return _masked(array, np.not_equal(column.missing, code))
