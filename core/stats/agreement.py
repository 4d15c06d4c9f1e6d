"""How far two people agree beyond chance. The standard library only, so that the window may use it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from .intervals import LEVEL, Interval, wilson

__all__ = ["kappa"]


def kappa(pairs: Sequence[tuple[Hashable, Hashable]], level: float = LEVEL) -> tuple[float, Interval]:
    """Cohen's kappa (Cohen 1960) of n > 0 pairs of verdicts with its interval.

    The interval is Wilson's of the share of agreement, carried over with the agreement by chance held fixed: unlike the
    large-sample interval it does not shrink to a point where a few pairs all agree.

    Args:
        pairs: (first, second), n of them.
        level: coverage.

    Returns:
        kappa in [-1, 1] (0 = as by chance; 1 where there is one verdict only), and its interval.
    """
    n = len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[v] * second[v] for v in first) / n**2
    agreed = sum(a == b for a, b in pairs)
    low, high = wilson(agreed, n, level)
    if chance >= 1:
        return 1.0, (2 * low - 1, 1.0)

    def beyond(share: float) -> float:
        return max((share - chance) / (1 - chance), -1.0)

    return beyond(agreed / n), (beyond(low), beyond(high))
