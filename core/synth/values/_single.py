"""Given names or surnames by themselves: what both share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.schema import Kind
from ._people import closest_locale, given_names, surnames, unseen, words_of

__all__ = ["Single"]


@dataclass(frozen=True)
class Single:
    """Names of one sort. Words such as Paris or Jordan are names of other things too, so the column's name must say so.

    Args:
        hints: words of a column's name.
        which: "given" or "family".
    """

    hints: frozenset[str]
    which: str
    needs_hint = True
    kinds = frozenset({Kind.CATEGORY, Kind.ID, Kind.TEXT})

    def share(self, texts: Sequence[str]) -> float:
        """Share of texts of one or two words that are such names."""
        short = [t for t in texts if len(words_of(t) or ()) in (1, 2)]
        return len(short) / len(texts) * min(1.0, closest_locale(short, self.which)[1] + 0.2) if short else 0.0

    def learn(self, texts: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:
        """Names that are free, in the language and letter case of most."""
        locale = closest_locale(texts, self.which)[0]
        pool = unseen((given_names if self.which == "given" else surnames)(locale), texts, rng)
        return {"pool": pool, "upper": sum(t.isupper() for t in texts) > len(texts) / 2}

    @staticmethod
    def make(learned: dict[str, Any], n: int, rng: np.random.Generator) -> list[str]:
        """Different ones while they last, then again: many people share one."""
        pool = [w.upper() if learned["upper"] else w for w in learned["pool"]]
        return [pool[i] for i in np.resize(rng.permutation(len(pool)), n).tolist()]
