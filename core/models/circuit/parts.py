"""What rows have in common: a column and all below it, worked out once for each combination of their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Part", "combinations", "rows_of_table"]

Floats = NDArray[Any]
Ints = NDArray[np.int64]

_MOST_KEY = 2**62


@dataclass(frozen=True, eq=False)
class Part:
    """A column and all below it, for rows of which many have the same cells there.

    Args:
        which: (n,) which of u combinations of cells each row has.
        message: (u, H) p(cells at and below the column | state of its parent), scaled.
        inside: (u, H) the same given its own state; None for columns that no pass visits.
        log: (u,) log of what both were divided by; None: nothing.
    """

    which: Ints
    message: Floats
    inside: Floats | None = None
    log: Floats | None = None

    def take(self, rows: slice) -> Part:
        """Of these rows."""
        return Part(self.which[rows], self.message, self.inside, self.log)


def rows_of_table(table: Floats, at: Ints) -> Floats:
    """(n, H) these rows; twice as fast as an index, since places are known to be within."""
    return table.take(at, axis=0, mode="clip")


def combinations(codes: Sequence[Ints]) -> tuple[Ints, Ints]:
    """(n,) which of u combinations of codes each row has, and (u,) a row that has it."""
    which = codes[0]
    for other in codes[1:]:
        size = int(other.max()) + 1
        if (int(which.max()) + 1) * size > _MOST_KEY:
            which = np.unique(which, return_inverse=True)[1]
        which = which * size + other
    _, first, which = np.unique(which, return_index=True, return_inverse=True)
    return which, first
