"""Rejection: rows proposed until enough of them satisfy a condition, counted, and given up where hardly any do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ..data.batch import Batch
from ..data.conditions import Where
from ..errors import FitError

__all__ = ["LEAST", "Tried", "is_probable", "until_enough"]

LEAST = 1e-4
"""Share of the proposed rows that has to satisfy the condition."""
_RARE = math.log(1e-9)  # for each column that a condition is about: a form may have many
_CELLS = 20_000_000  # proposed before that share is asked for
_BATCH = 16_384
_MARGIN = 1.1


def _ignore(_tried: Tried) -> None:
    """Nobody watches."""


@dataclass(eq=False)
class Tried:
    """Rows proposed, and how many of them were kept.

    Args:
        watch: called after every proposal; it may raise to stop.
        rows, kept: so far.
    """

    watch: Callable[[Tried], None] = field(default=_ignore, repr=False)
    rows: int = 0
    kept: int = 0

    def add(self, rows: int) -> None:
        """Count a proposal."""
        self.rows += rows
        self.watch(self)

    def report(self) -> dict[str, float]:
        """Plain JSON: what was tried and kept, and the least share of it that has to be."""
        return {"rows": self.rows, "kept": self.kept, "least": LEAST}


def is_probable(level: float, columns: int) -> bool:
    """Whether a condition on so many columns is probable enough to be drawn, by its log probability."""
    return bool(level >= max(columns, 1) * _RARE)


def until_enough(
    propose: Callable[[int], Batch], n: int, where: Where, tried: Tried | None = None, *, size: int = _BATCH,
    most: int = _CELLS,
) -> Iterator[Batch]:
    """Batches that hold n rows that satisfy the condition together.

    Args:
        propose: gives rows; about as many as it is asked for.
        n: rows.
        where: names as the schema writes them.
        tried: is told how many rows were proposed.
        size: rows of a proposal, at most.
        most: cells proposed before it may give up.

    Raises:
        FitError: fewer than `LEAST` of so many rows satisfy it.
    """
    tried = tried or Tried()
    rows = kept = 0
    while kept < n:
        left = n - kept
        wanted = int(left * rows / max(kept, 1) * _MARGIN) + 64 if rows else left
        asked = min(wanted, size)
        batch = propose(asked)
        passed = batch.take(np.flatnonzero(where.mask(batch))[:left]) if where else batch
        rows, kept = rows + asked, kept + len(passed)
        tried.add(asked)
        if kept < n and rows * max(len(batch.columns), 1) > most and kept < LEAST * rows:
            raise FitError("models.rejected", condition=where.to_text(), tried=rows, kept=kept, least=round(1 / LEAST))
        if len(passed):
            yield passed
