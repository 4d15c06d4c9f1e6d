"""Compare: real and synthetic rows side by side, on the same axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..data.batch import CODED, Batch, Column
from ..errors import ParameterError
from ..run import Run
from ._checks import count
from ._files import open_again, open_path
from ._runs import load_bundle, under_fit
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..data.schema import ColumnSpec, Schema
    from ..data.source import Source
    from ..project.store import Store

__all__ = ["TASK", "CompareRequest"]


@dataclass(frozen=True)
class CompareRequest(Request):
    """Compare a synthetic file with the rows its fit learned from."""

    task: ClassVar[str] = "compare"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit the rows were drawn from; the latest when left out.")
    synthetic: str = option("--synthetic", help="Synthetic file.")
    pair: tuple[str, ...] = option(
        "--pair", default=(), help="Two columns to count together, instead of each by itself. Give it twice.")
    samples: int = option("--samples", default=8, help="Rows of each to show.")


_LABELS = 12
_SAMPLED = 100_000
"""Real rows that the histograms are made of, at most."""


def run(request: CompareRequest, store: Store, run: Run) -> dict[str, Any]:
    """Counts of both tables over the same edges and labels, and some rows of each."""
    wanted = count("samples", request.samples, 0, 1000)
    _, bundle = load_bundle(store, request.fit)
    real = open_again(store, bundle.record["source"], bundle.schema, run)
    synthetic, _ = under_fit(open_path(request.synthetic, run=run), bundle)
    if request.pair:
        return _pair(request.pair, bundle.schema, real, synthetic, run)
    columns = [bundle.schema[name] for name in bundle.schema.modelled]
    found = []
    for at, spec in enumerate(columns):
        run.progress(at / len(columns))
        found.append(_compared(spec, _column(real, spec.name, run), _column(synthetic, spec.name, run)))
    return {
        "columns": found, "real_rows": real.rows, "synthetic_rows": synthetic.rows,
        "real_sample": _rows(real, wanted, run), "synthetic_sample": _rows(synthetic, wanted, run),
    }


_MOST_BINS = 24


def _pair(names: tuple[str, ...], schema: Schema, real: Source, synthetic: Source, run: Run) -> dict[str, Any]:
    """Two columns together: how many rows of both tables lie in each cell, first column across.

    Raises:
        ParameterError: not two columns of the model.
    """
    if len(set(names)) != 2 or any(not schema[name].is_modelled for name in names):
        raise ParameterError("tasks.pair", got=list(names))
    axes = [_axis(schema[name], *(_column(s, name, run) for s in (real, synthetic))) for name in names]
    (across, *first), (up, *second) = axes
    size = _cells(across), _cells(up)
    counts = [np.bincount(a[keep] * size[1] + b[keep], minlength=size[0] * size[1]).reshape(size).tolist()
              for a, b in zip(first, second, strict=True) for keep in [(a >= 0) & (b >= 0)]]
    return {"pair": list(names), "axes": [across, up], "real": counts[0], "synthetic": counts[1]}


def _cells(axis: dict[str, Any]) -> int:
    return len(axis["labels"]) if axis["labels"] is not None else max(len(axis["edges"]) - 1, 1)


def _axis(spec: ColumnSpec, real: Column, synthetic: Column) -> tuple[Any, ...]:
    """An axis, and the place of every row of both tables on it, -1 where it has none."""
    told = _compared(spec, real, synthetic)
    axis = {"name": spec.name, "kind": told["kind"], "log": told["log"], "labels": told["labels"], "edges": None}
    if spec.kind in CODED:
        places = {label: i for i, label in enumerate(told["labels"])}
        tables = [np.array([places.get(c, -1) for c in column.categories] or [-1]) for column in (real, synthetic)]
        return axis, *(np.where(c.present, t[c.values], -1) for c, t in zip((real, synthetic), tables, strict=True))
    edges = np.array(told["edges"])
    if len(edges):
        edges = edges[np.unique(np.linspace(0, len(edges) - 1, _MOST_BINS + 1).round().astype(int))]
    inside = [np.clip(np.searchsorted(edges, c.floats(), side="right") - 1, 0, max(len(edges) - 2, 0))
              for c in (real, synthetic)]
    return {**axis, "edges": edges.tolist()}, *(
        np.where(c.present, i, -1) for c, i in zip((real, synthetic), inside, strict=True))


def _column(source: Source, name: str, run: Run) -> Column:
    """A column of at most `_SAMPLED` rows."""
    if source.rows > _SAMPLED:
        picked = np.sort(run.rng("compare").choice(source.rows, _SAMPLED, replace=False))
        sample: Batch = source.take(picked, [name])
        return sample[name]
    parts = [b[name] for b in source.batches([name])]
    return Batch.concat([Batch({name: c}, len(c)) for c in parts])[name] if parts else Column.of(
        source.schema[name].kind, [])


def _compared(spec: ColumnSpec, real: Column, synthetic: Column) -> dict[str, Any]:
    """One column: over the real table's edges, or its commonest labels."""
    shown: dict[str, Any] = {"name": spec.name, "kind": str(spec.kind), "log": False, "edges": None, "labels": None}
    if spec.kind in CODED:
        counts = [_by_label(c) for c in (real, synthetic)]
        labels = sorted(counts[0], key=lambda text: -counts[0][text])[:_LABELS]
        parts = [[c.get(label, 0) for label in labels] for c in counts]
        rest = [sum(c.values()) - sum(p) for c, p in zip(counts, parts, strict=True)]
        return {
            **shown, "labels": labels, "real": parts[0], "synthetic": parts[1], "real_other": rest[0],
            "synthetic_other": rest[1], "real_median": None, "synthetic_median": None,
        }
    from ..data.measures import measure_numbers

    measured = measure_numbers(real, spec)
    histogram = measured.histogram
    if histogram is None:
        return {**shown, "edges": [], "real": [], "synthetic": [], "real_median": None, "synthetic_median": None}
    edges = np.array(histogram.edges)
    drawn = np.clip(synthetic.values[synthetic.present].astype(np.float64), edges[0], edges[-1])
    return {
        **shown, "log": histogram.log, "edges": edges.tolist(), "real": list(histogram.counts),
        "synthetic": np.histogram(drawn, edges)[0].tolist(),
        "real_median": _median(real, spec), "synthetic_median": _median(synthetic, spec),
    }


def _by_label(column: Column) -> dict[str, int]:
    counts = np.bincount(column.values[column.present], minlength=len(column.categories))
    return {column.categories[i]: int(counts[i]) for i in np.flatnonzero(counts)}


def _median(column: Column, spec: ColumnSpec) -> str | None:
    """The middle value, as a cell shows it."""
    from ..data.cells import cell_texts

    values = column.values[column.present]
    if not len(values):
        return None
    middle = np.sort(values)[(len(values) - 1) // 2 : (len(values) - 1) // 2 + 1]
    return str(cell_texts(Column(column.kind, middle, np.zeros(1, dtype=np.uint8)), spec)[0])


def _rows(source: Source, wanted: int, run: Run) -> dict[str, Any]:
    from ..data.cells import display

    size = min(wanted, source.rows)
    picked = np.sort(run.rng("rows").choice(source.rows, size, replace=False)) if size else np.zeros(0, np.int64)
    return {
        "columns": list(source.schema.names), "rows": display(source.take(picked.astype(np.int64)), source.schema),
    }


TASK = Task(CompareRequest, run, query=True)
