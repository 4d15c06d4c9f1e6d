"""The contract of personal values: one file a sort, each with a VALUE.

What is learned of a real column is how its values are written, and one *mark* that none of them bears: a mail domain, a
range of telephone numbers, a bank, a set of surnames. Every new value bears it, so none can be a real one and no real
one has to be kept. Marks are those that are set aside for fiction and tests, where there are any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from ...data.infer import name_words
from ...data.schema import Kind
from ...registry import Registry

__all__ = ["FEWEST", "VALUES", "Value", "filled", "held", "recognise"]

FEWEST = 5
"""A way of writing values that fewer share is forgotten: it could be somebody's own."""
_SURE, _HINTED = 0.8, 0.4
"""Share of values that must look like a sort; less is enough where the column's name says so too."""
_SAMPLE = 2_000


class Value(Protocol):
    """A sort of personal values."""

    @property
    def hints(self) -> frozenset[str]:
        """Words in a column's name that speak for it."""
        ...

    @property
    def needs_hint(self) -> bool:
        """Whether the values alone do not tell."""
        ...

    @property
    def kinds(self) -> frozenset[Kind]:
        """Kinds of columns it may be in."""
        ...

    def share(self, texts: Sequence[str]) -> float:
        """Share of texts that look like it."""
        ...

    def learn(self, texts: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:
        """How they are written, and a mark that none of them bears, as JSON. `texts` are all distinct real values."""
        ...

    def make(self, learned: dict[str, Any], n: int, rng: np.random.Generator) -> list[str]:
        """As many different new values, each with the mark."""
        ...


VALUES: Registry[Value] = Registry(__package__, "VALUE")


def recognise(name: str, kind: Kind, texts: Sequence[str]) -> str | None:
    """The sort of personal values that a column holds; None for none.

    Args:
        name: of the column: only a hint.
        kind: of the column.
        texts: its distinct values.
    """
    if not texts:
        return None
    step = max(len(texts) // _SAMPLE, 1)
    words, sample, best = name_words(name), texts[::step], ("", 0.0)
    for key, value in VALUES.items():
        is_hinted = bool(words & value.hints)
        if kind not in value.kinds or (value.needs_hint and not is_hinted):
            continue
        share = value.share(sample)
        if share >= (_HINTED if is_hinted else _SURE) and share + is_hinted > best[1]:
            best = key, share + is_hinted
    return best[0] or None


def held(things: Iterable[Any]) -> list[tuple[Any, int]]:
    """What at least `FEWEST` values share, with how many, commonest first."""
    return [(thing, count) for thing, count in Counter(things).most_common() if count >= FEWEST]


def filled(mask: str, digits: Sequence[str]) -> str:
    """The mask with its # replaced by digits, in order."""
    left = iter(digits)
    return "".join(next(left) if c == "#" else c for c in mask)
