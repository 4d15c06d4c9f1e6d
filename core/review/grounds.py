"""What a review knows of the rows before its first verdict: their leaves, their ranks and whose they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["FULL", "LEVELS", "Bytes", "Floats", "Grounds", "rank_surprise"]

LEVELS = 8
"""Of the trees: their ends fit one byte."""
FULL = 65_535
"""A mean of one, in 16 bits."""

_PRIOR = 0.5

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


def rank_surprise(rank: NDArray[np.int64], rows: int) -> Floats:
    """(n,) from about 0, last, to 1, first: log of the share of rows at least as unusual, in logs of all rows.

    Args:
        rank: (n,) places, 1 = most unusual.
        rows: of the whole table, of which these may be a part.
    """
    return np.asarray(-np.log(rank / max(rows, 1)) / np.log(rows + 1), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Grounds:
    """What is known of n rows before the first verdict.

    Args:
        leaves: (T, n) uint8, to which of the 2^LEVELS ends of each tree a row falls.
        surprise: (n,) of the rank, as `rank_surprise` gives it.
        members: (n, m) the same of each engine that has a say, or none.
        entities: for each entity column (n,) codes, -1 where a row has none.
    """

    leaves: Bytes
    surprise: Floats
    members: NDArray[np.float32] | None = None
    entities: tuple[NDArray[np.int64], ...] = ()
    weights: NDArray[np.uint16] = field(init=False)
    centred: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _weights_of(self.leaves))
        members = np.zeros((self.rows, 0)) if self.members is None else self.members.astype(np.float64)
        object.__setattr__(self, "centred", members - members.mean(axis=0) if self.rows else members)

    @property
    def rows(self) -> int:
        """How many."""
        return int(self.leaves.shape[1])

    @property
    def prior(self) -> Floats:
        """(n,) the verdict expected from the rank alone, 0 to 0.5."""
        return _PRIOR * self.surprise

    def prior_of(self, turn: int) -> Floats:
        """(n,) the same by one engine alone, another at each turn."""
        if self.members is None or not self.members.shape[1]:
            return self.prior
        return _PRIOR * self.members[:, turn % self.members.shape[1]].astype(np.float64)

    def alike(self, row: int) -> NDArray[np.uint16]:
        """(n,) how alike the leaves of each row are to those of one, in units of 1 / 65,535."""
        found = np.zeros(self.rows, dtype=np.uint16)
        for own, weights in zip(self.leaves, self.weights, strict=True):  # one tree at a time stays in the cache
            found += (own == own[row]) * weights[own[row]]
        return found

    def leaves_shared(self, row: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """(k,) in how many leaves these rows lie beside one, 0 to T."""
        found: NDArray[np.int64] = (self.leaves[:, rows] == self.leaves[:, [row]]).sum(axis=0)
        return found


def _weights_of(leaves: Bytes) -> NDArray[np.uint16]:
    """(T, 256) what sharing each leaf counts: the log of the share of rows in it; of all trees at most 2^16 - 1."""
    n = leaves.shape[1]
    counts = np.stack([np.bincount(own, minlength=256) for own in leaves])
    rare = -np.log(np.maximum(counts, 1) / max(n, 1)) / np.log(max(n, 2))
    return np.asarray(np.floor(rare * (FULL / len(leaves))), dtype=np.uint16)
