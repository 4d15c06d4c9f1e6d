"""Rows on their way from a source to EM: encoded part by part, in random order, kept in memory only when few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...data.batch import Batch
from ...data.source import Source
from ...encode.table import TableCodec
from .tree import Layout, Rows

__all__ = ["Stream"]

Ints = NDArray[np.int64]

_KEPT_CELLS = 20_000_000
_CHUNK_CELLS = 2_000_000


class Stream:
    """Some rows of a source, read pass after pass.

    Args:
        source: the table.
        columns: that are read.
        layout: of the rows.
        encode: a batch as the engine reads it.
        index: (n,) ascending positions of the rows meant; None for all.
        subjects: of each row of the source, whom it is about; None: nobody asks.
    """

    def __init__(
        self, source: Source, columns: tuple[str, ...], layout: Layout, encode: Callable[[Batch], Rows],
        index: Ints | None = None, *, subjects: Ints | None = None,
    ) -> None:
        self.source, self.columns, self.layout, self.encode = source, columns, layout, encode
        self.index = np.arange(source.rows) if index is None else index
        self.subjects = subjects

    @classmethod
    def of(cls, source: Source, codec: TableCodec) -> Stream:
        """All rows of a source, as an exact circuit reads them."""
        layout = Layout.of(codec)
        return cls(source, codec.names, layout, lambda batch: Rows.of(codec.encode(batch), layout))

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.index)

    @property
    def _chunk(self) -> int:
        return max(_CHUNK_CELLS // max(len(self.layout), 1), 256)

    def read(self, positions: Ints) -> Rows:
        """These of the rows."""
        parts = [positions[start : start + self._chunk] for start in range(0, len(positions), self._chunk)]
        found = [self._read(part) for part in parts or [positions]]
        features = [f.features for f in found if f.features is not None]
        return Rows(
            np.concatenate([f.places for f in found]), np.concatenate([f.y for f in found]),
            features=np.concatenate(features) if features else None,
            subjects=None if self.subjects is None else self.subjects[self.index[positions]],
        )

    def _read(self, positions: Ints) -> Rows:
        order = np.argsort(positions, kind="stable")  # a memory-mapped table is read forwards
        batch = self.source.take(self.index[positions[order]], self.columns)
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        rows = self.encode(batch).take(back)
        return rows if self.subjects is None else replace(rows, subjects=self.subjects[self.index[positions]])

    @cached_property
    def _kept(self) -> Rows | None:
        if self.rows * len(self.layout) > _KEPT_CELLS:
            return None
        return self.read(np.arange(self.rows))

    def shuffled(self, rng: np.random.Generator) -> Iterator[Rows]:
        """All rows in random order, in parts."""
        order = rng.permutation(self.rows)
        for start in range(0, self.rows, self._chunk):
            part = order[start : start + self._chunk]
            yield self._read(part) if self._kept is None else self._kept.take(part)

    def some(self, most: int, rng: np.random.Generator) -> Rows:
        """At most so many of the rows, drawn without repetition."""
        if self.rows <= most:
            return self.read(np.arange(self.rows))
        return self.read(np.sort(rng.choice(self.rows, size=most, replace=False)))

    def subset(self, positions: Ints) -> Stream:
        """These of the rows."""
        chosen = self.index[positions]
        return Stream(self.source, self.columns, self.layout, self.encode, chosen, subjects=self.subjects)
