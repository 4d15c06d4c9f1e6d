"""Text files as UTF-8: which encoding a file has, and a UTF-8 copy of it where it has another."""

from __future__ import annotations

import codecs
from pathlib import Path

from ...errors import ReadError
from ...run import Run
from ...words import Message, message
from ..options import ReadOptions

__all__ = ["as_utf8", "looks_like_text", "sample_text"]

_BLOCK = 1 << 22
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)


def looks_like_text(head: bytes) -> bool:
    """Whether first bytes may be text: no zero bytes and few control characters, or a sign of UTF-16 or UTF-32."""
    if _by_sign(head):
        return True
    controls = sum(head.count(bytes([c])) for c in (*range(1, 9), *range(14, 27), 28, 29, 30, 31, 127))
    return b"\0" not in head and controls <= len(head) // 100


def sample_text(path: Path, size: int = 1 << 18) -> str:
    """The first lines of a UTF-8 file, whole lines only unless the first is longer than `size` bytes."""
    with path.open("rb") as file:
        head = file.read(size)
        is_whole = not file.read(1)
    text = head.decode("utf-8-sig", errors="ignore")
    end = max(text.rfind("\n"), text.rfind("\r")) + 1
    return text if is_whole or not end else text[:end]


def as_utf8(path: Path, options: ReadOptions, scratch: Path, run: Run) -> tuple[Path, tuple[Message, ...]]:
    """A UTF-8 file with the text of `path`: itself when it is UTF-8, else a copy in `scratch`.

    Returns:
        The file, and what was decided: another encoding, or lines that are of a second encoding.

    Raises:
        ReadError: the bytes are not of the encoding the user named.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    encoding = options.encoding or _by_sign(head)
    if encoding is None or codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
        broken = _first_break(path, run)
        if broken is None:
            return path, ()
        if options.encoding:
            raise ReadError("read.encoding", file=path.name, encoding=encoding, place=broken)
        return _line_by_line(path, scratch / "text.csv", run)
    target = scratch / "text.csv"
    _transcode(path, target, encoding, run)
    return target, () if options.encoding else (message("read.note.encoding", encoding=encoding),)


def _by_sign(head: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    part = head[:4096]
    if len(part) >= 4 and len(part) // 3 < part.count(b"\0") <= len(part) * 2 // 3:
        return "utf-16-be" if part[::2].count(b"\0") > part[1::2].count(b"\0") else "utf-16-le"
    return None


def _first_break(path: Path, run: Run) -> int | None:
    """Byte position of the first bytes that are not UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            run.check()
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return done + error.start
            done += len(block)
    return done if decoder.getstate()[0] else None


def _transcode(path: Path, target: Path, encoding: str, run: Run) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as file, target.open("wb") as out:
        while block := file.read(_BLOCK):
            run.check()
            try:
                out.write(decoder.decode(block, final=len(block) < _BLOCK).encode("utf-8"))
            except UnicodeError as error:
                place = done + getattr(error, "start", 0)
                raise ReadError("read.encoding", file=path.name, encoding=encoding, place=place) from error
            done += len(block)


def _line_by_line(path: Path, target: Path, run: Run) -> tuple[Path, tuple[Message, ...]]:
    """Each line is UTF-8 where it can be, else Windows-1252: files glued together from two systems read right."""
    others, first, lines = 0, 0, 0
    with path.open("rb") as file, target.open("wb") as out:
        for line in file:
            lines += 1
            if lines % 65_536 == 0:
                run.check()
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                others += 1
                first = first or lines
                out.write("".join(map(_western, line)).encode("utf-8"))
            else:
                out.write(line)
    return target, (message("read.note.mixed_encoding", lines=others, first=first, all=lines),)


def _western(byte: int) -> str:
    one = bytes([byte])
    try:
        return one.decode("cp1252")
    except UnicodeDecodeError:
        return one.decode("latin-1")
