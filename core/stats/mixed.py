"""Mixed rows as arrays, and how far or how alike two of them are. Blockwise, so that memory stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mixed", "most_shared", "nearest"]

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


def nearest(
    query: Mixed, reference: Mixed, check: Callable[[], None] = lambda: None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Distance of each query row to its closest reference row, and how many are that close.

    Gower's distance (1971): the mean over columns of |a - b|, at most 1, for numbers (scale them to a range of 1 first)
    and of 0 or 1 for codes. Missing equals missing and differs by 1 from any value.

    Args:
        query: (n) rows.
        reference: (m) rows, m >= 1.
        check: called between blocks; raises to stop.

    Returns:
        (n,) distances in [0, 1], and (n,) numbers of rows at that distance.
    """
    # Missing becomes a number so far away that the cap at 1 makes it a mismatch, and equal to itself.
    left, right = (np.nan_to_num(m.numbers, nan=1e9) for m in (query, reference))
    out, many = np.empty(len(query), dtype=np.float32), np.empty(len(query), dtype=np.int64)
    for rows in _blocks(len(query), len(reference)):
        check()
        total = np.zeros((rows.stop - rows.start, len(reference)), dtype=np.float32)
        buffer = np.empty_like(total)
        for j in range(left.shape[1]):
            np.subtract.outer(left[rows, j], right[:, j], out=buffer)
            np.abs(buffer, out=buffer)
            total += np.minimum(buffer, 1.0, out=buffer)
        for j in range(query.codes.shape[1]):
            total += query.codes[rows, j, None] != reference.codes[:, j]
        out[rows] = total.min(axis=1)
        many[rows] = np.count_nonzero(total == out[rows, None], axis=1)
    return out / np.float32(max(query.width, 1)), many


def most_shared(
    query: NDArray[np.int32],
    reference: NDArray[np.int32],
    weight: NDArray[np.float32],
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float32]:
    """How much each query row shares with the reference row it shares most with.

    Args:
        query: (n, d) codes of exact values.
        reference: (m, d) codes, m >= 1; equal codes mean equal values.
        weight: (n, d) what sharing each cell of the query counts for.
        check: called between blocks; raises to stop.

    Returns:
        (n,) largest sum of weights over shared cells.
    """
    out = np.empty(len(query), dtype=np.float32)
    for rows in _blocks(len(query), len(reference)):
        check()
        total = np.zeros((rows.stop - rows.start, len(reference)), dtype=np.float32)
        buffer = np.empty_like(total)
        for j in range(query.shape[1]):
            is_shared = query[rows, j, None] == reference[:, j]
            total += np.multiply(is_shared, weight[rows, j, None], out=buffer)
        out[rows] = total.max(axis=1)
    return out


def _blocks(n: int, m: int) -> Iterator[slice]:
    size = max(1, _BLOCK // max(m, 1))
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
