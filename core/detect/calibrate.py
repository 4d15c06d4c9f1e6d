"""Calibration: what a score means, beside rows that are known to be ordinary and that no model learned from.

The conformal p-value of a row is the share of calibration rows that are at least as unusual, the row itself counted in.
For an ordinary row it is at most `a` with probability at most `a`, whatever the model (Bates et al. 2023). This needs
calibration rows without anomalies: with a "mixed" reference there are no p-values, and contracts that need them refuse.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..stats.intervals import wilson
from ..stats.tails import Pareto

__all__ = ["Basis", "conformal_p_values", "drift", "no_p_values"]

_SAME = 1e-9
"""Scores this close (relative) are the same score computed in two batches."""
_BODY = 0.75
"""Share of the calibration scores, from below, that anomalies hardly reach: there a drift is told from anomalies."""
_SURE = 0.9999
"""Level at which a drift is told from chance."""
_TRIFLE = 0.02
"""A drift that moves the mean rank within the body by less harms no contract."""


@dataclass(frozen=True)
class Basis:
    """What p-values and contracts of a run rest on.

    Args:
        rows: calibration rows; 0 when not known or none.
        tail: the upper tail of their scores; None where they are too few.
        lack: why there are no p-values: "mixed" (no rows are known to be normal), "columns" (the table lacks some that
            the calibration rows have), "drift" (its rows as a whole score differently); "" where there are.
        shift: how far they do: mean rank of its ordinary rows among the calibration rows, less one half.
    """

    rows: int = 0
    tail: Pareto | None = None
    lack: str = ""
    shift: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any] | None) -> Basis:
        """From `to_json`; nothing is known without one."""
        if plain is None:
            return cls()
        tail = plain["tail"]
        return cls(plain["rows"], Pareto(**tail) if tail else None, plain["lack"], plain["shift"])


def drift(calibration: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """How far the bulk of a table's rows scores from the calibration rows, beyond sampling error and trifles.

    Anomalies crowd among the highest scores. So only scores up to the 75 % quantile of the calibration are compared
    (Mann-Whitney, ties counted half): there the rows of a table that has not drifted lie like calibration rows, however
    many anomalies it holds. A table with few rows there has drifted too, or is mostly anomalies; which, nothing tells.

    Args:
        calibration: (m,) ascending.
        scores: (n,) of rows that are not calibration rows.

    Returns:
        Mean rank less one half, above 0 where rows score higher; 0 where no drift shows.
    """
    m, known = len(calibration), scores[~np.isnan(scores)]
    if not m or not len(known):
        return 0.0
    end = calibration[math.ceil(_BODY * m) - 1]
    end += _SAME * abs(end)
    usual, body = calibration[calibration <= end], known[known <= end]
    if wilson(len(body), len(known), _SURE)[1] < len(usual) / m / 2:
        return 0.5
    if not len(body):
        return 0.0
    below, up_to = np.searchsorted(usual, body), np.searchsorted(usual, body, side="right")
    shift = float(below.mean() + up_to.mean()) / 2 / len(usual) - 0.5
    error = math.sqrt((1 / len(usual) + 1 / len(body)) / 12)
    return shift if abs(shift) > _TRIFLE + 3.9 * error else 0.0


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
