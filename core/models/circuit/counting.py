"""The E step: what rows are expected to add to a tree's counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .crowd import Crowd
from .passes import TINY, Up, leaves, up
from .seen import Seen, sums_by
from .tree import Counts, Layout, Rows, Tree

__all__ = ["accumulate", "count_leaf"]

Floats = NDArray[Any]


def accumulate(  # noqa: PLR0917 - the rows, and where they count
    tree: Tree, layout: Layout, rows: Rows, counts: Counts, crowd: Crowd | None = None, weight: float = 1.0
) -> float:
    """Add the rows' expected counts (the E step), in place.

    Args:
        tree: what says what to expect.
        layout: of its columns.
        rows: the rows.
        counts: they are added to these.
        crowd: whom the rows are about is added to this, for rows that weigh one.
        weight: how often each row counts.

    Returns:
        The rows' log likelihood, summed.
    """
    seen = Seen.of(tree, layout, rows, alone=crowd is not None)
    upward = up(tree, *leaves(tree, layout, rows, seen), seen.ends, keep=False)
    flow = _down(tree, upward, seen, counts, weight)
    _count_ends(tree, seen, sums := seen.sums(flow, rows.known), counts)
    counts.tables[seen.used] += sums
    for j in layout.floating:
        _count_values(layout, rows, j, flow[j], counts)
    if crowd is not None:
        for j, state in enumerate(flow):
            crowd.count(layout, rows, j, state)
    counts.rows[...] += weight * len(rows)
    return float(upward.log_likelihood.sum())


def _down(tree: Tree, upward: Up, seen: Seen, counts: Counts, weight: float) -> Floats:
    """(d, n, H) p(state | row) times the weight; of an end that of the parent, divided by its message.

    Adds the root's states and the edges but those of ends to the counts.
    """
    inside, root, parents = upward.inside, tree.structure.root, tree.structure.parents.tolist()
    flow = np.empty_like(inside)
    np.multiply(inside[root], tree.root, out=flow[root])
    flow[root] *= np.float32(weight) / np.maximum(flow[root].sum(axis=1, keepdims=True), TINY)
    counts.root[...] += flow[root].sum(axis=0)
    for j in tree.structure.order[1:].tolist():
        if j in seen.ends:
            np.divide(flow[parents[j]], upward.messages[j], out=flow[j])
            continue
        ratio = flow[parents[j]] / upward.messages[j]
        np.matmul(ratio, tree.edges[j], out=flow[j])
        flow[j] *= inside[j]  # sums to the weight as the parent's does
        joint = ratio.T @ inside[j]
        joint *= tree.edges[j]
        counts.edges[j] += joint
    return flow


def _count_ends(tree: Tree, seen: Seen, sums: Floats, counts: Counts) -> None:
    """Add the edges of ends, where rows of the same token count together, and turn their sums into states, in place."""
    for j, table in seen.ends.items():
        own = sums[seen.tokens(j)]
        joint = own.T @ table
        joint *= tree.edges[j]
        counts.edges[j] += joint
        np.multiply(own @ tree.edges[j], table, out=own)


def count_leaf(layout: Layout, rows: Rows, j: int, state: Floats, counts: Counts) -> None:
    """Add one column's cells, all of them known, weighted by the probability (n, H) of its states."""
    used, which = np.unique(rows.places[:, j], return_inverse=True)
    counts.tables[used] += sums_by(which, len(used), state)
    if layout.slots[j] >= 0:
        _count_values(layout, rows, j, state, counts)


def _count_values(layout: Layout, rows: Rows, j: int, state: Floats, counts: Counts) -> None:
    """Add one column's continuous values."""
    slot = int(layout.slots[j])
    y, has = rows.y[:, slot], layout.continuous[rows.places[:, j]].astype(state.dtype)
    if rows.known is not None:
        has *= rows.known[:, j]
    sums = np.stack([has, has * y, has * y * y]) @ state  # (3, H)
    counts.loads[slot] += sums[0]
    counts.sums[slot] += sums[1]
    counts.squares[slot] += sums[2]
    if counts.slopes is not None and rows.features is not None:
        counts.slopes.count(slot, rows.features, y, state * has[:, None])
