"""Card numbers: the check digit is right (Luhn, ISO/IEC 7812), and no issuer has the first digits.

Numbers that begin with 9 are left to national bodies, by the country code that follows; there is no country 999.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...data.schema import Kind
from .base import filled, held

__all__ = ["VALUE", "luhn"]

_CARD = re.compile(r"\d[\d -]{11,22}\d", re.ASCII)
_PREFIXES = tuple(f"999{i}" for i in range(9, -1, -1))
_USUAL = "#" * 16


def luhn(digits: str) -> str:
    """The check digit of the digits before it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


class Card:
    """Numbers such as 9999 1234 5678 9012."""

    hints = frozenset({"card", "pan", "cc"})
    needs_hint = False
    kinds = frozenset({Kind.CATEGORY, Kind.ID, Kind.TEXT, Kind.INTEGER})

    @staticmethod
    def share(texts: Sequence[str]) -> float:
        """Share of texts of 13 to 19 digits that end with the right one."""
        return sum(_is_card(t) for t in texts) / len(texts)

    @staticmethod
    def learn(texts: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:  # noqa: ARG004
        """How they are grouped, and first digits that are free."""
        masks = held(re.sub(r"\d", "#", t.strip()) for t in texts if _is_card(t)) or [(_USUAL, 1)]
        used = {re.sub(r"\D", "", t)[:4] for t in texts}
        return {"masks": masks, "prefix": next((p for p in _PREFIXES if p not in used), "0000")}

    @staticmethod
    def make(learned: dict[str, Any], n: int, rng: np.random.Generator) -> list[str]:
        """Different ones: random between prefix and check digit."""
        masks = [m for m, _ in learned["masks"]]
        weights = np.array([w for _, w in learned["masks"]], dtype=float)
        found: dict[str, None] = {}
        while len(found) < n:
            mask = masks[rng.choice(len(masks), p=weights / weights.sum())]
            free = mask.count("#") - len(learned["prefix"]) - 1
            digits = learned["prefix"] + "".join(map(str, rng.integers(10, size=free)))
            found[filled(mask, digits + luhn(digits))] = None
        return list(found)


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return bool(_CARD.fullmatch(text.strip())) and 13 <= len(digits) <= 19 and luhn(digits[:-1]) == digits[-1]


VALUE = Card()
