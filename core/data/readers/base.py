"""The contract of readers: a file in, raw Arrow columns out. What the values are is settled later, in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from ...errors import ReadError
from ...registry import Registry
from ...run import Run
from ...words import Message
from ..options import ReadOptions

__all__ = ["DAMAGE", "READERS", "Raw", "Reader", "damaged"]

DAMAGE = (pa.ArrowException, OSError, UnicodeError)
"""What Arrow raises on bytes that do not keep their format's promises."""


@dataclass(frozen=True, eq=False)
class Raw:
    """A file's columns before their kinds are settled.

    Args:
        names: as the file has them: perhaps empty, perhaps twice.
        rows: number of rows.
        column: position -> its values; called once for each, so that one column at a time is in memory.
        is_text: the format knows no types, so that texts are looked through for numbers and dates.
        has_comma_decimals: what the format's other signs say of an undecided `1,234`.
        notes: what the reader decided or mended.
    """

    names: tuple[str, ...]
    rows: int
    column: Callable[[int], pa.ChunkedArray]
    is_text: bool = False
    has_comma_decimals: bool = False
    notes: tuple[Message, ...] = ()

    @classmethod
    def of_table(cls, table: pa.Table, *, is_text: bool = False, notes: tuple[Message, ...] = ()) -> Raw:
        """The columns of an Arrow table."""
        return cls(tuple(table.column_names), table.num_rows, table.column, is_text=is_text, notes=notes)


class Reader(Protocol):
    """What a file of this package exports as READER."""

    title: str
    """Name of the format for people."""
    suffixes: tuple[str, ...]
    """Usual endings of its files, lower case with the dot."""

    def accepts(self, head: bytes, path: Path) -> bool:
        """Whether the first bytes (up to 64 KiB) are those of this format. Content decides, never the ending."""
        ...

    def read(self, path: Path, options: ReadOptions, run: Run, scratch: Path) -> Raw:
        """The file's columns; `scratch` is a folder that lives until they have been settled.

        Raises:
            ReadError: the file is damaged, refused, or needs an option.
        """
        ...


def damaged(path: Path, title: str, error: Exception) -> ReadError:
    """The error of a file whose first bytes promise a format that the rest does not keep."""
    problem = (str(error).splitlines() or [type(error).__name__])[0]
    return ReadError("read.truncated", file=path.name, format=title, problem=problem)


READERS: Registry[Reader] = Registry(__package__, "READER")
