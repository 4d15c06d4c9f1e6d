"""A row among others: its cells among those of ordinary rows, the nearest ordinary rows, its entity's history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column
from ..data.schema import Kind, Role
from ..run import Run
from ._cases import Naming, line

if TYPE_CHECKING:
    from ._runs import OpenRun

__all__ = ["Peers", "events", "gaps", "history", "key_columns", "linked_rows", "nearest"]

_SAMPLE = 20_000
_CANDIDATES = 5_000
_EVENTS = 200
_NUMERIC = (Kind.NUMBER, Kind.INTEGER, Kind.DATETIME)
_TYING = (Kind.CATEGORY, Kind.TEXT, Kind.ID, Kind.INTEGER)
_SHARE = 0.05  # of the rows that may hold one value of a column that ties
_DIFFERS = 0.15
"""Share of a number's middle range beyond which two values are called different."""


class Peers:
    """A sample of rows to compare with, drawn once per run.

    Args:
        opened: the score run.
    """

    def __init__(self, opened: OpenRun) -> None:
        self.opened = opened
        rng = Run(seed=0).rng("peers", opened.id)
        rows = opened.source.rows
        picked = np.arange(rows) if rows <= _SAMPLE else np.sort(rng.choice(rows, _SAMPLE, replace=False))
        self.rows = picked.astype(np.int64)
        self.batch = opened.take(self.rows)
        self._middles: dict[str, float] = {}
        self._densities: dict[str, dict[str, Any] | None] = {}
        scores = opened.scores.score[self.rows]
        usual = np.flatnonzero(scores <= np.quantile(scores, 0.9))
        self.ordinary = usual if len(usual) <= _CANDIDATES else rng.choice(usual, _CANDIDATES, replace=False)

    def middle(self, name: str) -> float:
        """Half the middle 90 % of a number column: halves, so that differences of huge numbers stay finite."""
        if name not in self._middles:
            column = self.batch[name]
            values = column.values[column.present].astype(np.float64) if column.kind in _NUMERIC else np.zeros(0)
            finite = values[np.isfinite(values)] / 2
            low, high = np.quantile(finite, [0.05, 0.95]) if len(finite) else (0.0, 0.0)
            self._middles[name] = float(high - low)
        return self._middles[name]

    def density(self, name: str) -> dict[str, Any] | None:
        """Histogram of a numeric column, as the axis its cells are shown on; None for categories."""
        if name not in self._densities:
            spec = self.opened.schema[name]
            shown = None
            if spec.kind in _NUMERIC:
                from ..data.measures import measure_numbers

                found = measure_numbers(self.batch[name], spec).histogram
                shown = found.to_json() if found else None
            self._densities[name] = shown
        return self._densities[name]


def nearest(peers: Peers, row: Batch, count: int, own: int = -1) -> list[tuple[int, list[str]]]:
    """The ordinary rows most like this one, each with the columns in which it differs.

    Likeness is Gower's: a category differs or does not, a number by its share of the middle 90 % of the column.

    Args:
        peers: rows to choose from.
        row: a batch of one row.
        count: how many.
        own: the row's number: a row is not its own neighbour.

    Returns:
        Pairs of row number and columns, nearest first.
    """
    columns = peers.opened.bundle.columns
    pool = peers.batch.take(peers.ordinary)
    apart = gaps(peers, pool, row, columns)  # (d, pool)
    order = np.argsort(apart.sum(axis=0), kind="stable")
    order = order[peers.rows[peers.ordinary[order]] != own][:count]
    return [
        (int(peers.rows[peers.ordinary[i]]), [n for n, gap in zip(columns, apart[:, i], strict=True) if gap > _DIFFERS])
        for i in order
    ]


def gaps(peers: Peers, pool: Batch, row: Batch, columns: Sequence[str]) -> NDArray[np.float64]:
    """(d, k) how far each row of a pool is from one row, column by column, 0 to 1."""
    return np.array([_gap(pool[n], row[n], peers.middle(n)) for n in columns]).reshape(len(columns), pool.rows)


def _gap(pool: Column, cell: Column, middle: float) -> NDArray[np.float64]:
    """(pool,) how far each value is from the cell, 0 to 1; what is missing differs from every value."""
    is_here = bool(cell.present[0])
    if not is_here or pool.kind not in _NUMERIC:
        same = pool.present == is_here
        if is_here:
            same = same & (pool.values == cell.values[0])
        return np.where(same, 0.0, 1.0)
    others, own = pool.values.astype(np.float64) / 2, float(cell.values[0]) / 2
    with np.errstate(invalid="ignore"):  # of two equal infinities, which are no distance apart
        gap = np.where(others == own, 0.0, np.abs(others - own) / max(middle, 1e-12))
    return np.where(pool.present, np.minimum(gap, 1.0), 1.0)


def history(opened: OpenRun, row: int) -> dict[str, Any] | None:
    """What else the row's entity did, in time order; None where the table has no entity.

    Args:
        opened: the score run.
        row: position in its source.
    """
    entities = opened.schema.with_role(Role.ENTITY)
    found = linked_rows(opened, entities[0], row) if entities else None
    return found and {**found, "columns": key_columns(opened)}


def linked_rows(opened: OpenRun, name: str, row: int) -> dict[str, Any] | None:
    """The rows that share a row's value in a column, in time order; None where it has none there."""
    own = opened.source.take(np.array([row], dtype=np.int64), [name])[name]
    if not own.present[0]:
        return None
    value = str(own.objects()[0])
    rows = _rows_of(opened, name, own, value)
    near = _around(rows, row)
    return {"column": name, "value": value, "total": len(rows), "events": events(opened, near)}


def key_columns(opened: OpenRun) -> list[str]:
    """Columns that tie rows together: entities, then those whose values few rows share; found once a run."""
    kept: list[str] | None = opened.memo.get("keys")
    if kept is None:
        kept = opened.memo["keys"] = _find_keys(opened)
    return kept


def _find_keys(opened: OpenRun) -> list[str]:
    schema = opened.schema
    entities = list(schema.with_role(Role.ENTITY))
    others = [c.name for c in schema if c.name not in entities and c.kind in _TYING
              and c.role not in (Role.LABEL, Role.IGNORE, Role.AMOUNT, Role.TIME)]
    rows = np.arange(min(opened.source.rows, _SAMPLE), dtype=np.int64)
    batch = opened.source.take(rows, others)
    ties = []
    for name in others:
        column = batch[name]
        values = column.values[column.present]
        counts = np.unique(values, return_counts=True)[1] if len(values) else np.zeros(0)
        is_tying = len(counts) > 1 and len(values) / len(counts) > 1 and counts.max() <= max(_SHARE * len(rows), 2)
        ties += [name] if is_tying and (counts > 1).mean() > _SHARE else []
    return entities + ties


def _rows_of(opened: OpenRun, name: str, own: Column, value: str) -> NDArray[np.int64]:
    found, start = [], 0
    for batch in opened.source.batches([name]):
        column = batch[name]
        if column.kind not in CODED:
            found.append(start + np.flatnonzero((column.values == own.values[0]) & column.present))
        elif value in column.categories:
            code = column.categories.index(value)
            found.append(start + np.flatnonzero((column.values == code) & column.present))
        start += len(batch)
    return np.concatenate(found).astype(np.int64) if found else np.zeros(0, dtype=np.int64)


def _around(rows: NDArray[np.int64], row: int) -> NDArray[np.int64]:
    """At most a page of an entity's rows, around the one asked about."""
    at = int(np.searchsorted(rows, row))
    first = max(0, min(at - _EVENTS // 2, len(rows) - _EVENTS))
    return rows[first : first + _EVENTS]


def events(opened: OpenRun, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """What each of these rows is in a line, in the order of time."""
    naming = Naming.of(opened.schema)
    batch = opened.take(rows)
    cards = naming.cards(batch, rows, opened.schema)
    times = batch[naming.time].values if naming.time else None
    amounts = batch[naming.amount].floats() if naming.amount else None
    events = [
        {
            "row": int(row), "time": None if times is None else int(times[at]),
            "amount": None if amounts is None or np.isnan(amounts[at]) else float(amounts[at]),
            "flagged": bool(opened.flagged[row]), "rank": int(opened.scores.rank[row]),
            "parts": line(cards[at]),
        }
        for at, row in enumerate(rows)
    ]
    return sorted(events, key=lambda e: (e["time"] is None, e["time"] or 0, e["row"]))
