"""Formats of identifiers: learned from real ones, used to write new ones that are certain not to be real.

An id such as `P-129474` is a prefix, a number and a suffix. New ids take numbers *outside the range seen*, so that none
can equal a real id, without keeping a list of the real ones. Random tokens (UUIDs, hex keys) are drawn from so many
possibilities that a repeat is out of the question; anything else becomes `column-000001`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["IdFormat", "learn_format"]

_NUMBERED = re.compile(r"^(.*?)(\d+)(\D*)$", re.DOTALL)
_SAMPLE = 5_000
_FIT = 0.95
"""Share of ids that must follow a format."""
_SPACE = 1e15
"""Possibilities that make an accidental repeat of a random token negligible (below 1e-3 for a million of each)."""
_MOST_DIGITS = 15
_MOST_FRAMES = 64
_CLASSES = ("0123456789", "0123456789abcdef", "0123456789ABCDEF", "abcdefghijklmnopqrstuvwxyz",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789abcdefghijklmnopqrstuvwxyz",
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True)
class IdFormat:
    """How new ids are written.

    Args:
        frames: (text before, text behind, weight) of the number; one of them for a pseudonym.
        width: digits of the number, zero-padded; 0 = as long as it is.
        low: smallest number seen among real ids.
        high: largest number seen; (1, 0) = none.
        mask: for random tokens: the characters allowed at each position; () otherwise.
    """

    frames: tuple[tuple[str, str, int], ...]
    width: int = 6
    low: int = 1
    high: int = 0
    mask: tuple[str, ...] = ()

    @classmethod
    def pseudonym(cls, name: str) -> IdFormat:
        """`name-000001` and so on."""
        return cls(((f"{name}-", "", 1),))

    def make(self, n: int, rng: np.random.Generator) -> list[str]:
        """As many different ids, none of them a real one, in random order."""
        if self.mask:
            return self._tokens(n, rng)
        weights = np.array([f[2] for f in self.frames], dtype=np.float64)
        frames = rng.choice(len(self.frames), size=n, p=weights / weights.sum())
        numbers = self._free_numbers(n, rng)
        return [
            f"{self.frames[f][0]}{v:0{self.width}d}{self.frames[f][1]}"
            for f, v in zip(frames.tolist(), numbers.tolist(), strict=True)
        ]

    def _free_numbers(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """(n,) numbers outside [low, high], of the usual width where there is room."""
        first, last = self.high + 1, 10**self.width - 1 if self.width else self.high + 10 * n + 100
        if last - first + 1 < n:  # no room above: below, else one digit more
            smallest = 10 ** (self.width - 1) if self.width > 1 else 1
            first, last = (smallest, self.low - 1) if self.low - smallest >= n else (first, first + 10 * n + 100)
        if last - first + 1 > 50 * n:
            last = first + 50 * n
        return first + rng.choice(last - first + 1, size=n, replace=False).astype(np.int64)

    def _tokens(self, n: int, rng: np.random.Generator) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < n:
            columns = [np.array(list(c))[rng.integers(len(c), size=n)] for c in self.mask]
            found.update(dict.fromkeys("".join(row) for row in zip(*columns, strict=True)))
        return list(found)[:n]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {**asdict(self), "frames": [list(f) for f in self.frames], "mask": list(self.mask)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> IdFormat:
        """The format that `to_json` wrote."""
        frames = tuple((str(f[0]), str(f[1]), int(f[2])) for f in data["frames"])
        return cls(**{**data, "frames": frames, "mask": tuple(data["mask"])})


def learn_format(ids: Sequence[str], name: str) -> IdFormat:
    """The format of ids.

    Args:
        ids: the distinct ids of a column, as texts.
        name: the column's name, for pseudonyms.
    """
    return _numbered(ids) or _token(ids) or _pseudonym(ids, name)


def _numbered(ids: Sequence[str]) -> IdFormat | None:
    matches = [m for m in (_NUMBERED.match(i) for i in ids) if m]
    frames = Counter((m[1], m[3]) for m in matches).most_common(_MOST_FRAMES)
    if sum(count for _, count in frames) < _FIT * len(ids) or len(frames) > max(1, len(ids) // 3):
        return None
    # Numbers of every id count, whatever stands before them: what is free is then free for all frames.
    if max(len(m[2]) for m in matches) > _MOST_DIGITS:
        return None
    numbers = [int(m[2]) for m in matches]
    widths = {len(m[2]) for m in matches}
    is_padded = any(m[2].startswith("0") and len(m[2]) > 1 for m in matches)
    width = max(widths) if is_padded or len(widths) == 1 else 0
    return IdFormat(tuple((f[0], f[1], count) for f, count in frames), width, min(numbers), max(numbers))


def _token(ids: Sequence[str]) -> IdFormat | None:
    sample = ids[:_SAMPLE]
    if len({len(i) for i in sample}) != 1:
        return None
    seen = [set(position) for position in zip(*sample, strict=True)]
    mask = tuple(_class_of(s) for s in seen)
    if not all(mask) or float(np.prod([float(len(m)) for m in mask])) < _SPACE:
        return None
    return IdFormat((), mask=mask)


def _class_of(seen: set[str]) -> str:
    """The smallest class that holds these characters; the character itself where it never changes; "" for none."""
    if len(seen) == 1:
        return next(iter(seen))
    return next((c for c in _CLASSES if seen <= set(c)), "")


def _pseudonym(ids: Sequence[str], name: str) -> IdFormat:
    while any(i.startswith(f"{name}-") for i in ids):
        name = f"new-{name}"
    return IdFormat.pseudonym(name)
