"""Mixed rows as arrays, and how far or how alike two of them are. Blockwise, so that memory stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mixed", "closest", "closest_without", "distances", "most_shared", "nearest"]

_BLOCK = 2_000_000
"""Cells of a block of pairs (float32: 8 MB, near the cache)."""


@dataclass(frozen=True, eq=False)
class Mixed:
    """n rows of a numeric and b coded columns.

    Args:
        numbers: (n, a) float32, NaN where missing.
        codes: (n, b) int32, -1 where missing (a value of its own).
    """

    numbers: NDArray[np.float32]
    codes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.numbers.shape[1] + self.codes.shape[1])

    def take(self, index: NDArray[np.int64]) -> Mixed:
        """The rows at these positions."""
        return Mixed(self.numbers[index], self.codes[index])

    def part(self, columns: NDArray[np.int64]) -> Mixed:
        """These columns alone; numbers are counted first, then codes."""
        wide = self.numbers.shape[1]
        return Mixed(self.numbers[:, columns[columns < wide]], self.codes[:, columns[columns >= wide] - wide])


def nearest(
    query: Mixed, reference: Mixed, check: Callable[[], None] = lambda: None, *, place: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Distance of each query row to its closest reference row, and how many are that close.

    Gower's distance (1971): the mean over columns of |a - b|, at most 1, for numbers (scale them to a range of 1 first)
    and of 0 or 1 for codes. Missing equals missing and differs by 1 from any value.

    Args:
        query: (n) rows.
        reference: (m) rows, m >= 1.
        check: called between blocks; raises to stop.
        place: 0 for the closest row, 1 for the next after it; less than m.

    Returns:
        (n,) distances in [0, 1], and (n,) numbers of rows at that distance.
    """
    out, many = np.empty(len(query), dtype=np.float32), np.empty(len(query), dtype=np.int64)
    for rows, total in distances(query, reference, check):
        out[rows] = np.partition(total, place, axis=1)[:, place] if place else total.min(axis=1)
        many[rows] = np.count_nonzero(total == out[rows, None], axis=1)
    return out / np.float32(max(query.width, 1)), many


def closest(
    query: Mixed, reference: Mixed, k: int, check: Callable[[], None] = lambda: None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(n, k) positions of the k closest reference rows, in no order, and their distances (see `nearest`); k <= m."""
    found, apart = np.empty((len(query), k), dtype=np.int64), np.empty((len(query), k), dtype=np.float32)
    for rows, total in distances(query, reference, check):
        found[rows], apart[rows] = _smallest(total, k)
    return found, apart / np.float32(max(query.width, 1))


def closest_without(
    query: Mixed, reference: Mixed, k: int, check: Callable[[], None] = lambda: None
) -> Iterator[tuple[slice, int, NDArray[np.int64], NDArray[np.float32]]]:
    """The k closest reference rows by all columns but one, for each column in turn.

    Yields:
        Which query rows, the column left out, (b, k) positions and distances summed over the other columns.
    """
    pairs = _Pairs.of(query, reference)
    for rows, total in distances(query, reference, check):
        for j in range(query.width):
            check()
            yield rows, j, *_smallest(total - pairs.apart(j, rows), k)


def _smallest(total: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    place = np.argpartition(total, k - 1, axis=1)[:, :k] if k < total.shape[1] else np.tile(
        np.arange(k), (len(total), 1))
    return place, np.take_along_axis(total, place, axis=1)


def distances(
    query: Mixed, reference: Mixed, check: Callable[[], None] = lambda: None
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Distances of some query rows at a time to all reference rows, (b, m), as sums over columns."""
    pairs = _Pairs.of(query, reference)
    for rows in _blocks(len(query), len(reference)):
        check()
        total = np.zeros((rows.stop - rows.start, len(reference)), dtype=np.float32)
        for j in range(query.width):
            total += pairs.apart(j, rows)
        yield rows, total


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Both tables by column. A missing number lies so far away that, capped at 1, it differs from all but itself."""

    left: NDArray[np.float32]
    right: NDArray[np.float32]
    codes: NDArray[np.int32]
    theirs: NDArray[np.int32]
    is_wide: tuple[bool, ...]

    @classmethod
    def of(cls, query: Mixed, reference: Mixed) -> _Pairs:
        left, right = (np.ascontiguousarray(np.nan_to_num(m.numbers, nan=1e9).T) for m in (query, reference))
        codes, theirs = (np.ascontiguousarray(m.codes.T) for m in (query, reference))
        wide = tuple(bool(np.ptp(np.concatenate([x, y])) > 1.0) for x, y in zip(left, right, strict=True))
        return cls(left, right, codes, theirs, wide)

    def apart(self, j: int, rows: slice) -> NDArray[Any]:
        """(b, m) how far the rows are apart in column j: in [0, 1], or whether they differ."""
        wide = len(self.left)
        if j >= wide:
            differs: NDArray[np.bool_] = self.codes[j - wide, rows, None] != self.theirs[j - wide]
            return differs
        out: NDArray[np.float32] = np.subtract(self.left[j, rows, None], self.right[j])
        np.abs(out, out=out)
        return np.minimum(out, 1.0, out=out) if self.is_wide[j] else out


def most_shared(
    query: NDArray[np.int32],
    reference: NDArray[np.int32],
    weight: NDArray[np.float32],
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float32]:
    """How much each query row shares with the reference row it shares most with.

    Rows are found through an index of each column, so that only shared cells cost time.

    Args:
        query: (n, d) codes of exact values.
        reference: (m, d) codes, m >= 1; equal codes mean equal values.
        weight: (n, d) what sharing each cell of the query counts for, at least 0.
        check: called every hundred rows; raises to stop.

    Returns:
        (n,) largest sum of weights over shared cells.
    """
    columns = [(column[place], place) for column in reference.T for place in [np.argsort(column, kind="stable")]]
    pairs = list(zip(columns, query.T, strict=True))
    starts = [np.searchsorted(ordered, codes, side="left").tolist() for (ordered, _), codes in pairs]
    ends = [np.searchsorted(ordered, codes, side="right").tolist() for (ordered, _), codes in pairs]
    out = np.empty(len(query), dtype=np.float32)
    total = np.empty(len(reference), dtype=np.float32)
    for i, weights in enumerate(weight):
        if i % 100 == 0:
            check()
        total[:] = 0.0
        base = np.float32(0.0)  # what all rows share, less the few that do not: cheaper for values most rows have
        for j, (_, place) in enumerate(columns):
            start, end = starts[j][i], ends[j][i]
            if end - start <= len(total) // 2:
                total[place[start:end]] += weights[j]
                continue
            base += weights[j]
            total[place[:start]] -= weights[j]
            total[place[end:]] -= weights[j]
        out[i] = base + total.max()
    return out


def _blocks(n: int, m: int) -> Iterator[slice]:
    size = max(1, _BLOCK // max(m, 1))
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
