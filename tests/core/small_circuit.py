"""A circuit small enough to be enumerated, the rows it is asked about, and a bound for draws."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.stats import chi2

from core.data.batch import Batch, Column
from core.data.schema import ColumnSpec, Kind
from core.models.circuit import Circuit, CircuitParams
from core.run import Run

from .enumeration import Enumeration
from .model_tables import rows_of, table

CLOSE = {"rtol": 0, "atol": 1e-5}
KINDS = {"c": Kind.CATEGORY, "f": Kind.BOOLEAN, "k": Kind.INTEGER, "x": Kind.NUMBER, "y": Kind.NUMBER}
EVERY_C = ("a", "b", "c", "scarce", "rare")
EVERY_K = (1, 2, 3, 4, 5)


def mixed(n=240, seed=0):
    """Two kinds of rows: gaps that depend on the kind, rare categories, few whole numbers, a spike, a smooth column."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.4
    c = np.where(rng.random(n) < 0.8, np.where(kind, "a", "b"), "c").astype(object)
    c[rng.random(n) < np.where(kind, 0.3, 0.02)] = None
    c[5], c[50], c[51] = "rare", "scarce", "scarce"
    k = np.where(kind, rng.integers(1, 4, n), rng.integers(2, 6, n)).astype(object)
    k[rng.random(n) < np.where(kind, 0.05, 0.5)] = None
    x = np.where(rng.random(n) < 0.2, 0.0, rng.normal(np.where(kind, 4.0, 1.0), 0.7)).astype(object)
    x[rng.random(n) < 0.1] = None
    f = [bool(v) for v in rng.random(n) < np.where(kind, 0.85, 0.2)]
    y = rng.normal(np.where(kind, 60.0, 40.0), 8.0)
    cells = {"c": list(c), "f": f, "k": list(k), "x": list(x), "y": list(y)}
    return table([ColumnSpec(n, kind) for n, kind in KINDS.items()], columns_of(cells))


def columns_of(cells):
    return {name: Column.of(KINDS[name], values) for name, values in cells.items()}


def batch_of(rows):
    return Batch(columns_of({name: [row[name] for row in rows] for name in rows[0]}), len(rows))


@cache
def fitted():
    return Circuit(CircuitParams(trees=2, states=3, passes=4)).fit(mixed(), Run())


@cache
def ref():
    return Enumeration(fitted().state())


@cache
def some_rows():
    """Rows of the table, and what it never had."""
    batch = rows_of(mixed()).take(np.r_[0:24, 50])
    cells = zip(*(batch[n].objects() for n in KINDS), strict=True)
    rows = [dict(zip(KINDS, row, strict=True)) for row in cells]
    odd = [
        {"c": "never seen", "f": None, "k": 9, "x": -3.0, "y": 95.0},
        {"c": None, "f": None, "k": None, "x": None, "y": None},
    ]
    return (*rows, *odd)


def token(t):
    return lambda tables, mean, sd: tables[t]


def same_shares(observed, expected, least=8.0):
    """Chi-square: observed counts (k,) of draws from expected shares (k,); fails for one seed in a million."""
    observed, wanted = np.asarray(observed), np.asarray(expected) / np.sum(expected) * np.sum(observed)
    few = wanted < least
    counts = np.array([[*v[~few], v[few].sum()] for v in (observed, wanted)])
    counts = counts[:, counts[1] > 0]
    statistic = float(((counts[0] - counts[1]) ** 2 / counts[1]).sum())
    assert statistic < chi2.ppf(1 - 1e-6, max(counts.shape[1] - 1, 1))
