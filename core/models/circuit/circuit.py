"""A mixture of hidden Chow-Liu trees over one codec, and what it says about whole rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...encode.table import Encoded, TableCodec
from .exact import ExactTree
from .parts import Part
from .tree import Layout, Rows, Tree

__all__ = ["Block", "Circuit"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]

_BLOCK_FLOATS = 1_000_000  # of the arrays that a pass makes of all its columns
_MOST_BLOCK, _LEAST_BLOCK = 512, 64
_CHUNK_CELLS, _MOST_CHUNK = 2_000_000, 16_384  # rows among which equal parts are looked for


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows, and what they have in common with others.

    Args:
        places: (n, d) of what the cells say, in `ExactTree.said`.
        y: (n, C) continuous values.
        parts: for each tree the columns whose message rows share.
    """

    places: Ints
    y: Floats
    parts: tuple[dict[int, Part], ...]

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: slice) -> Block:
        """These rows."""
        parts = tuple({j: p.take(rows) for j, p in own.items()} for own in self.parts)
        return Block(self.places[rows], self.y[rows], parts)


@dataclass(frozen=True, eq=False)
class Circuit:
    """R trees, each as likely as the others.

    Args:
        codec: rows <-> tokens and continuous values.
        trees: with one layout, in single precision.
    """

    codec: TableCodec
    trees: tuple[Tree, ...]

    @cached_property
    def layout(self) -> Layout:
        """How columns are laid out."""
        return Layout.of(self.codec)

    @cached_property
    def exact_trees(self) -> tuple[Tree, ...]:
        """The trees in double precision: a row's answer must not depend on the rows beside it to more than 1e-9."""
        return tuple(t.astype(np.float64) for t in self.trees)

    @cached_property
    def state_shares(self) -> tuple[Floats, ...]:
        """For each tree (d, H) probability of each hidden state."""
        return tuple(t.state_shares() for t in self.exact_trees)

    @cached_property
    def passes(self) -> tuple[ExactTree, ...]:
        """What goes up each tree for answers."""
        return tuple(ExactTree(t, self.layout) for t in self.exact_trees)

    @cached_property
    def block_rows(self) -> int:
        """Rows of a pass, so that memory stays bounded."""
        most = _BLOCK_FLOATS // (len(self.layout) * max(t.states for t in self.trees))
        return int(np.clip(most, _LEAST_BLOCK, _MOST_BLOCK))

    def rows_of(self, encoded: Encoded, known: NDArray[np.bool_] | None = None) -> Rows:
        """Rows as the passes read them.

        Args:
            encoded: the rows.
            known: (n, d) or (d,) which cells count; the others are summed out.
        """
        rows = Rows.of(encoded, self.layout)
        if known is None or known.all():
            return rows
        return replace(rows, known=np.broadcast_to(known, rows.places.shape))

    def block(self, rows: Rows) -> Block:
        """The rows as one block."""
        places = self.passes[0].places(rows)
        return Block(places, rows.y, tuple(own.shared(places, rows.y) for own in self.passes))

    def blocks(self, rows: Rows) -> Iterator[tuple[slice, Block]]:
        """The rows, so many at a time that memory stays bounded."""
        size = int(np.clip(_CHUNK_CELLS // len(self.layout), self.block_rows, _MOST_CHUNK))
        for start in range(0, len(rows), size):
            chunk = self.block(rows.take(slice(start, start + size)))
            for first in range(0, len(chunk), self.block_rows):
                block = chunk.take(slice(first, first + self.block_rows))
                yield slice(start + first, start + first + len(block)), block

    def log_likelihood(self, rows: Rows) -> NDArray[np.float64]:
        """(n,) nats; base terms left out."""
        each = np.empty((len(self.trees), len(rows)))
        for part, block in self.blocks(rows):
            for r, own in enumerate(self.passes):
                each[r, part] = own.up(block.places, block.y, block.parts[r]).log_likelihood
        out: NDArray[np.float64] = logsumexp(each, axis=0) - np.log(len(self.trees))
        return out
