"""Every cell given the rest of its row, all at once: one pass up and one down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp

from ..base import Expected
from .bins import ColumnBins
from .circuit import Circuit
from .passes import Up, down
from .tree import Rows

__all__ = ["LeftOut", "context", "leave_one_out"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]

_TINY = 1e-300
_NEAREST = 24


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What the rest of a row says about each of its cells.

    Args:
        log_likelihood: (n,) nats of the whole row.
        log_cell: (d, n) log p(cell | rest), base terms left out; 0 where a cell is not known.
        states: for each tree (d, n, H) probabilities of the column's state given the rest; none where not asked for.
        weights: (R, d, n) probabilities of the trees given the rest.
    """

    log_likelihood: NDArray[np.float64]
    log_cell: NDArray[np.float64]
    states: list[Floats]
    weights: NDArray[np.float64]


def leave_one_out(circuit: Circuit, block: Rows, *, with_states: bool) -> LeftOut:
    """Of the rows of one block."""
    levels, cells, states = [], [], []
    for r in range(len(circuit.trees)):
        upward = circuit.up(r, block)
        cell, own = _read(circuit, r, upward, with_states=with_states)
        levels.append(upward.log_likelihood)
        cells.append(cell)
        states.append(own)
    whole, each = np.stack(levels), np.stack(cells)  # (R, n), (R, d, n)
    log_weights = log_softmax(whole[:, None, :] - each, axis=0)
    log_cell = logsumexp(log_weights + each, axis=0)
    if block.known is not None:
        log_cell = np.where(block.known.T, log_cell, 0.0)
    total = logsumexp(whole, axis=0) - np.log(len(whole))
    return LeftOut(total, log_cell, states if with_states else [], np.exp(log_weights))


def _read(circuit: Circuit, r: int, upward: Up, *, with_states: bool) -> tuple[Floats, Floats]:
    """(d, n) log p(cell | rest) and (d, n, H) the states given the rest.

    A column whose message depends on the token alone needs no states for the first: the cell's probability is the
    message averaged over its parent.
    """
    tree, short = circuit.exact_trees[r], circuit.token_messages[r]
    found = down(tree, upward, () if with_states else short)
    states, out = found.outside, np.empty(found.outside.shape[:2])
    for j in range(len(states)):
        if j in short:
            ratio = found.ratios[j]
            out[j] = np.log(np.maximum((ratio * upward.messages[j]).sum(axis=1) / ratio.sum(axis=1), _TINY))
            if with_states:
                states[j] /= np.maximum(states[j].sum(axis=1, keepdims=True), _TINY)
            continue
        for child in tree.structure.children[j]:
            states[j] *= upward.messages[child]
            states[j] /= np.maximum(states[j].max(axis=1, keepdims=True), _TINY)
        states[j] /= np.maximum(states[j].sum(axis=1, keepdims=True), _TINY)
        cell = (states[j] * upward.leaf[j]).sum(axis=1)
        out[j] = np.log(np.maximum(cell, _TINY)) + upward.leaf_log[j]
    return out, states


def expected(bins: list[ColumnBins], found: LeftOut) -> tuple[NDArray[np.float64], list[tuple[Expected, ...]]]:
    """(n, d) conditional entropies, and what was expected in each cell of each row."""
    columns, entropies = [], []
    for j, own in enumerate(bins):
        shares = own.shares([s[j] for s in found.states], found.weights[:, j])
        entropies.append(own.entropy(*shares))
        columns.append(own.expected(*shares))
    return np.stack(entropies, axis=1), list(zip(*columns, strict=True))


def context(circuit: Circuit, rows: Rows, main: Ints, nearest: Ints) -> NDArray[np.float64]:
    """(n, d) nats that knowing each other cell adds to the surprise of cell `main` (n,) of its row.

    The surprise with all other cells, less the surprise without one of them: a pass for each. In wide tables only the
    columns nearest to the main one in the tree are asked.

    Args:
        circuit: the model.
        rows: n rows.
        main: (n,) columns.
        nearest: (d, d) for each column all columns, the nearest first.
    """
    n, d = rows.places.shape
    known = np.ones((n, d), dtype=bool) if rows.known is None else rows.known
    each = np.arange(n)
    asked = nearest[main][:, : _NEAREST + 1]  # (n, asked)
    at_main = _surprise(circuit, rows, known, main)
    out = np.zeros((n, d))
    for k in range(asked.shape[1]):
        other = asked[:, k]
        without = known.copy()
        without[each, other] = False
        gained = at_main - _surprise(circuit, rows, without, main)
        out[each, other] = np.where((other == main) | ~known[each, other], 0.0, gained)
    return out


def _surprise(circuit: Circuit, rows: Rows, known: NDArray[np.bool_], main: Ints) -> NDArray[np.float64]:
    """(n,) -log p(main cell | the known rest)."""
    rest = known.copy()
    rest[np.arange(len(main)), main] = False
    whole, less = (circuit.log_likelihood(Rows(rows.places, rows.y, k)) for k in (known, rest))
    return less - whole
