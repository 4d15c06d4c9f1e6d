"""A number column cut into fine bins: conditional entropies, ranges and shares become sums over bins and states."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ...encode.categories import CategoryCodec
from ...encode.dates import DateCodec
from ...encode.numbers import NumberCodec
from .._expected import expected_categories, likeliest
from ..base import Expected
from .circuit import Circuit
from .marginals import continuous_part
from .tree import Tree

__all__ = ["ColumnBins", "masses"]

Floats = NDArray[Any]

_LEVELS = (0.025, 0.5, 0.975)
_BINS = 96
_SPIKE_SHARE = 0.05
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
    def _masses(self) -> list[Floats]:
        """For each tree (H, b) mass of the continuous part in each bin, times its share of the state's cells."""
        found = []
        for tree in self.circuit.trees:
            load = tree.tables[self.own][self.continuous].sum(axis=0)[:, None]
            found.append((load * masses(tree, self.slot, self.edges)).astype(np.float32))
        return found

    def shares(self, states: list[Floats], weights: Floats) -> tuple[Floats, Floats]:
        """(n, tokens) and (n, b) probabilities of the tokens and of the bins.

        Args:
            states: for each tree (n, H) probabilities of the column's state.
            weights: (R, n) of the trees.
        """
        tokens = bins = np.zeros((len(states[0]), 0))
        for r, own in enumerate(states):
            scaled = own * weights[r][:, None].astype(own.dtype)
            found = (scaled @ self.circuit.trees[r].tables[self.own].T).astype(np.float64)
            tokens = found if r == 0 else tokens + found
            if self.slot >= 0:
                inside = (scaled @ self._masses[r]).astype(np.float64)
                bins = inside if r == 0 else bins + inside
        return tokens, bins

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

    def expected(self, tokens: Floats, bins: Floats) -> list[Expected]:
        """What was expected in n cells."""
        if isinstance(self.column, CategoryCodec):
            return expected_categories(self.column, tokens)
        if isinstance(self.column, DateCodec) and self.column.has_parts:
            values = likeliest(*self.column.shown(tokens), 0.0)
        else:
            values = likeliest(self.column.texts(), tokens, _SPIKE_SHARE)
        if not (self.column.counts[1:] > 0).any():
            return [Expected(values=v) for v in values]
        low, best, high = (self.column.show(q, end=i - 1) for i, q in enumerate(self.quantiles(tokens, bins)))
        cells = zip(low.tolist(), best.tolist(), high.tolist(), values, strict=True)
        return [Expected(a, c, v, b) for a, b, c, v in cells]

    def quantiles(self, tokens: Floats, bins: Floats, levels: tuple[float, ...] = _LEVELS) -> Floats:
        """(levels, n) values of y below which these shares lie, missing and never seen ones left out."""
        assert isinstance(self.column, NumberCodec | DateCodec)
        atoms = np.flatnonzero(~np.isnan(self.places))
        low = np.concatenate([self.edges[:-1], self.places[atoms]])
        high = np.concatenate([self.edges[1:], self.places[atoms]])
        order = np.lexsort((high, low))
        mass = np.concatenate([bins, tokens[:, atoms]], axis=1)[:, order]
        up_to = np.cumsum(mass, axis=1)
        out = np.empty((len(levels), len(tokens)))
        each = np.arange(len(tokens))
        for i, level in enumerate(levels):
            wanted = level * up_to[:, -1:]
            at = np.minimum((up_to < wanted).sum(axis=1), mass.shape[1] - 1)
            inside = 1 - (up_to[each, at] - wanted[:, 0]) / np.maximum(mass[each, at], 1e-300)
            start, end = low[order][at], high[order][at]
            out[i] = start + np.clip(inside, 0, 1) * (end - start)
        return out
