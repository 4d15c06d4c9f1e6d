"""Telephone numbers: in ranges that regulators keep for fiction where there are any, else ones that begin with 000.

NANP 555-0100 to 555-0199; Ofcom's drama numbers; ARCEP's numbers for audiovisual works; BNetzA's drama numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...data.schema import Kind
from .base import filled, held

__all__ = ["VALUE"]

_PHONE = re.compile(r"\+?[\d(][\d\s().\-/]{5,20}\d", re.ASCII)
_TWO = frozenset(map(str, (
    20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67), 81, 82, 84, 86,
    *range(90, 96), 98)))
_FICTION = {  # calling code -> (digits after it, beginnings); N is 2 to 9, X any digit
    "1": (10, ("NXX55501",)),
    "44": (10, ("7700900", "1632960", "1134960", "1144960", "1154960", "1164960", "1174960", "1184960", "1214960")),
    "33": (9, ("19900", "26191", "35301", "46571", "53649", "63998")),
    "49": (10, ("3023125",)),
}
_AMERICAN = re.compile(r"\(?###\)?[\s.-]?###[\s.-]####")
_NOBODY = tuple(f"{i:03d}" for i in range(1_000))
_USUAL = ("+## ### #######", "")


class Phone:
    """Numbers such as +44 7700 900123."""

    hints = frozenset({"phone", "tel", "telephone", "mobile", "cell", "fax", "msisdn"})
    needs_hint = False
    kinds = frozenset({Kind.CATEGORY, Kind.ID, Kind.TEXT, Kind.INTEGER})

    @staticmethod
    def share(texts: Sequence[str]) -> float:
        """Share of texts of 7 to 15 digits written like one; bare digits alone speak for half."""
        good = [t for t in texts if _is_phone(t)]
        sure = sum(t.strip().startswith("+") or "(" in t for t in good)
        return (sure + 0.5 * (len(good) - sure)) / len(texts)

    @staticmethod
    def learn(texts: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:  # noqa: ARG004
        """How they are written and for which countries; and beginnings of national numbers that are free."""
        known = [_taken_apart(t) for t in texts if _is_phone(t)]
        forms = held((mask, code) for mask, code, _ in known) or [(_USUAL, 1)]
        nationals = {code: {n for _, c, n in known if c == code} for _, code, _ in known}
        nobody = next((p for p in _NOBODY if not any(n.startswith(p) for s in nationals.values() for n in s)), "")
        fiction = [c for c, (length, starts) in _FICTION.items() if not any(
            len(n) == length and _matches(n, s) for n in nationals.get(c, ()) for s in starts)]
        return {"forms": [[*form, count] for form, count in forms], "nobody": nobody or "0" * 16, "fiction": fiction}

    @staticmethod
    def make(learned: dict[str, Any], n: int, rng: np.random.Generator) -> list[str]:
        """Different ones; where a range for fiction is too small for all, numbers that nobody can have."""
        weights = np.array([f[2] for f in learned["forms"]], dtype=float)
        counts = rng.multinomial(n, weights / weights.sum()).tolist()
        made: list[str] = []
        for (mask, code, _), count in zip(learned["forms"], counts, strict=True):
            made += _numbers(mask, code, count, learned, rng)
        return [made[i] for i in rng.permutation(n).tolist()]


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text.strip())) and 7 <= len(re.sub(r"\D", "", text)) <= 15


def _taken_apart(text: str) -> tuple[str, str, str]:
    """How it is written (# for the digits of the national number), its calling code, and the national number."""
    text = text.strip()
    mask = re.sub(r"\d", "#", text)
    digits = re.sub(r"\D", "", text)
    if text.startswith("+"):
        code = digits[0] if digits[0] in "17" else digits[:2] if digits[:2] in _TWO else digits[:3]
        return _fixed(mask, code), code, digits[len(code):]
    if _AMERICAN.fullmatch(mask):
        return mask, "1", digits
    return (_fixed(mask, "0"), "", digits[1:]) if digits[0] == "0" else (mask, "", digits)


def _fixed(mask: str, digits: str) -> str:
    """The mask with its first # replaced."""
    for digit in digits:
        mask = mask.replace("#", digit, 1)
    return mask


def _matches(number: str, start: str) -> bool:
    return all(s in {"X", "N", c} for s, c in zip(start, number, strict=False))


def _numbers(mask: str, code: str, n: int, learned: dict[str, Any], rng: np.random.Generator) -> list[str]:
    length, (wanted, starts) = mask.count("#"), _FICTION.get(code, (0, ()))
    room = sum(10 ** (wanted - len(s) + s.count("X")) * 8 ** s.count("N") for s in starts)
    if code not in learned["fiction"] or wanted != length or 2 * n > room:
        starts = (learned["nobody"],)
        mask += "#" * max(0, len(str(20 * n)) - (length - len(starts[0])))  # longer rather than twice the same
    free = mask.count("#")
    found: dict[str, None] = {}
    while len(found) < n:
        start = starts[int(rng.integers(len(starts)))]
        body = "".join(_digit(c, rng) for c in start) + "".join(map(str, rng.integers(10, size=free - len(start))))
        found[filled(mask, body)] = None
    return list(found)


def _digit(character: str, rng: np.random.Generator) -> str:
    """A digit of a beginning: N is 2 to 9, X any."""
    low = {"N": 2, "X": 0}.get(character)
    return character if low is None else str(rng.integers(low, 10))


VALUE = Phone()
