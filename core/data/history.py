"""History: what earlier rows of a row's entity say about it, as columns that are derived and never read from a file.

How long ago the entity had its last row, and how many times its usual amount this row's is. Both look back only: at
the rows of the row's own table and at those of the table the fit learned from. So they depend neither on the rows that
are scored together nor on their order, a row is never its own past, and nothing that comes later changes them. Gaps are
kept as log10 of seconds: three seconds are as far from a minute as a day from three weeks. Amounts are kept as they
are, as multiples of the usual one: on card payments their logarithm finds fewer leaked cards than no habit at all,
since tiny payments then are as strange as huge ones; counts of rows within an hour or a day, and whether a terminal is
new to a card, find fewer too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..words import message
from .batch import Batch, Column
from .derived import DerivedSource
from .earlier import Past, usual_sizes
from .keys import Hasher
from .schema import LOG_SECONDS, TIMES, ColumnSpec, Kind, Role, Schema
from .source import Source

__all__ = ["History"]

GAP, HABIT = "since_last", "vs_usual"
_STORAGE = {GAP: LOG_SECONDS, HABIT: TIMES}
_MOST = 1_000_000  # moments that are kept, 24 bytes each; the latest
_FEWEST, _LEAST = 100, 0.1  # rows with a gap, and their share, from which a table has a history to speak of
_SAMPLE = 20_000
_SAME = 0.95  # rank correlation from which a column of the table is the derived one itself
_NUMBERS = (Kind.NUMBER, Kind.INTEGER)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class History:
    """When each entity had a row, and of what size.

    Args:
        entity, time, amount: columns; "" for a table without amounts.
        names: what is derived -> name of the derived column.
        centre: the usual size of an amount of the whole table.
        who: (m,) hash of the entity of each known row, ascending; what entities are called is not kept.
        when: (m,) its moment in microseconds, ascending within an entity.
        size: (m,) its amount without the sign, NaN where missing.
    """

    entity: str
    time: str
    amount: str
    names: Mapping[str, str]
    centre: float
    who: Hashes
    when: Ints
    size: Floats

    @classmethod
    def empty(cls, entity: str, time: str, names: Mapping[str, str], amount: str = "", centre: float = 0.0) -> History:
        """Of no row."""
        nothing = np.zeros(0)
        return cls(entity, time, amount, names, centre, nothing.astype(np.uint64), nothing.astype(np.int64), nothing)

    @classmethod
    def of(cls, source: Source) -> History | None:
        """Of all rows of a table.

        None where it has no entity or no time, where hardly an entity comes back, and where what would be derived is
        there as columns of the table itself.
        """
        schema = source.schema
        times = [n for n in schema.with_role(Role.TIME) if schema[n].kind is Kind.DATETIME]
        entities = schema.with_role(Role.ENTITY)
        if not times or not entities:
            return None
        amount = next((n for n in schema.with_role(Role.AMOUNT) if schema[n].kind in _NUMBERS), "")
        names = {GAP: f"since_last_{entities[0]}"} | ({HABIT: f"{amount}_vs_usual"} if amount else {})
        nothing = cls.empty(entities[0], times[0], {key: _free(name, schema) for key, name in names.items()}, amount)
        who, when, size = rows = nothing._read(source)
        nothing = replace(nothing, centre=_centre(size))
        found = nothing._derive(*rows)
        if np.isfinite(found[nothing.names[GAP]]).sum() < max(_FEWEST, _LEAST * source.rows):
            return None
        kept = {k: n for k, n in nothing.names.items() if n in found and not _is_there(source, found[n])}
        return replace(nothing, names=kept)._with(who, when, size) if kept else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the derived columns."""
        return tuple(self.names.values())

    @property
    def pair(self) -> tuple[str, str] | None:
        """The habit and the amount it is made of; None where there is none."""
        return (self.names[HABIT], self.amount) if HABIT in self.names else None

    @property
    def specs(self) -> tuple[ColumnSpec, ...]:
        """The derived columns."""
        return tuple(
            ColumnSpec(name, Kind.NUMBER, Role.FEATURE, _STORAGE[key],
                       message(f"read.reason.{key}", entity=self.entity, amount=self.amount))
            for key, name in self.names.items()
        )

    def schema(self, own: Schema) -> Schema:
        """A table's schema with the derived columns."""
        return replace(own, columns=(*own.columns, *self.specs))

    def over(self, source: Source) -> DerivedSource:
        """A table's rows with the derived columns."""
        needs = {GAP: (self.entity, self.time), HABIT: (self.entity, self.time, self.amount)}
        specs = [(spec, frozenset(needs[key])) for key, spec in zip(self.names, self.specs, strict=True)]
        return DerivedSource(source, specs, self.derive(source))

    def derive(self, source: Source) -> dict[str, Floats]:
        """The derived columns: (n,) each, NaN where no earlier row of the entity is known."""
        return self._derive(*self._read(source))

    def _derive(self, who: Hashes, when: Ints, size: Floats) -> dict[str, Floats]:
        """Of rows of a table; a row without entity has the hash 0."""
        known, found = np.flatnonzero(who), {}
        if GAP in self.names:
            seconds = self._past(who[known], when[known], size[known])[0].gaps()
            found[self.names[GAP]] = _scattered(np.log10(seconds[: len(known)]), known, len(who))
        own = known[np.isfinite(size[known])]
        if HABIT in self.names and self.centre > 0:
            past, sizes = self._past(who[own], when[own], size[own], is_sized=True)
            times = sizes / usual_sizes(past, sizes, self.centre)
            found[self.names[HABIT]] = _scattered(times[: len(own)], own, len(who))
        return found

    def _past(self, who: Hashes, when: Ints, size: Floats, *, is_sized: bool = False) -> tuple[Past, Floats]:
        """These rows and, behind them, those known before; what a table tells of a moment itself, it tells alone."""
        kept = np.flatnonzero(~_among(self.who, self.when, who, when))
        kept = kept[np.isfinite(self.size[kept])] if is_sized else kept
        past = Past(np.concatenate([who, self.who[kept]]), np.concatenate([when, self.when[kept]]))
        return past, np.concatenate([size, self.size[kept]])

    def _read(self, source: Source) -> tuple[Hashes, Ints, Floats]:
        """(n,) hashes of entities, 0 for rows that lack entity or time; (n,) moments; (n,) sizes, NaN where missing."""
        hasher, names = Hasher(), [n for n in (self.entity, self.time, self.amount) if n]
        who, when, size = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
        for batch in source.batches(names):
            known = batch[self.entity].present & batch[self.time].present
            who.append(np.where(known, hasher.column(self.entity, batch[self.entity]) | np.uint64(1), np.uint64(0)))
            when.append(batch[self.time].values.astype(np.int64))
            size.append(_sizes(batch[self.amount]) if self.amount else np.full(batch.rows, np.nan))
        return np.concatenate(who), np.concatenate(when), np.concatenate(size)

    def _with(self, who: Hashes, when: Ints, size: Floats) -> History:
        """The same of these rows, at most a million, the latest."""
        known = np.flatnonzero(who)
        latest = known[np.argsort(-when[known], kind="stable")[:_MOST]]
        order = latest[np.lexsort((when[latest], who[latest]))]
        return replace(self, who=who[order], when=when[order], size=size[order])

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """JSON and arrays."""
        plain = {"entity": self.entity, "time": self.time, "amount": self.amount, "names": dict(self.names),
                 "centre": self.centre}
        return plain, {"who": self.who, "when": self.when, "size": self.size}

    @classmethod
    def load(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> History:
        """The history that `state` wrote."""
        return cls(plain["entity"], plain["time"], plain["amount"], dict(plain["names"]), plain["centre"],
                   arrays["who"], arrays["when"], arrays["size"])


def _free(name: str, schema: Schema) -> str:
    while name in schema.names:
        name += "_"
    return name


def _sizes(column: Column) -> Floats:
    """(n,) amounts without their sign, NaN where missing or infinite."""
    values = np.abs(column.values.astype(np.float64))
    return np.where(column.present & np.isfinite(values), values, np.nan)


def _centre(size: Floats) -> float:
    """The usual size of an amount: the median of those that are not zero; 0 where there is none."""
    some = size[np.isfinite(size) & (size > 0)]
    return float(np.median(some)) if len(some) else 0.0


def _scattered(values: Floats, rows: Ints, n: int) -> Floats:
    """(n,) with these values in these rows, NaN elsewhere."""
    out = np.full(n, np.nan)
    out[rows] = values
    return out


def _among(who: Hashes, when: Ints, others: Hashes, moments: Ints) -> NDArray[np.bool_]:
    """(m,) which pairs of entity and moment are among the other pairs."""
    both = np.concatenate([who, others]), np.concatenate([when, moments])
    order = np.lexsort(both[::-1])
    is_new = np.concatenate([[True], (np.diff(both[0][order]) != 0) | (np.diff(both[1][order]) != 0)])[: len(order)]
    pair = np.empty(len(order), dtype=np.int64)
    pair[order] = np.cumsum(is_new)
    return np.isin(pair[: len(who)], pair[len(who) :])


def _is_there(source: Source, values: Floats) -> bool:
    """Whether a number column of the table says the same, in whatever unit."""
    rows = np.flatnonzero(np.isfinite(values))
    rows = rows[:: max(len(rows) // _SAMPLE, 1)]
    schema = source.schema
    names = [n for n in schema.modelled if schema[n].kind in _NUMBERS]
    batch = source.take(rows, names) if names and len(rows) else Batch({}, len(rows))
    return any(_is_same(column, values[rows]) for column in batch.columns.values())


def _is_same(column: Column, values: Floats) -> bool:
    both = column.present
    if both.sum() < len(values) / 2:
        return False
    ranks = [np.unique(x, return_inverse=True)[1].astype(np.float64) for x in (column.values[both], values[both])]
    if any(r.std() == 0 for r in ranks):
        return False
    return bool(np.corrcoef(ranks[0], ranks[1])[0, 1] > _SAME)
