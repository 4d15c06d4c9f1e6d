"""Leaks: a column that alone predicts the label almost perfectly usually came after it, and is no honest feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batch import CODED, Column

__all__ = ["Labels", "labels_of", "predicts"]

_BINS = 64
_MOST_CLASSES = 20
_FEWEST_ROWS, _MOST_ROWS = 10, 50_000


@dataclass(frozen=True, eq=False)
class Labels:
    """Rows by which columns are tried against a label.

    Args:
        rows: (m,) ascending positions: all rows of small classes, a random 50,000 of large ones.
        codes: (m,) class of each, from 0.
    """

    rows: NDArray[np.int64]
    codes: NDArray[np.int64]


def labels_of(label: Column) -> Labels | None:
    """The rows to try columns by; None when there is one class, too many, or one of fewer than 10 rows."""
    present = np.flatnonzero(label.present)
    values, codes = np.unique(label.values[present], return_inverse=True)
    if not 2 <= len(values) <= _MOST_CLASSES or np.bincount(codes).min() < _FEWEST_ROWS:
        return None
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(codes == c) for c in range(len(values))]
    tried = [m if len(m) <= _MOST_ROWS else rng.choice(m, _MOST_ROWS, replace=False) for m in members]
    kept = np.sort(np.concatenate(tried))
    return Labels(present[kept].astype(np.int64), codes[kept].astype(np.int64))


def predicts(column: Column, labels: Labels) -> float | None:
    """How well one column alone tells the classes apart.

    Args:
        column: (n,) cells; numbers are cut into 64 bins of equal counts, and each sort of missing is a bin of its own.
        labels: the rows to try it by.

    Returns:
        AUROC of the class told worst, learned on every second row of each class and measured on the others; None when
        the column has too many different values to tell.
    """
    bins = _bins(column.take(labels.rows))
    count = int(bins.max(initial=0)) + 1
    if count > max(_BINS + 4, len(bins) // 20):
        return None
    classes = int(labels.codes.max()) + 1
    return min(_auroc(bins, labels.codes == c, count) for c in range(1 if classes == 2 else 0, classes))


def _bins(column: Column) -> NDArray[np.int64]:
    values: NDArray[Any] = column.values[column.present]
    inner: NDArray[np.int64]
    if column.kind in CODED:
        inner = np.unique(values, return_inverse=True)[1].astype(np.int64)
    else:
        ranked = np.sort(values)
        cuts = np.unique(ranked[np.arange(1, _BINS) * len(ranked) // _BINS] if len(ranked) else ranked)
        inner = np.searchsorted(cuts, values, side="right").astype(np.int64)
    out = column.missing.astype(np.int64) - 1  # NULL, NaN, empty: 0, 1, 2
    out[column.present] = inner + 3
    return out


def _auroc(bins: NDArray[np.int64], hit: NDArray[np.bool_], count: int) -> float:
    half = np.empty(len(bins), dtype=np.int64)
    half[np.argsort(hit, kind="stable")] = np.arange(len(bins)) % 2
    halves = [half == h for h in (0, 1)]
    tables = [np.stack([np.bincount(bins[h & w], minlength=count) for w in (~hit, hit)]) for h in halves]
    return float(np.mean([_transfer(tables[0], tables[1]), _transfer(tables[1], tables[0])]))


def _transfer(learned: NDArray[np.int64], measured: NDArray[np.int64]) -> float:
    """AUROC on the measured counts (2, bins) of ranking bins by the rates that were learned; ties count half."""
    base = learned[1].sum() / max(1, learned.sum())
    rates = (learned[1] + base) / (learned.sum(axis=0) + 1)
    _, place = np.unique(rates, return_inverse=True)
    negatives, positives = (np.bincount(place, weights=m) for m in measured)
    below = np.cumsum(negatives) - negatives / 2
    total = positives.sum() * negatives.sum()
    return float(positives @ below / total) if total else 0.5
