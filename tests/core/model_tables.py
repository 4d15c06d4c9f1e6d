"""Small tables that the tests of models are fitted on."""

from __future__ import annotations

import numpy as np

from core.data.batch import Batch, Column
from core.data.schema import ColumnSpec, Kind, Role, Schema
from core.data.source import MemorySource


def table(specs, columns, rows=None):
    """A source of these column specs and Column values."""
    batch = Batch(dict(columns), rows if rows is not None else len(next(iter(columns.values()))))
    return MemorySource(batch, Schema(tuple(specs)))


def numbers(**columns):
    """A source of number columns."""
    specs = [ColumnSpec(n, Kind.NUMBER) for n in columns]
    return table(specs, {n: Column.of(Kind.NUMBER, v) for n, v in columns.items()})


def payments(n=600, seed=0):
    """Mixed columns of two kinds of payments; missing values, spikes, a label, an id and an entity."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.4
    amount = np.round(np.exp(rng.normal(np.where(kind, 5.0, 2.5), 0.4)), 2)
    amount[rng.random(n) < 0.08] = 0.0
    distance = 3.0 * np.log1p(amount) + rng.normal(0, 0.5, n)
    category = np.where(rng.random(n) < 0.85, np.where(kind, "travel", "food"), "toys")
    hour = np.where(kind, rng.integers(8, 20, n), rng.integers(17, 24, n))
    days = rng.integers(0, 60, n)
    seconds = days * 86_400 + hour * 3_600 + rng.integers(0, 3_600, n)
    time = np.datetime64("2024-03-01", "us") + seconds.astype("timedelta64[s]")
    age = rng.integers(18, 91, n)
    gap = rng.random((3, n))
    columns = {
        "id": Column.of(Kind.ID, [f"p{i}" for i in range(n)]),
        "card": Column.of(Kind.CATEGORY, [f"c{i}" for i in rng.integers(0, 40, n)]),
        "amount": Column.of(Kind.NUMBER, amount),
        "distance": Column.of(Kind.NUMBER, [None if g < 0.1 else d for g, d in zip(gap[0], distance, strict=True)]),
        "category": Column.of(Kind.CATEGORY, [None if g < 0.05 else c for g, c in zip(gap[1], category, strict=True)]),
        "online": Column.of(Kind.BOOLEAN, list(rng.random(n) < np.where(kind, 0.9, 0.2))),
        "time": Column.of(Kind.DATETIME, list(time)),
        "age": Column.of(Kind.INTEGER, [None if g < 0.03 else int(a) for g, a in zip(gap[2], age, strict=True)]),
        "fraud": Column.of(Kind.BOOLEAN, list(rng.random(n) < 0.05)),
    }
    specs = [
        ColumnSpec("id", Kind.ID, Role.ID), ColumnSpec("card", Kind.CATEGORY, Role.ENTITY),
        ColumnSpec("amount", Kind.NUMBER, Role.AMOUNT, "double", decimals=2), ColumnSpec("distance", Kind.NUMBER),
        ColumnSpec("category", Kind.CATEGORY), ColumnSpec("online", Kind.BOOLEAN),
        ColumnSpec("time", Kind.DATETIME, Role.TIME, "timestamp[us]"), ColumnSpec("age", Kind.INTEGER),
        ColumnSpec("fraud", Kind.BOOLEAN, Role.LABEL),
    ]
    return table(specs, columns)


def rows_of(source):
    """All rows of a source as one batch."""
    return source.take(np.arange(source.rows))
