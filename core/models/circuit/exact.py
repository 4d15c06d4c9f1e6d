"""One tree's passes in double precision, for answers: what many rows have in common is worked out once.

A row's answer must not depend on the rows beside it to more than 1e-9, and a single-precision product gives a row other
last digits in another place. So answers are in double precision, and speed comes from elsewhere: what a column without
children and continuous values tells its parent depends on its token alone, and rows with the same cells at and below a
column share that column's message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .parts import Part, combinations, rows_of_table
from .tree import Layout, Rows, Tree

__all__ = ["ExactTree", "Upward"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]
Parts = Mapping[int, Part]

_LOG_2PI = float(np.log(2 * np.pi))
_TINY = 1e-300
_FACTORS = 16  # of at least 1e-12 each, before a product is scaled
_BLOCK = 256
_SHARED_FLOATS = 2_000_000  # of all that rows share in a tree


@dataclass(frozen=True, eq=False)
class Upward:
    """What the upward pass found for n rows.

    Args:
        places: (n, d) of what the cells say, in `ExactTree.said`.
        y: (n, C) continuous values.
        parts: columns that rows share.
        inside: column -> (n, H) in proportion to p(all cells at and below it | its state); not of shared columns.
        messages: column -> (n, H) the same given the state of its parent.
        leaf: column with a continuous value -> (n, H) p(cell | state), scaled, and (n,) log of what it was divided by.
        log_likelihood: (n,) nats.
    """

    places: Ints
    y: Floats
    parts: Parts
    inside: dict[int, Floats]
    messages: dict[int, Floats]
    leaf: dict[int, tuple[Floats, Floats | float]]
    log_likelihood: NDArray[np.float64]


class ExactTree:
    """Passes of one tree.

    Args:
        tree: in double precision.
        layout: of the columns.
        gaps: (d, H) probability, given each state, of what is claimed of cells that are not known; None: nothing is.
    """

    def __init__(self, tree: Tree, layout: Layout, gaps: Floats | None = None) -> None:
        self.tree, self.layout = tree, layout
        self.gaps = np.ones((len(layout), tree.states)) if gaps is None else gaps
        self.ones = np.ones(tree.states)
        self.root = tree.structure.root
        self.children, self.parents = tree.structure.children, tree.structure.parents.tolist()
        self.ends = frozenset(
            j for j, below in enumerate(self.children) if not below and layout.slots[j] < 0 and j != self.root
        )
        self.continuous = np.append(layout.continuous, np.zeros(len(layout), dtype=bool))

    @cached_property
    def said(self) -> Floats:
        """(V + d, H) p(token | state), then p(claim | state) of cells not known; of `ends` given the parent's state."""
        said = np.concatenate([self.tree.tables, self.gaps])
        for j in self.ends:
            own = np.r_[self.layout.tokens(j), len(self.tree.tables) + j]
            said[own] = said[own] @ self.tree.edges[j].T
        return said

    @cached_property
    def _normals(self) -> tuple[Floats, Floats, Floats]:
        """(C, H) scales and offsets that make z of y, z * z the exponent; and the densities at z = 0."""
        sd = np.sqrt(self.tree.variances)
        scale = np.sqrt(0.5) / sd
        return scale, self.tree.means * scale, 1.0 / sd

    def places(self, rows: Rows) -> Ints:
        """(n, d) of what the cells say, in `said`."""
        unknown = len(self.layout.counts) + np.arange(len(self.layout))
        return rows.places if rows.known is None else np.where(rows.known, rows.places, unknown)

    def ends_of(self, places: Ints) -> dict[int, Part]:
        """The columns whose message depends on their token alone."""
        return {j: Part(places[:, j], self.said) for j in self.ends}

    def leaf(self, j: int, places: Ints, y: Floats) -> tuple[Floats, Floats | float]:
        """(n, H) p(cell | state), scaled, and (n,) the log of what it was divided by."""
        at = places[:, j]
        leaf = rows_of_table(self.said, at)
        slot = int(self.layout.slots[j])
        if slot < 0:
            return leaf, 0.0
        has = np.flatnonzero(self.continuous[at])
        part = slice(None) if len(has) == len(at) else has
        scale, offset, density = (own[slot] for own in self._normals)
        z = y[part, slot, None] * scale
        z -= offset
        z *= z
        nearest = z.min(axis=1)
        np.subtract(nearest[:, None], z, out=z)
        np.exp(z, out=z)
        z *= density
        leaf[part] *= z
        log = np.zeros(len(at))
        log[part] = -nearest - 0.5 * _LOG_2PI
        return leaf, log

    def scale(self, values: Floats, log: Floats) -> None:
        """Divide each row by its sum, in place, and remember the log."""
        total = values @ self.ones  # a product is several times as fast as a sum or a maximum of rows
        np.maximum(total, _TINY, out=total)
        values *= (1.0 / total)[:, None]
        log += np.log(total)

    def times(self, values: Floats, factors: Iterable[Floats], log: Floats) -> None:
        """Multiply by factors of at most 1, in place, and scale."""
        for i, factor in enumerate(factors):
            if i % _FACTORS == _FACTORS - 1:
                self.scale(values, log)
            values *= factor
        self.scale(values, log)

    def shared(self, places: Ints, y: Floats) -> dict[int, Part]:
        """The parts of the tree where, of many rows, at most half differ."""
        parts, left = self.ends_of(places), _SHARED_FLOATS // (2 * self.tree.states)
        for j in self.tree.structure.order[::-1].tolist():
            below = [parts[c] for c in self.children[j] if c in parts]
            if j in parts or len(below) < len(self.children[j]):
                continue
            own = places[:, j]
            if self.layout.slots[j] >= 0:
                has = self.continuous[own]
                if 2 * int(has.sum()) > len(own):
                    continue
                own = np.where(has, len(self.continuous) + np.arange(len(own)), own)
            which, first = combinations([own, *(p.which for p in below)])
            if len(first) <= min(len(own) // 2, left):
                left -= len(first)
                parts[j] = self._part(j, places[first], y[first], which, [(p, p.which[first]) for p in below])
        return parts

    def _part(self, j: int, places: Ints, y: Floats, which: Ints, below: list[tuple[Part, Ints]]) -> Part:
        """Column j and all below it, of rows with each combination of cells."""
        inside = np.empty((len(places), self.tree.states))
        log = np.zeros(len(places))
        for start in range(0, len(places), _BLOCK):
            rows = slice(start, start + _BLOCK)
            own, shift = self.leaf(j, places[rows], y[rows])
            log[rows] += shift
            self.times(own, (rows_of_table(p.message, at[rows]) for p, at in below), log[rows])
            inside[rows] = own
        for p, at in below:
            if p.log is not None:
                log += p.log[at]
        message = inside if j == self.root else inside @ self.tree.edges[j].T
        return Part(which, message, inside, log)

    def up(self, places: Ints, y: Floats, parts: Parts, *, keep: bool = False) -> Upward:
        """From the leaves to the root.

        Args:
            places: (n, d) of what the cells say.
            y: (n, C) continuous values.
            parts: columns that rows share; at least `ends_of(places)`.
            keep: whether more is wanted than the likelihood.
        """
        log = np.zeros(len(places))
        inside: dict[int, Floats] = {}
        messages: dict[int, Floats] = {}
        leaf: dict[int, tuple[Floats, Floats | float]] = {}
        for j in self.tree.structure.order[::-1].tolist():
            if j in parts:
                continue
            own, shift = self.leaf(j, places, y)
            log += shift
            if keep and self.layout.slots[j] >= 0:
                leaf[j] = own.copy(), shift
            factors = {}
            for child in self.children[j]:
                if child in parts:
                    factors[child] = self.message_of(parts[child], log)
                else:
                    factors[child] = inside[child] @ self.tree.edges[child].T
            self.times(own, factors.values(), log)
            inside[j] = own
            if keep:
                messages.update(factors)
            else:
                inside = {k: v for k, v in inside.items() if k not in factors}
        if self.root in parts:
            top = parts[self.root]
            assert top.inside is not None
            assert top.log is not None
            log += (top.log + np.log(top.inside @ self.tree.root))[top.which]
        else:
            log += np.log(np.maximum(inside[self.root] @ self.tree.root, _TINY))
        return Upward(places, y, parts, inside, messages, leaf, log)

    @staticmethod
    def message_of(part: Part, log: Floats) -> Floats:
        """(n, H) what a shared column tells its parent; adds the log of its scale."""
        if part.log is not None:
            log += part.log[part.which]
        return rows_of_table(part.message, part.which)
