"""Encoded rows laid out for the sums of EM: one-hot tokens, continuous values, and which of these are present."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...encode.table import Encoded, TableCodec

__all__ = ["Design", "Pattern"]

_PATTERN_FLOATS = 2_000_000

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
        onehot: (n, V) sparse, a one at each place of the columns the table has.
        y: (n, C) continuous values, 0 where absent.
        present: (n, C).
        kept: which of the d columns the table has. The others are in no sum: they are integrated out.
    """

    places: Ints
    onehot: Any
    y: Floats
    present: NDArray[np.bool_]
    kept: Ints

    @classmethod
    def of(cls, encoded: Encoded, codec: TableCodec, columns: Collection[str] | None = None) -> Design:
        """From encoded rows.

        Args:
            encoded: the rows.
            codec: that encoded them.
            columns: those their table has; None for all.
        """
        places = encoded.tokens + codec.offsets[:-1]
        kept = np.flatnonzero([columns is None or name in columns for name in codec.names])
        n, width = len(places), len(kept)
        ones, indptr = np.ones(n * width), width * np.arange(n + 1)
        onehot = sparse.csr_matrix((ones, places[:, kept].ravel(), indptr), shape=(n, int(codec.offsets[-1])))
        present = ~np.isnan(encoded.values)
        return cls(places, onehot, np.where(present, encoded.values, 0.0), present, kept)

    @classmethod
    def concat(cls, parts: Sequence[Design]) -> Design:
        """The rows of all parts, in order; the parts are of one codec and one table."""
        return cls(
            np.concatenate([p.places for p in parts]), sparse.vstack([p.onehot for p in parts], format="csr"),
            np.concatenate([p.y for p in parts]), np.concatenate([p.present for p in parts]), parts[0].kept,
        )

    def __len__(self) -> int:
        return len(self.y)

    def clipped(self, most: float) -> Design:
        """The same rows with continuous values kept within +-most."""
        return replace(self, y=np.clip(self.y, -most, most))

    def take(self, rows: NDArray[Any]) -> Design:
        """These rows."""
        return Design(self.places[rows], self.onehot[rows], self.y[rows], self.present[rows], self.kept)

    def patterns(self, block: Ints, width: int = 1) -> Iterator[Pattern]:
        """The rows, grouped by which values of the block they have.

        Args:
            block: continuous values.
            width: floats the caller needs per value; groups are cut so that memory stays bounded.
        """
        most = max(_PATTERN_FLOATS // max(len(block) * width, 1), 16)
        key = block.tobytes()
        if key not in self._grouped:  # EM asks at every pass
            self._grouped[key] = list(self._groups(block))
        for rows, seen, gone in self._grouped[key]:
            for start in range(0, len(rows), most):
                yield Pattern(rows[start : start + most], seen, gone)

    @cached_property
    def _grouped(self) -> dict[bytes, list[tuple[Ints, Ints, Ints]]]:
        return {}

    def _groups(self, block: Ints) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Rows of equal presence in the block, what they have and what they lack."""
        own = self.present[:, block]
        if not len(block) or not len(own):
            return
        if own.all():
            yield np.arange(len(own)), np.arange(len(block)), np.zeros(0, dtype=np.int64)
            return
        packed = np.ascontiguousarray(np.packbits(own, axis=1))
        keys = packed.view([("", packed.dtype, (packed.shape[1],))]).ravel()
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        order = np.argsort(group, kind="stable")
        ends = np.cumsum(np.bincount(group))[:-1]
        for rows, at in zip(np.split(order, ends), first, strict=True):
            yield rows, np.flatnonzero(own[at]), np.flatnonzero(~own[at])
