"""Small tables made on the spot: `table(amount=(Kind.NUMBER, [1, 2]), card=(Kind.ID, ["a", "b"], Role.ENTITY))`."""

from __future__ import annotations

import numpy as np

from core.data.batch import Batch, Column
from core.data.schema import ColumnSpec, Kind, Role, Schema
from core.data.source import MemorySource

STORAGE = {
    Kind.NUMBER: "double", Kind.INTEGER: "int64", Kind.DATETIME: "timestamp[us]", Kind.BOOLEAN: "bool",
}


def table(**columns) -> MemorySource:
    """A source of columns given as (kind, values) or (kind, values, role)."""
    cells = {name: Column.of(given[0], given[1]) for name, given in columns.items()}
    specs = tuple(spec(name, *given[0::2]) for name, given in columns.items())
    return MemorySource(Batch(cells, len(next(iter(cells.values()), ()))), Schema(specs))


def spec(name, kind, role=Role.FEATURE, **more) -> ColumnSpec:
    """A column as a typed file would describe it."""
    return ColumnSpec(name, kind, role, **{"storage": STORAGE.get(kind, "string"), **more})


def moments(first: str, count: int, unit: str = "h") -> list[np.datetime64]:
    """Dates one unit apart."""
    return [np.datetime64(first, "us") + np.timedelta64(i, unit) for i in range(count)]

