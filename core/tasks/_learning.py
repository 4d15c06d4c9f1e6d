"""What a review has said of a run, as its learner and its estimates need it, read off the journal and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..project.journal import Entry
    from ..review.events import Replay
    from ..review.feedback import Learner
    from ..review.remaining import Judged, Reviewers
    from ..review.state import CaseState
    from ._grounds import Pool

__all__ = ["Given", "Learned", "control_due", "learned"]

EVERY = 20
"""One review in so many is of a row drawn at random."""


@dataclass(frozen=True)
class Given:
    """A verdict that holds.

    Args:
        key, at: of the case, and its place in the pool.
        verdict: "fraud", "normal" or "unsure".
        number: of its entry in the journal.
        score: what was expected of the row when it was decided; None where nothing was noted.
        control: how the row was drawn; "" where its place in the queue brought it.
        is_here: whether it was given in a review of this run.
    """

    key: str
    at: int
    verdict: str
    number: int
    score: float | None
    control: str
    is_here: bool

    @property
    def is_clear(self) -> bool:
        """Whether it teaches anything."""
        return self.verdict != "unsure"


@dataclass(frozen=True, eq=False)
class Learned:
    """A review of a pool.

    Args:
        given: the verdicts that hold, oldest first.
        learner: that knows the clear ones.
        is_open: (n,) the rows of the pool without a verdict; rows of earlier runs, which come last, are not open.
        reviewers: what blind second reviews say of those who decide.
    """

    given: list[Given]
    learner: Learner
    is_open: NDArray[np.bool_]
    reviewers: Reviewers

    @property
    def judged(self) -> list[Judged]:
        """Clear verdicts of this run with the score before each; where none was noted, what the rank said."""
        from ..review.remaining import Judged

        prior = self.learner.grounds.prior
        return [
            Judged(float(prior[g.at]) if g.score is None else g.score, g.verdict == "fraud", g.control)
            for g in self.given if g.is_clear and g.is_here
        ]

    @property
    def last(self) -> list[Given]:
        """The clear verdicts that were given last in this run, all with one key."""
        return _last([g for g in self.given if g.is_clear])


def learned(pool: Pool, entries: Iterable[Entry]) -> Learned:
    """What the journal says of the rows of a pool; what is kept for the next question only saves time."""
    from ..review.events import Replay
    from ..review.feedback import NOISE, NOISE_DOUBTED, Learner

    replay = Replay(entries)
    states = [(key, replay.state(key)) for key in replay.acted_on()]
    given = sorted((g for key, state in states if (g := _given(key, state, replay, pool))), key=lambda g: g.number)
    reviewers = _reviewers([state for _, state in states])
    noise = NOISE_DOUBTED if reviewers.error > 1 / EVERY else NOISE
    kept: Learner | None = pool.opened.memo.get("learner")
    if kept is None or kept.noise != noise:
        kept = pool.opened.memo["learner"] = Learner(pool.grounds, noise)
    clear = [g for g in given if g.is_clear]
    kept.learn([(g.at, float(g.verdict == "fraud")) for g in clear], len(_last(clear)))
    is_open = np.arange(pool.grounds.rows) < len(pool.rows)
    is_open[[g.at for g in given]] = False
    return Learned(given, kept, is_open, reviewers)


def _last(clear: list[Given]) -> list[Given]:
    return [g for g in clear if g.number == clear[-1].number] if clear and clear[-1].is_here else []


def _given(key: str, state: CaseState, replay: Replay, pool: Pool) -> Given | None:
    at = pool.keys.get(key)
    if at is None or state.verdict is None:
        return None
    entry = replay.entry(state.number)
    event: Mapping[str, Any] = entry.event if entry else {}
    part = next((p for p in event.get("cases", ()) if p["case"] == key), event)
    score = part.get("expected")
    is_here = event.get("run") == pool.opened.id
    return Given(key, at, str(state.verdict), state.number, None if score is None else float(score),
                 str(part.get("control") or ""), is_here)


def _reviewers(states: list[CaseState]) -> Reviewers:
    """From cases on which two people gave a clear verdict, the second without knowing the first."""
    from ..review.remaining import Reviewers

    clear = [[o.verdict for o in s.opinions[:2] if o.verdict != "unsure"] for s in states]
    pairs = [both for both in clear if len(both) == 2]
    return Reviewers(len(pairs), sum(first != second for first, second in pairs))


def control_due(run: str, given: Iterable[Given]) -> tuple[int, str]:
    """After how many further reviews the next row drawn at random comes, and how it is drawn.

    One comes at a place in each block of twenty that only the run's own lot tells, by turns from all open rows and
    from the first fifth of them; one that was passed over comes next.
    """
    from ..review.remaining import FIFTH, UNIFORM

    here = [g for g in given if g.is_here]
    block = sum(bool(g.control) for g in here)
    place = EVERY * block + int(Run().rng("control", run, str(block)).integers(EVERY))
    return max(place - len(here), 0), (UNIFORM, FIFTH)[block % 2]
