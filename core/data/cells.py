"""Cells as a person reads them: thousands separators, the decimals of the column, dates without useless parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..words import duration, number
from .batch import CODED, Batch, Column, Missing, nearest_whole
from .schema import LOG_SECONDS, TIMES, ColumnSpec, Kind, Role, Schema

__all__ = ["FIRST", "LAST", "Cell", "cell_texts", "display", "number_texts"]

Cell = str | dict[str, str]
"""Text of a cell, or {"missing": "null" | "nan" | "empty"}."""

_DAY = 86_400_000_000
_MINUTE = 60_000_000
_SECOND = 1_000_000
FIRST, LAST = -62_135_596_800_000_000, 253_402_300_800_000_000
"""Years 1 to 9999 in microseconds: dates beyond have no text."""
_REACH = 18.0  # powers of ten of seconds beyond which no gap lies
_YEAR = re.compile(r"(^|[_\W])year$", re.IGNORECASE)


def display(batch: Batch, schema: Schema) -> list[list[Cell]]:
    """Texts of all cells of a batch.

    Args:
        batch: n rows.
        schema: columns it may hold; those it holds are shown, in the batch's order.

    Returns:
        n rows of one text a column.
    """
    columns = [cell_texts(column, schema[name]) for name, column in batch.columns.items()]
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(batch.rows)]


def cell_texts(column: Column, spec: ColumnSpec) -> list[Cell]:
    """(n,) texts of the cells of one column."""
    texts: list[Any]
    if column.kind in CODED:
        texts = column.objects().tolist()
    elif column.kind is Kind.DATETIME:
        texts = [*_dates(column.values, column.present, spec)]
    elif column.kind is Kind.INTEGER:
        plain = spec.role in (Role.ID, Role.ENTITY) or bool(_YEAR.search(spec.name))  # names, not amounts
        texts = [str(v) if plain else f"{v:,}" for v in column.values.tolist()]
    elif spec.storage == LOG_SECONDS:
        texts = [duration(10**v) for v in np.clip(column.values, -_REACH, _REACH).tolist()]
    elif spec.storage == TIMES:
        texts = [_times(v) for v in column.values.tolist()]
    else:
        texts = [_decimal(v, spec.decimals) for v in column.values.tolist()]
    if not column.present.all():
        for at in np.flatnonzero(~column.present).tolist():
            texts[at] = {"missing": Missing(int(column.missing[at])).name.lower()}
    return texts


def number_texts(values: Sequence[float], spec: ColumnSpec) -> list[str]:
    """(n,) texts of numbers that are no cells, such as quantiles and bounds, as cells of the column read."""
    is_whole = spec.kind in (Kind.DATETIME, Kind.INTEGER) and all(float(v).is_integer() for v in values)
    x = np.array(values, dtype=np.float64)
    column = (
        Column(spec.kind, nearest_whole(x), np.zeros(len(x), np.uint8)) if is_whole
        else Column(Kind.NUMBER, x, np.zeros(len(x), np.uint8))
    )
    return [str(text) for text in cell_texts(column, spec)]


def _decimal(value: float, decimals: int | None) -> str:
    if not np.isfinite(value):
        return number(value)
    if abs(value) >= 1e15:
        return f"{value:.6g}"
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 1e5 else f"{value:,.6g}"


def _times(value: float) -> str:
    return f"{value:,.0f}×" if abs(value) >= 10 else f"{value:.1f}×" if value >= 0.1 else f"{value:.2f}×"


def _dates(values: NDArray[np.int64], present: NDArray[np.bool_], spec: ColumnSpec) -> list[str]:
    """ISO texts; parts that are zero in every cell shown are left out."""
    safe = np.where(present & (values >= FIRST) & (values < LAST), values, 0)
    unit: Literal["us", "s", "m", "D"] = "us"
    if spec.storage.startswith("date") or not (safe % _DAY).any():
        unit = "D"
    elif not (safe % _MINUTE).any():
        unit = "m"
    elif not (safe % _SECOND).any():
        unit = "s"
    moments: NDArray[np.datetime64] = safe.view("datetime64[us]")
    return [t.replace("T", " ") for t in np.datetime_as_string(moments, unit=unit, casting="unsafe").tolist()]
