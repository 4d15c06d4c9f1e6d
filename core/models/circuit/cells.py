"""Every cell given the rest of its row, all at once: one pass up and one down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp

from .._expected import Foreseen
from .bins import ColumnBins
from .circuit import Block, Circuit
from .down import Down
from .tree import Rows

__all__ = ["LeftOut", "context", "leave_one_out"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]

_NEAREST = 24


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What the rest of a row says about each of its cells.

    Args:
        log_likelihood: (n,) nats of the whole row.
        log_cell: (d, n) log p(cell | rest), base terms left out; 0 where a cell is not known.
        shares: column -> (n, k) probabilities of its values given the rest; of columns that were asked for.
    """

    log_likelihood: NDArray[np.float64]
    log_cell: NDArray[np.float64]
    shares: dict[int, Floats]


def leave_one_out(circuit: Circuit, block: Block, asked: Sequence[ColumnBins] = ()) -> LeftOut:
    """Of the rows of one block.

    Args:
        circuit: the model.
        block: the rows.
        asked: columns whose shares are wanted.
    """
    levels, cells, shares = [], [], []
    for r, own in enumerate(circuit.passes):
        upward = own.up(block.places, block.y, block.parts[r], keep=True)
        down = Down(own, upward, {column.j: column.said[r] for column in asked})
        levels.append(upward.log_likelihood)
        cells.append(down.log_cell)
        shares.append(down.shares)
    whole, each = np.stack(levels), np.stack(cells)  # (R, n), (R, d, n)
    log_weights = log_softmax(whole[:, None, :] - each, axis=0)
    weights = np.exp(log_weights)  # of the trees given the rest
    mixed = {
        column.j: sum(w[column.j][:, None] * own[column.j] for w, own in zip(weights, shares, strict=True))
        for column in asked
    }
    total = logsumexp(whole, axis=0) - np.log(len(whole))
    return LeftOut(total, logsumexp(log_weights + each, axis=0), mixed)


def expected(bins: Sequence[ColumnBins], found: LeftOut) -> tuple[NDArray[np.float64], list[Foreseen]]:
    """(n, d) conditional entropies, and what was expected in the cells of each column."""
    entropies = [own.entropy(*own.split(found.shares[own.j])) for own in bins]
    return np.stack(entropies, axis=1), [own.expected(*own.split(found.shares[own.j])) for own in bins]


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
