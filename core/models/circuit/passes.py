"""The two passes over a tree: up (likelihood), then down (what every hidden state is, given the row).

All products are taken in linear space and scaled every few factors. Learning does so in single precision.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tree import Layout, Rows, Tree

__all__ = ["TINY", "Down", "Up", "down", "leaves", "up"]

Floats = NDArray[Any]

_LOG_2PI = float(np.log(2 * np.pi))
TINY = 1e-37
_FACTORS = 2  # of at least 1e-9 each, before a product is scaled
NOTHING: Mapping[int, Any] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Up:
    """What the upward pass found for n rows.

    Args:
        leaf: (d, n, H) p(cell | state), scaled.
        leaf_log: (d, n) log of what the leaves were divided by.
        inside: (d, n, H) p(all cells below and at the column | its state), scaled to sum one.
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


def leaves(tree: Tree, layout: Layout, rows: Rows, skip: Container[int] = ()) -> tuple[Floats, Floats]:
    """(d, n, H) p(cell | state) and (d, n) the log it was divided by. Cells that are not known say nothing.

    Columns to `skip` are left undefined.
    """
    d, n = len(layout), len(rows)
    leaf = np.empty((d, n, tree.states), dtype=tree.tables.dtype)
    log = np.zeros((d, n), dtype=tree.tables.dtype)
    for j in range(d):
        if j in skip:
            continue
        places = rows.places[:, j]
        np.take(tree.tables, places, axis=0, out=leaf[j], mode="clip")  # twice as fast as with a check
        if (slot := int(layout.slots[j])) >= 0:
            _normal(tree, slot, _centred(tree, layout, rows, slot), layout.continuous[places], leaf[j], log[j])
        if rows.known is not None:
            unknown = ~rows.known[:, j]
            leaf[j][unknown], log[j][unknown] = 1.0, 0.0
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


def _scale(values: Floats, log: Floats) -> None:
    """Divide each row by its sum, in place, and remember the log."""
    total = values @ _ones(values.shape[1], values.dtype)  # far faster than a sum or a maximum of rows
    np.maximum(total, TINY, out=total)
    values *= (1 / total)[:, None]
    log += np.log(total)


@cache
def _ones(states: int, dtype: Any) -> Floats:
    return np.ones(states, dtype=dtype)


def up(
    tree: Tree, leaf: Floats, leaf_log: Floats, known: Mapping[int, Floats] = NOTHING, *, keep: bool = True
) -> Up:
    """Likelihood from the leaves to the root.

    Args:
        tree: the parameters.
        leaf: from `leaves`.
        leaf_log: from there too.
        known: column without children -> (n, H) its message, where that is known without a product.
        keep: whether `leaf` is wanted afterwards.
    """
    inside, messages = leaf.copy() if keep else leaf, np.empty_like(leaf)
    log = leaf_log.sum(axis=0, dtype=np.float64)
    for j in tree.structure.order[::-1].tolist():
        if j not in known:
            for i, child in enumerate(tree.structure.children[j]):
                inside[j] *= messages[child]
                if i % _FACTORS == _FACTORS - 1:
                    _scale(inside[j], log)
            _scale(inside[j], log)
        if j in known:
            messages[j] = known[j]
        elif j != tree.structure.root:
            np.matmul(inside[j], tree.edges[j].T, out=messages[j])
    at_root = inside[tree.structure.root] @ tree.root
    log += np.log(np.maximum(at_root, TINY))
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
        ratios[j] /= np.maximum(ratios[j].max(axis=1, keepdims=True), TINY)
        np.matmul(ratios[j], tree.edges[j], out=outside[j])
    return Down(outside, ratios)
