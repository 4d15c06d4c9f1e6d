"""How well a score ranks a label: area under the ROC curve and average precision, with ties as in scikit-learn.

And how alike two scores rank the same rows.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["auroc", "average_precision", "mid_ranks", "rank_correlation", "top_overlap"]


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
    return float((mid_ranks(score)[label].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def mid_ranks(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) 1-based ranks of (n,) scores, the lowest first, ties sharing their mean."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])  # first place of every group of ties
    ends = np.r_[starts[1:], len(ordered)]
    rank = np.empty(len(score))
    rank[order] = np.repeat((starts + ends + 1) / 2, ends - starts)
    return rank


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


def rank_correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Correlation of the ranks of two (n,) scores of the same rows (Spearman 1904); NaN where one is constant."""
    a, b = mid_ranks(first), mid_ranks(second)
    if not len(a) or a.std() == 0 or b.std() == 0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def top_overlap(first: NDArray[np.float64], second: NDArray[np.float64], count: int) -> float:
    """Share of the `count` rows of the highest first score that are among those of the second; NaN without rows."""
    tops = [set(np.argsort(-score, kind="stable")[:count].tolist()) for score in (first, second)]
    return len(tops[0] & tops[1]) / len(tops[0]) if tops[0] else math.nan
