"""What can be asked about columns: distributions under a condition, and how columns depend on each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from ...data.conditions import Where
from ...data.disjoint import disjoint
from ...encode.categories import CategoryCodec
from ...encode.dates import DateCodec
from ...encode.numbers import NumberCodec
from ...errors import FitError
from ...stats.bins import reads_better_in_logs
from ..base import Edge, Marginal, RareValues
from .bins import masses
from .circuit import Circuit
from .evidence import Evidence, piece_weights
from .marginals import continuous_part
from .tree import Tree

__all__ = ["Asker", "edges", "mutual_information"]

Floats = NDArray[Any]

_BINS = 28
_FEW_ATOMS = 12
_FREQUENT = 0.05  # share of the cells from which a repeated value is shown by itself, however many there are
_REACH = (0.002, 0.01, 0.5, 0.99, 0.998)
_SKEWED = 30.0
_FINE = 32
_LEVELS = (0.025, 0.5, 0.975)


class Asker:
    """Answers about the columns of one circuit; what does not depend on the condition is worked out once."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.cuts = [_cuts(circuit, j) for j in range(len(circuit.layout))]
        self.masses = [self._masses(j) for j in range(len(circuit.layout))]

    def _masses(self, j: int) -> list[Floats]:
        """For each tree (H, b) mass of the column's continuous part between its cuts."""
        layout, slot = self.circuit.layout, int(self.circuit.layout.slots[j])
        if slot < 0 or not len(self.cuts[j]):
            return []
        y = _inner(self.circuit, j, self.cuts[j])
        own = np.flatnonzero(layout.continuous[layout.tokens(j)]) + layout.tokens(j).start
        return [
            np.sum([tree.tables[t][:, None] * masses(tree, slot, at) for t, at in zip(own, y, strict=True)], axis=0)
            for tree in self.circuit.exact_trees
        ]

    def marginals(self, condition: Where) -> tuple[Marginal, ...]:
        """Every column's distribution among rows that satisfy the condition.

        Raises:
            FitError: a column or value it does not know, or a condition no row can satisfy.
        """
        found = [Evidence.of(part, self.circuit) for part in disjoint(condition)]
        parts = [evidence for evidence in found if np.isfinite(evidence.log_probability)]
        if not parts:
            raise FitError("models.improbable", condition=condition.to_text(), probability=0.0)
        shares = softmax([evidence.log_probability for evidence in parts])
        return tuple(self._marginal(j, parts, shares) for j in range(len(self.cuts)))

    def _marginal(self, j: int, parts: Sequence[Evidence], shares_of: Floats) -> Marginal:
        """Column j among the rows of disjoint parts, each of its share."""
        each = [self._shares(j, evidence) for evidence in parts]
        tokens, bins = (sum(share * own[i] for share, own in zip(shares_of, each, strict=True)) for i in range(2))
        codec = self.circuit.codec.columns[j]
        last = len(tokens) - int(codec.counts[-1] == 0)  # what was never seen is not shown
        total = tokens[:last].sum() + bins.sum()
        tokens, bins = tokens / total, bins / total
        if isinstance(codec, CategoryCodec):
            return Marginal(codec.name, _values(codec)[:last], tokens[:last], np.zeros(0), np.zeros(0))
        cuts, continuous = self.cuts[j], self.circuit.layout.continuous[self.circuit.layout.tokens(j)]
        alone = np.flatnonzero(~continuous)
        values: tuple[str | None, ...] = tuple(codec.texts()[t] for t in alone)
        shares = tokens[alone]
        if isinstance(codec, NumberCodec):
            keep = np.arange(len(alone)) < 1 + len(codec.atoms)
            values, shares = tuple(v for v, k in zip(values, keep, strict=True) if k), shares[keep]
            binned = _binned(codec)
            if binned.any():
                at = np.clip(np.searchsorted(cuts, codec.atoms[binned], side="right") - 1, 0, len(cuts) - 2)
                bins = bins + np.bincount(at, weights=shares[1:][binned], minlength=len(bins))
                alone = np.concatenate([[True], ~binned])
                values, shares = tuple(v for v, k in zip(values, alone, strict=True) if k), shares[alone]
        return Marginal(codec.name, values, shares, cuts, bins, *_quantiles(codec, values, shares, cuts, bins))

    def _shares(self, j: int, evidence: Evidence) -> tuple[Floats, Floats]:
        """(tokens,) probabilities of tokens without a continuous value, and (b,) of the bins."""
        layout = self.circuit.layout
        own = layout.tokens(j)
        continuous = layout.continuous[own]
        tokens, bins = np.zeros(len(continuous)), np.zeros(max(len(self.cuts[j]) - 1, 0))
        for r, (tree, share) in enumerate(zip(self.circuit.exact_trees, evidence.tree_shares, strict=True)):
            states = share * evidence.rests[r][j]
            if j in evidence.pieces:
                found = [part @ evidence.rests[r][j] for part in self._pieces(j, tree, evidence)]
                inside = max(float(found[0].sum() + found[1].sum()), 1e-300)  # the tree's share has it already
                tokens += share * found[0] / inside
                bins += share * found[1] / inside
                continue
            table = tree.tables[own]
            tokens += np.where(continuous, 0.0, table @ states)
            if len(bins) and continuous.any():
                bins += states @ self.masses[j][r]
        return tokens, bins

    def _pieces(self, j: int, tree: Tree, evidence: Evidence) -> tuple[Floats, Floats]:
        """(tokens, H) and (b, H) of a column the condition itself is about, before the rest is weighed in."""
        layout, slot = self.circuit.layout, int(self.circuit.layout.slots[j])
        own = layout.tokens(j)
        tokens = np.zeros((own.stop - own.start, tree.states))
        bins = np.zeros((max(len(self.cuts[j]) - 1, 0), tree.states))
        weights = np.exp(piece_weights(tree, layout, j, evidence.pieces[j]))
        inner = _inner(self.circuit, j, self.cuts[j]) if len(bins) else np.zeros((0, 0))
        place = np.cumsum(layout.continuous[own]) - 1
        for piece, weight in zip(evidence.pieces[j], weights, strict=True):
            if not layout.continuous[own][piece.token]:
                tokens[piece.token] += weight
                continue
            y = inner[place[piece.token]]
            if piece.is_point:
                bins[np.clip(np.searchsorted(y, piece.low) - 1, 0, len(bins) - 1)] += weight
            else:
                inside = np.clip(y, piece.low, piece.high)
                share = masses(tree, slot, inside).T
                bins += weight * share / np.maximum(share.sum(axis=0), 1e-300)
        return tokens, bins


def _values(codec: CategoryCodec) -> tuple[str | RareValues | None, ...]:
    """(tokens,) what they stand for; a single rare value stands for itself."""
    texts = codec.texts()
    many = len(codec.rare) > 1
    return (*texts[:-1], RareValues(len(codec.rare), codec.rare[0]) if many else texts[-1])


def _cuts(circuit: Circuit, j: int) -> Floats:
    """(b + 1,) bounds of the bins of a number or date column in its units; empty for categories."""
    codec = circuit.codec.columns[j]
    if isinstance(codec, CategoryCodec):
        return np.zeros(0)
    if isinstance(codec, DateCodec):
        return np.linspace(codec.first, codec.last + 1, _BINS + 1)
    part = continuous_part(circuit, j)
    many = codec.atoms[_binned(codec)]
    if part is None or codec.curve is None:
        return _even(many[0], many[-1], codec) if len(many) else np.zeros(0)
    reach = codec.curve.inverse(part.quantiles(np.array(_REACH)))
    low, high = (min(reach[0], *many), max(reach[-1], *many)) if len(many) else (reach[0], reach[-1])
    told = dict(zip(("0", "0.01", "0.5", "0.99"), reach.tolist(), strict=False))
    if low > 0 and (high / max(reach[2], 1e-300) > _SKEWED or reads_better_in_logs(told)):
        return np.geomspace(low, high, _BINS + 1)
    return _even(low, high, codec)


def _binned(codec: NumberCodec) -> NDArray[np.bool_]:
    """(atoms,) which repeated values are counted in bins: of many, all but the frequent ones."""
    own = codec.counts[1 : 1 + len(codec.atoms)]
    if len(own) <= _FEW_ATOMS:
        return np.zeros(len(own), dtype=bool)
    rare: NDArray[np.bool_] = own < _FREQUENT * codec.counts.sum()
    return rare


def _even(low: float, high: float, codec: NumberCodec) -> Floats:
    """Bins of one width, whole steps wide in columns of whole numbers."""
    if codec.decimals == 0:
        width = max(np.ceil((high - low + 1) / _BINS), 1.0)
        result: Floats = np.floor(low) - 0.5 + width * np.arange(int(np.ceil((high - low + 1) / width)) + 1)
        return result
    return np.linspace(low, high if high > low else low + 1.0, _BINS + 1)


def _inner(circuit: Circuit, j: int, cuts: Floats) -> Floats:
    """(continuous tokens, b + 1) the cuts in y, the outer ones moved out so that the bins take in everything."""
    codec = circuit.codec.columns[j]
    assert not isinstance(codec, CategoryCodec)
    if codec.curve is None:
        return np.zeros((0, len(cuts)))
    y = codec.cuts(cuts) if isinstance(codec, DateCodec) else codec.curve.forward(cuts)[None]
    y[:, 0], y[:, -1] = -np.inf, np.inf
    return y


def _quantiles(
    codec: NumberCodec | DateCodec, values: tuple[str | None, ...], shares: Floats, cuts: Floats, bins: Floats
) -> tuple[float | None, float | None, float | None]:
    """Of the present values; within a bin they are taken as spread evenly."""
    numbers = [(float(v), p) for v, p in zip(values, shares, strict=True) if v is not None]
    low = np.array([*(x for x, _ in numbers), *cuts[:-1]])
    high = np.array([*(x for x, _ in numbers), *cuts[1:]])
    mass = np.array([*(p for _, p in numbers), *bins])
    order = np.lexsort((high, low))
    up_to = np.cumsum(mass[order])
    if not len(mass) or up_to[-1] <= 0:
        return None, None, None
    found = []
    for level in _LEVELS:
        wanted = level * up_to[-1]
        at = min(int((up_to < wanted).sum()), len(mass) - 1)
        share = 1 - (up_to[at] - wanted) / max(mass[order][at], 1e-300)
        x = low[order][at] + np.clip(share, 0, 1) * (high[order][at] - low[order][at])
        digits = codec.decimals if isinstance(codec, NumberCodec) else 0
        found.append(float(x if digits is None else np.round(x, digits)))
    return found[0], found[1], found[2]


def edges(circuit: Circuit) -> tuple[Edge, ...]:
    """The ties of the first tree with their mutual information under all trees, strongest first."""
    names, structure = circuit.codec.names, circuit.trees[0].structure
    pairs = [(int(structure.parents[j]), int(j)) for j in structure.order[1:]]
    found = [Edge(names[a], names[b], mutual_information(circuit, a, b)) for a, b in pairs]
    return tuple(sorted(found, key=lambda e: -e.strength))


def mutual_information(circuit: Circuit, a: int, b: int) -> float:
    """Nats that one column says about another under the model.

    Exact for tokens; continuous values are cut into bins of equal mass, which bounds it from below.
    """
    joint = np.zeros(())
    for tree, shares in zip(circuit.exact_trees, circuit.state_shares, strict=True):
        states = _joint_states(tree, shares, a, b)
        joint = joint + _leaf_bins(circuit, tree, a) @ states @ _leaf_bins(circuit, tree, b).T
    joint = joint / joint.sum()
    independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    used = joint > 0
    return max(float(np.sum(joint[used] * np.log(joint[used] / independent[used]))), 0.0)


def _leaf_bins(circuit: Circuit, tree: Tree, j: int) -> Floats:
    """(tokens and bins, H) probabilities in each state."""
    own, slot = circuit.layout.tokens(j), int(circuit.layout.slots[j])
    table, continuous = tree.tables[own], circuit.layout.continuous[own]
    part = continuous_part(circuit, j)
    if slot < 0 or part is None or part.mass < 1e-9:
        return table
    cuts = np.concatenate([[-np.inf], part.quantiles(np.linspace(0, 1, _FINE + 1)[1:-1]), [np.inf]])
    bins = table[continuous].sum(axis=0)[:, None] * masses(tree, slot, cuts)
    return np.concatenate([table[~continuous], bins.T])


def _joint_states(tree: Tree, shares: Floats, a: int, b: int) -> Floats:
    """(H, H) probability of the states of both columns: along the path between them."""
    above_a, above_b = _path(tree, a), _path(tree, b)
    meet = next(j for j in above_a if j in above_b)
    down_a, down_b = _down(tree, above_a, meet), _down(tree, above_b, meet)
    result: Floats = (down_a.T * shares[meet]) @ down_b
    return result


def _path(tree: Tree, j: int) -> list[int]:
    """The column and those above it, up to the root."""
    path = [j]
    while tree.structure.parents[path[-1]] >= 0:
        path.append(int(tree.structure.parents[path[-1]]))
    return path


def _down(tree: Tree, path: list[int], meet: int) -> Floats:
    """(H, H) p(state at the start of the path | state at the meeting column)."""
    out = np.eye(tree.states)
    for j in reversed(path[: path.index(meet)]):
        out = out @ tree.edges[j]
    return out
