"""The part of a request that names a file and says how to read it; shared by all tasks that open one."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.options import ReadOptions
from ..data.schema import Schema
from ..data.sdv import from_sdv, is_sdv, over
from ..errors import ReadError, SchemaError
from ..params import Spec
from ..run import Run
from .base import Request, argument, option

if TYPE_CHECKING:
    from ..data.source import Source
    from ..project.store import Store

__all__ = ["FileRequest", "ReadingRequest", "open_again", "open_path", "read_schema", "source_record"]


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

    def read_options(self) -> ReadOptions:
        """The reader's options.

        Raises:
            ParameterError: an option no file could be read with.
        """
        header = None
        if self.header is not None:
            header = Spec("header", "choice", None, "", choices=("yes", "no")).parse(self.header) == "yes"
        said: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(ReadingRequest)}
        return ReadOptions(**{**said, "header": header})


@dataclass(frozen=True)
class FileRequest(ReadingRequest):
    """A request about one file."""

    file: str = argument(help="Table or folder of images.")

    def open(self, store: Store, run: Run) -> Source:
        """The file as the request says; what it leaves open follows the project: options and confirmed schema.

        Raises:
            ReadError: the file cannot be read.
        """
        options = self.read_options()
        known = _known(store, self.file)
        if options == ReadOptions() and known:
            options = ReadOptions.from_json(known.get("options", {}))
        source = open_path(self.file, options, run)
        kept = store.project.schema(source.fingerprint) if store.project else None
        return source.with_schema(adapt(source.schema, kept)) if kept else source


def open_path(path: str, options: ReadOptions | None = None, run: Run | None = None) -> Source:
    """Open a file; None sniffs everything."""
    from ..data.open import open_source

    source: Source = open_source(Path(path), options or ReadOptions(), run or Run())
    return source


def open_again(store: Store, fingerprint: str, schema: Schema | None, run: Run) -> Source:
    """A source the project knows: from the cache, else from its file, also where that has moved to.

    Raises:
        ReadError: the file is neither where it was nor beside the project, or holds something else now.
    """
    from ..data.open import open_cached, relink

    try:
        source: Source = open_cached(fingerprint)
    except ReadError:
        record = store.record("source", fingerprint)
        options, was = ReadOptions.from_json(record.get("options", {})), Path(record["path"])
        folders = [was.parent, store.path.parent] if store.path else [was.parent]
        found = relink(fingerprint, [was, *(f for f in folders if f.is_dir())], options)
        if found is None:
            raise ReadError("tasks.gone", file=str(was)) from None
        source = open_path(str(found), options, run)
    return source.with_schema(schema) if schema else source


def read_schema(path: str, own: Schema) -> Schema:
    """A schema file of ours, or SDV metadata, laid over the columns a source has.

    Raises:
        SchemaError: no schema, or it names a column the source does not have.
    """
    try:
        text = Path(path).read_text("utf-8")
        told = _sdv(text)
        wanted = told or Schema.from_text(text)
    except SchemaError as error:
        raise SchemaError("tasks.schema_file", file=path, problem=error.messages[0]) from error
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or error
        raise SchemaError("tasks.schema_file", file=path, problem=f"{problem}.") from error
    for name in wanted.names:
        own[name]  # raises where the source has no such column
    return over(own, told) if told else adapt(own, wanted)


def _sdv(text: str) -> Schema | None:
    """The schema of SDV metadata; None of any other text."""
    try:
        plain = json.loads(text)
    except ValueError:
        return None
    return from_sdv(plain) if is_sdv(plain) else None


def adapt(own: Schema, wanted: Schema) -> Schema:
    """The source's columns, described by `wanted` where that knows them."""
    specs = {c.name: c for c in wanted}
    return Schema(tuple(specs.get(c.name, c) for c in own))


def source_record(source: Source, path: str) -> dict[str, Any]:
    """What a project keeps of a source, to open it again and to notice that it moved or changed."""
    options: ReadOptions = getattr(source, "options", ReadOptions())
    return {
        "fingerprint": source.fingerprint, "path": str(Path(path).resolve()), "name": source.name, "kind": source.kind,
        "rows": source.rows, "columns": len(source.schema), "options": options.to_json(),
    }


def _known(store: Store, path: str) -> dict[str, Any] | None:
    """The project's last record of this path."""
    if store.project is None:
        return None
    full = str(Path(path).resolve())
    return next((r for r in reversed(store.project.sources()) if r.get("path") == full), None)
