"""What holds for a case: the verdict, who gave it and who else looked, whether it waits, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ..project.journal import Entry

__all__ = ["CaseState", "Opinion", "Verdict"]


class Verdict(StrEnum):
    """What a person decided."""

    FRAUD = "fraud"
    NORMAL = "normal"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Opinion:
    """What one reviewer decided.

    Args:
        verdict: it.
        by, at, number: who, when and in which entry.
        reasons: codes given with it.
        note: free text, "" for none; None where it was erased.
        is_hidden: whether the score was hidden from them.
    """

    verdict: Verdict
    by: str = ""
    at: str = ""
    number: int = 0
    reasons: tuple[str, ...] = ()
    note: str | None = ""
    is_hidden: bool = False


@dataclass(frozen=True)
class CaseState:
    """What holds for a case now.

    Args:
        verdict: None while undecided.
        reasons: codes given with the verdict.
        note: "" when there is none, or when it was erased.
        is_skipped: put off, to come again at the end.
        at, by, number: when, by whom and in which entry the verdict was given.
        until: when a snoozed case comes back, UTC, ISO 8601; "" when it is not snoozed.
        why: why it was snoozed or escalated.
        is_escalated: it lies on somebody else's table: on that of `escalated_to`, where one was named.
        assigned: who has claimed it; "" for nobody.
        opinions: the first reviewer's verdict and those of others, each once.
        is_ruled: two disagreed, and what holds was settled.
        narrative: the edited account of the case; "" for none.
        is_erased: a note of it was erased.
    """

    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    note: str = ""
    is_skipped: bool = False
    at: str = ""
    by: str = ""
    number: int = 0
    until: str = ""
    why: str = ""
    is_escalated: bool = False
    escalated_to: str = ""
    assigned: str = ""
    opinions: tuple[Opinion, ...] = ()
    is_ruled: bool = False
    narrative: str = ""
    is_erased: bool = False

    @property
    def is_disputed(self) -> bool:
        """Whether reviewers disagree and nobody has settled it."""
        return not self.is_ruled and len({o.verdict for o in self.opinions}) > 1

    def is_away(self, now: str) -> bool:
        """Whether it is snoozed or escalated, hence out of the queue."""
        return self.until > now or self.is_escalated

    def opinion(self, by: str) -> Opinion | None:
        """What one reviewer said."""
        return next((o for o in self.opinions if o.by == by), None)

    def after(self, entry: Entry, part: Mapping[str, Any]) -> CaseState:
        """The state once an action is taken into account.

        Args:
            entry: its entry.
            part: what it says about this case.
        """
        note = entry.said(part.get("note"))
        if part["type"] in _VERDICTS:
            said = _opinion(entry, part, note)
            is_second = part["type"] == "merged" and self.verdict and self.by != said.by
            if part["type"] == "second" or is_second:
                return self._seconded(said)
            return self._decided(said, is_ruling=part["type"] == "ruling")
        return replace(self, **_CHANGES[part["type"]](self, part, note)) if part["type"] in _CHANGES else self

    def _seconded(self, said: Opinion) -> CaseState:
        others = tuple(o for o in self.opinions if o.by != said.by)
        return replace(self, opinions=(*others, said), is_ruled=False)

    def _decided(self, said: Opinion, *, is_ruling: bool) -> CaseState:
        """A verdict ends every waiting; a ruling leaves the opinions as they were given."""
        others = self.opinions if is_ruling else (said, *(o for o in self.opinions[1:] if o.by != said.by))
        return CaseState(
            verdict=said.verdict, reasons=said.reasons, note=said.note or self.note, at=said.at, by=said.by,
            number=said.number, assigned=self.assigned, opinions=others, is_ruled=is_ruling, narrative=self.narrative,
            is_erased=said.note is None or (self.is_erased and not said.note))


def _opinion(entry: Entry, part: Mapping[str, Any], note: str | None) -> Opinion:
    return Opinion(
        Verdict(part["verdict"]), str(part.get("by", "")), str(part.get("at") or entry.at), entry.number,
        tuple(part.get("reasons", ())), note, bool(part.get("hidden", False)))


_VERDICTS = frozenset({"verdict", "verdicts", "second", "ruling", "merged"})

_Change = Callable[[CaseState, Mapping[str, Any], "str | None"], dict[str, Any]]
_CHANGES: dict[str, _Change] = {
    "skip": lambda _, part, note: {"is_skipped": True},  # noqa: ARG005 - one form for all
    "note": lambda _, part, note: {"note": note or "", "is_erased": note is None},  # noqa: ARG005
    "narrative": lambda state, _, note: {"narrative": note or "", "is_erased": state.is_erased or note is None},
    "snooze": lambda _, part, note: {
        "until": str(part["until"]), "why": note or "", "is_escalated": False, "escalated_to": ""},
    "escalate": lambda _, part, note: {
        "is_escalated": True, "escalated_to": str(part["to"]), "why": note or "", "until": ""},
    "assign": lambda _, part, note: {"assigned": str(part["to"])},  # noqa: ARG005
}
"""What each step that is no verdict changes."""
