"""When an attack's figure counts as a leak: fixed here, in one place, for all attacks together.

Every attack is aimed at training rows and, as a control, at unseen real rows. A copy drawn by a model shows training
rows a little better than unseen ones even where nothing was copied: that is what learning from rows means, and the
fewer rows, the more so. That much is tolerated; what is beyond it must be too much for chance.

The p-values are one-sided, for the hypothesis that a copy stays within what is tolerated. The attacks of a report
share the false alarms (Bonferroni, weighted where an attack has few rows to go by), so that a copy without leaks is
called one in at most 5 % of reports.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..stats.intervals import auroc_error, binomial_tail, normal_tail
from .base import Figure

__all__ = ["ALARMS", "AUC", "ODDS", "RISK", "by_area", "by_counts", "by_means", "by_risk", "leaking"]

ALARMS = 0.05
"""Reports on copies without leaks that name one, at most."""
ODDS = 2.0
"""Tolerated: a copy shows what is particular to training rows up to twice as often as what is to unseen rows."""
AUC = 0.55
"""Tolerated: area under the ROC curve of an attack that ranks training rows above unseen ones."""
RISK = 0.05
"""Tolerated: share of guesses that succeed on training rows and would have failed on unseen ones."""


def leaking(figures: Sequence[Figure]) -> list[bool]:
    """Which of the figures of a report's attacks are leaks; those without a p-value take no part."""
    p, weight = np.array([(figure.get_p(), figure.weight) for figure in figures]).reshape(-1, 2).T
    shared = weight / max(weight[~np.isnan(p)].sum(), 1.0)
    return [bool(found) for found in p <= ALARMS * shared]


def by_counts(members: float, others: float, ratio: float) -> float:
    """P-value of hits among training rows beside hits among unseen rows.

    Args:
        members: hits among training rows.
        others: hits among unseen rows.
        ratio: training rows for each unseen row.
    """
    odds = ODDS * ratio
    return binomial_tail(members, members + others, odds / (1 + odds))


def by_means(members: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """P-value of how much is shown of each training row beside how much of each unseen row: (m,) and (h,) amounts."""
    error = math.sqrt(members.var() / len(members) + ODDS**2 * others.var() / len(others))
    apart = float(members.mean() - ODDS * others.mean())
    return normal_tail(apart / error) if error else float(apart <= 0)


def by_area(auroc: float, members: int, others: int) -> float:
    """P-value of the area under the ROC curve of an attack."""
    return normal_tail((auroc - AUC) / auroc_error(AUC, members, others))


def by_risk(hits: float, n: float, other_hits: float, other_n: float, trials: float | None = None) -> float:
    """P-value of the share of successes on training rows above that on unseen rows.

    Args:
        hits: successes on training rows.
        n: guesses about training rows.
        other_hits: successes on unseen rows.
        other_n: guesses about unseen rows.
        trials: independent guesses of each, where those about one row depend on each other; n where left out.
    """
    if not n or not other_n:
        return math.nan
    share, control = hits / n, other_hits / other_n
    a, b = (share + 0.5 / n) / (1 + 1 / n), (control + 0.5 / other_n) / (1 + 1 / other_n)
    error = math.sqrt((a * (1 - a) + b * (1 - b)) / (trials or min(n, other_n)))
    return normal_tail((share - control - RISK * (1 - control)) / error)
