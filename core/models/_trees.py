"""Random trees that isolate rows: how they grow, and how deep a row falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..encode.dense import DenseCodec
from ..run import Run

__all__ = ["Trees", "coordinates", "frequency_orders", "grow_trees", "usual_depth"]

_GROWN_CELLS = 2_000_000  # rows x columns looked at of the trees that grow together
_TRIED = 32  # columns a node of a wide table looks at first
_FALLING = 100_000  # rows x trees that fall together
_EULER = 0.5772156649015329

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Trees:
    """T complete trees of L levels: 2^L - 1 nodes that ask, then 2^L ends.

    A node that asks nothing sends every row to the left, all the way down.

    Args:
        column: (T, 2^L - 1) int32, which coordinate a node asks about.
        cut: (T, 2^L - 1) a row goes right where its coordinate is larger; infinite where a node asks nothing.
        depth: (T, 2^(L + 1) - 1) of a row that stops at a node, rows it was not set apart from counted in.
        bulk: (T, 2^L - 1) whether most training rows went right.
        rows: training rows of each tree.
    """

    column: NDArray[np.int32]
    cut: Floats
    depth: NDArray[np.float32]
    bulk: NDArray[np.bool_]
    rows: int

    @property
    def levels(self) -> int:
        """Levels that ask."""
        return int(self.column.shape[1] + 1).bit_length() - 1

    def without(self, absent: NDArray[np.bool_]) -> Trees:
        """Trees whose questions about the absent coordinates are answered as most training rows would."""
        asked = absent[self.column] & np.isfinite(self.cut)
        cut = np.where(asked, np.where(self.bulk, -np.inf, np.inf), self.cut)
        return replace(self, cut=cut, column=np.where(asked, 0, self.column).astype(np.int32))

    def scores(self, x: Floats) -> Floats:
        """(n,) 2^(-mean depth / usual depth) of coordinates (n, D); NaN is a value that no training row had."""
        strange = np.isnan(x).any(axis=1)
        total = np.zeros(len(x))
        flat = np.ascontiguousarray(x).ravel()
        base = np.arange(len(x)) * x.shape[1]
        for tree in range(len(self.column)):
            total += self._fall(tree, flat, base)
        if strange.any():
            total[strange] = self._fall_strange(x[strange])
        mean = total / len(self.column)
        result: Floats = np.exp2(-mean / max(usual_depth(np.array([self.rows]))[0], 1e-9))
        return result

    def ends(self, x: Floats) -> Ints:
        """(T, n) which of the 2^L ends a row falls to; a value that no training row had counts as the smaller."""
        flat, base = np.ascontiguousarray(x).ravel(), np.arange(len(x)) * x.shape[1]
        first = self.column.shape[1]
        return np.stack([self._end(tree, flat, base) - first for tree in range(len(self.column))])

    def _fall(self, tree: int, flat: Floats, base: Ints) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self.depth[tree].take(self._end(tree, flat, base))
        return found

    def _end(self, tree: int, flat: Floats, base: Ints) -> Ints:
        """(n,) node of the last level."""
        column, cut = self.column[tree], self.cut[tree]
        node = np.zeros(len(base), dtype=np.int64)
        for _ in range(self.levels):
            right = flat.take(base + column.take(node)) > cut.take(node)
            node *= 2
            node += 1
            node += right
        return node

    def _fall_strange(self, x: Floats) -> Floats:
        """(n,) summed depths of rows that stop where a value is asked about that no training row had."""
        total = np.zeros(len(x))
        size = max(_FALLING // len(self.column), 1)
        for start in range(0, len(x), size):
            part = x[start : start + size]
            total[start : start + size] = self._stops(part).sum(axis=0)
        return total

    def _stops(self, x: Floats) -> Floats:
        """(T, n) depths in all trees."""
        trees, rows = np.arange(len(self.column))[:, None], np.arange(len(x))
        node, out = np.zeros((len(trees), len(x)), dtype=np.int64), np.full((len(trees), len(x)), np.nan)
        for level in range(self.levels):
            value, cut = x[rows, self.column[trees, node]], self.cut[trees, node]
            gone = np.isnan(value)
            stops = gone & np.isfinite(cut) & np.isnan(out)
            out[stops] = level + 1
            node = 2 * node + 1 + np.where(gone, cut < 0, value > cut)
        return np.where(np.isnan(out), self.depth[trees, node], out)


def usual_depth(rows: NDArray[np.int64]) -> Floats:
    """(n,) mean depth of an unsuccessful search in a random tree of so many rows."""
    n = np.maximum(rows, 2).astype(np.float64)
    harmonic = np.where(n > 2, np.log(np.maximum(n - 1, 1)) + _EULER, 1.0)
    return np.where(rows > 1, 2 * harmonic - 2 * (n - 1) / n, 0.0)


def frequency_orders(codec: DenseCodec, sample: Batch) -> dict[str, NDArray[np.int32]]:
    """Of each category column: the place of each value and, last, of a gap, the most frequent first."""
    codes, found = codec.codes(sample), {}
    for j, name in enumerate(codec.categories):
        values = len(codec.few.get(name) or codec.many.get(name, ()))
        counts = np.bincount(np.where(codes[:, j] < 0, values, codes[:, j]), minlength=values + 1)
        places = np.empty(values + 1, dtype=np.int32)
        places[np.argsort(-counts, kind="stable")] = np.arange(values + 1)
        found[name] = places
    return found


def coordinates(codec: DenseCodec, orders: Mapping[str, NDArray[np.int32]], batch: Batch) -> Floats:
    """(n, D) numbers, then their gaps, then places of categories; NaN where no training row had such a cell."""
    z, codes = codec.z(batch), codec.codes(batch)
    plain = [name for name in codec.names if name in codec.plain]
    has = np.array([name in codec.gaps for name in plain], dtype=bool)
    gaps = np.isnan(z)
    lacks = np.array([name not in batch.columns for name in plain], dtype=bool)
    columns = [np.where(gaps & (has | lacks), 0.0, z), gaps[:, has].astype(np.float64)]
    for j, name in enumerate(codec.categories):
        places = orders[name].astype(np.float64)
        last = len(places) - 1
        may_lack = name in codec.gaps or name not in batch.columns
        known = (codes[:, j] >= 0) | ((codes[:, j] == -1) & may_lack)
        columns.append(np.where(known, places[np.where(codes[:, j] < 0, last, codes[:, j])], np.nan)[:, None])
    return np.concatenate(columns, axis=1)


def grow_trees(x: Floats, trees: int, rows: int, rng: np.random.Generator, run: Run) -> Trees:
    """Trees of `rows` random rows each of (n, D) coordinates, as deep as a balanced one would be."""
    rows = min(rows, len(x))
    levels = max(int(np.ceil(np.log2(max(rows, 2)))), 1)
    together = max(_GROWN_CELLS // (rows * min(x.shape[1], _TRIED)), 1)
    grown = []
    for first in range(0, trees, together):
        run.progress(first / trees)
        count = min(together, trees - first)
        drawn = np.stack([rng.choice(len(x), rows, replace=False) for _ in range(count)])
        grown.append(_grow(x, drawn, levels, rng, run))
    column, cut, depth, bulk = (np.concatenate(parts) for parts in zip(*grown, strict=True))
    return Trees(column, cut, depth, bulk, rows)


Grown = tuple[NDArray[np.int32], Floats, NDArray[np.float32], NDArray[np.bool_]]


def _grow(x: Floats, drawn: Ints, levels: int, rng: np.random.Generator, run: Run) -> Grown:
    """Trees over their own rows (trees, rows), all of a level at once."""
    trees, row = len(drawn), drawn.ravel()
    asks, nodes = 2**levels - 1, 2 ** (levels + 1) - 1
    column, cut = np.zeros((trees, asks), dtype=np.int32), np.full((trees, asks), np.inf)
    depth, bulk = np.zeros((trees, nodes), dtype=np.float32), np.zeros((trees, asks), dtype=bool)
    node = np.repeat(np.arange(trees) * nodes, drawn.shape[1])  # counted through all trees
    stopped = np.full(len(row), np.nan)
    for level in range(levels + 1):
        run.check()
        order = np.argsort(node, kind="stable")
        row, node, stopped = row[order], node[order], stopped[order]
        first = np.flatnonzero(np.diff(node, prepend=-1))
        sizes = np.diff(first, append=len(row))
        place, at = np.repeat(np.arange(len(first)), sizes), (node[first] // nodes, node[first] % nodes)
        depth[at] = np.where(np.isnan(stopped[first]), level + usual_depth(sizes), stopped[first])
        if level == levels:
            break
        column[at], cut[at] = _cuts(x, row, first, place, rng)
        stopped = np.where(np.isinf(cut[at][place]), depth[at][place], np.nan)
        right = x[row, column[at][place]] > cut[at][place]
        bulk[at] = 2 * np.add.reduceat(right.astype(np.int64), first) > sizes
        node += node % nodes + 1 + right
    return column, cut, depth, bulk


def _cuts(x: Floats, row: Ints, first: Ints, place: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Of each node whose rows begin at `first`: a column in which they differ, and a place between its ends."""
    if x.shape[1] <= _TRIED:
        return _cut_among(x[row], first, np.broadcast_to(np.arange(x.shape[1]), (len(first), x.shape[1])), rng)
    some = rng.integers(x.shape[1], size=(len(first), _TRIED))
    column, cut = _cut_among(x[row[:, None], some[place]], first, some, rng)
    sizes = np.diff(first, append=len(row))
    for at in np.flatnonzero(np.isinf(cut) & (sizes > 1)):  # where few columns differ, the tried ones need not
        own = x[row[first[at] : first[at] + sizes[at]]]
        column[at : at + 1], cut[at : at + 1] = _cut_among(own, np.zeros(1, dtype=np.int64), None, rng)
    return column, cut


def _cut_among(values: Floats, first: Ints, columns: Ints | None, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """As `_cuts`, of (rows, K) values in the columns (nodes, K); None: all."""
    low, high = np.minimum.reduceat(values, first, axis=0), np.maximum.reduceat(values, first, axis=0)
    differs = low < high
    chosen = np.where(differs, rng.random(differs.shape), -1.0).argmax(axis=1)
    at = np.arange(len(first))
    low, high = low[at, chosen], high[at, chosen]
    cut = np.minimum(low + rng.random(len(first)) * (high - low), np.nextafter(high, -np.inf))
    column = chosen if columns is None else columns[at, chosen]
    return np.where(differs.any(axis=1), column, 0), np.where(differs.any(axis=1), cut, np.inf)
