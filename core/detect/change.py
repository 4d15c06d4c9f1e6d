"""The smallest change that would make a row ordinary: fewest cells, each to a value the others make likely.

Cells are changed greedily, those of most excess first; what counts is the score of the changed row by the engine that
ranked. What does not help is left out again. Method: a counterfactual in the sense of Wachter, Mittelstadt and Russell
(2018), whose values come from the explaining model's conditionals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..data.batch import Batch
from ..data.schema import Schema
from ..models.base import Cells, Fitted
from .repair import Repair, Value, ordinary_values, repaired

__all__ = ["Change", "smallest_change"]

_MOST = 3
_CELLS = 6  # cells of most excess that are tried at each step


@dataclass(frozen=True, eq=False)
class Change:
    """What was found for one row.

    Args:
        values: column -> new value, in the order found; where it is not enough, what helps most.
        batch: the row with them.
        score: of that row.
        is_enough: whether the score is below the limit.
    """

    values: Mapping[str, Value]
    batch: Batch
    score: float
    is_enough: bool


@dataclass(frozen=True, eq=False)
class _Search:
    ranks: Fitted
    cells: Callable[[Batch], Cells]
    row: Batch
    schema: Schema
    help: float
    """What the engine is fonder of this row for having learned from it; a change of it must not profit from that."""
    tried: dict[str, Value] = field(default_factory=dict)

    def score(self, options: list[dict[str, Value]]) -> np.ndarray:
        """(m,) scores of the row under each set of changes."""
        rows = repaired(self.row, [Repair(0, values) for values in options])
        return np.asarray(self.ranks.score(rows).total + self.help)

    def options(self, values: Mapping[str, Value]) -> list[dict[str, Value]]:
        """Sets of one change more, those of the most surprising cells first."""
        now = repaired(self.row, [Repair(0, values)])
        cells = self.cells(now)
        order = [int(j) for j in np.argsort(-cells.excess[0], kind="stable")]
        names = [(cells.columns[j], cells.expected[0][j]) for j in order if cells.columns[j] not in values][:_CELLS]
        return [
            {**values, name: value}
            for name, expected in names for value in ordinary_values(expected, self.schema[name], now[name], 0)
        ]


def smallest_change(
    ranks: Fitted, cells: Callable[[Batch], Cells], row: Batch, schema: Schema, *, score: float, limit: float,
    most: int = _MOST,
) -> Change:
    """Change as few cells as it takes to bring the score below the limit.

    Args:
        ranks: the engine that scores.
        cells: what the explaining model says of the cells of a row.
        row: a batch of one row, with the columns both read.
        schema: of the columns.
        score: of the row, without itself where the engine learned from it.
        limit: the smallest score that is flagged.
        most: cells.
    """
    search = _Search(ranks, cells, row, schema, max(score - float(ranks.score(row).total[0]), 0.0))
    values: dict[str, Value] = {}
    best = score
    while best >= limit and len(values) < most:
        options = search.options(values)
        if not options:
            break
        scores = search.score(options)
        enough = np.flatnonzero(scores < limit)
        at = int(enough[0]) if len(enough) else int(np.argmin(scores))
        if scores[at] >= best:
            break
        values, best = options[at], float(scores[at])
    if best < limit:
        values, best = _pruned(search, values, best, limit)
    return Change(values, repaired(row, [Repair(0, values)]), best, best < limit)


def _pruned(search: _Search, values: dict[str, Value], best: float, limit: float) -> tuple[dict[str, Value], float]:
    """Without the changes that the later ones made needless."""
    for name in list(values)[:-1]:
        fewer = {n: v for n, v in values.items() if n != name}
        score = float(search.score([fewer])[0])
        if score < limit:
            values, best = fewer, score
    return values, best
