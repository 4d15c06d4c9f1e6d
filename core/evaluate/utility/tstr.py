"""TSTR: train on the copy, test on real rows never seen, beside the same model trained on the real rows.

Boosted trees predict the target from all other columns. A category target is scored by AUROC (mean one-against-rest,
weighted by class), a number by R^2. The holdout reference is the model trained on real rows.
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
from ..arrays import codes, features, numbers
from ..base import Figure, Metric, Tables, sample

__all__ = ["METRIC", "choose_target"]

_TRAIN, _TEST = 20_000, 10_000
_CELLS = 600_000
_MOST_CLASSES = 20


def choose_target(tables: Tables) -> ColumnSpec | None:
    """The target asked for; else the label, a boolean, the category with fewest values, the amount, any number."""
    schema = tables.schema
    if tables.target is not None:
        return schema[tables.target]
    usable = [c for c in schema if _is_predictable(tables.train, c)]
    for wanted in ({Role.LABEL}, {Kind.BOOLEAN}):
        for spec in usable:
            if spec.role in wanted or spec.kind in wanted:
                return spec
    coded = [c for c in usable if c.kind in CODED]
    if coded:
        return min(coded, key=lambda c: len(np.unique(codes(tables.train[c.name]))))
    return next((c for c in usable if c.role is Role.AMOUNT), usable[0] if usable else None)


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
    return batch.take(np.flatnonzero(batch[spec.name].present))


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


METRIC = Metric("tstr", "utility", "higher", _measure, ceiling=_real_as_copy)
