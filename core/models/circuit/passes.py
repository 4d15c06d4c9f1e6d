"""The two passes over a tree: up (likelihood), then down (what every hidden state is, given the row).

All products are taken in linear space and scaled every few factors. Learning does so in single precision.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .seen import Seen
from .tree import Layout, Rows, Tree

__all__ = ["TINY", "Down", "Up", "down", "leaves", "up"]

Floats = NDArray[Any]

_LOG_2PI = float(np.log(2 * np.pi))
TINY = 1e-37
_FACTORS = 2  # of at least 1e-9 each, before a product is scaled


@dataclass(frozen=True, eq=False)
class Up:
    """What the upward pass found for n rows.

    Args:
        inside: (d, n, H) p(all cells below and at the column | its state), scaled to sum one.
        messages: column but the root -> (n, H) the same given the state of the parent.
        log_likelihood: (n,) nats.
    """

    inside: Floats
    messages: Mapping[int, Floats]
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


def leaves(tree: Tree, layout: Layout, rows: Rows, seen: Seen | None = None) -> tuple[Floats, Floats]:
    """(d, n, H) p(cell | state) and (d, n) the log it was divided by. Cells that are not known say nothing.

    Args:
        tree: the parameters.
        layout: of the columns.
        rows: n rows.
        seen: their tokens, where it is known what each of them says.
    """
    said, which = (tree.tables, rows.places.T) if seen is None else (seen.said, seen.which)
    leaf = said.take(which, axis=0, mode="clip")  # twice as fast as with a check
    log = np.zeros(leaf.shape[:2], dtype=leaf.dtype)
    for slot, j in enumerate(layout.floating):
        has = layout.continuous[rows.places[:, j]]
        _normal(tree, slot, _centred(tree, layout, rows, slot), has, leaf[j], log[j])
    if rows.known is not None:
        leaf[~rows.known.T], log[~rows.known.T] = 1.0, 0.0
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


def _scaled(values: Floats) -> Floats:
    """Divide each row by its sum, in place; (n,) the sums."""
    total: Floats = values @ _ones(values.shape[1], values.dtype)  # far faster than a sum or a maximum of rows
    np.maximum(total, TINY, out=total)
    values /= total[:, None]
    return total


@cache
def _ones(states: int, dtype: Any) -> Floats:
    return np.ones(states, dtype=dtype)


def up(tree: Tree, leaf: Floats, leaf_log: Floats, ends: Container[int] = (), *, keep: bool = True) -> Up:
    """Likelihood from the leaves to the root.

    Args:
        tree: the parameters.
        leaf: from `leaves`.
        leaf_log: from there too.
        ends: columns without children whose leaf is given the state of the parent already.
        keep: whether `leaf` is wanted afterwards.
    """
    inside, root = leaf.copy() if keep else leaf, tree.structure.root
    messages: dict[int, Floats] = {}
    totals = []
    for j in tree.structure.order[::-1].tolist():
        own = inside[j]
        if j in ends:
            messages[j] = own
            continue
        for i, child in enumerate(tree.structure.children[j]):
            own *= messages[child]
            if i % _FACTORS == _FACTORS - 1:
                totals.append(_scaled(own))
        totals.append(_scaled(own))
        if j != root:
            messages[j] = own @ tree.edges[j].T
    totals.append(np.maximum(inside[root] @ tree.root, TINY))
    log = leaf_log.sum(axis=0, dtype=np.float64) + np.log(totals).sum(axis=0, dtype=np.float64)
    return Up(inside, messages, log)


def down(tree: Tree, upward: Up) -> Down:
    """From the root back to the leaves."""
    inside, messages = upward.inside, upward.messages
    outside, ratios = np.empty_like(inside), np.empty_like(inside)
    outside[tree.structure.root] = tree.root
    for j in tree.structure.order[1:]:
        p = tree.structure.parents[j]
        np.multiply(outside[p], inside[p], out=ratios[j])
        ratios[j] /= messages[j]
        ratios[j] /= np.maximum(ratios[j].max(axis=1, keepdims=True), TINY)
        np.matmul(ratios[j], tree.edges[j], out=outside[j])
    return Down(outside, ratios)
