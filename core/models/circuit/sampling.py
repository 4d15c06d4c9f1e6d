"""New rows: ancestral sampling, from the root's state down to the cells. Exact, also under conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...data.batch import Batch
from ...data.conditions import Condition, Where
from ...data.disjoint import disjoint
from ...encode.categories import CategoryCodec
from ...encode.column import MISSING, Piece
from ...encode.table import RELEASE, TableCodec
from ...errors import FitError
from ...stats.normals import draw_between
from ..rejection import is_probable, until_enough
from .circuit import Circuit
from .evidence import Evidence, by_column, piece_weights
from .tree import Tree

__all__ = ["Picker", "draw", "drawable", "even_shares"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]

_BATCH = 65_536
_CELLS = 1_000_000  # of which decoding and rounding leave hardly anything


def draw(circuit: Circuit, n: int, condition: Where, rng: np.random.Generator) -> Iterator[Batch]:
    """Batches that hold n rows together.

    Alternatives are made disjoint first and one is chosen for each row by its exact probability, so that no row is
    drawn in vain.

    Raises:
        FitError: the condition names an unknown column or value, or is too improbable to be drawn; for a copy: it
            asks for values that too few subjects hold.
    """
    parts = [_Drawable.of(circuit, part) for part in disjoint(condition)]
    level = float(logsumexp([part.level for part in parts])) if parts else -np.inf
    parts = [part for part in parts if part.is_probable]
    if not parts and circuit.codec.purpose == RELEASE and np.isneginf(level):
        raise FitError("models.too_few_hold", condition=condition.to_text())
    if not parts:
        raise FitError("models.improbable", condition=condition.to_text(), probability=float(np.exp(level)))
    shares = np.exp([part.level - level for part in parts])

    def propose(size: int) -> Batch:
        if len(parts) == 1:
            return parts[0].rows(size, rng)
        counts = rng.multinomial(size, shares / shares.sum()).tolist()
        some = [part.rows(count, rng) for part, count in zip(parts, counts, strict=True) if count]
        return Batch.concat(some).take(rng.permutation(size))

    # rounding may carry a value over a bound, hence the condition
    yield from until_enough(propose, n, condition, size=_BATCH, most=_CELLS)


@dataclass(frozen=True, eq=False)
class _Drawable:
    """One of the disjoint parts of a condition, ready to be drawn.

    Args:
        evidence: of the part.
        codec: decodes rare categories to those it allows.
        circuit: of whom.
    """

    evidence: Evidence
    codec: TableCodec
    circuit: Circuit

    @classmethod
    def of(cls, circuit: Circuit, condition: Condition) -> _Drawable:
        return cls(Evidence.of(condition, circuit, seen=True), _decoder(circuit.codec, condition), circuit)

    @cached_property
    def samplers(self) -> list[Sampler]:
        return [Sampler(self.circuit, r, self.evidence) for r in range(len(self.circuit.trees))]

    @cached_property
    def level(self) -> float:
        return self.evidence.log_probability

    @property
    def is_probable(self) -> bool:
        return is_probable(self.level - self.evidence.log_rounding, len(self.evidence.pieces))

    def rows(self, size: int, rng: np.random.Generator) -> Batch:
        """So many rows."""
        tokens = np.empty((size, len(self.codec.columns)), dtype=np.int32)
        values = np.full((size, len(self.codec.floating)), np.nan)
        order, start = rng.permutation(size), 0
        for sampler, share in zip(self.samplers, rng.multinomial(size, self.evidence.tree_shares), strict=True):
            rows = order[start : start + share]
            tokens[rows], values[rows] = sampler.propose(int(share), rng)
            start += share
        return self.codec.decode(tokens, values, rng)


def drawable(circuit: Circuit, tree: Tree, j: int) -> Floats:
    """(tokens, H) column j's table without tokens never seen: their back-off mass is for scoring only.

    A column of which nothing was learned (all its values are infinite) is drawn as missing.
    """
    own = circuit.layout.tokens(j)
    never = circuit.layout.counts[own] == 0
    never[MISSING] &= not never.all()
    table = np.where(never[:, None], 0.0, tree.tables[own])
    result: Floats = table / table.sum(axis=0)
    return result


def _decoder(codec: TableCodec, condition: Condition) -> TableCodec:
    """The codec that decodes rare categories to those the condition allows."""
    tests = by_column(condition)
    columns = [
        c.only(tests[c.name]) if c.name in tests and isinstance(c, CategoryCodec) else c for c in codec.columns
    ]
    return TableCodec(tuple(columns))


@dataclass(frozen=True, eq=False)
class Picker:
    """Draws from many distributions over the same things at once.

    Args:
        weights: (m, k) distributions in proportion.
    """

    weights: Floats

    @cached_property
    def _edges(self) -> Floats:
        """All cumulated shares end to end, distribution i between i and i + 1: one ascending list."""
        edges = np.cumsum(self.weights, axis=1, dtype=np.float64)
        edges /= np.maximum(edges[:, -1:], 1e-300)
        edges[:, -1] = 1.0
        return (edges + np.arange(len(edges))[:, None]).ravel()

    def pick(self, which: Ints, rng: np.random.Generator) -> Ints:
        """(n,) one thing from distribution `which` (n,) each.

        Systematic: those that ask the same distribution share out its unit interval, so that the shares of what is
        picked are those of the distribution to within one pick; each by itself is a fair draw.
        """
        k = self.weights.shape[1]
        order, places = evenly(which, rng)
        ordered = which[order]
        found = np.empty(len(which), dtype=np.int64)
        found[order] = np.searchsorted(self._edges, ordered + places, side="right") - ordered * k
        return np.clip(found, 0, k - 1)


def evenly(which: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """(n,) an order of the rows by kind, and for each of them in that order a number in [0, 1).

    Systematic sampling: rows of the same kind `which` share out the unit interval, one in each part, by chance which;
    each number by itself is uniform.
    """
    shuffled = rng.permutation(len(which))
    order = shuffled[np.argsort(which[shuffled].astype(np.uint16), kind="stable")]
    sizes = np.bincount(which)
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    return order, (np.arange(len(which)) - first + rng.random(len(which))) / np.repeat(sizes, sizes)


def even_shares(which: Ints, rng: np.random.Generator) -> Floats:
    """(n,) the numbers of `evenly`, in the order of the rows."""
    order, places = evenly(which, rng)
    shares = np.empty(len(which))
    shares[order] = places
    return shares


class Sampler:
    """Draws from one tree given evidence."""

    def __init__(self, circuit: Circuit, r: int, evidence: Evidence) -> None:
        self.circuit, self.tree, self.evidence = circuit, circuit.exact_trees[r], evidence
        inside = evidence.insides[r]
        self.root = Picker((self.tree.root * inside[self.tree.structure.root])[None])
        self.edges = {int(j): Picker(self.tree.edges[j] * inside[j]) for j in self.tree.structure.order[1:]}
        self.leaves = {j: Picker(self._leaf(j)) for j in range(len(circuit.layout))}

    def _leaf(self, j: int) -> Floats:
        """(H, tokens or pieces) what a state of column j gives."""
        if j not in self.evidence.pieces:
            return drawable(self.circuit, self.tree, j).T
        weights = piece_weights(self.tree, self.circuit.layout, j, self.evidence.pieces[j])
        shifted: Floats = np.exp(weights - np.maximum(weights.max(axis=0), -1e300)).T
        return shifted

    def propose(self, size: int, rng: np.random.Generator) -> tuple[NDArray[np.int32], Floats]:
        """(size, d) tokens and (size, C) continuous values."""
        layout, structure = self.circuit.layout, self.tree.structure
        tokens = np.empty((size, len(layout)), dtype=np.int32)
        values = np.full((size, len(layout.floating)), np.nan)
        states: dict[int, Ints] = {structure.root: self.root.pick(np.zeros(size, dtype=np.int64), rng)}
        for j in structure.order:
            column = int(j)
            if column != structure.root:
                states[column] = self.edges[column].pick(states[int(structure.parents[column])], rng)
            chosen = self.leaves[column].pick(states[column], rng)
            pieces = self.evidence.pieces.get(column)
            tokens[:, column] = chosen if pieces is None else np.array([p.token for p in pieces])[chosen]
            if (slot := int(layout.slots[column])) >= 0:
                has = np.flatnonzero(layout.continuous[layout.offsets[column] + tokens[:, column]])
                limits = self.circuit.codec.limits[:, slot]
                values[has, slot] = self._values(slot, states[column][has], pieces, chosen[has], limits, rng)
        return tokens, values

    def _values(  # noqa: PLR0917 - where one column's values come from
        self, slot: int, states: Ints, pieces: tuple[Piece, ...] | None, chosen: Ints, limits: Floats,
        rng: np.random.Generator,
    ) -> Floats:
        """(n,) continuous values: within their piece, or within the range of training."""
        if pieces is None:
            low, high = np.full(len(states), limits[0]), np.full(len(states), limits[1])
        else:
            low, high = (np.array([getattr(p, end) for p in pieces])[chosen] for end in ("low", "high"))
        sd = np.sqrt(self.tree.variances[slot])[states]
        return draw_between(self.tree.means[slot][states], sd, low, high, even_shares(states, rng))
