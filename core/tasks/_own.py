"""What a card, customer or machine is used to: its own other rows, beside each cell of one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..data.batch import CODED, Batch, Column
from ..data.schema import Kind
from ..words import Message, message

if TYPE_CHECKING:
    from ._runs import OpenRun

__all__ = ["Own"]

_LEAST = 5  # other rows from which an entity has habits
_NUMBERS = (Kind.NUMBER, Kind.INTEGER)


@dataclass(frozen=True, eq=False)
class Own:
    """The other rows of an entity, as far as its history was read; None where there are too few to speak of."""

    rows: Batch | None = None

    @classmethod
    def of(cls, opened: OpenRun, row: int, entity: Mapping[str, Any] | None) -> Self:
        """Of the rows of `history`, without the row itself."""
        others = np.array([e["row"] for e in (entity or {}).get("events", ()) if e["row"] != row], dtype=np.int64)
        return cls(opened.take(np.sort(others))) if len(others) >= _LEAST else cls()

    def cell(self, name: str) -> dict[str, Any]:
        """{"own": message} for a column that says something, else {}."""
        said = self._said(self.rows[name]) if self.rows is not None and name in self.rows.columns else None
        return {"own": said.to_json()} if said is not None else {}

    def _said(self, column: Column) -> Message | None:
        """Where the middle 90 % of its values lie, or its commonest value."""
        here = column.present
        if not here.any():
            return None
        if column.kind in CODED and column.kind is not Kind.ID:
            value, times = Counter(column.values[here].tolist()).most_common(1)[0]
            return message("tasks.own.value", value=column.categories[value], times=times, rows=len(column))
        if column.kind not in _NUMBERS:
            return None
        values = column.values[here].astype(np.float64)
        finite = values[np.isfinite(values)]
        if not len(finite):
            return None
        low, high = np.quantile(finite, [0.05, 0.95])
        if low == high:
            return message("tasks.own.value", value=float(low), times=int((finite == low).sum()), rows=len(column))
        return message("tasks.own.range", low=float(low), high=float(high), rows=len(finite))
