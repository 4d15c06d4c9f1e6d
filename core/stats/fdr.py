"""False discoveries: Benjamini-Hochberg lists, the share of ordinary rows, the cut that costs least. NumPy only."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["benjamini_hochberg", "cheapest_cut", "ordinary_share"]

_SIDE = 1.64
"""Standard errors by which an estimate is moved to the side of "ordinary": one-sided, 95 %."""
_FAR = 0.25
"""Largest p-value that may count as unusual."""


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


def cheapest_cut(p: NDArray[np.float64], alarm: float, miss: float, calibration: int) -> float:
    """The p-value up to which rows are flagged so that false alarms and missed anomalies cost least.

    With a share s of ordinary rows, whose p-values are uniform, and F(t) of all p-values up to t, flagging up to t
    changes the expected cost per row by alarm s t - miss (F(t) - s t). The t where that is least is where the slope of
    the least concave majorant of F (Grenander's density f of decreasing p-values) falls to s (alarm + miss) / miss:
    where the local false-discovery rate s / f(t) rises to miss / (alarm + miss) (Efron 2010, "Large-scale inference",
    chapter 5). Share and F are estimates from n and m rows; both are taken at the end of their one-sided 95 % bound
    that flags less, or chance alone would be worth its cost wherever a miss is dear.

    Args:
        p: (n,) p-values; NaN is left out.
        alarm: cost of flagging an ordinary row, above 0.
        miss: cost of leaving an anomaly, above 0.
        calibration: m, the calibration rows behind the p-values; 0 when not known.

    Returns:
        A p-value; 0 when flagging no row costs least.
    """
    n = int(np.count_nonzero(~np.isnan(p)))
    at = np.sort(p[p <= _FAR])
    if not len(at):
        return 0.0
    doubt = 1 / n + (1 / calibration if calibration else 0.0)
    ordinary = min(1.0, ordinary_share(p) + _SIDE * math.sqrt(doubt))
    up_to = np.searchsorted(at, at, side="right") / n
    gain = up_to - _SIDE * np.sqrt(at * (1 - at) * doubt) - ordinary * (alarm + miss) / miss * at
    best = int(np.argmax(gain))
    return float(at[best]) if gain[best] > 0 else 0.0
