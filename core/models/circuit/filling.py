"""Missing cells of rows, filled given the cells that are there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from ...encode.column import MISSING
from ...encode.table import Encoded
from ...stats.normals import draw_between
from .bins import ColumnBins
from .cells import leave_one_out
from .circuit import Circuit
from .exact import ExactTree, Upward
from .tree import Tree

__all__ = ["drawn", "likeliest"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]


def likeliest(
    circuit: Circuit, bins: list[ColumnBins], encoded: Encoded, missing: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], Floats]:
    """Tokens and continuous values, missing cells at the likeliest token or the median of the likeliest part.

    Args:
        circuit: the model.
        bins: of its columns.
        encoded: n rows.
        missing: (n, d) which cells to fill.
    """
    tokens, values = encoded.tokens.copy(), encoded.values.copy()
    for part, block in circuit.blocks(circuit.rows_of(encoded, ~missing)):
        asked = [own for own in bins if missing[part, own.j].any()]
        found = leave_one_out(circuit, block, asked)
        for own in asked:
            j, rows = own.j, np.flatnonzero(missing[part, own.j])
            shares, inside = own.split(found.shares[j][rows])
            shares[:, own.column.counts == 0] = 0.0
            shares[:, MISSING] = 0.0
            tokens[part.start + rows, j] = best = _best(shares, own.continuous)
            if own.slot >= 0:
                middle = own.quantiles(0 * shares, inside, (0.5,))[0]
                values[part.start + rows, own.slot] = np.where(own.continuous[best], middle, np.nan)
    return tokens, values


def _best(shares: Floats, continuous: NDArray[np.bool_]) -> Ints:
    """The likeliest token; continuous ones (the hours of a day) compete together first, then among themselves."""
    if continuous.any():
        together = shares[:, continuous].sum(axis=1, keepdims=True)
        largest = np.maximum(shares[:, continuous].max(axis=1, keepdims=True), 1e-300)
        shares = np.where(continuous, shares * together / largest, shares)
    best: Ints = shares.argmax(axis=1)
    return best


def drawn(
    circuit: Circuit, encoded: Encoded, missing: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.int32], Floats]:
    """Tokens and continuous values, missing cells drawn jointly given the row's other cells and that none is missing.

    Args:
        circuit: the model.
        encoded: n rows.
        missing: (n, d) which cells to draw.
        rng: the only source of chance.
    """
    tokens, values = encoded.tokens.copy(), encoded.values.copy()
    rows = circuit.rows_of(encoded, ~missing)
    columns = range(missing.shape[1])
    passes = [
        ExactTree(t, circuit.layout, np.stack([_fillable(circuit, t, j).sum(axis=0) for j in columns]))
        for t in circuit.exact_trees
    ]
    size = circuit.block_rows
    for start in range(0, len(rows), size):
        at = np.arange(start, min(start + size, len(rows)))
        block = rows.take(at)
        places = passes[0].places(block)
        levels = [own.up(places, block.y, own.ends_of(places), keep=True) for own in passes]
        weights = np.exp(log_softmax(np.stack([u.log_likelihood for u in levels], axis=1), axis=1))
        tree_of = _pick(weights, rng)
        for r in np.unique(tree_of):
            own = np.flatnonzero(tree_of == r)
            states = _states(passes[r], levels[r], own, rng)
            _fill(circuit, circuit.exact_trees[r], states, at[own], missing[at[own]], tokens, values, rng)
    return tokens, values


def _states(passes: ExactTree, found: Upward, rows: Ints, rng: np.random.Generator) -> Ints:
    """(d, n) hidden states of some rows, drawn given the cells at and below each."""
    tree, places = passes.tree, found.places[rows]
    leaves = np.concatenate([tree.tables, passes.gaps])
    states = np.empty((places.shape[1], len(rows)), dtype=np.int64)
    for j in tree.structure.order.tolist():
        before = tree.root if j == tree.structure.root else tree.edges[j][states[tree.structure.parents[j]]]
        below = leaves[places[:, j]] if j in passes.ends else found.inside[j][rows]
        states[j] = _pick(before * below, rng)
    return states


def _fill(  # noqa: PLR0917 - in place
    circuit: Circuit, tree: Tree, states: Ints, at: Ints, missing: NDArray[np.bool_], tokens: NDArray[np.int32],
    values: Floats, rng: np.random.Generator,
) -> None:
    """Draw the missing cells of rows `at` from their states."""
    layout = circuit.layout
    for j in np.flatnonzero(missing.any(axis=0)):
        rows = np.flatnonzero(missing[:, j])
        chosen = _pick(_fillable(circuit, tree, int(j)).T[states[j, rows]], rng)
        tokens[at[rows], j] = chosen
        if (slot := int(layout.slots[j])) >= 0:
            limits = circuit.codec.limits[:, slot]
            own = states[j, rows]
            sd = np.sqrt(tree.variances[slot][own])
            low, high = (np.full(len(rows), end) for end in limits)
            y = draw_between(tree.means[slot][own], sd, low, high, rng.random(len(own)))
            has = layout.continuous[layout.offsets[j] + chosen]
            values[at[rows], slot] = np.where(has, y, np.nan)


def _fillable(circuit: Circuit, tree: Tree, j: int) -> Floats:
    """(tokens, H) column j's table without a gap and tokens never seen."""
    own = circuit.layout.tokens(j)
    usual = circuit.layout.counts[own] > 0
    usual[MISSING] = False
    return np.where(usual[:, None], tree.tables[own], 0.0)


def _pick(weights: Floats, rng: np.random.Generator) -> Ints:
    """(n,) a position drawn for each row of (n, k) weights."""
    edges = np.cumsum(weights, axis=1, dtype=np.float64)
    at: Ints = (rng.random((len(edges), 1)) * edges[:, -1:] >= edges).sum(axis=1)
    result: Floats = np.minimum(at, weights.shape[1] - 1)
    return result
