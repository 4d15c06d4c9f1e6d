"""Reference rows and the distances to them: what neighbours, subsamples and local densities share.

Distances are exact: a matrix product finds candidates, or in few dimensions a tree does, and their distances are then
computed afresh, column by column.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..data.batch import Batch
from ..encode.dense import DenseCodec, Points

__all__ = ["Nearest", "most_references"]

_BLOCK_CELLS = 4_000_000  # distances found between two looks at whether the user has cancelled
_CACHED_CELLS = 400_000  # distances worked on at a time: they stay in the processor's cache from step to step
_GROUP = 32
_MAX_PAIRS = 3_000_000_000  # training rows x reference rows compared: a million rows take a minute, not ten
_LEAST = 2_000  # reference rows kept however many rows there are
_CANCELS = 1e-4  # share of the squared lengths: what is larger keeps eleven digits
_SPARE = 4  # candidates beyond k, should rounding of the product swap near ties
_FLAT = 4  # dimensions up to which a tree looks at few of the rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def most_references(rows: int, columns: int, sample: int, cells: int) -> int:
    """How many reference rows may be kept, so that neither their memory nor comparing all rows with them runs away.

    Args:
        rows: training rows, all of which are compared.
        columns: of each.
        sample: reference rows wanted.
        cells: rows x columns that memory allows.
    """
    return min(sample, max(cells // max(columns, 1), 1_000), max(_MAX_PAIRS // max(rows, 1), _LEAST))


@dataclass(frozen=True, eq=False)
class Nearest:
    """Finds reference rows.

    Args:
        codec: rows to points.
        points: the m reference rows.
    """

    codec: DenseCodec
    points: Points

    def among(self, columns: Collection[str]) -> Nearest:
        """The same reference rows, compared by those of their columns alone."""
        codec = self.codec
        has = [name in columns for name in codec.names]
        if all(has):
            return self
        widths = [_narrow(codec, [name]).encode(Batch({}, 0)).x.shape[1] for name in codec.names]
        many = np.array([name in columns for name in codec.many], dtype=bool)
        points = replace(self.points, x=self.points.x[:, np.repeat(has, widths)], codes=self.points.codes[:, many])
        return Nearest(_narrow(codec, columns), points)

    def search(self, queries: Points, k: int, mine: Ints) -> tuple[Ints, Floats]:
        """Places (n, k) of the nearest reference rows and distances (n, k) to them, nearest first.

        Args:
            queries: n rows.
            k: how many, at most those there are.
            mine: (n,) the reference row that is the row itself and does not count; -1 for none.
        """
        index, distances = np.zeros((len(queries), k), dtype=np.int64), np.zeros((len(queries), k))
        for rows in self.blocks(len(queries)):
            index[rows], distances[rows] = self._search(queries.take(rows), k, mine[rows])
        return index, distances

    def _search(self, queries: Points, k: int, mine: Ints) -> tuple[Ints, Floats]:
        index = self._candidates(queries, min(k + _SPARE, len(self.points)), mine)
        squares = queries.squares_to(self.points, index)
        squares[index == mine[:, None]] = np.inf
        order = np.argsort(squares, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(index, order, axis=1), np.sqrt(np.take_along_axis(squares, order, axis=1))

    def _candidates(self, queries: Points, k: int, mine: Ints) -> Ints:
        """(n, k) places of rows among which the nearest are, the row itself perhaps with them."""
        if self._tree is not None:
            found: Ints = np.asarray(self._tree.query(queries.x, k)[1]).reshape(len(queries), k)
            return found
        near = self.nearness(queries)
        has_own = np.flatnonzero(mine >= 0)
        near[has_own, mine[has_own]] = np.inf
        return _smallest(near, k)

    @cached_property
    def _tree(self) -> KDTree | None:
        """Of the reference rows, where these have few coordinates and nothing else."""
        width = self.points.x.shape[1]
        return KDTree(self.points.x) if 0 < width <= _FLAT and not self.points.codes.shape[1] else None

    def nearness(self, queries: Points) -> Floats:
        """(n, m) squared distances but for rounding and for a constant of each query."""
        near: Floats = np.concatenate([queries.x, np.ones((len(queries), 1))], axis=1) @ self._lifted
        width = queries.codes.shape[1]
        if width:
            differ = np.zeros(near.shape, dtype=np.uint8 if width < 256 else np.uint16)
            other = np.empty(near.shape, dtype=np.bool_)
            for j, codes in enumerate(self._codes):
                np.not_equal(queries.codes[:, j, None], codes, out=other)
                differ += other.view(np.uint8)
            near += differ
        return near

    def squares(self, queries: Points, near: Floats) -> tuple[Floats, Floats]:
        """(n, k) squared distances by their nearness (n, k), and (n,) below which rounding may show in the tenth digit.

        Nearness is a difference of products: of two rows that lie close together, all leading digits cancel.
        """
        own = np.einsum("nd,nd->n", queries.x, queries.x)
        slack: Floats = _CANCELS * (own + self._longest)
        return near + (own + queries.offset)[:, None], slack

    def blocks(self, n: int) -> Iterator[Ints]:
        """Rows of queries to work on at a time."""
        size = max(_CACHED_CELLS // max(len(self.points), 1), 16)
        for start in range(0, n, size):
            yield np.arange(start, min(start + size, n))

    @property
    def block_rows(self) -> int:
        """Rows to search for in one call, so that cancelling is quick."""
        return max(_BLOCK_CELLS // max(len(self.points), 1), 16)

    @cached_property
    def _lifted(self) -> Floats:
        """(D + 1, m): with a one appended to a point x, the product is |r|^2 - 2 x.r."""
        x = self.points.x
        return np.ascontiguousarray(np.concatenate([-2 * x, (x * x).sum(axis=1)[:, None]], axis=1).T)

    @cached_property
    def _longest(self) -> float:
        """Largest squared length of a reference row."""
        return float(self._lifted[-1].max(initial=0.0))

    @cached_property
    def _codes(self) -> NDArray[np.int32]:
        """(W, m) codes, a column's side by side."""
        return np.ascontiguousarray(self.points.codes.T)


def _narrow(codec: DenseCodec, columns: Collection[str]) -> DenseCodec:
    """The codec of those of its columns alone."""
    names = tuple(name for name in codec.names if name in columns)
    return replace(codec, names=names, many={k: v for k, v in codec.many.items() if k in columns})


def _smallest(values: Floats, k: int) -> Ints:
    """(n, k) places of the k smallest of each row, in no order.

    The k smallest of a row lie in the k groups with the smallest minima; only these are looked at.
    """
    n, m = values.shape
    groups = m // _GROUP
    if groups <= 2 * k:
        return np.argpartition(values, k - 1, axis=1)[:, :k]
    whole = groups * _GROUP
    minima, left = values[:, :whole], _GROUP  # a group's places lie `groups` apart: halves are folded onto each other
    while left > 1:
        left //= 2
        minima = np.minimum(minima[:, : left * groups], minima[:, left * groups :])
    best = np.argpartition(minima, k - 1, axis=1)[:, :k]  # (n, k) groups
    places = (best[:, :, None] + groups * np.arange(_GROUP)).reshape(n, -1)
    places = np.concatenate([places, np.broadcast_to(np.arange(whole, m), (n, m - whole))], axis=1)
    found = np.argpartition(np.take_along_axis(values, places, axis=1), k - 1, axis=1)[:, :k]
    return np.take_along_axis(places, found, axis=1)
