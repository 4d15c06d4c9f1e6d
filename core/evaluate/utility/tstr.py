"""TSTR: train on the copy, test on real rows never seen, beside the same model trained on the real rows.

Boosted trees predict the target from all other columns. A category target is scored by AUROC (mean one-against-rest,
weighted by class), a number by R^2. The holdout reference is the model trained on real rows.
SDMetrics' ML efficacy trains a single tree or a linear model and scores it by F1 or R^2, without that reference.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED, Batch
from ...data.schema import ColumnSpec, Kind, Role, Schema
from ...run import Run
from ...stats.boosting import predict_classes, predict_numbers
from ...stats.intervals import Interval, auroc_interval, jackknife
from ...stats.ranking import auroc
from ...stats.similarity import association
from ..arrays import codes, features, numbers
from ..base import Figure, Metric, Tables, sample

__all__ = ["METRIC", "choose_target"]

_TRAIN, _TEST = 20_000, 10_000
_CELLS = 600_000
_MOST_CLASSES = 20
_LOOK, _MOST_LOOKED = 4_000, 60
"""Rows and columns looked at to choose a target."""
_GIVEN_AWAY = 0.98


def choose_target(tables: Tables) -> ColumnSpec | None:
    """The target asked for; else the label; else the column that the others say most about, categories first."""
    schema = tables.schema
    if tables.target is not None:
        return schema[tables.target]
    usable = [c for c in schema if _is_predictable(tables.train, c)]
    labels = [c for c in usable if c.role is Role.LABEL]
    candidates = labels or [c for c in usable if c.kind in CODED] or usable
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    some = tables.train.take(np.linspace(0, tables.train.rows - 1, min(tables.train.rows, _LOOK)).astype(np.int64))
    binned = {c.name: _binned(some, c) for c in schema.columns[:_MOST_LOOKED]}
    return max(candidates[:_MOST_LOOKED], key=lambda c: _told_by_others(c.name, _binned(some, c), binned))


def _told_by_others(name: str, target: NDArray[np.int64], others: dict[str, NDArray[np.int64]]) -> float:
    """How much the other columns say about a target; a column that gives it away entirely makes it a poor test."""
    found = [association(target, codes_) for other, codes_ in others.items() if other != name]
    return sum(v * v for v in found if v < _GIVEN_AWAY) - sum(v >= _GIVEN_AWAY for v in found)


def _binned(batch: Batch, spec: ColumnSpec) -> NDArray[np.int64]:
    """Codes; the ten tenths of a number."""
    if spec.kind in CODED:
        return codes(batch[spec.name])
    values = numbers(batch[spec.name])
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0.1, 0.9, 9))) if len(known) else np.zeros(0)
    return np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right")).astype(np.int64)


def _is_predictable(train: Batch, spec: ColumnSpec) -> bool:
    column = train[spec.name]
    counts = np.unique(column.values[column.present], return_counts=True)[1]
    if spec.kind in CODED:
        return 2 <= len(counts) <= _MOST_CLASSES and bool(np.sort(counts)[-2] >= 10)
    return spec.kind is not Kind.DATETIME and len(counts) >= 2


def _measure(tables: Tables, rng: np.random.Generator, run: Run) -> Figure:
    spec = choose_target(tables)
    if spec is None or len(tables.schema) < 2:
        return Figure(math.nan)
    others = Schema(tuple(c for c in tables.schema if c.name != spec.name))
    most = max(500, min(_TRAIN, _CELLS // len(others)))
    train = _known(sample(tables.synthetic, most, rng), spec)
    test = _known(sample(tables.holdout, min(most, _TEST), rng), spec)
    run.check()
    if not train.rows or not test.rows:
        return Figure(math.nan)
    (x, x_test), is_category = features([train, test], others)
    is_class = _is_class(tables, spec)
    detail = {"target": spec.name, "measure": "auroc" if is_class else "r2", "rows": train.rows}
    if is_class:
        label, truth = _classes(train, spec), _classes(test, spec)
        chance = predict_classes(x, label, x_test, is_category, rng)
        value = _auroc(np.unique(label), chance, truth)
        return Figure(value, lambda: _class_interval(value, np.unique(label), chance, truth, rng), detail)
    wanted = numbers(test[spec.name])
    guess = predict_numbers(x, numbers(train[spec.name]), x_test, is_category, rng)
    value = _r2(wanted, guess)
    return Figure(value, lambda: jackknife(lambda i: _r2(wanted[i], guess[i]), len(wanted), rng), detail)


def _is_class(tables: Tables, spec: ColumnSpec) -> bool:
    if spec.kind in CODED:
        return True
    column = tables.train[spec.name]
    return spec.role is Role.LABEL or len(np.unique(column.values[column.present])) == 2


def _known(batch: Batch, spec: ColumnSpec) -> Batch:
    column = batch[spec.name]
    return batch.take(np.flatnonzero(column.present if spec.kind in CODED else ~np.isnan(numbers(column, finite=True))))


def _classes(batch: Batch, spec: ColumnSpec) -> NDArray[np.float64]:
    return numbers(batch[spec.name])


def _auroc(classes: NDArray[np.float64], chance: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Mean one-against-rest AUROC over the classes of the test rows, weighted by their rows; unseen classes: 0.5."""
    values, weights = np.unique(truth, return_counts=True)
    if len(values) < 2:
        return math.nan
    parts = []
    for value in values:
        at = np.flatnonzero(classes == value)
        parts.append(auroc(truth == value, chance[:, at[0]]) if len(at) else 0.5)
    return float(np.average(parts, weights=weights))


def _class_interval(
    value: float, classes: NDArray[np.float64], chance: NDArray[np.float64], truth: NDArray[np.float64],
    rng: np.random.Generator,
) -> Interval:
    rows = np.unique(truth, return_counts=True)[1]
    if len(rows) == 2:
        return auroc_interval(value, int(rows[0]), int(rows[1]))
    return jackknife(lambda i: _auroc(classes, chance[i], truth[i]), len(truth), rng)


def _r2(wanted: NDArray[np.float64], guess: NDArray[np.float64]) -> float:
    """Share of the variance that is predicted, not below -1."""
    total = float(np.sum((wanted - wanted.mean()) ** 2))
    return max(1.0 - float(np.sum((wanted - guess) ** 2)) / total, -1.0) if total > 0 else math.nan


def _real_as_copy(tables: Tables, rng: np.random.Generator) -> Tables:  # noqa: ARG001 - one signature for all
    return tables.judging(tables.train)


METRIC = Metric("tstr", "utility", "higher", _measure, ceiling=_real_as_copy, is_share=False)
