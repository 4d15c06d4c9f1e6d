"""E-mail addresses: at the domains that RFC 2606 sets aside for examples, so that no mail ever arrives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...data.schema import Kind
from ._people import given_names, plain, surnames

__all__ = ["VALUE"]

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_DOMAINS = ("example.com", "example.org", "example.net")


class Email:
    """Addresses such as anna.hart12@example.org."""

    hints = frozenset({"email", "mail", "e"})
    needs_hint = False
    kinds = frozenset({Kind.CATEGORY, Kind.ID, Kind.TEXT})

    @staticmethod
    def share(texts: Sequence[str]) -> float:
        """Share of texts that look like it."""
        return sum(_MAIL.fullmatch(t.strip()) is not None for t in texts) / len(texts)

    @staticmethod
    def learn(texts: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:  # noqa: ARG004
        """Domains that no real address is at."""
        used = {t.strip().rpartition("@")[2].casefold() for t in texts}
        free = [d for d in _DOMAINS if d not in used]
        number = 1
        while not free:
            free = [f"mail{number}.example"] if f"mail{number}.example" not in used else []
            number += 1
        return {"domains": free}

    @staticmethod
    def make(learned: dict[str, Any], n: int, rng: np.random.Generator) -> list[str]:
        """Given name, surname and a number that makes it the only one."""
        given, family = [plain(w) for w in given_names("en_US")], [plain(w) for w in surnames("en_US")]
        parts = zip(rng.integers(len(given), size=n).tolist(), rng.integers(len(family), size=n).tolist(),
                    rng.permutation(n).tolist(), rng.integers(len(learned["domains"]), size=n).tolist(), strict=True)
        return [f"{given[a]}.{family[b]}{number}@{learned['domains'][d]}" for a, b, number, d in parts]


VALUE = Email()
