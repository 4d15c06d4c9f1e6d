"""Leaks: a column that alone predicts the label almost perfectly usually came after it, and is no honest feature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batch import CODED, Column

__all__ = ["label_codes", "predicts"]

_BINS = 64
_MOST_CLASSES = 20
_FEWEST_ROWS = 10


def label_codes(label: Column) -> NDArray[np.int64] | None:
    """(n,) class of each row, -1 where missing; None when the column has one value, or too many to be classes."""
    values, codes = np.unique(label.values[label.present], return_inverse=True)
    if not 2 <= len(values) <= _MOST_CLASSES:
        return None
    out = np.full(len(label), -1, dtype=np.int64)
    out[label.present] = codes
    return out


def predicts(column: Column, labels: NDArray[np.int64]) -> float | None:
    """How well one column alone tells the classes apart.

    Args:
        column: (n,) cells; numbers are cut into 64 bins of equal counts, and each sort of missing is a bin of its own.
        labels: (n,) from `label_codes`.

    Returns:
        AUROC of the class told worst, learned on every second row of each class and measured on the others; None
        when there are too few rows of each class or too many different values to tell.
    """
    bins = _bins(column)
    known = labels >= 0
    bins, labels = bins[known], labels[known]
    classes = np.unique(labels)
    count = int(bins.max(initial=0)) + 1
    if count > max(_BINS + 4, len(bins) // 20) or np.bincount(labels)[classes].min() < _FEWEST_ROWS:
        return None
    areas = [_auroc(bins, labels == c, count) for c in (classes[1:] if len(classes) == 2 else classes)]
    return min(areas)


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
