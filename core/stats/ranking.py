"""How well a score ranks a label: area under the ROC curve and average precision, with ties as in scikit-learn."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["auroc", "average_precision"]


def auroc(label: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Probability that a positive row scores higher than a negative one, ties counting half.

    Args:
        label: (n,) True where positive.
        score: (n,) higher = more positive.

    Returns:
        In [0, 1]; NaN when one of the two classes is absent.
    """
    positives = int(np.count_nonzero(label))
    negatives = len(label) - positives
    if not positives or not negatives:
        return math.nan
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])  # first place of every group of ties
    ends = np.r_[starts[1:], len(ordered)]
    rank = np.empty(len(score))
    rank[order] = np.repeat((starts + ends + 1) / 2, ends - starts)  # 1-based mid-ranks
    return float((rank[label].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(label: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Mean precision at each positive row from the top; a group of ties is one step.

    Args:
        label: (n,) True where positive.
        score: (n,) higher = more positive.

    Returns:
        In [0, 1]; NaN without positives.
    """
    if not label.any():
        return math.nan
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.r_[score[order][1:] != score[order][:-1], True])  # last place of every group of ties
    found = np.cumsum(label[order])[last]
    return float(np.sum(np.diff(np.r_[0, found]) * found / (last + 1)) / found[-1])
