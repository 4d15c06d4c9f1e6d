"""Subsamples of rows that are one number each: among sorted numbers the nearest is found by halving.

Comparing each row with every row of fifty subsamples takes ten times as long, and a table's second bench, which looks
at what an entity's earlier rows say, often has no other column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..encode.dense import DenseCodec, Points

__all__ = ["Line"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Line:
    """Subsamples along a line.

    Args:
        values: for each subsample the numbers of its rows, rising, between minus and plus infinity.
        has_gap: for each subsample whether it has a row without a number.
    """

    values: tuple[Floats, ...]
    has_gap: tuple[bool, ...]

    @classmethod
    def of(cls, codec: DenseCodec, points: Points, subsamples: int) -> Line | None:
        """Of (subsamples * psi) rows, a subsample's side by side; None where they are more than one number."""
        if len(codec.names) > 1 or not codec.plain:
            return None
        numbers, gaps = points.x[:, 0].reshape(subsamples, -1), _gaps(points).reshape(subsamples, -1) > 0
        values = [np.sort(own[~gap]) for own, gap in zip(numbers, gaps, strict=True)]
        return cls(
            tuple(np.concatenate([[-np.inf], own, [np.inf]]) for own in values), tuple(bool(own.any()) for own in gaps))

    def distances(self, points: Points) -> Floats:
        """(n,) mean over the subsamples of the distance to the nearest row."""
        order = np.argsort(points.x[:, 0], kind="stable")  # numbers that rise are found faster
        x, gap, offset = points.x[order, 0], _gaps(points)[order], points.offset[order]
        total = np.zeros(len(x))
        for values, has_gap in zip(self.values, self.has_gap, strict=True):
            place = np.searchsorted(values, x)
            squares = np.minimum(values[place] - x, x - values[place - 1]) ** 2 + gap
            if has_gap:  # rows without a number stand in the middle, one away from those with one
                squares = np.minimum(squares, x * x + (1 - gap))
            total += np.sqrt(squares + offset)
        found = np.empty(len(x))
        found[order] = total / len(self.values)
        return found


def _gaps(points: Points) -> Floats:
    """(n,) 1 where the number is missing, of rows where that has a coordinate."""
    result: Floats = points.x[:, 1] if points.x.shape[1] > 1 else np.zeros(len(points))
    return result
