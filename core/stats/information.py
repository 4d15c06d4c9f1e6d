"""Mutual information of columns of codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["shared_information"]


def shared_information(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Mutual information over the mean of both entropies: 0 = independent, 1 = one tells the other.

    The plug-in estimate, as scikit-learn's `normalized_mutual_info_score`: samples that are compared by it must be of
    one size, since it grows as rows get fewer. 0 where a column has one value.

    Args:
        first: (n,) codes.
        second: (n,) codes.
    """
    (a, b), n = (np.unique(x, return_inverse=True)[1] for x in (first, second)), len(first)
    if not n:
        return 0.0
    joint = np.bincount(a * (int(b.max()) + 1) + b, minlength=(int(a.max()) + 1) * (int(b.max()) + 1))
    table = joint.reshape(int(a.max()) + 1, -1)
    alone = [_entropy(table.sum(axis=axis)) for axis in (0, 1)]
    if min(alone) == 0:
        return 0.0
    return max(0.0, (sum(alone) - _entropy(joint)) / (sum(alone) / 2))


def _entropy(counts: NDArray[np.int64]) -> float:
    """Nats."""
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum()) if len(share) > 1 else 0.0
