"""Encoded rows laid out for the sums of EM: one-hot tokens, continuous values, and which of these are present."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...encode.table import Encoded, TableCodec

__all__ = ["Design", "Pattern"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pattern:
    """Rows in which the same values of a block are present.

    Args:
        rows: (m,) positions.
        seen, gone: positions within the block of the values present and absent.
    """

    rows: Ints
    seen: Ints
    gone: Ints


@dataclass(frozen=True, eq=False)
class Design:
    """n rows.

    Args:
        places: (n, d) place of each token when all columns' tokens are laid end to end.
        onehot: (n, V) sparse, a one at each place.
        y: (n, C) continuous values, 0 where absent.
        present: (n, C).
    """

    places: Ints
    onehot: Any
    y: Floats
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, encoded: Encoded, codec: TableCodec) -> Design:
        """From encoded rows."""
        places = encoded.tokens + codec.offsets[:-1]
        n, d = places.shape
        indptr = np.arange(0, n * d + 1, d)
        ones = np.ones(n * d)
        onehot = sparse.csr_matrix((ones, places.ravel(), indptr), shape=(n, int(codec.offsets[-1])))
        present = ~np.isnan(encoded.values)
        return cls(places, onehot, np.where(present, encoded.values, 0.0), present)

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: NDArray[Any]) -> Design:
        """These rows."""
        return Design(self.places[rows], self.onehot[rows], self.y[rows], self.present[rows])

    def patterns(self, block: Ints) -> Iterator[Pattern]:
        """The rows, grouped by which values of the block they have."""
        if not len(block):
            return
        own = self.present[:, block]
        if own.all():
            yield Pattern(np.arange(len(self)), np.arange(len(block)), np.zeros(0, dtype=np.int64))
            return
        packed = np.ascontiguousarray(np.packbits(own, axis=1))
        keys = packed.view([("", packed.dtype, (packed.shape[1],))]).ravel() if len(packed) else packed[:0, 0]
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        order = np.argsort(group, kind="stable")
        for start, rows in zip(first, np.split(order, np.cumsum(np.bincount(group))[:-1]), strict=True):
            yield Pattern(rows, np.flatnonzero(own[start]), np.flatnonzero(~own[start]))
