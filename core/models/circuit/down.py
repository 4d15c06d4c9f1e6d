"""The way down one tree, for answers: every cell given the rest of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .exact import ExactTree, Upward
from .parts import rows_of_table

__all__ = ["Down"]

Floats = NDArray[Any]

_TINY = 1e-300


class Down:
    """What all other cells say about each cell of n rows.

    A state's probability given the rest is that given the whole row, divided by what the cell says of the state. So
    the cell's own probability is one over the mean of one over what it says. That needs a quotient and no product;
    continuous values, of which a state may say next to nothing, are left out instead.

    Args:
        own: the tree.
        upward: of the rows, with all it found kept.
        asked: columns whose shares are wanted, and for each (H, k) what `ExactTree.said` says of k values.
    """

    def __init__(self, own: ExactTree, upward: Upward, asked: Mapping[int, Floats]) -> None:
        self.own, self.upward, self.asked = own, upward, asked
        self.log_cell = np.empty(upward.places.T.shape)  # (d, n) log p(cell | rest)
        self.shares: dict[int, Floats] = {}  # column -> (n, k) probabilities of the values given the rest
        self._whole: dict[int, Floats] = {}  # column -> (n, H) p(state | whole row)
        for j in own.tree.structure.order.tolist():
            if j in own.ends:
                self._without(j, self._whole[own.parents[j]])
                continue
            outside = own.tree.root if j == own.root else self._outside(j)
            whole = outside * self._inside(j)
            whole *= (1.0 / np.maximum(whole @ own.ones, _TINY))[:, None]
            self._whole[j] = whole
            if own.layout.slots[j] < 0:
                self._without(j, whole)
            else:
                self._left_out(j, outside)

    def _inside(self, j: int) -> Floats:
        if j in self.upward.inside:
            return self.upward.inside[j]
        part = self.upward.parts[j]
        assert part.inside is not None
        return rows_of_table(part.inside, part.which)

    def _message(self, j: int) -> Floats:
        if j in self.upward.messages:
            return self.upward.messages[j]
        part = self.upward.parts[j]
        return rows_of_table(part.message, part.which)

    def _outside(self, j: int) -> Floats:
        """(n, H) in proportion to p(state, all cells not below the column)."""
        ratio = self._whole[self.own.parents[j]] / self._message(j)
        outside: Floats = ratio @ self.own.tree.edges[j]
        return outside

    def _without(self, j: int, whole: Floats) -> None:
        """A cell of a token, from the states (n, H) given the whole row."""
        rest = rows_of_table(self.own.said, self.upward.places[:, j])
        np.divide(whole, rest, out=rest)
        total = rest @ self.own.ones
        self._set(j, rest, total, 1.0 / total)

    def _left_out(self, j: int, outside: Floats) -> None:
        """A cell with a continuous value, from all that is not below the column and all that is."""
        known = self.upward.leaf.get(j)
        leaf, log = known or self.own.leaf(j, self.upward.places, self.upward.y)
        rest = np.broadcast_to(outside, leaf.shape).copy()
        self.own.times(rest, (self._message(child) for child in self.own.children[j]), np.zeros(len(leaf)))
        self._set(j, rest, self.own.ones[:1], np.vecdot(rest, leaf), log)

    def _set(self, j: int, rest: Floats, total: Floats, cell: Floats, log: Floats | float = 0.0) -> None:
        self.log_cell[j] = np.log(np.maximum(cell, _TINY)) + log
        if j in self.asked:
            self.shares[j] = rest @ self.asked[j]
            self.shares[j] *= (1.0 / total)[:, None]
