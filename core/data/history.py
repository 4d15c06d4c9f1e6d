"""History: how long ago the entity of a row had its last row, a column derived from times and never read from a file.

A gap looks back only: at the rows of its own table and at those of the table the fit learned from. So it depends
neither on the rows that are scored together nor on their order, a row is never its own past, and nothing that comes
later changes it. Gaps are kept as log10 of seconds: three seconds are as far from a minute as a day from three weeks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..words import message
from .batch import Batch, Column, Missing
from .keys import Hasher
from .schema import LOG_SECONDS, ColumnSpec, Kind, Role, Schema
from .source import Source, Wrapped

__all__ = ["GapSource", "History"]

_MOST = 1_000_000  # moments that are kept, 16 bytes each; the latest
_FEWEST, _LEAST = 100, 0.1  # rows with a gap, and their share, from which a table has a history to speak of
_SAMPLE = 20_000
_SAME = 0.95  # rank correlation from which a column of the table is the gap itself

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class History:
    """When each entity had a row.

    Args:
        entity, time: columns.
        name: of the derived column.
        who: (m,) hash of the entity of each known row, ascending; what entities are called is not kept.
        when: (m,) its moment in microseconds, ascending within an entity.
    """

    entity: str
    time: str
    name: str
    who: Hashes
    when: Ints

    @classmethod
    def of(cls, source: Source) -> History | None:
        """Of all rows of a table.

        None where it has no entity or no time, where hardly an entity comes back, and where the gap is a column of the
        table itself.
        """
        schema = source.schema
        times = [n for n in schema.with_role(Role.TIME) if schema[n].kind is Kind.DATETIME]
        entities = schema.with_role(Role.ENTITY)
        if not times or not entities:
            return None
        name = f"since_last_{entities[0]}"
        while name in schema.names:
            name += "_"
        nothing = cls(entities[0], times[0], name, np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64))
        gaps = nothing.gaps(source)
        if np.isfinite(gaps).sum() < max(_FEWEST, _LEAST * len(gaps)) or _is_there(source, gaps):
            return None
        return nothing._with(*_read(source, nothing.entity, nothing.time))

    @property
    def spec(self) -> ColumnSpec:
        """The derived column."""
        why = message("read.reason.since_last", entity=self.entity)
        return ColumnSpec(self.name, Kind.NUMBER, Role.FEATURE, LOG_SECONDS, why)

    def schema(self, own: Schema) -> Schema:
        """A table's schema with the derived column."""
        return replace(own, columns=(*own.columns, self.spec))

    def over(self, source: Source) -> GapSource:
        """A table's rows with the derived column."""
        return GapSource(source, self, self.gaps(source))

    def gaps(self, source: Source) -> Floats:
        """(n,) log10 of the seconds since each row's entity had its last earlier row, NaN where it had none."""
        who, when, known = _read(source, self.entity, self.time)
        own = np.flatnonzero(known)
        found = _gaps(np.concatenate([self.who, who[own]]), np.concatenate([self.when, when[own]]))[len(self.who) :]
        out = np.full(len(known), np.nan)
        out[own] = np.log10(found)
        return out

    def _with(self, who: Hashes, when: Ints, known: NDArray[np.bool_]) -> History:
        """The same of these rows, at most a million, the latest."""
        who, when = who[known], when[known]
        latest = np.argsort(-when, kind="stable")[:_MOST]
        order = latest[np.lexsort((when[latest], who[latest]))]
        return replace(self, who=who[order], when=when[order])

    def state(self) -> tuple[dict[str, str], dict[str, NDArray[Any]]]:
        """JSON and arrays."""
        plain = {"entity": self.entity, "time": self.time, "name": self.name}
        return plain, {"who": self.who, "when": self.when}

    @classmethod
    def load(cls, plain: Mapping[str, str], arrays: Mapping[str, NDArray[Any]]) -> History:
        """The history that `state` wrote."""
        return cls(plain["entity"], plain["time"], plain["name"], arrays["who"], arrays["when"])


@dataclass(frozen=True, eq=False)
class GapSource(Wrapped):
    """A source with a derived column; read without names, it shows its own columns alone.

    Args:
        inner: the table.
        history: what the column is derived from.
        gaps: (n,) its values, NaN where missing.
    """

    history: History
    gaps: Floats

    @property
    def fingerprint(self) -> str:
        """Of the table: what is derived adds nothing to it."""
        return self.inner.fingerprint

    @property
    def schema(self) -> Schema:
        """The table's columns and the derived one."""
        return self.history.schema(self.inner.schema)

    @property
    def gone(self) -> frozenset[str]:
        """Columns that the table lacks, and the derived one where it lacks what that comes from."""
        gone: frozenset[str] = getattr(self.inner, "gone", frozenset())
        return gone | {self.history.name} if gone & {self.history.entity, self.history.time} else gone

    def batches(self, columns: Sequence[str] | None = None, size: int = 65_536) -> Iterator[Batch]:
        """All rows in order."""
        if columns is None or self.history.name not in columns:
            yield from self.inner.batches(columns, size)
            return
        for start in range(0, self.rows, size):
            part = self.take(np.arange(start, min(start + size, self.rows)), columns)
            yield Batch(part.columns, part.rows, start)

    def take(self, index: Ints, columns: Sequence[str] | None = None) -> Batch:
        """The rows at these positions."""
        if columns is None or self.history.name not in columns:
            whole: Batch = self.inner.take(index, columns)
            return whole
        others = [n for n in columns if n != self.history.name]
        found = self.inner.take(index, others).columns if others else {}
        own = _column(self.gaps[index])
        return Batch({n: own if n == self.history.name else found[n] for n in columns}, len(own))

    def subset(self, index: Ints) -> GapSource:
        """These rows alone; what came before them stays their past."""
        return replace(self, inner=self.inner.subset(index), gaps=self.gaps[index])

    def with_schema(self, schema: Schema) -> GapSource:
        """The same rows under another schema of the table."""
        own = replace(schema, columns=tuple(c for c in schema if c.name != self.history.name))
        return replace(self, inner=self.inner.with_schema(own))


def _column(gaps: Floats) -> Column:
    is_known = np.isfinite(gaps)
    missing = np.where(is_known, Missing.PRESENT, Missing.NULL).astype(np.uint8)
    return Column(Kind.NUMBER, np.where(is_known, gaps, 0.0), missing)


def _read(source: Source, entity: str, time: str) -> tuple[Hashes, Ints, NDArray[np.bool_]]:
    """(n,) hashes of entities, (n,) moments, and (n,) whether a row has both."""
    hasher = Hasher()
    who, when, known = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=bool)]
    for batch in source.batches([entity, time]):
        who.append(hasher.column(entity, batch[entity]))
        when.append(batch[time].values.astype(np.int64))
        known.append(batch[entity].present & batch[time].present)
    return np.concatenate(who), np.concatenate(when), np.concatenate(known)


def _gaps(who: Hashes, when: Ints) -> Floats:
    """(n,) seconds since the same entity's latest earlier moment, NaN where there is none."""
    out = np.full(len(who), np.nan)
    if not len(who):
        return out
    order = np.lexsort((when, who))
    who, when = who[order], when[order]
    is_first = np.concatenate([[True], who[1:] != who[:-1]])
    is_later = is_first | np.concatenate([[True], when[1:] != when[:-1]])
    start = np.maximum.accumulate(np.where(is_later, np.arange(len(who)), 0))  # of the rows at the same moment
    has = ~is_first[start]
    out[order[has]] = (when[has] - when[start[has] - 1]) / 1e6
    return out


def _is_there(source: Source, gaps: Floats) -> bool:
    """Whether a number column of the table says the same, in whatever unit."""
    rows = np.flatnonzero(np.isfinite(gaps))
    rows = rows[:: max(len(rows) // _SAMPLE, 1)]
    schema = source.schema
    names = [n for n in schema.modelled if schema[n].kind in (Kind.NUMBER, Kind.INTEGER)]
    batch = source.take(rows, names) if names else Batch({}, len(rows))
    return any(_is_same(column, gaps[rows]) for column in batch.columns.values())


def _is_same(column: Column, gaps: Floats) -> bool:
    both = column.present
    if both.sum() < len(gaps) / 2:
        return False
    ranks = [np.unique(x, return_inverse=True)[1].astype(np.float64) for x in (column.values[both], gaps[both])]
    if any(r.std() == 0 for r in ranks):
        return False
    return bool(np.corrcoef(ranks[0], ranks[1])[0, 1] > _SAME)
