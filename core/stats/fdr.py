"""False discoveries: Benjamini-Hochberg lists and the share of ordinary rows. NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["benjamini_hochberg", "ordinary_share"]


def benjamini_hochberg(p: NDArray[np.float64], level: float) -> NDArray[np.bool_]:
    """Which hypotheses are rejected so that at most `level` of the rejections are expected to be false.

    Benjamini & Hochberg (1995). With conformal p-values from one calibration set it still holds: they are positively
    dependent (Bates, Candes, Lei, Romano & Sesia 2023, "Testing for outliers with conformal p-values").

    Args:
        p: (n,) p-values; NaN is never rejected.
        level: in (0, 1).

    Returns:
        (n,) bool. Rows with equal p-values share their fate.
    """
    tests = int(np.count_nonzero(~np.isnan(p)))
    small = np.sort(p[p <= level])  # no other can be rejected: sorting them all would keep the window waiting
    below = np.flatnonzero(small <= level * np.arange(1, len(small) + 1) / max(tests, 1))
    if not len(below):
        return np.zeros(len(p), dtype=bool)
    return np.asarray(p <= small[below[-1]], dtype=bool)


def ordinary_share(p: NDArray[np.float64], cut: float = 0.5) -> float:
    """Upper estimate of the share of rows that follow the calibration rows (Storey 2002), at most 1.

    Args:
        p: (n,) p-values; NaN is left out.
        cut: p-values above it are taken as ordinary.
    """
    known = p[~np.isnan(p)]
    if not len(known):
        return 1.0
    return min(1.0, float(1 + np.count_nonzero(known > cut)) / (len(known) * (1 - cut)))
