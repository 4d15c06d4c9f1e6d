"""Filters of a queue: words that a case must hold, and what must be true of it.

`grocer is:open` are cases that name a grocer and are not decided, `is:fraud by:kim -late` Kim's frauds without the word
late; `column:amount reason:hour` asks for the column of the sentence and for a reason code.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from ..errors import ParameterError
from ..words import Message
from .queue import Case
from .state import CaseState

__all__ = ["ASKED", "STATES", "Filter"]

STATES: dict[str, Callable[[CaseState, str], bool]] = {
    "open": lambda state, now: not state.verdict and not state.is_away(now),
    "decided": lambda state, _: state.verdict is not None,
    "fraud": lambda state, _: state.verdict == "fraud",
    "normal": lambda state, _: state.verdict == "normal",
    "unsure": lambda state, _: state.verdict == "unsure",
    "skipped": lambda state, _: state.is_skipped and not state.verdict,
    "snoozed": lambda state, now: state.until > now,
    "escalated": lambda state, _: state.is_escalated,
    "disputed": lambda state, _: state.is_disputed,
    "noted": lambda state, _: bool(state.note),
}
"""What `is:` may ask."""

ASKED = ("is", "by", "for", "column", "reason")
"""What may stand before a colon: state, reviewer, who has claimed it, column of the sentence, reason code."""


@dataclass(frozen=True)
class _Term:
    asked: str
    wanted: str
    is_not: bool

    def holds(self, case: Case, state: CaseState, now: str, text: Callable[[], str]) -> bool:
        return self._found(case, state, now, text) is not self.is_not

    def _found(self, case: Case, state: CaseState, now: str, text: Callable[[], str]) -> bool:
        if self.asked == "is":
            return STATES[self.wanted](state, now)
        if self.asked == "reason":
            return self.wanted in state.reasons
        said = {"by": state.by, "for": state.assigned, "column": case.column or ""}
        return self.wanted in (said[self.asked].lower() if self.asked else text())


@dataclass(frozen=True)
class Filter:
    """Terms that all must hold; the empty filter lets every case through.

    Args:
        text: as it was typed.
        terms: what it asks.
    """

    text: str = ""
    terms: tuple[_Term, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """From words; quotes hold several together, `-` in front turns one round.

        Raises:
            ParameterError: `is:` with a state there is none of.
        """
        return cls(text.strip(), tuple(_term(word) for word in _split(text)))

    @property
    def asks_away(self) -> bool:
        """Whether cases that are out of the queue are asked for."""
        return any(t.asked == "is" and t.wanted in ("snoozed", "escalated") and not t.is_not for t in self.terms)

    def holds(self, case: Case, state: CaseState, now: str, say: Callable[[Message | str], str]) -> bool:
        """Whether a case passes.

        Args:
            case: it.
            state: what holds for it.
            now: UTC, ISO 8601.
            say: turns a message into words.
        """
        def text() -> str:
            return "\n".join(_texts(case, state, say)).lower()

        return all(term.holds(case, state, now, text) for term in self.terms)


def _texts(case: Case, state: CaseState, say: Callable[[Message | str], str]) -> Iterator[str]:
    yield from (case.key, say(case.title), case.subtitle, case.amount, case.time, state.note, state.why)
    if case.reason:
        yield say(case.reason)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is not closed yet: somebody is typing
        return text.replace('"', " ").replace("'", " ").split()


def _term(word: str) -> _Term:
    is_not = len(word) > 1 and word.startswith("-")
    asked, colon, wanted = word[is_not:].lower().partition(":")
    if not colon or asked not in ASKED:
        return _Term("", word[is_not:].lower(), is_not)
    if asked == "is" and wanted not in STATES:
        raise ParameterError("review.filter", state=wanted, known=list(STATES))
    return _Term(asked, wanted, is_not)
