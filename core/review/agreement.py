"""Four eyes: which decided cases a second reviewer looks at, and how far the two agree."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ..stats.agreement import kappa
from .desk import Desk
from .estimates import Share
from .state import CaseState, Verdict

__all__ = ["Agreement", "agreement", "sample"]


@dataclass(frozen=True)
class Agreement:
    """Verdicts of two reviewers on the same cases.

    Args:
        pairs: cases that two have decided.
        agreed: of these, with the same verdict.
        disputed: disagreements that nobody has settled.
        kappa: Cohen's, with its 95 % interval; None before the first pair.
    """

    pairs: int = 0
    agreed: int = 0
    disputed: int = 0
    kappa: Share | None = None


def agreement(states: Mapping[str, CaseState]) -> Agreement:
    """Of all cases that have a second opinion: the first reviewer's verdict beside the last second one."""
    both = [s for s in states.values() if len(s.opinions) > 1]
    pairs = [(str(s.opinions[0].verdict), str(s.opinions[-1].verdict)) for s in both]
    if not pairs:
        return Agreement()
    value, (low, high) = kappa(pairs)
    return Agreement(
        len(pairs), sum(a == b for a, b in pairs), sum(s.is_disputed for s in both), Share(value, low, high))


def sample(desk: Desk, which: str, count: int = 0) -> list[str]:
    """Decided cases for a second look that have none yet.

    Args:
        desk: the review.
        which: `fraud` for every case that does not belong, `all` for every decided one.
        count: how many, drawn by lot from these; 0 = all of them. The lot is fixed by the cases, so that asking twice
            draws no other ones.
    """
    keys = [c.key for c in desk.decided if len(desk.state(c.key).opinions) == 1]
    if which == "fraud":
        keys = [k for k in keys if desk.state(k).verdict is Verdict.FRAUD]
    if count and count < len(keys):
        keys = sorted(keys, key=lambda k: hashlib.sha256(f"{desk.run} {k}".encode()).hexdigest())[:count]
    return sorted(keys)
