"""Derived columns: a table's rows with columns that were calculated from them; and a table shown in part."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .batch import Batch, Column, Missing
from .schema import ColumnSpec, Kind, Role, Schema
from .source import Wrapped

__all__ = ["DerivedSource", "NarrowSource"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DerivedSource(Wrapped):
    """A source with derived number columns; read without names, it shows its own columns alone.

    Args:
        inner: the table.
        specs: the derived columns, each with the table's columns that it comes from.
        values: name -> (n,) values, NaN where missing.
    """

    specs: Sequence[tuple[ColumnSpec, frozenset[str]]]
    values: Mapping[str, NDArray[np.float64]]

    @property
    def fingerprint(self) -> str:
        """Of the table: what is derived adds nothing to it."""
        return self.inner.fingerprint

    @property
    def schema(self) -> Schema:
        """The table's columns and the derived ones."""
        own = self.inner.schema
        return replace(own, columns=(*own.columns, *(spec for spec, _ in self.specs)))

    @property
    def gone(self) -> frozenset[str]:
        """Columns that the table lacks, and the derived ones where it lacks what those come from."""
        gone: frozenset[str] = getattr(self.inner, "gone", frozenset())
        return gone | {spec.name for spec, needs in self.specs if gone & needs}

    def batches(self, columns: Sequence[str] | None = None, size: int = 65_536) -> Iterator[Batch]:
        """All rows in order."""
        if columns is None or not self.values.keys() & set(columns):
            yield from self.inner.batches(columns, size)
            return
        for start in range(0, self.rows, size):
            part = self.take(np.arange(start, min(start + size, self.rows)), columns)
            yield Batch(part.columns, part.rows, start)

    def take(self, index: Ints, columns: Sequence[str] | None = None) -> Batch:
        """The rows at these positions."""
        if columns is None or not self.values.keys() & set(columns):
            whole: Batch = self.inner.take(index, columns)
            return whole
        others = [n for n in columns if n not in self.values]
        found = dict(self.inner.take(index, others).columns) if others else {}
        found |= {n: _column(self.values[n][index]) for n in columns if n in self.values}
        return Batch({n: found[n] for n in columns}, len(index))

    def subset(self, index: Ints) -> DerivedSource:
        """These rows alone; what was derived for them stays."""
        return replace(self, inner=self.inner.subset(index), values={n: v[index] for n, v in self.values.items()})

    def with_schema(self, schema: Schema) -> DerivedSource:
        """The same rows under another schema of the table."""
        own = replace(schema, columns=tuple(c for c in schema if c.name not in self.values))
        return replace(self, inner=self.inner.with_schema(own))


@dataclass(frozen=True, eq=False)
class NarrowSource(Wrapped):
    """A source of which models see some columns alone.

    Args:
        inner: the whole of it.
        shown: the columns they see.
    """

    shown: Collection[str]

    @property
    def fingerprint(self) -> str:
        """Of the whole."""
        return self.inner.fingerprint

    @property
    def schema(self) -> Schema:
        """All columns, those not shown to be ignored."""
        own = self.inner.schema
        seen = (c if c.name in self.shown or not c.is_modelled else replace(c, role=Role.IGNORE) for c in own)
        return replace(own, columns=tuple(seen))

    def batches(self, columns: Sequence[str] | None = None, size: int = 65_536) -> Iterator[Batch]:
        """All rows in order."""
        return self.inner.batches(columns, size)

    def take(self, index: Ints, columns: Sequence[str] | None = None) -> Batch:
        """The rows at these positions."""
        whole: Batch = self.inner.take(index, columns)
        return whole

    def subset(self, index: Ints) -> NarrowSource:
        """These rows alone."""
        return replace(self, inner=self.inner.subset(index))

    def with_schema(self, schema: Schema) -> NarrowSource:
        """The same rows under another schema of the whole."""
        return replace(self, inner=self.inner.with_schema(schema))


def _column(values: NDArray[np.float64]) -> Column:
    is_known = np.isfinite(values)
    missing = np.where(is_known, Missing.PRESENT, Missing.NULL).astype(np.uint8)
    return Column(Kind.NUMBER, np.where(is_known, values, 0.0), missing)
