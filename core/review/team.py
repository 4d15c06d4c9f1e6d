"""What a team has settled: its word for what it looks for, its reason codes, and whether a reason must be given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from ..errors import ParameterError
from ..words import Message, message
from .state import Verdict

__all__ = ["CODES", "MOST", "NEEDED", "WORDS", "Code", "Team"]

WORDS = ("fraud", "defect", "fault")
"""Words of the catalogue for a verdict that a row does not belong; any other word is the team's own."""

CODES = ("amount", "place", "hour", "channel", "merchant", "many")
"""Codes of the catalogue that a team begins with."""

NEEDED = ("never", "fraud", "always")
"""When a reason code must come with a verdict; never with `unsure`."""

MOST = 9
_LONGEST = 30


@dataclass(frozen=True)
class Code:
    """A reason: what the journal keeps, and what people read."""

    key: str
    word: str | Message


@dataclass(frozen=True)
class Team:
    """Settings of a project that its reviewers share.

    Args:
        word: what is looked for: one of `WORDS`, or the team's own word.
        codes: reasons, at most nine, in the order of the keys 1 to 9.
        needed: when one must be given, of `NEEDED`.
    """

    word: str = "fraud"
    codes: tuple[Code, ...] = tuple(Code(k, message(f"review.reason.{k}")) for k in CODES)
    needed: str = "never"

    def of(self, verdict: Verdict | str) -> Message | str:
        """The word of a verdict."""
        if verdict != Verdict.FRAUD:
            return message(f"review.verdict.{verdict}")
        return message(f"review.word.{self.word}") if self.word in WORDS else self.word

    def reason(self, key: str) -> Message | str:
        """The word of a reason code; one that was struck off the list is still told."""
        known = next((c.word for c in self.codes if c.key == key), None)
        return known if known is not None else message(f"review.reason.{key}") if key in CODES else key

    def needs_reason(self, verdict: Verdict | str) -> bool:
        """Whether this verdict may not be given without one."""
        return verdict != Verdict.UNSURE and (self.needed == "always" or self.needed == str(verdict))

    def with_codes(self, words: Sequence[str | Message]) -> Self:
        """Another list of reasons; a word that stays keeps its code.

        Raises:
            ParameterError: more than nine, one twice, or one too long.
        """
        kept = [w.strip() if isinstance(w, str) else w for w in words]
        kept = [w for w in kept if w]
        if len(kept) > MOST or len({str(w).lower() for w in kept}) < len(kept) or any(
                isinstance(w, str) and len(w) > _LONGEST for w in kept):
            raise ParameterError("review.codes", most=MOST, longest=_LONGEST)
        known = {str(c.word): c.key for c in self.codes}
        taken: dict[str, str | Message] = {}
        for word in kept:
            taken[_free(known.get(str(word)) or _slug_of(word), taken)] = word
        return replace(self, codes=tuple(Code(k, w) for k, w in taken.items()))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        codes = [[c.key, c.word.to_json() if isinstance(c.word, Message) else c.word] for c in self.codes]
        return {"word": self.word, "codes": codes, "needed": self.needed}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Self:
        """From JSON; what is missing or unknown is as at first."""
        if not data:
            return cls()
        codes = tuple(
            Code(str(key), Message.from_json(word) if isinstance(word, Mapping) else str(word))
            for key, word in data.get("codes", ())[:MOST])
        needed = data.get("needed")
        return cls(str(data.get("word") or "fraud"), codes, needed if needed in NEEDED else "never")


def _slug_of(word: str | Message) -> str:
    if isinstance(word, Message):  # one of the catalogue
        return word.key.rpartition(".")[2]
    return re.sub(r"\W+", "_", word.lower()).strip("_") or "reason"


def _free(key: str, taken: Mapping[str, object]) -> str:
    return key if key not in taken else next(f"{key}_{n}" for n in range(2, MOST + 2) if f"{key}_{n}" not in taken)
