"""TableSource: a table that was opened, memory-mapped from the cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import ReadError, SchemaError
from ..words import Message, message
from .batch import CODED, Batch, Column, Missing
from .cache import META, forget
from .convert import FORMS, convert, form_of
from .options import ReadOptions
from .schema import ColumnSpec, Kind, Schema

__all__ = ["TableSource", "read_table", "write_columns"]

_CELLS = "columns.arrow"
_ALIGN = 64


def write_columns(folder: Path, columns: Iterable[pa.Array]) -> list[int]:
    """Write columns one after another into one file, so that only one is in memory at a time.

    Returns:
        Where each starts, and where the last ends.
    """
    starts = []
    with (folder / _CELLS).open("wb") as file:
        for array in columns:
            file.write(b"\0" * (-file.tell() % _ALIGN))
            starts.append(file.tell())
            batch = pa.record_batch([array], names=["x"])
            with pa.ipc.new_stream(file, batch.schema) as stream:
                stream.write_batch(batch)
        return [*starts, file.tell()]


@dataclass(eq=False)
class _Store:
    """The columns of one opened file, each mapped when first asked for, in every form asked for."""

    map: Any
    starts: list[int]
    names: dict[str, int]
    fingerprint: str
    _forms: dict[tuple[int, pa.DataType | None, str | None], tuple[pa.Array, int]] = field(default_factory=dict)
    _categories: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def stored(self, name: str) -> pa.Array:
        position = self.names[name]
        key = (position, pa.null(), None)
        if key not in self._forms:
            start, end = self.starts[position:position + 2]
            try:
                with pa.ipc.open_stream(self.map.slice(start, end - start)) as stream:
                    self._forms[key] = stream.read_all().column(0).chunk(0), 0
            except (pa.ArrowException, OSError) as error:
                forget(self.fingerprint)
                raise ReadError("read.cache_damaged", column=name) from error
        return self._forms[key][0]

    def array(self, spec: ColumnSpec) -> tuple[pa.Array, int]:
        """The column in the form of its kind, and how many values that cost."""
        stored = self.stored(spec.name)
        form = FORMS[spec.kind]
        if form == form_of(stored):
            return stored, 0
        key = (self.names[spec.name], form, spec.date_format)
        if key not in self._forms:
            self._forms[key] = convert(stored, spec.kind, spec.date_format)
        return self._forms[key]

    def column(self, spec: ColumnSpec, rows: slice | NDArray[np.int64]) -> Column:
        whole, _ = self.array(spec)
        if isinstance(rows, slice):
            part = whole.slice(rows.start, rows.stop - rows.start)
        else:
            part = whole.take(pa.array(rows, pa.int64()))
        if spec.kind in CODED:
            return _coded(spec.kind, part.indices, self.categories(whole), len(whole.dictionary))
        return _numeric(spec.kind, part)

    def categories(self, array: pa.Array) -> tuple[str, ...]:
        """The texts of a dictionary, without the empty one; the same tuple every time."""
        key = id(array)
        if key not in self._categories:
            texts = array.dictionary.to_pylist()
            self._categories[key] = tuple(texts[:-1] if texts and texts[-1] == "" else texts)
        return self._categories[key]


def _coded(kind: Kind, codes: pa.Array, categories: tuple[str, ...], size: int) -> Column:
    values, missing = _cells(codes, np.int32)
    if size > len(categories):
        is_empty = (values == len(categories)) & (missing == Missing.PRESENT)
        values = np.where(is_empty, 0, values)
        missing[is_empty] = Missing.EMPTY
    return Column(kind, values, missing, categories)


def _numeric(kind: Kind, part: pa.Array) -> Column:
    values, missing = _cells(part, np.float64 if kind is Kind.NUMBER else np.int64)
    if kind is Kind.NUMBER and (is_nan := np.isnan(values)).any():
        values = np.where(is_nan, 0.0, values)
        missing[is_nan] = Missing.NAN
    return Column(kind, values, missing)


def _cells(part: pa.Array, dtype: Any) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """(n,) values without copying where nothing is NULL, and (n,) codes of what is missing."""
    missing = np.zeros(len(part), dtype=np.uint8)
    data = part.buffers()[1]
    if data is None or not len(part):
        missing[:] = Missing.NULL
        return np.zeros(len(part), dtype=dtype), missing
    values = np.frombuffer(data, dtype=dtype, count=part.offset + len(part))[part.offset:]
    if part.null_count:
        is_null = ~np.asarray(part.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
        missing[is_null] = Missing.NULL
        values = np.where(is_null, np.zeros(1, dtype=dtype), values)
    return values, missing


@dataclass(frozen=True, eq=False)
class TableSource:
    """Rows of an opened table; see `Source` for the contract.

    Args:
        fingerprint: of bytes, reader options and reader version; of a subset, of its rows too.
        name, path: of the file it came from.
        options: what it was opened with.
        notes: what reading decided or mended.
        schema: its columns.
        index: (n,) ascending row numbers of a subset, or None for all rows.
    """

    fingerprint: str
    name: str
    path: Path
    options: ReadOptions
    notes: tuple[Message, ...]
    schema: Schema
    all_rows: int
    _store: _Store = field(repr=False)
    index: NDArray[np.int64] | None = field(default=None, repr=False)
    kind: str = "table"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.all_rows if self.index is None else len(self.index)

    def batches(self, columns: Sequence[str] | None = None, size: int = 65_536) -> Iterator[Batch]:
        """All rows in order, `size` at a time.

        Raises:
            SchemaError: a column that is not there.
        """
        for start in range(0, self.rows, size):
            end = min(start + size, self.rows)
            rows = slice(start, end) if self.index is None else self.index[start:end]
            yield Batch(self._columns(columns, rows), end - start, start)

    def take(self, index: NDArray[np.int64], columns: Sequence[str] | None = None) -> Batch:
        """The rows at these positions, in the order asked for."""
        index = np.asarray(index, dtype=np.int64)
        rows = index if self.index is None else self.index[index]
        return Batch(self._columns(columns, rows), len(index))

    def subset(self, index: NDArray[np.int64]) -> TableSource:
        """These rows alone (ascending positions)."""
        index = np.asarray(index, dtype=np.int64)
        rows = index if self.index is None else self.index[index]
        return _replace(self, index=rows, fingerprint=_subset_fingerprint(self.fingerprint, index))

    def with_schema(self, schema: Schema) -> TableSource:
        """The same rows under another schema: kinds are converted where they differ.

        Raises:
            SchemaError: a column the table does not have, or a kind that more than half of the values do not fit.
        """
        notes = []
        for spec in schema:
            if spec.name not in self._store.names:
                raise SchemaError("schema.no_column", column=spec.name, known=[*self._store.names][:12])
            array, lost = self._store.array(spec)
            if lost > (len(array) - array.null_count + lost) / 2:
                raise SchemaError("read.convert", column=spec.name, kind=str(spec.kind), rows=lost, all=len(array))
            if lost:
                notes.append(message("read.note.converted", column=spec.name, kind=str(spec.kind), rows=lost))
        return _replace(self, schema=schema, notes=(*self.notes, *notes))

    def _columns(self, names: Sequence[str] | None, rows: slice | NDArray[np.int64]) -> dict[str, Column]:
        wanted = self.schema.names if names is None else names
        return {name: self._store.column(self.schema[name], rows) for name in wanted}


def _replace(source: TableSource, **changes: Any) -> TableSource:
    return TableSource(**{**{name: getattr(source, name) for name in source.__dataclass_fields__}, **changes})


def _subset_fingerprint(fingerprint: str, index: NDArray[np.int64]) -> str:
    digest = hashlib.blake2b(fingerprint.encode(), digest_size=16)
    digest.update(np.ascontiguousarray(index).tobytes())
    return digest.hexdigest()


def read_table(folder: Path, path: Path | None = None, schema: Schema | None = None) -> TableSource:
    """The table kept in a folder of the cache.

    Args:
        folder: of the cache.
        path: where the file lies now, when that is known.
        schema: instead of the guessed one.

    Raises:
        ReadError: the copy is damaged.
        SchemaError: the schema, or a kind the file was opened with, does not fit the values.
    """
    try:
        meta = json.loads((folder / META).read_text("utf-8"))
        guessed = Schema.from_json(meta["schema"])
        mapped = pa.memory_map(str(folder / _CELLS)).read_buffer()
        is_whole = len(mapped) == meta["starts"][-1]
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise ReadError("read.not_cached", fingerprint=folder.name) from error
    if not is_whole:
        raise ReadError("read.not_cached", fingerprint=folder.name)
    store = _Store(mapped, meta["starts"], {n: i for i, n in enumerate(guessed.names)}, folder.name)
    place = Path(meta["path"]) if path is None else path
    source = TableSource(
        fingerprint=folder.name, name=place.name, path=place, options=ReadOptions.from_json(meta["options"]),
        notes=tuple(Message.from_json(n) for n in meta["notes"]), schema=guessed, all_rows=meta["rows"], _store=store,
    )
    return source.with_schema(schema or guessed) if schema or source.options.kinds else source
