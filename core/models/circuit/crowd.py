"""How many subjects each hidden state is made of: a state of a few is somebody's portrait.

A subject with many rows counts once. Subjects share a bounded number of buckets, which can only make them seem fewer.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .slopes import Prior, SlopeCounts
from .tree import Counts, Layout, Rows, Tree

__all__ = ["Crowd"]

Floats = NDArray[Any]

_BUCKETS = 256


@dataclass(frozen=True, eq=False)
class Crowd:
    """Expected rows by subject and state.

    Args:
        cells: (d, buckets, H) rows whose column is in a state.
        values: (C, buckets, H) those of them with a continuous value.
    """

    cells: Floats
    values: Floats

    @classmethod
    def zeros(cls, layout: Layout, states: int) -> Crowd:
        """No rows."""
        columns = (len(layout), len(layout.floating))
        return cls(*(np.zeros((n, _BUCKETS, states), dtype=np.float32) for n in columns))

    def count(self, layout: Layout, rows: Rows, j: int, state: Floats) -> None:
        """Add one column's cells, weighted by the probability (n, H) of its states, in place."""
        assert rows.subjects is not None
        bucket = rows.subjects % _BUCKETS
        _add(self.cells[j], bucket, state)
        if (slot := int(layout.slots[j])) >= 0:
            has = np.flatnonzero(layout.continuous[rows.places[:, j]])
            _add(self.values[slot], bucket[has], state[has])

    def forget(self, tree: Tree, counts: Counts, layout: Layout, prior: Prior, fewest: int) -> Tree:
        """The tree, but states of fewer subjects have what all states together have."""
        whole = Tree.update(_whole(counts), tree.structure, layout, prior)
        few, few_values = (np.minimum(seen, 1).sum(axis=1) < fewest for seen in (self.cells, self.values))
        in_tables = np.repeat(few, np.diff(layout.offsets), axis=0)
        return replace(
            tree, tables=np.where(in_tables, whole.tables, tree.tables),
            means=np.where(few_values, whole.means, tree.means),
            variances=np.where(few_values, whole.variances, tree.variances),
            slopes=tuple(np.where(f, w, own) for f, w, own in zip(few_values, whole.slopes, tree.slopes, strict=False)),
        )


def _add(seen: Floats, bucket: NDArray[np.int64], state: Floats) -> None:
    order = np.argsort(bucket, kind="stable")
    ordered = bucket[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    if len(first):
        seen[ordered[first]] += np.add.reduceat(state[order], first, axis=0)


def _whole(counts: Counts) -> Counts:
    """The counts as if there were one state."""
    summed = {f.name: getattr(counts, f.name) for f in fields(counts) if f.name not in ("slopes", "edges", "rows")}
    one = {name: own.sum(axis=-1, keepdims=True) for name, own in summed.items()}
    edges = counts.edges.sum(axis=(1, 2), keepdims=True)
    slopes = counts.slopes and SlopeCounts(
        counts.slopes.regressors, tuple(own.sum(axis=1, keepdims=True) for own in counts.slopes.sums)
    )
    return Counts(rows=counts.rows, edges=edges, slopes=slopes, **one)
