"""What attacks that guess have in common: successes on training rows beside those on unseen rows, as a risk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...stats.intervals import Interval, wilson
from ..base import Figure
from ..leaks import by_risk

__all__ = ["aimed", "risk"]


def risk(share: float, control: float) -> float:
    """Of the guesses that fail on unseen rows, the share that succeed on training rows (Giomi et al. 2023, eq. 6)."""
    return (share - control) / (1.0 - control) if control < 1.0 else 0.0


def aimed(
    hits: int, control: int, n: int, trials: int | None = None, detail: Mapping[str, Any] | None = None
) -> Figure:
    """The figure of an attack of n guesses on training rows and as many on unseen ones.

    Args:
        hits: successes on training rows.
        control: successes on unseen rows.
        n: guesses of each.
        trials: independent guesses of each, where several are about one row.
        detail: further facts.
    """
    if not n:
        return Figure(math.nan, detail={"guesses": 0, **(detail or {})})
    success, unseen = hits / n, control / n
    facts = {"guesses": n, "success": success, "control": unseen, **(detail or {})}
    return Figure(
        risk(success, unseen), lambda: _interval(success, unseen, trials or n), facts,
        lambda: by_risk(hits, n, control, n, trials))


def _interval(share: float, control: float, n: int) -> Interval:
    """Wilson's intervals of both shares, combined as independent errors (Newcombe 1998, method 10), as a risk."""
    low, high = wilson(share * n, n)
    least, most = wilson(control * n, n)
    down = ((share - low) ** 2 + (most - control) ** 2) ** 0.5
    up = ((high - share) ** 2 + (control - least) ** 2) ** 0.5
    rest = max(1.0 - control, 1.0 / n)
    value = risk(share, control)
    return max(-1.0, min(value, value - down / rest)), min(1.0, max(value, value + up / rest))
