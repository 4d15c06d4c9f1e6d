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
from .passes import Up, leaves, up
from .tree import Layout, Rows, Tree

__all__ = ["Circuit"]

Floats = NDArray[Any]

_BLOCK_FLOATS = 130_000  # of an array that a pass makes: all of them together stay in a core's cache
_MOST_BLOCK, _LEAST_BLOCK = 256, 16


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
    def block_rows(self) -> int:
        """Rows of a pass, so that memory stays bounded."""
        most = _BLOCK_FLOATS // (len(self.layout) * max(t.states for t in self.trees))
        return int(np.clip(most, _LEAST_BLOCK, _MOST_BLOCK))

    @cached_property
    def token_messages(self) -> tuple[dict[int, Floats], ...]:
        """For each tree: column -> (tokens, H) what it tells its parent.

        For columns without children and continuous values: their message depends on the token alone.
        """
        return tuple(
            {j: tree.tables[self.layout.tokens(j)] @ tree.edges[j].T for j in self._ends(tree)}
            for tree in self.exact_trees
        )

    def _ends(self, tree: Tree) -> list[int]:
        leaves = [j for j, children in enumerate(tree.structure.children) if not children]
        return [j for j in leaves if self.layout.slots[j] < 0 and j != tree.structure.root]

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

    def blocks(self, rows: Rows) -> Iterator[tuple[slice, Rows]]:
        """The rows, so many at a time that memory stays bounded."""
        for start in range(0, len(rows), self.block_rows):
            part = slice(start, min(start + self.block_rows, len(rows)))
            yield part, rows.take(part)

    def up(self, r: int, block: Rows, *, keep: bool = True, gaps: Floats | None = None) -> Up:
        """The upward pass of tree r in double precision; without `keep`, `leaf` is overwritten by `inside`.

        Args:
            r: which tree.
            block: the rows.
            keep: whether `leaf` is wanted afterwards.
            gaps: (d, H) probability of what is claimed of cells that are not known; None: nothing is.
        """
        tree, short = self.exact_trees[r], self.token_messages[r]
        leaf, log = leaves(tree, self.layout, block, skip=short)
        if gaps is not None and block.known is not None:
            for j in np.flatnonzero(~block.known.all(axis=0)).tolist():
                leaf[j][~block.known[:, j]] = gaps[j]
        known = {}
        for j, table in short.items():
            known[j] = table[block.places[:, j] - self.layout.offsets[j]]
            if block.known is not None:
                known[j][~block.known[:, j]] = 1.0 if gaps is None else tree.edges[j] @ gaps[j]
        return up(tree, leaf, log, known, keep=keep)

    def log_likelihood(self, rows: Rows) -> NDArray[np.float64]:
        """(n,) nats; base terms left out."""
        each = np.empty((len(self.trees), len(rows)))
        for part, block in self.blocks(rows):
            for r in range(len(self.trees)):
                each[r, part] = self.up(r, block, keep=False).log_likelihood
        out: NDArray[np.float64] = logsumexp(each, axis=0) - np.log(len(self.trees))
        return out
