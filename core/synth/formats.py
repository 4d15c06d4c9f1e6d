"""Formats of identifiers: learned from real ones, used to write new ones that are certain not to be real.

An id such as `P-129474` or `T017-3` is text around numbers. Among ids of that shape the number that tells most of them
apart takes values *outside the range seen*, so that no new id can equal a real one, without keeping a list of the real
ones. Random tokens (UUIDs, hex keys) are drawn from so many possibilities that a repeat is out of the question;
anything else becomes `column-000001`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["IdFormat", "Shape", "learn_format"]

_DIGITS = re.compile(r"(\d+)", re.ASCII)
_MOST_DIGITS = 18
_NO_LIMIT = 2**63 - 1
_MOST_SHAPES = 64
_MOST_CHOICES = 20
_FEWEST = 5
"""Ids that share a text around their numbers, for it to be kept: what fewer have may say who they are."""
_FIT = 0.95
"""Share of ids that the shapes must cover."""
_SAMPLE = 5_000
_SPACE = 1e15
"""Possibilities that make an accidental repeat of a random token negligible (below 1e-3 for a million of each)."""
_NUMERALS, _SMALL = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_CLASSES = (
    _NUMERALS, _NUMERALS + "abcdef", _NUMERALS + "ABCDEF", _SMALL, _SMALL.upper(), _NUMERALS + _SMALL,
    _NUMERALS + _SMALL.upper(), _NUMERALS + _SMALL + _SMALL.upper(),
)


@dataclass(frozen=True)
class Shape:
    """Ids with the same text around their numbers.

    Args:
        texts: the r + 1 texts around r numbers.
        key: which number tells ids apart.
        width: its digits, zero-padded; 0 = as long as it is.
        low: smallest value seen.
        high: largest value seen; (1, 0) = none.
        choices: for each number the texts it may take; () for the key, and for a number that is drawn anew.
        lengths: for each number its digits when drawn anew.
        weight: how many ids have this shape.
        limit: largest number the column's type can hold; it is passed only when no other number is free.
    """

    texts: tuple[str, ...]
    key: int = 0
    width: int = 6
    low: int = 1
    high: int = 0
    choices: tuple[tuple[str, ...], ...] = ((),)
    lengths: tuple[int, ...] = (6,)
    weight: int = 1
    limit: int = _NO_LIMIT

    def make(self, n: int, rng: np.random.Generator) -> list[str]:
        """As many different ids, none of them a real one."""
        columns = []
        for at, (choices, length) in enumerate(zip(self.choices, self.lengths, strict=True)):
            columns.append([self.texts[at]] * n)
            if at == self.key:
                columns.append([f"{v:0{self.width}d}" for v in self._free_numbers(n, rng).tolist()])
            elif choices:
                columns.append([choices[i] for i in rng.integers(len(choices), size=n).tolist()])
            else:
                columns.append([f"{v:0{length}d}" for v in rng.integers(10**length, size=n).tolist()])
        columns.append([self.texts[-1]] * n)
        return ["".join(row) for row in zip(*columns, strict=True)]

    def _free_numbers(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """(n,) numbers outside [low, high], of the usual width where there is room."""
        first, last = self.high + 1, 10**self.width - 1 if self.width else self.high + 10 * n + 100
        last = min(last, self.limit)
        if last - first + 1 < n:  # no room above: below, else one digit more
            smallest = 10 ** (self.width - 1) if self.width > 1 else 1
            first, last = (smallest, self.low - 1) if self.low - smallest >= n else (first, first + 10 * n + 100)
        last = min(last, first + 60 * n)
        return first + rng.choice(last - first + 1, size=n, replace=False).astype(np.int64)


@dataclass(frozen=True)
class IdFormat:
    """How new ids are written.

    Args:
        shapes: of ids with numbers; several are mixed by weight.
        mask: for random tokens: the characters allowed at each position; () otherwise.
    """

    shapes: tuple[Shape, ...] = ()
    mask: tuple[str, ...] = ()

    @classmethod
    def pseudonym(cls, name: str) -> IdFormat:
        """`name-000001` and so on."""
        return cls((Shape((f"{name}-", "")),))

    @classmethod
    def number(cls, digits: int) -> IdFormat:
        """Numbers with one digit more."""
        return cls((Shape(("", ""), width=digits + 1, high=10**digits),))

    def make(self, n: int, rng: np.random.Generator) -> list[str]:
        """As many different ids, none of them a real one, in random order."""
        if self.mask:
            return self._tokens(n, rng)
        weights = np.array([s.weight for s in self.shapes], dtype=np.float64)
        counts = rng.multinomial(n, weights / weights.sum()).tolist()
        made = [new for shape, count in zip(self.shapes, counts, strict=True) for new in shape.make(count, rng)]
        return [made[i] for i in rng.permutation(n).tolist()]

    def _tokens(self, n: int, rng: np.random.Generator) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < n:
            columns = [np.array(list(c))[rng.integers(len(c), size=n)] for c in self.mask]
            found.update(dict.fromkeys("".join(row) for row in zip(*columns, strict=True)))
        return list(found)[:n]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {"shapes": [asdict(s) for s in self.shapes], "mask": list(self.mask)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> IdFormat:
        """The format that `to_json` wrote."""
        shapes = (
            Shape(**{**s, "texts": tuple(s["texts"]), "choices": tuple(map(tuple, s["choices"])),
                     "lengths": tuple(s["lengths"])})
            for s in data["shapes"]
        )
        return cls(tuple(shapes), tuple(data["mask"]))


def learn_format(ids: Sequence[str], name: str, limit: int = _NO_LIMIT) -> IdFormat:
    """The format of ids.

    Args:
        ids: the distinct ids of a column, as texts.
        name: the column's name, for pseudonyms.
        limit: largest number the column's type can hold.
    """
    return _numbered(ids, limit) or _token(ids) or _pseudonym(ids, name)


def _numbered(ids: Sequence[str], limit: int) -> IdFormat | None:
    found: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for text in ids:
        parts = _DIGITS.split(text)
        if len(parts) > 1:
            found[tuple(parts[0::2])].append(parts[1::2])
    commonest = [(texts, rows) for texts, rows in sorted(found.items(), key=lambda item: -len(item[1]))[:_MOST_SHAPES]
                 if len(rows) >= _FEWEST or not any(c.isalpha() for text in texts for c in text)]
    if sum(len(rows) for _, rows in commonest) < _FIT * len(ids) or len(commonest) > max(1, len(ids) // 3):
        return None
    shapes = [_shape(texts, rows, limit) for texts, rows in commonest]
    return IdFormat(tuple(s for s in shapes if s is not None)) if None not in shapes else None


def _shape(texts: tuple[str, ...], rows: list[list[str]], limit: int) -> Shape | None:
    """What ids of one shape have in common; None when their numbers are too long."""
    columns = list(zip(*rows, strict=True))
    seen = [Counter(column) for column in columns]
    key = max(range(len(seen)), key=lambda j: len(seen[j]))
    widths = {len(v) for v in columns[key]}
    if max(widths) > _MOST_DIGITS:
        return None
    low, high = _rounded([int(v) for v in columns[key]])
    is_padded = any(v.startswith("0") and len(v) > 1 for v in columns[key])
    return Shape(
        texts, key, max(widths) if is_padded or len(widths) == 1 else 0, low, high,
        tuple(_shared(s) if j != key else () for j, s in enumerate(seen)),
        tuple(min(max(map(len, s)), _MOST_DIGITS) for s in seen), len(rows), limit,
    )


def _rounded(numbers: Sequence[int]) -> tuple[int, int]:
    """The least and largest number, to two digits and outwards: the ends themselves are two real ids."""
    low, high = min(numbers), max(numbers)
    step = 10 ** max(len(str(high)) - 2, 1)
    return low // step * step, high // step * step + step - 1


def _shared(seen: Counter[str]) -> tuple[str, ...]:
    """The texts of a number that few values tell apart, if enough ids share each; () where it is drawn anew."""
    return tuple(sorted(seen)) if len(seen) <= _MOST_CHOICES and min(seen.values()) >= _FEWEST else ()


def _token(ids: Sequence[str]) -> IdFormat | None:
    sample = ids[:_SAMPLE]
    if len({len(i) for i in sample}) != 1:
        return None
    mask = tuple(_class_of(set(position)) for position in zip(*sample, strict=True))
    if not all(mask) or float(np.prod([float(len(m)) for m in mask])) < _SPACE:
        return None
    return IdFormat(mask=mask)


def _class_of(seen: set[str]) -> str:
    """The smallest class that holds these characters; the character itself where it never changes; "" for none."""
    if len(seen) == 1:
        return next(iter(seen))
    return next((c for c in _CLASSES if seen <= set(c)), "")


def _pseudonym(ids: Sequence[str], name: str) -> IdFormat:
    while any(i.startswith(f"{name}-") for i in ids):
        name = f"new-{name}"
    return IdFormat.pseudonym(name)
