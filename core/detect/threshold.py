"""Thresholds are contracts: a sentence about the flagged rows that holds, or a refusal.

    budget:N     flag exactly the N most unusual rows (all there are, when fewer)
    fdr:A        flag as many rows as possible while at most a share A of them is expected to be ordinary
    tail:P       flag rows that an ordinary row would outscore with a probability of at most P
    cost:FP,FN   flag rows where leaving an anomaly (FN) would cost more on average than a look at an ordinary row (FP)

Light: NumPy only, because the window re-applies a contract while its threshold is dragged.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..stats.fdr import ordinary_share
from ..stats.intervals import predicted_count
from .calibrate import Basis
from .contracts.base import Contract, Facts, Field, Floats, Marks, Threshold

__all__ = ["Basis", "Contract", "Field", "Threshold", "apply"]


def apply(contract: Contract, scores: Floats, p_values: Floats | None = None, basis: Basis | None = None) -> Threshold:
    """Apply a contract.

    Args:
        contract: what is promised.
        scores: (n,) higher = more anomalous.
        p_values: (n,) conformal p-values, NaN where there is none; None when no calibration on ordinary rows exists.
        basis: what the p-values rest on; with its number of rows the estimate gets an interval.

    Raises:
        RefusedError: the contract's assumption fails.
    """
    known, basis = _some(p_values), basis or Basis()
    refused = contract.refusal(basis, has_p_values=known is not None)
    if refused is not None:
        raise refused
    flagged = contract.flag(scores, known, basis)
    value = float(scores[flagged].min()) if flagged.any() else math.inf
    ordinary, interval = _ordinary(flagged, known, basis.rows)
    facts = Facts(len(scores), int(np.count_nonzero(flagged)), ordinary, interval, basis)
    if ordinary is not None:
        facts = replace(facts, ordinary=min(ordinary, contract.most_ordinary(facts)))
    return Threshold(contract, value, flagged, facts.ordinary, interval, contract.sentence(facts))


def _some(p_values: Floats | None) -> Floats | None:
    """The p-values, if there is a single one; none are missing in a table without rows."""
    return None if p_values is None or (len(p_values) and np.isnan(p_values).all()) else p_values


def _ordinary(
    flagged: Marks, p_values: Floats | None, calibration: int
) -> tuple[float | None, tuple[float, float] | None]:
    """Expected ordinary rows among the flagged ones, with its prediction interval."""
    count = int(np.count_nonzero(flagged))
    if p_values is None or not count or np.isnan(p_values[flagged]).any():
        return None, None
    p = float(p_values[flagged].max())
    rows = ordinary_share(p_values) * np.count_nonzero(~np.isnan(p_values))
    expected = float(min(count, rows * p))
    if not calibration:
        return expected, None
    low, high = predicted_count(p * (calibration + 1) - 1, calibration, rows)
    return expected, (float(min(low, expected)), float(min(max(high, expected), count)))
