"""pandas at the edge: frames in from notebooks and tests, frames out to those who want them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .batch import CODED, Batch, Column, Missing
from .schema import ColumnSpec, Kind, Role, Schema
from .source import MemorySource

__all__ = ["from_pandas", "to_pandas"]


def from_pandas(frame: pd.DataFrame, name: str = "frame") -> MemorySource:
    """A source of the rows of a frame; its index is left out.

    Kinds follow dtypes: bool, int, float, datetime; all else is category. Every role is feature. None is NULL, NaN
    stays NaN, "" is empty text; `pd.NA` is NULL.
    """
    columns, specs = {}, []
    for label in frame.columns:
        series = frame[label]
        kind, storage = _kind(series)
        values = [None if v is pd.NA or (v is pd.NaT and kind is not Kind.DATETIME) else v for v in series]
        if kind is Kind.DATETIME:
            values = [np.datetime64("NaT") if pd.isna(v) else pd.Timestamp(v).to_datetime64() for v in series]
        elif kind in CODED and series.dtype != object:  # extension dtypes know one sort of missing only
            values = [None if pd.isna(v) else v for v in series]
        columns[str(label)] = Column.of(kind, values)
        specs.append(ColumnSpec(str(label), kind, Role.FEATURE, storage))
    return MemorySource(Batch(columns, len(frame)), Schema(tuple(specs)), name)


def to_pandas(batch: Batch) -> pd.DataFrame:
    """A frame of a batch: float64, Int64 where integers are missing, datetime64[us], bool or objects."""
    return pd.DataFrame({name: _series(column) for name, column in batch.columns.items()}, index=range(batch.rows))


def _kind(series: pd.Series[Any]) -> tuple[Kind, str]:
    kinds = {"b": (Kind.BOOLEAN, "bool"), "f": (Kind.NUMBER, "double"), "M": (Kind.DATETIME, "timestamp[us]")}
    letter = getattr(series.dtype, "kind", "O")
    if isinstance(series.dtype, pd.CategoricalDtype):
        return Kind.CATEGORY, "string"
    if letter in "iu":
        return Kind.INTEGER, "int64"
    return kinds.get(letter, (Kind.CATEGORY, "string"))


def _series(column: Column) -> Any:
    if column.kind is Kind.NUMBER:
        return column.floats()
    if column.kind is Kind.INTEGER:
        return column.values if column.present.all() else pd.arrays.IntegerArray(column.values, ~column.present)
    if column.kind is Kind.DATETIME:
        stamps = column.values.view("datetime64[us]").copy()
        stamps[~column.present] = np.datetime64("NaT")
        return stamps
    objects = column.objects()
    objects[np.equal(column.missing, Missing.EMPTY)] = ""
    if column.kind is Kind.BOOLEAN and column.present.all() and set(column.categories) <= {"true", "false"}:
        return np.equal(objects, "true")
    return objects
