"""JSON Lines: one object a line. Objects inside objects become columns `a.b`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import ReadError
from ...run import Run
from ...words import Message, message
from ..options import ReadOptions
from ._text import as_utf8, looks_like_text
from .base import Raw

__all__ = ["READER"]

_BLOCK = 1 << 22
_EXAMPLE = '{"amount": 12.5, "country": "FR"}'
_INT64 = 2**63


class _JsonLines:
    title = "JSON Lines"
    suffixes = (".jsonl", ".ndjson", ".json")

    def accepts(self, head: bytes, path: Path) -> bool:
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not looks_like_text(head) or not start.startswith((b"{", b"[{")):
            return False
        return path.suffix.casefold() in self.suffixes or _is_object(start.splitlines()[0])

    def read(self, path: Path, options: ReadOptions, run: Run, scratch: Path) -> Raw:
        text, notes = as_utf8(path, options, scratch, run)
        columns: dict[str, list[Any]] = {}
        rows = 0
        for record in _records(text, path.name, run):
            for name, value in _flat(record):
                cells = columns.setdefault(name, [])
                cells.extend([None] * (rows - len(cells)))
                cells.append(value)
            rows += 1
        made = []
        for name, cells in columns.items():
            cells.extend([None] * (rows - len(cells)))
            column, said = _column(name, cells)
            made.append(column)
            notes = (*notes, *said)
        return Raw(tuple(columns), rows, lambda p: made[p], notes=notes)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _records(text: Path, file: str, run: Run) -> Iterator[dict[str, Any]]:
    size, done = max(text.stat().st_size, 1), 0
    with text.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            done += len(line)
            if number % 8_192 == 0:
                run.progress(min(done / size, 1.0))
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise _refused(file, number, _said(error)) from error
            if number == 1 and isinstance(record, list) and record and all(isinstance(r, dict) for r in record):
                yield from record  # a whole table as one JSON array on one line
            elif isinstance(record, dict):
                yield record
            else:
                raise _refused(file, number, f"it is a {type(record).__name__}")


def _refused(file: str, line: int, problem: str) -> ReadError:
    return ReadError("read.json_lines", file=file, line=line, problem=problem, example=_EXAMPLE)


def _said(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__


def _flat(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _column(name: str, cells: list[Any]) -> tuple[pa.ChunkedArray, tuple[Message, ...]]:
    types = {type(c) for c in cells if c is not None}
    if not types:
        return pa.chunked_array([pa.nulls(len(cells), pa.string())]), ()
    if types in ({int}, {bool}, {str}) and (types != {int} or all(c is None or -_INT64 <= c < _INT64 for c in cells)):
        return pa.chunked_array([pa.array(cells)]), ()
    if float in types and types <= {int, float}:
        return pa.chunked_array([pa.array([None if c is None else float(c) for c in cells], pa.float64())]), ()
    note = message("read.note.huge_text", column=name)
    if types != {int}:
        note = message("read.note.mixed_cells", column=name, types=sorted(t.__name__ for t in types))
    return pa.chunked_array([pa.array([None if c is None else _text(c) for c in cells], pa.string())]), (note,)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


READER = _JsonLines()
