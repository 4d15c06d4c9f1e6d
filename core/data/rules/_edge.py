"""Sharp ends: a rule cuts a distribution off, a tail fades out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .base import DIRTY

__all__ = ["is_sharp"]

_BESIDE = 0.05  # share of the rows, right above the end, that the rows below are compared with
_FADED = 0.1


def is_sharp(values: NDArray[np.float64], end: float, dirty: float = DIRTY) -> bool:
    """Whether nearly all values are at least `end`, and those below are not its tail.

    Right above a cut there are many rows and right below it, within the same distance, next to none; where a
    distribution fades out across the point both sides look alike.

    Args:
        values: (n,) numbers.
        end: where it would be cut.
        dirty: most rows below.
    """
    above, below = values[values >= end], values[values < end]
    if len(below) > dirty * len(values) or not len(above):
        return False
    reach = max(float(np.quantile(above, _BESIDE)) - end, np.finfo(float).tiny)
    beside = np.count_nonzero(above <= end + reach)
    return bool(np.count_nonzero(below >= end - reach) <= _FADED * beside)
