"""Which tokens some rows hold: what depends on a token alone is worked out once for all cells that hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from .tree import Layout, Rows, Tree

__all__ = ["Seen", "sums_by"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Seen:
    """The tokens of n rows' cells.

    A column without children and continuous values is an end: what its cell tells the parent depends on its token
    alone.

    Args:
        used: (k,) places of the tokens that occur, ascending.
        which: (d, n) which of them each cell has.
        starts: (d + 1,) where each column's tokens begin among them.
        said: (k, H) p(token | state); tokens of ends: given the state of the parent.
        ends: column -> (its tokens, H) p(token | state).
    """

    used: Ints
    which: Ints
    starts: Ints
    said: Floats
    ends: dict[int, Floats]

    @classmethod
    def of(cls, tree: Tree, layout: Layout, rows: Rows, *, alone: bool = False) -> Seen:
        """Of some rows under a tree; `alone`: no column counts as an end, as rows do that lack cells."""
        places = rows.places.T
        used, which = np.unique(places.ravel(), return_inverse=True)
        found = cls(
            used, which.reshape(places.shape), np.searchsorted(used, layout.offsets), tree.tables.take(used, axis=0), {}
        )
        for j, children in enumerate(() if alone or rows.known is not None else tree.structure.children):
            if not children and layout.slots[j] < 0 and j != tree.structure.root:
                own = found.said[found.tokens(j)]
                found.ends[j] = own.copy()
                np.matmul(found.ends[j], tree.edges[j].T, out=own)
        return found

    def tokens(self, j: int) -> slice:
        """Column j's among the tokens that occur."""
        return slice(int(self.starts[j]), int(self.starts[j + 1]))

    def sums(self, weights: Floats, known: NDArray[np.bool_] | None = None) -> Floats:
        """(k, H) sum of the weights (d, n, H) of each token's cells, of known ones (n, d) alone."""
        counted = None if known is None else known.T.ravel()
        return sums_by(self.which.ravel(), len(self.used), weights.reshape(-1, weights.shape[2]), counted)


def sums_by(which: Ints, kinds: int, weights: Floats, counted: NDArray[np.bool_] | None = None) -> Floats:
    """(kinds, H) sums of the weights (m, H) of each kind, `which` (m,) they are; only of those that are counted."""
    ones = np.ones(len(which), dtype=weights.dtype) if counted is None else counted.astype(weights.dtype)
    sums: Floats = csc_array((ones, which, np.arange(len(which) + 1)), shape=(kinds, len(which))) @ weights
    return sums
