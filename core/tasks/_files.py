"""The part of a request that names a file and says how to read it; shared by all tasks that open one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..run import Run
from .base import Request, argument, option

if TYPE_CHECKING:
    from ..data.open import ReadOptions
    from ..data.schema import Schema
    from ..data.source import Source

__all__ = ["FileRequest", "ReadingRequest", "open_path"]


@dataclass(frozen=True)
class ReadingRequest(Request):
    """What sniffing got wrong can be said here; None leaves it to the reader."""

    delimiter: str | None = option("--delimiter", default=None, help="Character between cells.")
    encoding: str | None = option("--encoding", default=None, help="Text encoding, such as utf-8 or cp1252.")
    decimal: str | None = option("--decimal", default=None, help="Decimal mark: . or ,")
    header: str | None = option("--header", default=None, help="Whether the first row names the columns: yes or no.")
    sheet: str | None = option("--sheet", default=None, help="Sheet of an Excel file.")
    table: str | None = option("--table", default=None, help="Table of a SQLite or DuckDB file.")
    date_format: str | None = option("--date-format", default=None, help="Format of dates, such as %d/%m/%Y.")
    missing: tuple[str, ...] = option("--missing", default=(), help="A text that means missing, such as n/a. Repeat.")
    kinds: tuple[str, ...] = option("--kind", default=(), help="A column's kind: NAME=category. Repeat.")

    @property
    def has_options(self) -> bool:
        """Whether anything about reading was said."""
        return any(getattr(self, f.name) not in (None, ()) for f in fields(ReadingRequest))

    def read_options(self) -> ReadOptions:
        """The reader's options.

        Raises:
            ParameterError: `header` is neither yes nor no.
        """
        from ..data.open import ReadOptions
        from ..params import Spec

        header = None
        if self.header is not None:
            header = Spec("header", "choice", None, "", choices=("yes", "no")).parse(self.header) == "yes"
        said: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(ReadingRequest)}
        return ReadOptions(**{**said, "header": header})


@dataclass(frozen=True)
class FileRequest(ReadingRequest):
    """A request about one file."""

    file: str = argument(help="Table or folder of images.")

    def open(self, run: Run, schema: Schema | None = None) -> Source:
        """The file, opened as the request says."""
        return open_path(self.file, self.read_options(), run, schema)


def open_path(path: str, options: ReadOptions | None, run: Run, schema: Schema | None = None) -> Source:
    """Open a file with options; None sniffs everything."""
    from ..data.open import ReadOptions, open_source

    source: Source = open_source(Path(path), options or ReadOptions(), run, schema)
    return source
