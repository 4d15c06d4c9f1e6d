"""Reference rows and the distances to them: what neighbours, subsamples and local densities share.

Distances are exact: a matrix product finds candidates, or in few dimensions a tree does, and their distances are then
computed afresh, column by column. The product is taken in single precision where that is enough to say which rows
cannot be among the nearest: whatever its rounding leaves open is a candidate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

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
_ROUGH = 256  # dimensions up to which rounding in single precision leaves few candidates
_HALF_STEP = 2.0**-24  # of single precision
_CROWD = 8  # candidates for each neighbour, from which on there are ties and double precision decides
_SHORT = 2**15  # codes that fit into 16 bits

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
        row, place = self._candidates(queries, k, mine)
        squares = queries.take(row).squares_to(self.points, place[:, None])[:, 0]
        squares[place == mine[row]] = np.inf
        order = np.lexsort((place, squares, row))
        first = np.searchsorted(row[order], np.arange(len(queries)))
        best = order[first[:, None] + np.arange(k)]
        return place[best], np.sqrt(squares[best])

    def _candidates(self, queries: Points, k: int, mine: Ints) -> tuple[Ints, Ints]:
        """Pairs of a query and a place, among which are the k nearest of each query, the row itself perhaps too."""
        most = min(k + _SPARE, len(self.points))
        if self._tree is not None:
            return _pairs(np.asarray(self._tree.query(queries.x, most)[1]).reshape(len(queries), most))
        if len(self.points) // _GROUP <= 2 * most or self.points.x.shape[1] > _ROUGH:
            return _pairs(self._closest(queries, most, mine))
        near, slack = self._rough(queries, mine)
        row, place = np.divmod(np.flatnonzero(near <= (_kth_group(near, k) + slack)[:, None]), near.shape[1])
        crowded = np.flatnonzero(np.bincount(row, minlength=len(queries)) > _CROWD * most)
        if len(crowded):
            kept = ~np.isin(row, crowded)
            own, places = _pairs(self._closest(queries.take(crowded), most, mine[crowded]))
            row, place = np.concatenate([row[kept], crowded[own]]), np.concatenate([place[kept], places])
        return row, place

    def _closest(self, queries: Points, k: int, mine: Ints) -> Ints:
        """(n, k) places of the nearest rows but the row itself, by the product."""
        near = self.nearness(queries)
        has_own = np.flatnonzero(mine >= 0)
        near[has_own, mine[has_own]] = np.inf
        return _smallest(near, k)

    def _rough(self, queries: Points, mine: Ints) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n, m) nearness in single precision, and (n,) twice what rounding can change in it."""
        x = np.concatenate([queries.x, np.ones((len(queries), 1))], axis=1).astype(np.float32)
        near: NDArray[np.float32] = x @ self._lifted_rough
        self._add_mismatches(queries, near)
        has_own = np.flatnonzero(mine >= 0)
        near[has_own, mine[has_own]] = np.inf
        reach = np.sqrt(np.einsum("nd,nd->n", queries.x, queries.x)) + np.sqrt(self._longest)
        width = queries.codes.shape[1]
        steps = x.shape[1] + width + 8  # of a sum whose terms add up to no more than the square of the reach
        slack = 2 * steps * _HALF_STEP * (reach * reach + width)
        return near, slack.astype(np.float32)

    @cached_property
    def _tree(self) -> KDTree | None:
        """Of the reference rows, where these have few coordinates and nothing else."""
        width = self.points.x.shape[1]
        return KDTree(self.points.x) if 0 < width <= _FLAT and not self.points.codes.shape[1] else None

    def nearness(self, queries: Points) -> Floats:
        """(n, m) squared distances but for rounding and for a constant of each query."""
        near: Floats = np.concatenate([queries.x, np.ones((len(queries), 1))], axis=1) @ self._lifted
        self._add_mismatches(queries, near)
        return near

    def _add_mismatches(self, queries: Points, near: NDArray[Any]) -> None:
        width = queries.codes.shape[1]
        if not width:
            return
        differ = np.zeros(near.shape, dtype=np.uint8 if width < 256 else np.uint16)
        other = np.empty(near.shape, dtype=np.bool_)
        own = queries.codes.astype(self._codes.dtype)
        for j, codes in enumerate(self._codes):
            np.not_equal(own[:, j, None], codes, out=other)
            differ += other.view(np.uint8)
        near += differ

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
    def _lifted_rough(self) -> NDArray[np.float32]:
        return self._lifted.astype(np.float32)

    @cached_property
    def _codes(self) -> NDArray[np.integer[Any]]:
        """(W, m) codes, a column's side by side, in as few bits as all of them fit."""
        is_short = all(len(values) < _SHORT for values in self.codec.many.values())
        return np.ascontiguousarray(self.points.codes.T, dtype=np.int16 if is_short else np.int32)


def _narrow(codec: DenseCodec, columns: Collection[str]) -> DenseCodec:
    """The codec of those of its columns alone."""
    names = tuple(name for name in codec.names if name in columns)
    return replace(codec, names=names, many={k: v for k, v in codec.many.items() if k in columns})


def _pairs(places: Ints) -> tuple[Ints, Ints]:
    """Pairs of a row and a place, of (n, k) places."""
    return np.repeat(np.arange(len(places)), places.shape[1]), places.ravel()


def _group_minima(values: NDArray[Any]) -> NDArray[Any]:
    """(n, groups) smallest of each group of a row; what is left over is in none."""
    groups = values.shape[1] // _GROUP
    minima, left = values[:, : groups * _GROUP], _GROUP  # a group's places lie `groups` apart: halves are folded
    while left > 1:
        left //= 2
        minima = np.minimum(minima[:, : left * groups], minima[:, left * groups :])
    return minima


def _kth_group(values: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """(n,) k-th smallest minimum of a row's groups: at least k of its values are no larger."""
    found: NDArray[np.float32] = np.partition(_group_minima(values), k - 1, axis=1)[:, k - 1]
    return found


def _smallest(values: Floats, k: int) -> Ints:
    """(n, k) places of the k smallest of each row, in no order.

    The k smallest of a row lie in the k groups with the smallest minima; only these are looked at.
    """
    n, m = values.shape
    groups = m // _GROUP
    if groups <= 2 * k:
        return np.argpartition(values, k - 1, axis=1)[:, :k]
    whole = groups * _GROUP
    best = np.argpartition(_group_minima(values), k - 1, axis=1)[:, :k]  # (n, k) groups
    places = (best[:, :, None] + groups * np.arange(_GROUP)).reshape(n, -1)
    places = np.concatenate([places, np.broadcast_to(np.arange(whole, m), (n, m - whole))], axis=1)
    found = np.argpartition(np.take_along_axis(values, places, axis=1), k - 1, axis=1)[:, :k]
    return np.take_along_axis(places, found, axis=1)
