"""Rows as the arrays that metrics work on. Batches must come from the same `Tables`, which code categories alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column
from ..data.schema import Schema
from ..stats.mixed import Mixed

__all__ = ["codes", "exact_codes", "feature_names", "features", "mixed", "numbers"]

_MOST_CODES = 200
_MOST_FEATURES = 300
_HUGE = 1e100


def numbers(column: Column, *, finite: bool = False) -> NDArray[np.float64]:
    """(n,) values, NaN where missing; infinite values count as 1e100, or as missing where `finite` is asked."""
    values = np.clip(column.floats(), -_HUGE, _HUGE)
    return np.where(np.abs(values) >= _HUGE, np.nan, values) if finite else values


def codes(column: Column) -> NDArray[np.int64]:
    """(n,) codes, -1 where missing."""
    return np.where(column.present, column.values, -1).astype(np.int64)


def features(batches: Sequence[Batch], schema: Schema) -> tuple[list[NDArray[np.float64]], NDArray[np.bool_]]:
    """Feature matrices for boosted trees, from at most 300 columns (evenly spread over a wider table).

    Args:
        batches: to encode alike.
        schema: the columns to use, in order.

    Returns:
        One (n, d) matrix a batch, NaN where missing; and (d,) which columns hold codes: the 200 commonest categories
        keep a code of their own, all others share one.
    """
    parts: list[list[NDArray[np.float64]]] = [[] for _ in batches]
    every = [schema[name] for name in feature_names(schema)]
    for spec in every:
        columns = [b[spec.name] for b in batches]
        encoded = _common(columns) if spec.kind in CODED else [numbers(c) for c in columns]
        for part, values in zip(parts, encoded, strict=True):
            part.append(values)
    stacked = [np.stack(p, axis=1) if p else np.zeros((b.rows, 0)) for p, b in zip(parts, batches, strict=True)]
    return stacked, np.array([c.kind in CODED for c in every], dtype=bool)


def feature_names(schema: Schema) -> list[str]:
    """The columns that `features` makes of a schema, in order."""
    every = list(schema.names)
    if len(every) <= _MOST_FEATURES:
        return every
    return [every[i] for i in np.linspace(0, len(every) - 1, _MOST_FEATURES).astype(int)]


def _common(columns: Sequence[Column]) -> list[NDArray[np.float64]]:
    raw = [codes(c) for c in columns]
    counts = np.bincount(np.concatenate(raw) + 1, minlength=2)[1:]
    rank = np.empty(len(counts))
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    table = np.append(np.minimum(rank, _MOST_CODES), np.nan)  # the last entry is what -1 points at
    return [table[r] for r in raw]


def mixed(batches: Sequence[Batch], schema: Schema, scale: Batch) -> list[Mixed]:
    """Rows for distances: numbers as their share of rows of `scale` below them, so that no unit or tail dominates.

    Args:
        batches: to encode alike.
        schema: the columns to use.
        scale: the rows whose distribution gives the scale (the training rows).
    """
    number_like = [c.name for c in schema if c.kind not in CODED]
    coded = [c.name for c in schema if c.kind in CODED]
    sorted_scale = {name: np.sort(numbers(scale[name])[scale[name].present]) for name in number_like}
    out = []
    for batch in batches:
        a = np.empty((batch.rows, len(number_like)), dtype=np.float32)
        b = np.empty((batch.rows, len(coded)), dtype=np.int32)
        for j, name in enumerate(number_like):
            a[:, j] = _share_below(numbers(batch[name]), sorted_scale[name])
        for j, name in enumerate(coded):
            b[:, j] = codes(batch[name])
        out.append(Mixed(a, b))
    return out


def _share_below(values: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) middle of the places a value could take among `scale`, in [0, 1]; between two values in proportion."""
    if not len(scale):
        return np.where(np.isnan(values), np.nan, 0.5)
    unique, counts = np.unique(scale, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / len(scale)
    return np.where(np.isnan(values), np.nan, np.interp(values, unique, middle))


def exact_codes(batches: Sequence[Batch], schema: Schema) -> list[NDArray[np.int32]]:
    """(n, d) codes of exact values, one code a distinct value over all batches; missing is a value too."""
    out = [np.empty((b.rows, len(schema)), dtype=np.int32) for b in batches]
    ends = np.cumsum([0, *(b.rows for b in batches)])
    for j, spec in enumerate(schema):
        columns = [b[spec.name] for b in batches]
        values = np.concatenate([c.values for c in columns])
        present = np.concatenate([c.present for c in columns])
        coded = np.full(len(values), -1, dtype=np.int32)
        coded[present] = np.unique(values[present], return_inverse=True)[1]
        for part, start, end in zip(out, ends[:-1], ends[1:], strict=True):
            part[:, j] = coded[start:end]
    return out
