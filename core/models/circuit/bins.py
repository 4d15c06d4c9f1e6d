"""A number column cut into fine bins: conditional entropies, ranges and shares become sums over bins and states."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ...encode.categories import CategoryCodec
from ...encode.dates import DateCodec
from .._expected import Foreseen, foreseen
from .circuit import Circuit
from .marginals import continuous_part
from .tree import Tree

__all__ = ["ColumnBins", "masses"]

Floats = NDArray[Any]

_LEVELS = (0.025, 0.5, 0.975)
_BINS = 96
_UNKNOWN_ENTROPY = 0.5 * float(np.log(2 * np.pi * np.e))


def masses(tree: Tree, slot: int, edges: Floats) -> Floats:
    """(H, b) probability that a continuous value of each state lies in each of b bins."""
    sd = np.sqrt(tree.variances[slot].astype(np.float64))[:, None]
    below = ndtr((edges - tree.means[slot][:, None]) / sd)
    return np.diff(below, axis=1)


class ColumnBins:
    """Column j of a circuit.

    Args:
        circuit: it belongs to.
        j: the column.
    """

    def __init__(self, circuit: Circuit, j: int) -> None:
        self.column = circuit.codec.columns[j]
        self.circuit, self.j = circuit, j
        self.slot = int(circuit.layout.slots[j])
        self.own = circuit.layout.tokens(j)
        self.continuous = circuit.layout.continuous[self.own]

    @cached_property
    def edges(self) -> Floats:
        """(b + 1,) of y: quantiles of the column, and each repeated value."""
        part = continuous_part(self.circuit, self.j)
        if part is None:
            return np.zeros(0)
        ends = np.array(part.ends)
        inner = part.quantiles(np.linspace(0, 1, _BINS + 1)[1:-1])
        reach = part.quantiles(np.array([1e-4, 1e-3, 1 - 1e-3, 1 - 1e-4]))
        atoms = self.places[~np.isnan(self.places)]
        within = atoms[(atoms > ends[0]) & (atoms < ends[1])]
        return np.unique(np.concatenate([ends, inner, reach, within]))

    @cached_property
    def places(self) -> Floats:
        """(tokens,) where each repeated value lies; NaN for other tokens."""
        if isinstance(self.column, CategoryCodec):
            return np.full(len(self.continuous), np.nan)
        return self.column.places

    @cached_property
    def said(self) -> tuple[Floats, ...]:
        """For each tree (H, tokens + b) probability of each token and of each bin, as `ExactTree.said` has it."""
        found = []
        for own in self.circuit.passes:
            said = own.said[self.own].T
            if self.slot >= 0:
                load = own.tree.tables[self.own][self.continuous].sum(axis=0)[:, None]
                said = np.concatenate([said, load * masses(own.tree, self.slot, self.edges)], axis=1)
            found.append(said)
        return tuple(found)

    def split(self, shares: Floats) -> tuple[Floats, Floats]:
        """(n, tokens) and (n, b) probabilities of the tokens and of the bins."""
        return shares[:, : len(self.continuous)], shares[:, len(self.continuous) :]

    def entropy(self, tokens: Floats, bins: Floats) -> Floats:
        """(n,) expected surprise of a cell in nats, per scale."""
        out: Floats = -np.sum(tokens * np.log(np.maximum(tokens, 1e-300)), axis=1)
        if isinstance(self.column, CategoryCodec):
            return out + tokens[:, -1] * self.column.rare_entropy
        if self.slot < 0 or self.column.curve is None:
            return out + tokens[:, -1] * _UNKNOWN_ENTROPY
        middle = (self.edges[1:] + self.edges[:-1]) / 2
        per_bin = -np.log(np.diff(self.edges)) + self.column.curve.log_slope_at(middle) + np.log(self.column.scale)
        mass = bins.sum(axis=1)
        shared = np.sum(bins * np.log(np.maximum(bins, 1e-300)), axis=1) - mass * np.log(np.maximum(mass, 1e-300))
        result: Floats = out - shared - bins @ per_bin
        return result - tokens @ self.column.log_stretch if isinstance(self.column, DateCodec) else result

    def expected(self, tokens: Floats, bins: Floats) -> Foreseen:
        """What was expected in n cells."""
        return foreseen(self.column, tokens, lambda: self.quantiles(tokens, bins))

    @cached_property
    def _ascending(self) -> tuple[Floats, Floats, Any]:
        """Where repeated values and bins begin and end, in ascending order, and which (tokens + b,) each is."""
        atoms = np.flatnonzero(~np.isnan(self.places))
        low = np.concatenate([self.places[atoms], self.edges[:-1]])
        high = np.concatenate([self.places[atoms], self.edges[1:]])
        order = np.lexsort((high, low))
        which = np.concatenate([atoms, len(self.continuous) + np.arange(max(len(self.edges) - 1, 0))])
        low, high, which = low[order], high[order], which[order]
        is_run = len(which) > 0 and bool((np.diff(which) == 1).all())
        return low, high, slice(which[0], which[-1] + 1) if is_run else which

    def quantiles(self, tokens: Floats, bins: Floats, levels: tuple[float, ...] = _LEVELS) -> Floats:
        """(levels, n) values of y below which these shares lie, missing and never seen ones left out."""
        low, high, order = self._ascending
        mass = (np.concatenate([tokens, bins], axis=1) if self.slot >= 0 else tokens)[:, order]
        up_to = np.cumsum(mass, axis=1)
        out = np.empty((len(levels), len(tokens)))
        each = np.arange(len(tokens))
        for i, level in enumerate(levels):
            wanted = level * up_to[:, -1]
            at = (up_to >= wanted[:, None]).argmax(axis=1)
            inside = 1 - (up_to[each, at] - wanted) / np.maximum(mass[each, at], 1e-300)
            start, end = low[at], high[at]
            out[i] = start + np.clip(inside, 0, 1) * (end - start)
        return out
