"""IBANs: the check digits are right (ISO 13616, ISO 7064 mod 97-10), and no bank has the first four places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...data.schema import Kind
from .base import held

__all__ = ["VALUE", "check_digits"]

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_BRITISH = ["GB", "AAAA" + "#" * 14, "TEST"]
_MARKS = ("TEST", "XXXX", "ZZZZ", "QQQQ", "XTST", "ZTST")


def check_digits(country: str, account: str) -> str:
    """The two digits after the country."""
    number = int("".join(str(int(c, 36)) for c in account + country + "00"))
    return f"{98 - number % 97:02d}"


class Iban:
    """Accounts such as GB94TEST30926812345678."""

    hints = frozenset({"iban", "account"})
    needs_hint = False
    kinds = frozenset({Kind.CATEGORY, Kind.ID, Kind.TEXT})

    @staticmethod
    def share(texts: Sequence[str]) -> float:
        """Share of texts with the form and the right check digits."""
        return sum(_is_iban(_bare(t)) for t in texts) / len(texts)

    @staticmethod
    def learn(texts: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:  # noqa: ARG004
        """Countries that several share, the form of an account in each, and a bank that is free there."""
        bare = [b for b in map(_bare, texts) if _is_iban(b)]
        countries = []
        for (country, length), count in held((b[:2], len(b)) for b in bare):
            accounts = [b[4:] for b in bare if b[:2] == country and len(b) == length]
            mask = "".join(_class([a[i] for a in accounts]) for i in range(length - 4))
            countries.append([country, mask, _free_bank(mask, {a[:4] for a in accounts}), count])
        spaced = sum(" " in t.strip() for t in texts) > len(texts) / 2
        return {"countries": countries or [[*_BRITISH, 1]], "spaced": spaced}

    @staticmethod
    def make(learned: dict[str, Any], n: int, rng: np.random.Generator) -> list[str]:
        """Different ones: random after the bank."""
        weights = np.array([c[3] for c in learned["countries"]], dtype=float)
        found: dict[str, None] = {}
        while len(found) < n:
            country, mask, bank, _ = learned["countries"][rng.choice(len(weights), p=weights / weights.sum())]
            rest = "".join(str(rng.integers(10)) if c == "#" else chr(65 + int(rng.integers(26))) for c in mask[4:])
            whole = f"{country}{check_digits(country, bank + rest)}{bank}{rest}"
            found[" ".join(re.findall(".{1,4}", whole)) if learned["spaced"] else whole] = None
        return list(found)


def _bare(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def _is_iban(bare: str) -> bool:
    return bool(_IBAN.fullmatch(bare)) and check_digits(bare[:2], bare[4:]) == bare[2:4]


def _class(characters: Sequence[str]) -> str:
    """A letter where most accounts have one, else a digit."""
    return "A" if Counter(c.isalpha() for c in characters).most_common(1)[0][0] else "#"


def _free_bank(mask: str, used: set[str]) -> str:
    """Four places that no real account of the country begins with: TEST or 0000 if that is free."""
    for number in range(10_000):
        digits, letters = f"{number:04d}", _MARKS[number % len(_MARKS)]
        mark = "".join(letters[i] if mask[i] == "A" else digits[i] for i in range(4))
        if mark not in used:
            return mark
    return "A000" if mask[0] == "#" else "0AAA"  # every bank is taken: a form that none has


VALUE = Iban()
