"""Source: the contract every opened data set meets: a memory-mapped table now, a folder of images too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .batch import Batch
from .schema import Schema

__all__ = ["MemorySource", "Source", "Wrapped"]


class Source(Protocol):
    """Rows that can be read many times in the same order. Reading never changes it."""

    @property
    def kind(self) -> str:
        """What the rows are: "table" or "images"."""
        ...

    @property
    def name(self) -> str:
        """What people call it: the file's name."""
        ...

    @property
    def schema(self) -> Schema:
        """Its columns."""
        ...

    @property
    def rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hex digest of bytes, reader options, reader version, and (for a subset) the rows it holds."""
        ...

    def batches(self, columns: Sequence[str] | None = None, size: int = 65_536) -> Iterator[Any]:
        """All rows in order, `size` at a time: `Batch` for tables."""
        ...

    def take(self, index: NDArray[np.int64], columns: Sequence[str] | None = None) -> Any:
        """The rows at these positions, in the order asked for."""
        ...

    def subset(self, index: NDArray[np.int64]) -> Source:
        """A source of these rows alone (ascending positions)."""
        ...

    def with_schema(self, schema: Schema) -> Source:
        """The same rows under another schema: kinds are converted where they differ."""
        ...


@dataclass(frozen=True, eq=False)
class Wrapped:
    """What a source that shows another one's rows in its own way says of them as they are.

    Args:
        inner: the source as it was read.
    """

    inner: Source

    @property
    def kind(self) -> str:
        """What the rows are."""
        return self.inner.kind

    @property
    def name(self) -> str:
        """What people call it."""
        return self.inner.name

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.inner.rows


class MemorySource:
    """A table that is already in memory: synthetic rows, tests, notebooks."""

    kind = "table"

    def __init__(self, batch: Batch, schema: Schema, name: str = "memory", fingerprint: str = "") -> None:
        self.batch = batch
        self.schema = schema
        self.name = name
        self.fingerprint = fingerprint or _digest(batch)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.batch.rows

    def batches(self, columns: Sequence[str] | None = None, size: int = 65_536) -> Iterator[Batch]:
        """All rows in order."""
        for start in range(0, self.rows, size):
            part = self.take(np.arange(start, min(start + size, self.rows)), columns)
            yield Batch(part.columns, part.rows, start)

    def take(self, index: NDArray[np.int64], columns: Sequence[str] | None = None) -> Batch:
        """The rows at these positions."""
        return self.batch.select(self.schema.names if columns is None else columns).take(index)

    def subset(self, index: NDArray[np.int64]) -> MemorySource:
        """These rows alone."""
        return MemorySource(self.batch.take(index), self.schema, self.name)

    def with_schema(self, schema: Schema) -> MemorySource:
        """The same rows under another schema of the same kinds."""
        return MemorySource(self.batch, schema, self.name, self.fingerprint)


def _digest(batch: Batch) -> str:
    import hashlib

    digest = hashlib.blake2b(digest_size=16)
    for name, column in batch.columns.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(column.values).tobytes())
        digest.update(column.missing.tobytes())
        digest.update("\0".join(column.categories).encode())
    return digest.hexdigest()
