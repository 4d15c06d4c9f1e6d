"""Rows to files: the format follows the ending of the name; a file appears whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, ParameterError
from ..run import Run
from .batch import Batch, Column, Missing
from .recast import null_column
from .schema import ColumnSpec, Kind, Schema
from .writers.base import WRITERS, Writer

__all__ = [
    "check_new_folder", "check_target", "filling", "making", "replacing", "suffixes", "write_columns", "write_rows",
]

_CHUNK = 65_536
_BOOLEANS = ("false", "true")


def suffixes() -> dict[str, str]:
    """Endings that can be written, each with the key of its writer."""
    return {suffix: key for key, writer in WRITERS.items() for suffix in writer.suffixes}


def write_rows(  # noqa: PLR0917 - the order in which a sentence names them
    path: str | Path, batches: Iterable[Batch], schema: Schema, run: Run | None = None,
    about: Mapping[str, str] | None = None, beside: Callable[[int], None] | None = None,
) -> int:
    """Write rows to a new file, or over an old one.

    Args:
        path: its ending chooses the format: csv, tsv, parquet, feather, xlsx, sqlite or jsonl.
        batches: rows, each with the columns of the schema (others are left out).
        schema: columns to write, in order, with the storage types, decimals and date formats to restore.
        run: for cancelling.
        about: where the rows come from; kept in the file where its format has room for what is no row.
        beside: called with the number of rows before the file takes its place: what it writes is there first.

    Returns:
        The number of rows.

    Raises:
        ParameterError: an ending that no writer knows.
        DataError: the disk is full, the folder is missing or may not be written, or the format cannot hold a value.
            An older file of that name is then still there, unchanged.
    """
    path = Path(path)
    writer = _writer(path)
    with replacing(path) as draft:
        rows = writer.write(draft, _present(batches, schema), schema, run or Run(), about or {})
        if beside:
            beside(rows)
    return rows


def write_columns(path: str | Path, columns: Mapping[str, Sequence[Any] | NDArray[Any]], run: Run | None = None) -> int:
    """Write columns of equal length, such as scores: NaN and None both become an empty field.

    Args:
        path: as for `write_rows`.
        columns: name -> (n,) array of floats, integers, booleans or datetime64, or a sequence of texts.
        run: for cancelling.

    Returns:
        The number of rows.

    Raises:
        ParameterError, DataError: as `write_rows`.
    """
    makers = {name: _maker(values) for name, values in columns.items()}
    specs = tuple(ColumnSpec(name, kind, storage=storage) for name, (kind, storage, _) in makers.items())
    rows = len(next(iter(columns.values()), ()))

    def batches() -> Iterator[Batch]:
        for start in range(0, rows, _CHUNK):
            stop = min(start + _CHUNK, rows)
            yield Batch({n: make(start, stop) for n, (_, _, make) in makers.items()}, stop - start, start)

    return write_rows(path, batches(), Schema(specs), run)


def check_target(path: str | Path) -> None:
    """Say before the work what `write_rows` could only say after it.

    Raises:
        ParameterError, DataError: an ending that no writer knows, no such folder, or a folder of that name.
    """
    path = Path(path)
    _writer(path)
    problem = errno.EISDIR if path.is_dir() else 0 if path.parent.is_dir() else errno.ENOENT
    if problem:
        raise _refusal(path, OSError(problem, os.strerror(problem)))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft beside `path` to write into; it takes the place of `path` at the end, or disappears on any failure.

    Raises:
        DataError: the operating system refused, with the reason: disk full, no folder, no permission.
    """
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """A draft folder whose files take their places in `folder` together at the end, or disappear on any failure.

    Args:
        folder: made when missing, and then gone again after a failure.

    Raises:
        DataError: the operating system refused, with the reason.
    """
    is_new = not folder.exists()
    draft = folder / f".{secrets.token_hex(4)}.part"
    try:
        draft.mkdir(parents=True)
    except OSError as error:
        raise DataError("data.no_folder", folder=str(folder), problem=error.strerror or "") from error
    try:
        yield draft
        for file in sorted(draft.iterdir()):
            file.replace(folder / file.name)
    except OSError as error:
        raise _refusal(folder, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if is_new:
            with suppress(OSError):  # it holds the files now
                folder.rmdir()


@contextmanager
def making(folder: Path) -> Iterator[Path]:
    """A draft folder that becomes `folder` by one rename, whole, or disappears on any failure.

    A process that is killed leaves a hidden draft beside it, which the next attempt removes, and no `folder`.

    Args:
        folder: must not exist, or be empty.

    Raises:
        DataError: it holds something, or the operating system refused, with the reason.
    """
    folder = folder.absolute()
    check_new_folder(folder)
    left = f".{folder.name}."
    for old in folder.parent.glob(f"{left}*.part"):
        shutil.rmtree(old, ignore_errors=True)
    draft = folder.with_name(f"{left}{secrets.token_hex(4)}.part")
    try:
        draft.mkdir()
        yield draft
        for file in draft.iterdir():
            with file.open("rb") as written:
                os.fsync(written.fileno())
        with suppress(FileNotFoundError):
            folder.rmdir()
        draft.rename(folder)
    except OSError as error:
        raise _refusal(folder, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_new_folder(folder: Path) -> None:
    """Say before the work what `making` could only say after it.

    Raises:
        DataError: it holds something, is a file, or lies in no folder that may be written.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise DataError("data.folder_taken", folder=str(folder))
    problem = errno.ENOTDIR if folder.exists() and not folder.is_dir() else 0
    problem = problem or (0 if folder.absolute().parent.is_dir() else errno.ENOENT)
    problem = problem or (0 if os.access(folder.absolute().parent, os.W_OK) else errno.EACCES)
    if problem:
        raise DataError("data.no_folder", folder=str(folder), problem=os.strerror(problem))


def _refusal(path: Path, error: OSError) -> DataError:
    reasons = {
        errno.ENOSPC: "data.write_full", errno.EDQUOT: "data.write_full", errno.EFBIG: "data.write_full",
        errno.ENOENT: "data.write_folder", errno.ENOTDIR: "data.write_folder",
        errno.EACCES: "data.write_permission", errno.EPERM: "data.write_permission",
        errno.EROFS: "data.write_permission", errno.EISDIR: "data.write_directory",
    }
    key = reasons.get(error.errno or 0, "data.write_failed")
    return DataError(key, file=path.name, folder=str(path.parent), problem=error.strerror or str(error))


def _writer(path: Path) -> Writer:
    known = suffixes()
    if path.suffix.lower() not in known:
        raise ParameterError("data.write_format", file=path.name, known=sorted(known))
    return WRITERS.get(known[path.suffix.lower()])


def _present(batches: Iterable[Batch], schema: Schema) -> Iterator[Batch]:
    """The columns of the schema alone; one that a batch lacks is all NULL."""
    for batch in batches:
        absent = {s.name: null_column(s.kind, batch.rows) for s in schema if s.name not in batch.columns}
        yield batch.with_columns(absent).select(schema.names)


def _maker(values: Sequence[Any] | NDArray[Any]) -> tuple[Kind, str, Callable[[int, int], Column]]:
    """Kind, storage, and a function that makes the column of rows start..stop."""
    letter = values.dtype.kind if isinstance(values, np.ndarray) else "O"
    kinds = {
        "f": (Kind.NUMBER, "double"), "i": (Kind.INTEGER, "int64"), "u": (Kind.INTEGER, "int64"),
        "b": (Kind.BOOLEAN, "bool"), "M": (Kind.DATETIME, "timestamp[us]"),
    }
    kind, storage = kinds.get(letter, (Kind.TEXT, "string"))

    def make(start: int, stop: int) -> Column:
        part = values[start:stop]
        if isinstance(part, np.ndarray) and letter in "fiu":
            missing = np.where(np.isnan(part), np.uint8(Missing.NULL), np.uint8(0))
            return Column(kind, np.where(missing, 0, part).astype(np.float64 if letter == "f" else np.int64), missing)
        if letter == "b":
            return Column(kind, np.asarray(part, dtype=np.int32), np.zeros(len(part), dtype=np.uint8), _BOOLEANS)
        column = _of_texts(part) if kind is Kind.TEXT else Column.of(kind, part)
        nan = np.equal(column.missing, Missing.NAN)
        return Column(kind, column.values, np.where(nan, np.uint8(Missing.NULL), column.missing), column.categories)

    return kind, storage, make


def _of_texts(values: Sequence[Any] | NDArray[Any]) -> Column:
    """A column of texts, most of which may be empty: these are not looked at one by one."""
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    filled = np.flatnonzero(objects != "")
    own = Column.of(Kind.TEXT, objects[filled])
    codes, missing = np.zeros(len(objects), dtype=np.int32), np.full(len(objects), Missing.EMPTY, dtype=np.uint8)
    codes[filled], missing[filled] = own.values, own.missing
    return Column(Kind.TEXT, codes, missing, own.categories)


