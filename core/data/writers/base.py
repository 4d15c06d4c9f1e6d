"""The contract of writers: one file a format, each with a WRITER."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from ...registry import Registry
from ...run import Run
from ..batch import Batch
from ..schema import Schema

__all__ = ["WRITERS", "Writer"]


class Writer(Protocol):
    """Writes rows in one format."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of the names of its files, such as (".csv", ".tsv")."""
        ...

    def write(self, path: Path, batches: Iterable[Batch], schema: Schema, run: Run, about: Mapping[str, str]) -> int:
        """Write a new file and return the number of rows. The caller moves the file into place, or removes it.

        `about` says where the rows come from, such as {"provenance": "synthetic"}; a format that has room for what is
        no row keeps it there.

        Raises:
            DataError: a value or size that the format cannot hold.
            OSError: the disk is full, or the folder may not be written.
        """
        ...


WRITERS: Registry[Writer] = Registry(__package__, "WRITER")
"""Every writer there is."""
