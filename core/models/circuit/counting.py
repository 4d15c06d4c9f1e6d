"""The E step: what rows are expected to add to a tree's counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .crowd import Crowd
from .passes import TINY, leaves, up
from .tree import Counts, Layout, Rows, Tree

__all__ = ["accumulate", "count_leaf"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]


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
    alike = {} if crowd is not None or rows.known is not None else _alike(tree, layout, rows)
    upward = up(tree, *leaves(tree, layout, rows, alike), {j: a.messages() for j, a in alike.items()}, keep=False)
    states: dict[int, Floats] = {}  # column -> (n, H) p(state | row), times the weight
    for j in tree.structure.order.tolist():
        if j == tree.structure.root:
            state = upward.inside[j] * tree.root
            state *= np.float32(weight) / np.maximum(state.sum(axis=1, keepdims=True), TINY)
            counts.root[...] += state.sum(axis=0)
        else:
            ratio = states[int(tree.structure.parents[j])] / upward.messages[j]
            if j in alike:
                alike[j].count(tree, j, ratio, counts)
                continue
            state = ratio @ tree.edges[j]
            state *= upward.inside[j]  # sums to the weight as the parent's does
            joint = ratio.T @ upward.inside[j]
            joint *= tree.edges[j]
            counts.edges[j] += joint
        states[j] = state
        count_leaf(layout, rows, j, state, counts)
        if crowd is not None:
            crowd.count(layout, rows, j, state)
    counts.rows[...] += weight * len(rows)
    return float(upward.log_likelihood.sum())


@dataclass(frozen=True, eq=False)
class _Alike:
    """A column without children and continuous values: rows of the same token count together.

    Args:
        used: places of k tokens, all that occur among them.
        which: (n,) which of them each row has.
        table: (k, H) p(token | state).
        message: (k, H) p(token | state of the parent).
    """

    used: Ints | slice
    which: Ints
    table: Floats
    message: Floats

    def messages(self) -> Floats:
        """(n, H) of the rows."""
        return self.message.take(self.which, axis=0)

    def count(self, tree: Tree, j: int, ratio: Floats, counts: Counts) -> None:
        """Add what the rows expect of column j, given (n, H) p(state of the parent | row) / message."""
        ratios = _has(self.used, self.which, ratio.dtype) @ ratio  # (k, H), of rows with the same token
        counts.tables[self.used] += (ratios @ tree.edges[j]) * self.table
        joint = ratios.T @ self.table
        joint *= tree.edges[j]
        counts.edges[j] += joint


def _alike(tree: Tree, layout: Layout, rows: Rows) -> dict[int, _Alike]:
    found = {}
    for j, children in enumerate(tree.structure.children):
        if not children and layout.slots[j] < 0 and j != tree.structure.root:
            used, which = _tokens(layout, j, rows.places[:, j])
            table = tree.tables[used]
            found[j] = _Alike(used, which, table, table @ tree.edges[j].T)
    return found


def _tokens(layout: Layout, j: int, places: Ints) -> tuple[Ints | slice, Ints]:
    """Places of k tokens of column j, all that occur among them, and (n,) which of them each row has."""
    own = layout.tokens(j)
    if 2 * (own.stop - own.start) <= len(places):
        return own, places - own.start
    return np.unique(places, return_inverse=True)


def _has(used: Ints | slice, which: Ints, dtype: Any) -> Floats:
    """(k, n) 1 where a row has a token: sums over rows become a product."""
    size = used.stop - used.start if isinstance(used, slice) else len(used)
    has = np.zeros((size, len(which)), dtype=dtype)
    has[which, np.arange(len(which))] = 1
    return has


def count_leaf(layout: Layout, rows: Rows, j: int, state: Floats, counts: Counts) -> None:
    """Add one column's cells, weighted by the probability (n, H) of its states."""
    places = rows.places[:, j]
    if rows.known is not None:
        known = np.flatnonzero(rows.known[:, j])
        places, state = places[known], state[known]
    used, which = _tokens(layout, j, places)
    counts.tables[used] += _has(used, which, state.dtype) @ state
    if (slot := int(layout.slots[j])) >= 0:
        y = rows.y[:, slot] if rows.known is None else rows.y[known, slot]
        has = layout.continuous[places].astype(state.dtype)
        sums = np.stack([has, has * y, has * y * y]) @ state  # (3, H)
        counts.loads[slot] += sums[0]
        counts.sums[slot] += sums[1]
        counts.squares[slot] += sums[2]
        if counts.slopes is not None and rows.features is not None:
            counts.slopes.count(slot, rows.features, y, state * has[:, None])
