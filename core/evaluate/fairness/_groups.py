"""Sensitive groups: the values of category columns with the role sensitive; the quarters of sensitive numbers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED, Batch
from ...data.schema import ColumnSpec, Kind, Role
from ..arrays import codes, numbers
from ..base import Tables

__all__ = ["Groups", "sensitive_groups"]

_MOST = 30  # groups of a column; rarer values are not looked at
_FEWEST = 20  # training rows of a group


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of one sensitive column.

    Args:
        column: its name.
        labels: of the groups, the commonest first for categories.
        values: code of each group for categories; () for a number.
        edges: where quarters of a number begin; () for categories.
    """

    column: str
    labels: tuple[str, ...]
    values: tuple[int, ...] = ()
    edges: tuple[float, ...] = ()

    def of(self, batch: Batch) -> NDArray[np.int64]:
        """(n,) the group of each row, -1 where it is in none."""
        if not self.values:
            known = numbers(batch[self.column])
            placed = np.searchsorted(np.array(self.edges), known, side="right")
            return np.where(np.isnan(known), -1, placed).astype(np.int64)
        found = codes(batch[self.column])
        size = max(int(found.max(initial=0)), *self.values) + 2
        table = np.full(size, -1, dtype=np.int64)  # the last entry is what a missing cell points at
        table[list(self.values)] = np.arange(len(self.values))
        return table[found]


def sensitive_groups(tables: Tables) -> list[Groups]:
    """The groups of every sensitive column that has at least two; none where no column is marked as sensitive."""
    found = [_groups(tables.train, c) for c in tables.schema if c.role is Role.SENSITIVE]
    return [g for g in found if g is not None and len(g.labels) > 1]


def _groups(train: Batch, spec: ColumnSpec) -> Groups | None:
    column = train[spec.name]
    if spec.kind in CODED:
        counts = np.bincount(column.values[column.present], minlength=len(column.categories))
        values = [int(v) for v in np.argsort(-counts, kind="stable")[:_MOST] if counts[v] >= _FEWEST]
        return Groups(spec.name, tuple(column.categories[v] for v in values), tuple(values))
    if spec.kind is Kind.DATETIME:
        return None
    known = numbers(column, finite=True)
    known = known[~np.isnan(known)]
    if len(known) < 4 * _FEWEST:
        return None
    edges = [float(e) for e in np.unique(np.quantile(known, (0.25, 0.5, 0.75), method="higher")) if e > known.min()]
    ends = [float(known.min()), *edges, float(known.max())]
    labels = [f"{a:g} – {b:g}" for a, b in pairwise(ends)]
    return Groups(spec.name, tuple(labels), (), tuple(edges))
