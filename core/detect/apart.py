"""Cells judged apart: of two columns of which one is made from the other, each is explained without the other.

How many times its usual amount a row's is nearly gives the amount away: given the one, no value of the other surprises,
and a huge payment would have no reason left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..models.base import Cells, Explains
from .reasons import given_columns

__all__ = ["cells_apart", "given_apart"]

Pair = tuple[str, str]


def cells_apart(explains: Explains, batch: Batch, pair: Pair | None) -> Cells:
    """Every cell the batch has, given the others; the two of the pair each without the other.

    Args:
        explains: a model.
        batch: k rows.
        pair: the derived column and the one it is made from; None for none.
    """
    if pair is None or not batch.columns.keys() >= set(pair) or len(batch.columns) == 2:
        return explains.cells(batch)
    cells = explains.cells(_without(batch, pair[0]))
    made = explains.cells(_without(batch, pair[1]))
    own = made.without(set(made.columns) - {pair[0]})
    return Cells(
        (*cells.columns, pair[0]), np.hstack([cells.surprise, own.surprise]), np.hstack([cells.typical, own.typical]),
        np.hstack([cells.alone, own.alone]),
        tuple((*a, *b) for a, b in zip(cells.expected, own.expected, strict=True)),
    )


def given_apart(
    explains: Explains, batch: Batch, cells: Cells, pair: Pair | None, main: NDArray[np.int64]
) -> list[tuple[str, ...]]:
    """What makes each row's first reason surprising (`given_columns`); of a derived column nothing is named.

    Args:
        explains: a model.
        batch: k rows.
        cells: from `cells_apart`.
        pair: as it got it.
        main: (k,) the cell of each row's first reason.
    """
    if pair is None or not batch.columns.keys() >= set(pair) or len(batch.columns) == 2:
        return given_columns(explains, batch, cells, main=main)
    kept = cells.without({pair[0]})  # the last of the cells
    named = given_columns(explains, _without(batch, pair[0]), kept, main=np.minimum(main, len(kept.columns) - 1))
    return [() if cells.columns[j] == pair[0] else names for j, names in zip(main.tolist(), named, strict=True)]


def _without(batch: Batch, name: str) -> Batch:
    return batch.select([n for n in batch.columns if n != name])
