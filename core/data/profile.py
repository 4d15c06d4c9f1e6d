"""Profile: what every column holds, in figures, and one line for each thing a user should know before fitting."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..run import Run
from ..words import Message, message
from .batch import CODED, Batch, Column, Missing
from .keys import Hasher, distinct
from .leaks import Labels, labels_of, predicts
from .measures import NumberMeasures, TextMeasures, measure_numbers, measure_texts
from .schema import ColumnSpec, Kind, Role, Schema
from .source import Source

__all__ = ["ColumnProfile", "Profile", "profile"]

_FEW_ROWS = 50
_MANY_MISSING = 0.05
_MANY_VALUES, _FEW_VALUES, _RARE_SHARE = 1_000, 20, 0.25
_LEAK = 0.98
_MOST_TEXTS = 50_000
_NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*")


@dataclass(frozen=True)
class ColumnProfile:
    """Figures of one column.

    Args:
        spec: the column.
        count: cells that hold a value.
        missing: cells without one, by `Missing`.
        measures: what its kind allows.
        warnings: one line each.
    """

    spec: ColumnSpec
    count: int
    missing: dict[Missing, int]
    measures: NumberMeasures | TextMeasures
    warnings: tuple[Message, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object; `mean`, `quantiles` and `histogram` are null for texts."""
        found = self.measures
        numbers = found if isinstance(found, NumberMeasures) else None
        return {
            "name": self.spec.name, "kind": str(self.spec.kind), "role": str(self.spec.role),
            "reason": self.spec.reason.to_json() if self.spec.reason else None, "count": self.count,
            "missing": {m.name.lower(): self.missing[m] for m in (Missing.NULL, Missing.NAN, Missing.EMPTY)},
            "distinct": found.distinct,
            "mean": numbers.mean if numbers else None,
            "quantiles": numbers.quantiles if numbers and numbers.quantiles else None,
            "histogram": numbers.histogram.to_json() if numbers and numbers.histogram else None,
            "top": [list(pair) for pair in found.top],
            "warnings": [w.to_json() for w in self.warnings],
        }


@dataclass(frozen=True)
class Profile:
    """Figures of a table."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    warnings: tuple[Message, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {
            "rows": self.rows, "warnings": [w.to_json() for w in self.warnings],
            "columns": [c.to_json() for c in self.columns],
        }


def profile(source: Source, run: Run | None = None) -> Profile:
    """Measure every column of a table, exactly.

    Args:
        source: a table; read one column at a time, so that memory holds a column and never the table.
        run: for progress and cancelling.

    Raises:
        Cancelled: the user stopped it.
    """
    run = run or Run()
    names = source.schema.with_role(Role.LABEL)
    labels = {name: found for name in names if (found := labels_of(_whole(source, name))) is not None}
    totals, hasher = np.zeros(source.rows, dtype=np.uint64), Hasher()
    columns = []
    for done, spec in enumerate(source.schema):
        run.progress(done / len(source.schema), message("data.profiling", column=spec.name))
        cells = _whole(source, spec.name)
        columns.append(_column(cells, spec, labels))
        if not _is_name(spec):
            totals += hasher.column(spec.name, cells)
        hasher.forget()
    run.progress(1.0)
    return Profile(source.rows, tuple(columns), tuple(_table_warnings(source.schema, totals)))


def _whole(source: Source, name: str) -> Column:
    parts = [Batch({name: b[name]}, b.rows) for b in source.batches([name])]
    if not parts:
        return Column.of(source.schema[name].kind, [])
    return Batch.concat(parts)[name]


def _column(cells: Column, spec: ColumnSpec, labels: dict[str, Labels]) -> ColumnProfile:
    missing = dict(zip(Missing, np.bincount(cells.missing, minlength=len(Missing)).tolist(), strict=True))
    count = missing[Missing.PRESENT]
    measures = measure_texts(cells) if cells.kind in CODED else measure_numbers(cells, spec)
    warnings = [*_value_warnings(cells, spec, count, measures), *_leak_warnings(cells, spec, labels)]
    return ColumnProfile(spec, count, missing, measures, tuple(warnings))


def _value_warnings(
    cells: Column, spec: ColumnSpec, count: int, measures: NumberMeasures | TextMeasures
) -> list[Message]:
    rows = len(cells)
    if rows and not count:
        return [message("data.warn_empty")]
    found = []
    if measures.distinct == 1 and count == rows > 1:
        found.append(message("data.warn_constant"))
    if rows - count >= _MANY_MISSING * rows > 0:
        found.append(message("data.warn_missing", count=rows - count, share=(rows - count) / rows))
    if isinstance(measures, NumberMeasures) and measures.infinite:
        found.append(message("data.warn_infinite", count=measures.infinite))
    if cells.kind is Kind.CATEGORY and spec.is_modelled:
        found += _cardinality_warnings(measures.distinct, count)
    if cells.kind in (Kind.CATEGORY, Kind.TEXT):
        found += _mixed_warnings(cells, count)
    return found


def _cardinality_warnings(distinct: int, count: int) -> list[Message]:
    """Many categories leave few rows to learn each from."""
    if distinct > max(_FEW_VALUES, _RARE_SHARE * count):
        return [message("data.warn_rare", distinct=distinct, count=count)]
    return [message("data.warn_many", distinct=distinct)] if distinct > _MANY_VALUES else []


def _mixed_warnings(cells: Column, count: int) -> list[Message]:
    """A column that is mostly numbers and partly text."""
    if len(cells.categories) > _MOST_TEXTS:
        return []
    used = np.bincount(cells.values[cells.present], minlength=len(cells.categories))
    texts = [i for i in np.flatnonzero(used) if not _NUMBER.fullmatch(cells.categories[i])]
    others = int(used[texts].sum())
    if not 0 < others < count / 2:
        return []
    commonest = sorted(texts, key=lambda i: -used[i])[:3]
    return [message("data.warn_mixed", count=others, rows=count, examples=[cells.categories[i] for i in commonest])]


def _leak_warnings(cells: Column, spec: ColumnSpec, labels: dict[str, Labels]) -> list[Message]:
    if not spec.is_modelled:
        return []
    found = []
    for label, tried in labels.items():
        area = predicts(cells, tried)
        if area is not None and area >= _LEAK:
            found.append(message("data.warn_leak", label=label, auroc=area))
    return found


def _table_warnings(schema: Schema, totals: NDArray[np.uint64]) -> list[Message]:
    rows, found = len(totals), []
    if not rows:
        return [message("data.warn_no_rows")]
    if rows < _FEW_ROWS:
        found.append(message("data.warn_few_rows", rows=rows))
    if not schema.modelled:
        found.append(message("data.warn_no_features"))
    repeated = rows - len(distinct(totals))
    names = [c.name for c in schema if _is_name(c)]
    if repeated and len(names) < len(schema):
        key = "data.warn_repeated_but_ids" if names else "data.warn_repeated"
        found.append(message(key, count=repeated, share=repeated / rows, columns=names))
    return found


def _is_name(spec: ColumnSpec) -> bool:
    """Whether the column only names the row."""
    return spec.role is Role.ID
