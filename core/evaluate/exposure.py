"""Exposure: which rows a copy could give away, told from the rows alone, before anything is drawn.

A row is exposed where it is surprising and has nobody near it: what a model keeps of such a row it keeps of one person
(Meeus et al. 2023, "Achilles' heels: vulnerable record identification in synthetic data publishing", arXiv 2306.10308,
find that the distance to the closest rows names those that attacks tell best). Its exposure is the lower of two ranks:
the share of rows that are less surprising, and the share that have somebody closer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column
from ..data.conditions import Condition, Test
from ..data.schema import Kind, Schema
from ..stats.mixed import distances
from .arrays import mixed

__all__ = ["Exposures", "Singled", "exposures", "single_out"]

_LOOKED = 4_000
_USUAL = 2_000
_DAY = 86_400_000_000
_TRIED = 30
"""Cells of a row that are tried together, the rarest by themselves: wide tables have too many pairs."""
_PAIRS = 24
"""Pairs of cells that a third one is tried with."""


@dataclass(frozen=True, eq=False)
class Exposures:
    """How exposed rows are.

    Args:
        rows: (k,) positions of the rows looked at: all of a small table, of a large one the most surprising.
        exposure: (k,) 0 to 1.
        surprise: (k,) share of rows that are less surprising.
        alone: (k,) share of rows that have somebody closer.
        distance: (k,) to the closest row of somebody else, 0 to 1.
        closest: (k,) position of that row.
        usual: exposures of rows taken at random, ascending.
    """

    rows: NDArray[np.int64]
    exposure: NDArray[np.float64]
    surprise: NDArray[np.float64]
    alone: NDArray[np.float64]
    distance: NDArray[np.float64]
    closest: NDArray[np.int64]
    usual: NDArray[np.float64]


def exposures(  # noqa: PLR0917 - the rows, what is known of each, and how to look
    batch: Batch,
    schema: Schema,
    surprise: NDArray[np.float64],
    owner: NDArray[np.int64],
    rng: np.random.Generator,
    check: Callable[[], None] = lambda: None,
) -> Exposures:
    """Exposures, most exposed first. About 10 s for 50,000 rows of 15 columns.

    Args:
        batch: the n rows learned from.
        schema: the columns that say something about a person.
        surprise: (n,) anomaly scores, each without the row itself.
        owner: (n,) whose row it is: rows of one person hide nobody of that person.
        rng: chooses the rows that stand for usual ones.
        check: called often; raises to stop.
    """
    n = batch.rows
    rank = np.searchsorted(np.sort(surprise), surprise) / max(n, 1)
    top = np.argsort(-surprise, kind="stable")[:_LOOKED]
    usual = rng.permutation(n)[:_USUAL]
    looked = np.union1d(top, usual)
    distance, closest = _closest(batch, schema, owner, looked, check)
    ordered = np.sort(distance[np.searchsorted(looked, usual)])
    alone = np.searchsorted(ordered, distance) / max(len(ordered), 1)
    exposure = np.minimum(rank[looked], alone)
    order = np.lexsort((-(rank[looked] + alone), -exposure))
    return Exposures(
        looked[order], exposure[order], rank[looked][order], alone[order], distance[order], closest[order],
        np.sort(exposure[np.searchsorted(looked, usual)]))


def _closest(
    batch: Batch, schema: Schema, owner: NDArray[np.int64], looked: NDArray[np.int64], check: Callable[[], None]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(k,) distance to the closest row of somebody else, and its position."""
    everyone = mixed([batch], schema, batch)[0]
    asked = everyone.take(looked)
    distance, place = np.ones(len(looked)), np.zeros(len(looked), dtype=np.int64)
    for part, apart in distances(asked, everyone, check):
        apart[owner[looked[part], None] == owner] = np.inf
        place[part] = apart.argmin(axis=1)
        distance[part] = np.minimum(apart.min(axis=1) / max(everyone.width, 1), 1.0)
    return distance, place


@dataclass(frozen=True)
class Singled:
    """What is true of a row and of few others.

    Args:
        condition: on one to three of its cells.
        rows: how many rows it holds for, the row among them.
    """

    condition: Condition
    rows: int


def single_out(batch: Batch, schema: Schema, row: int) -> Singled:
    """The fewest cells of a row that no other row shares; numbers count as "at least" or "at most".

    Of as many cells those that are rarest by themselves. Three cells at most: then those that the fewest rows share.

    Args:
        batch: all rows.
        schema: columns to use.
        row: position.
    """
    tests, masks = zip(*(_test(batch[c.name], c.kind, c.name, row) for c in schema), strict=True)
    counts = np.array([int(mask.sum()) for mask in masks])
    best: tuple[tuple[int, ...], int] = ((int(counts.argmin()),), int(counts.min()))
    pairs: list[tuple[int, tuple[int, int]]] = []
    rare = np.sort(np.argsort(counts, kind="stable")[:_TRIED]).tolist()
    if best[1] > 1:
        pairs = sorted((int((masks[a] & masks[b]).sum()), (a, b)) for a, b in combinations(rare, 2))
        best = _rarest(best, [(n, p) for n, p in pairs if n == pairs[0][0]], counts)
    if best[1] > 1:
        three = [(int((masks[a] & masks[b] & masks[c]).sum()), (a, b, c))
                 for _, (a, b) in pairs[:_PAIRS] for c in rare if c not in (a, b)]
        best = _rarest(best, [(n, p) for n, p in three if n == min(three)[0]], counts)
    return Singled(Condition(tuple(tests[j] for j in sorted(best[0]))), best[1])


def _rarest(
    best: tuple[tuple[int, ...], int], found: list[tuple[int, tuple[int, ...]]], counts: NDArray[np.int64]
) -> tuple[tuple[int, ...], int]:
    """The set whose cells are rarest by themselves, where it is shared by fewer rows than the best so far."""
    if not found or found[0][0] >= best[1]:
        return best
    return min((sum(np.log(counts[list(p)])), p) for _, p in found)[1], found[0][0]


def _test(column: Column, kind: Kind, name: str, row: int) -> tuple[Test, NDArray[np.bool_]]:
    """What a cell says, and (n,) of which rows it is true."""
    present, value = column.present, column.values[row]
    if not present[row]:
        return Test(name, "is missing"), ~present
    if column.kind in CODED:
        return Test(name, "=", (column.categories[value],)), present & (column.values == value)
    above = float((column.values[present] < value).mean()) >= 0.5
    mask = present & (column.values >= value if above else column.values <= value)
    text = _moment(int(value)) if kind is Kind.DATETIME else value.item()
    return Test(name, ">=" if above else "<=", (text,)), mask


def _moment(value: int) -> str:
    """A date as conditions write it."""
    text = str(np.array(value, dtype="datetime64[us]")).replace("T", " ")
    return text[:10] if value % _DAY == 0 else text[:19] if value % 1_000_000 == 0 else text
