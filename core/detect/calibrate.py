"""Calibration: what a score means, beside rows that are known to be ordinary and that no model learned from.

The conformal p-value of a row is the share of calibration rows that are at least as unusual, the row itself counted in.
For an ordinary row it is at most `a` with probability at most `a`, whatever the model (Bates et al. 2023). This needs
calibration rows without anomalies: with a "mixed" reference there are no p-values, and contracts that need them refuse.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["conformal_p_values", "no_p_values"]

_SAME = 1e-9
"""Scores this close (relative) are the same score computed in two batches."""


def conformal_p_values(
    calibration: NDArray[np.float64], scores: NDArray[np.float64], own: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """p-values of scores against calibration scores: (1 + #{calibration >= score}) / (m + 1).

    Args:
        calibration: (m,) scores of ordinary rows, ascending; higher = more anomalous.
        scores: (n,) scores to judge.
        own: (n,) True for rows that are themselves among the calibration rows; each is compared with the other m - 1.

    Returns:
        (n,) in (0, 1]; NaN everywhere without calibration rows.
    """
    m = len(calibration)
    if m == 0:
        return no_p_values(len(scores))
    # A margin, so that a score and its copy from another batch count as equal: on the safe side (larger p).
    at_least = m - np.searchsorted(calibration, scores - _SAME * np.abs(scores), side="left")
    p = np.asarray((1.0 + at_least) / (m + 1.0), dtype=np.float64)
    if own is not None:
        # The row itself is one of `at_least`; among the m - 1 others: (1 + at_least - 1) / (m - 1 + 1).
        p[own] = np.maximum(at_least[own], 1) / m
    p[np.isnan(scores)] = np.nan
    return p


def no_p_values(n: int) -> NDArray[np.float64]:
    """(n,) NaN: there is no calibration on ordinary rows."""
    return np.full(n, np.nan)
