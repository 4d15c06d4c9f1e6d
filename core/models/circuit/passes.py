"""The two passes over a tree: up (likelihood), then down (what every hidden state is, given the row).

All products are taken in linear space and shifted by each row's largest entry after every factor. Learning does so in
single precision, answers in double.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .crowd import Crowd
from .tree import Counts, Layout, Rows, Tree

__all__ = ["Down", "Up", "accumulate", "count_leaf", "down", "leaves", "up"]

Floats = NDArray[Any]

_LOG_2PI = float(np.log(2 * np.pi))
_TINY = 1e-37


@dataclass(frozen=True, eq=False)
class Up:
    """What the upward pass found for n rows.

    Args:
        leaf: (d, n, H) p(cell | state), each row's largest entry 1.
        leaf_log: (d, n) log of what the leaves were divided by.
        inside: (d, n, H) p(all cells below and at the column | its state), largest entry 1.
        messages: (d, n, H) the same given the state of the parent; unused at the root.
        log_likelihood: (n,) nats.
    """

    leaf: Floats
    leaf_log: Floats
    inside: Floats
    messages: Floats
    log_likelihood: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Down:
    """What the downward pass adds.

    Args:
        outside: (d, n, H) in proportion to p(state of the column, all cells not below it).
        ratios: (d, n, H) in proportion to p(state of the parent, all cells not below the column).
    """

    outside: Floats
    ratios: Floats


def leaves(tree: Tree, layout: Layout, rows: Rows) -> tuple[Floats, Floats]:
    """(d, n, H) p(cell | state) and (d, n) the log it was divided by. Cells that are not known say nothing."""
    d, n = len(layout), len(rows)
    leaf = np.empty((d, n, tree.states), dtype=tree.tables.dtype)
    log = np.zeros((d, n), dtype=tree.tables.dtype)
    for j in range(d):
        np.take(tree.tables, rows.places[:, j], axis=0, out=leaf[j])
        if (slot := int(layout.slots[j])) >= 0:
            has = layout.continuous[rows.places[:, j]]
            _normal(tree, slot, _centred(tree, layout, rows, slot), has, leaf[j], log[j])
        if rows.known is not None:
            unknown = ~rows.known[:, j]
            leaf[j][unknown], log[j][unknown] = 1.0, 0.0
        _shift(leaf[j], log[j])
    return leaf, log


def _centred(tree: Tree, layout: Layout, rows: Rows, slot: int) -> Floats:
    """(n, H) continuous values less what each state expects."""
    z = rows.y[:, slot, None].astype(tree.means.dtype) - tree.means[slot]
    if tree.slopes and rows.features is not None:
        z -= rows.features[:, layout.regressors[slot]] @ tree.slopes[slot]
    centred: Floats = z
    return centred


def _normal(  # noqa: PLR0917 - one leaf, in place
    tree: Tree, slot: int, z: Floats, has: NDArray[np.bool_], leaf: Floats, log: Floats
) -> None:
    """Multiply by the density of the continuous values, shifted by their largest log."""
    part = slice(None) if has.all() else np.flatnonzero(has)
    variances = tree.variances[slot]
    z = z[part]
    z *= z
    z *= -0.5 / variances
    z -= 0.5 * np.log(variances)
    top = z.max(axis=1)
    z -= top[:, None]
    np.exp(z, out=z)
    leaf[part] *= z
    log[part] += top - np.asarray(0.5 * _LOG_2PI, dtype=leaf.dtype)


def _shift(values: Floats, log: Floats) -> None:
    """Divide each row by its largest entry, in place, and remember the log."""
    top = values.max(axis=1)
    np.maximum(top, _TINY, out=top)
    values /= top[:, None]
    log += np.log(top)


def up(tree: Tree, leaf: Floats, leaf_log: Floats, *, keep: bool = True) -> Up:
    """Likelihood from the leaves to the root.

    Args:
        tree: the parameters.
        leaf: from `leaves`.
        leaf_log: from there too.
        keep: whether `leaf` is wanted afterwards.
    """
    inside, messages = leaf.copy() if keep else leaf, np.empty_like(leaf)
    log = leaf_log.sum(axis=0, dtype=np.float64)
    for j in tree.structure.order[:0:-1]:
        p = tree.structure.parents[j]
        np.matmul(inside[j], tree.edges[j].T, out=messages[j])
        inside[p] *= messages[j]
        _shift(inside[p], log)
    at_root = (inside[tree.structure.root] * tree.root).sum(axis=1)
    log += np.log(np.maximum(at_root, _TINY))
    return Up(leaf, leaf_log, inside, messages, log)


def down(tree: Tree, upward: Up) -> Down:
    """From the root back to the leaves."""
    inside, messages = upward.inside, upward.messages
    outside, ratios = np.empty_like(inside), np.empty_like(inside)
    outside[tree.structure.root] = tree.root
    for j in tree.structure.order[1:]:
        p = tree.structure.parents[j]
        np.multiply(outside[p], inside[p], out=ratios[j])
        ratios[j] /= messages[j]
        ratios[j] /= np.maximum(ratios[j].max(axis=1, keepdims=True), _TINY)
        np.matmul(ratios[j], tree.edges[j], out=outside[j])
    return Down(outside, ratios)


def accumulate(
    tree: Tree, layout: Layout, rows: Rows, counts: Counts, crowd: Crowd | None = None
) -> float:
    """Add the rows' expected counts (the E step), in place; whom they are about to `crowd`.

    Returns:
        The rows' log likelihood, summed.
    """
    upward = up(tree, *leaves(tree, layout, rows))
    downward = down(tree, upward)
    for j in tree.structure.order:
        state = downward.outside[j] * upward.inside[j]  # (n, H)
        state /= np.maximum(state.sum(axis=1, keepdims=True), _TINY)
        count_leaf(layout, rows, int(j), state, counts)
        if crowd is not None:
            crowd.count(layout, rows, int(j), state)
        if j == tree.structure.root:
            counts.root[...] += state.sum(axis=0)
        else:
            scaled = upward.inside[j]
            norm = np.einsum("nh,nh->n", downward.outside[j], scaled)
            joint = downward.ratios[j].T @ (scaled / np.maximum(norm, _TINY)[:, None])
            joint *= tree.edges[j]
            counts.edges[j] += joint
    counts.rows[...] += len(rows)
    return float(upward.log_likelihood.sum())


def count_leaf(layout: Layout, rows: Rows, j: int, state: Floats, counts: Counts) -> None:
    """Add one column's cells, weighted by the probability (n, H) of its states."""
    places = rows.places[:, j]
    if rows.known is not None:
        known = np.flatnonzero(rows.known[:, j])
        places, state = places[known], state[known]
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    if len(first):
        counts.tables[ordered[first]] += np.add.reduceat(state[order], first, axis=0)
    if (slot := int(layout.slots[j])) >= 0:
        y = rows.y[:, slot] if rows.known is None else rows.y[known, slot]
        has = layout.continuous[places].astype(state.dtype)
        sums = np.stack([has, has * y, has * y * y]) @ state  # (3, H)
        counts.loads[slot] += sums[0]
        counts.sums[slot] += sums[1]
        counts.squares[slot] += sums[2]
        if counts.slopes is not None and rows.features is not None:
            counts.slopes.count(slot, rows.features, y, state * has[:, None])
