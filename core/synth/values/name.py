"""Names of people: given name and surname, the surname one that no real value of the column has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...data.schema import Kind
from ._people import closest_locale, given_names, surnames, unseen, words_of

__all__ = ["VALUE"]

_FULL = (2, 4)  # words


class Name:
    """Names such as Anna Hart, or HART, ANNA."""

    hints = frozenset({"name", "fullname", "person", "holder", "owner", "contact", "employee", "patient", "client"})
    needs_hint = False
    kinds = frozenset({Kind.CATEGORY, Kind.ID, Kind.TEXT})

    @staticmethod
    def share(texts: Sequence[str]) -> float:
        """Share of texts of two to four words, one of which is a given name of a language."""
        full = [t for t in texts if _FULL[0] <= len(words_of(t) or ()) <= _FULL[1]]
        if 2 * len(full) < len(texts):
            return 0.0
        return len(full) / len(texts) * min(closest_locale(full)[1], closest_locale(full, "family")[1] + 0.3)

    @staticmethod
    def learn(texts: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:
        """Language, order and letter case of most, and surnames that are free."""
        locale = closest_locale(texts)[0]
        half = len(texts) / 2
        return {
            "locale": locale, "surnames": unseen(surnames(locale), texts, rng),
            "reversed": sum("," in t for t in texts) > half, "upper": sum(t.isupper() for t in texts) > half}

    @staticmethod
    def make(learned: dict[str, Any], n: int, rng: np.random.Generator) -> list[str]:
        """As many different ones; with middle initials where the names do not suffice."""
        given, family = given_names(learned["locale"]), learned["surnames"]
        found: dict[str, None] = {}
        initials = 0
        while len(found) < n:
            if 2 * len(found) > len(given) * len(family) * 26**initials:
                initials += 1
            for a, b in zip(rng.integers(len(given), size=n), rng.integers(len(family), size=n), strict=True):
                middle = "".join(f"{chr(65 + int(i))}. " for i in rng.integers(26, size=initials))
                found[_written(given[int(a)], middle, family[int(b)], learned)] = None
        return list(found)[:n]


def _written(given: str, middle: str, family: str, learned: dict[str, Any]) -> str:
    text = f"{family}, {given} {middle}".strip() if learned["reversed"] else f"{given} {middle}{family}"
    return text.upper() if learned["upper"] else text


VALUE = Name()
