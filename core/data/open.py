"""Opening a file: which format it is, what its columns are, and a memory-mapped copy that opens at once next time."""

from __future__ import annotations

import json
import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Lock

from ..errors import ReadError
from ..run import Run
from ..words import Message, message
from . import cache
from .fingerprint import Stamp, digest_bytes, fingerprint_of, stamp_of
from .infer import Facts, facts_of, infer_schema
from .options import ReadOptions
from .readers.base import READERS, Raw, Reader
from .schema import Schema
from .settle import Settled, settle
from .source import Source
from .table import TableSource, read_table, write_columns

__all__ = ["ReadOptions", "is_changed", "open_cached", "open_source", "relink"]

_HEAD = 1 << 16
_LAST = "csv"  # text is what remains when no other format's signs are there
_KNOWN_OTHERS: tuple[tuple[tuple[bytes, ...], str], ...] = (
    ((b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!"), "read.archive"),
    ((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), "read.old_excel"),
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF"), "read.one_image"),
)


def open_source(
    path: Path | str, options: ReadOptions | None = None, run: Run | None = None, schema: Schema | None = None
) -> Source:
    """Open a table file or a folder of images.

    Args:
        path: the file or folder.
        options: what sniffing should not decide.
        run: progress and cancelling.
        schema: instead of the guessed one.

    Returns:
        A `TableSource`, or an `ImageSource` for a folder.

    Raises:
        ReadError: the file is missing, damaged, empty, of no known format, refused, or changed while it was read.
        SchemaError: the schema does not fit the table.
    """
    path, options, run = Path(path), options or ReadOptions(), run or Run()
    if path.is_dir():
        from .images import open_images

        return open_images(path, run)
    stamp = stamp_of(path)
    known = cache.recall(path, stamp, options)
    if known is None or (folder := cache.find(known)) is None:
        folder = _read(path, stamp, options, run)
    run.progress(1.0)
    try:
        return read_table(folder, path, schema)
    except ReadError:
        cache.forget(folder.name)  # the copy is damaged: make another
        return read_table(_read(path, stamp, options, run), path, schema)


def open_cached(fingerprint: str, schema: Schema | None = None) -> TableSource:
    """Open a table from the cache alone, wherever its file is now.

    Raises:
        ReadError: it is no longer kept.
    """
    folder = cache.find(fingerprint)
    if folder is None:
        raise ReadError("read.not_cached", fingerprint=fingerprint)
    return read_table(folder, None, schema)


def is_changed(path: Path | str, fingerprint: str, options: ReadOptions | None = None) -> bool:
    """Whether the file at a path is no longer the one with this fingerprint (or is gone).

    Args:
        path: where it was.
        fingerprint: what it was.
        options: what it was opened with; taken from the cache when not given.
    """
    path = Path(path)
    try:
        found = _fingerprint(path, _options_of(fingerprint, options), Run())
    except ReadError:
        return True
    return found != fingerprint


def relink(fingerprint: str, candidates: Iterable[Path | str], options: ReadOptions | None = None) -> Path | None:
    """The first of these files (folders are searched, not their subfolders) that has this fingerprint."""
    chosen = _options_of(fingerprint, options)
    size = _meta(fingerprint).get("size")
    for file in _files(candidates):
        try:
            if size in (None, file.stat().st_size) and _fingerprint(file, chosen, Run()) == fingerprint:
                return file
        except (OSError, ReadError):
            continue
    return None


def _files(candidates: Iterable[Path | str]) -> Iterator[Path]:
    for candidate in map(Path, candidates):
        yield from (sorted(f for f in candidate.iterdir() if f.is_file()) if candidate.is_dir() else [candidate])


def _meta(fingerprint: str) -> dict[str, object]:
    folder = cache.find(fingerprint)
    return dict(json.loads((folder / cache.META).read_text("utf-8"))) if folder else {}


def _options_of(fingerprint: str, options: ReadOptions | None) -> ReadOptions:
    if options is not None:
        return options
    kept = _meta(fingerprint).get("options", {})
    return ReadOptions.from_json(kept if isinstance(kept, dict) else {})


def _fingerprint(path: Path, options: ReadOptions, run: Run) -> str:
    stamp = stamp_of(path)
    known = cache.recall(path, stamp, options)
    return known or fingerprint_of(digest_bytes(path, run), options)


def _read(path: Path, stamp: Stamp, options: ReadOptions, run: Run) -> Path:
    """Read a file into the cache, unless the same bytes are there already."""
    if stamp.size == 0:
        raise ReadError("read.empty", file=path.name)
    reader = _reader_of(path)
    digest = digest_bytes(path, run.part(0.0, 0.1))
    fingerprint = fingerprint_of(digest, options)
    folder = cache.find(fingerprint)
    if folder is None:
        with cache.scratch(path.name) as work:
            raw = reader.read(path, options, run.part(0.1, 0.5), work)
            raw = replace(raw, notes=(*_disguised(path, reader), *raw.notes))
            kept = _keep(path, options, raw, work, run.part(0.5, 0.98))
            if stamp_of(path) != stamp:
                raise ReadError("read.changed", file=path.name)
            folder = cache.commit(kept, fingerprint)
        cache.evict(fingerprint)
    cache.remember(path, stamp, options, fingerprint)
    return folder


def _keep(path: Path, options: ReadOptions, raw: Raw, work: Path, run: Run) -> Path:
    """Settle all columns and write them, with what was learnt of them, into a folder that can be committed."""
    if raw.rows == 0:
        raise ReadError("read.no_rows", file=path.name, columns=len(raw.names))
    names, renamed = _names(raw.names)
    _check_kinds(options, names, path.name)
    kept = work / "kept"
    kept.mkdir()
    facts: list[Facts] = []
    notes = [*raw.notes, *renamed]

    def arrays() -> Iterator[object]:
        for name, column in zip(names, _settled(raw, names, options, run), strict=True):
            facts.append(facts_of(name, column))
            notes.extend(column.notes)
            yield column.array

    starts = write_columns(kept, arrays())
    meta = {
        "path": str(path.absolute()), "size": path.stat().st_size, "rows": raw.rows, "options": options.to_json(),
        "notes": [n.to_json() for n in notes], "starts": starts,
        "schema": infer_schema(facts, options.kind_of).to_json(),
    }
    (kept / cache.META).write_text(json.dumps(meta), "utf-8")
    return kept


def _settled(raw: Raw, names: tuple[str, ...], options: ReadOptions, run: Run) -> Iterator[Settled]:
    """All columns in order, two at a time: Arrow works outside the interpreter's lock."""
    lock = Lock()

    def work(position: int) -> Settled:
        with lock:  # readers need not be safe for threads
            column = raw.column(position)
        return settle(names[position], column, options, is_text=raw.is_text, has_comma_decimals=raw.has_comma_decimals)

    workers = min(max(run.threads, 2), os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Settled]] = deque()
        try:
            for position in range(len(names)):
                waiting.append(pool.submit(work, position))
                if len(waiting) > workers:
                    run.progress(position / len(names), message("read.progress.column", column=names[position]))
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _reader_of(path: Path) -> Reader:
    """The reader that accepts the content; the file's name has no say in it.

    Raises:
        ReadError: none does.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except PermissionError:
        raise ReadError("read.permission", file=str(path)) from None
    readers = [READERS.get(key) for key in sorted(READERS.keys(), key=lambda k: k == _LAST)]
    for reader in readers:
        if reader.accepts(head, path):
            return reader
    for signs, key in _KNOWN_OTHERS:
        if head.startswith(signs):
            raise ReadError(key, file=path.name, folder=str(path.parent))
    raise ReadError("read.unknown_format", file=path.name, known=[r.title for r in readers])


def _disguised(path: Path, reader: Reader) -> tuple[Message, ...]:
    suffix = path.suffix.casefold()
    others = [s for _, r in READERS.items() for s in r.suffixes if r is not reader]
    if suffix in others and suffix not in reader.suffixes:
        return (message("read.note.disguised", suffix=suffix, format=reader.title),)
    return ()


def _names(given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Message, ...]]:
    """Unique names: empty ones are numbered, repeated ones get a number; and what was changed."""
    names: list[str] = []
    taken, empty, twice = set(given), [], []
    for position, name in enumerate(given, start=1):
        chosen = name or f"column{position}"
        if not name:
            empty.append(chosen)
        if chosen in names or (not name and chosen in taken):
            number = next(i for i in range(2, len(given) + 3) if f"{chosen}_{i}" not in taken.union(names))
            twice.append(name or chosen)
            chosen = f"{chosen}_{number}"
        names.append(chosen)
    said = []
    if empty:
        said.append(message("read.note.empty_names", names=empty[:5], count=len(empty)))
    if twice:
        repeated = Counter(twice)
        said.append(message("read.note.duplicate_names", names=list(repeated)[:5], count=len(twice)))
    return tuple(names), tuple(said)


def _check_kinds(options: ReadOptions, names: tuple[str, ...], file: str) -> None:
    for name in options.kind_of:
        if name not in names:
            raise ReadError("read.no_column", file=file, column=name, known=list(names[:12]))


