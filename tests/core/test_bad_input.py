"""Bad files: each gives a sensible table, or three lines that name the file, the place and the way out.

Every case is one line of a table: how the file is made, and what the user gets. Project files have cases of their own.
"""

from __future__ import annotations

import errno
import gzip
import io
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.data import Kind, Missing, Role
from core.data.open import ReadOptions, open_source
from core.data.table import TableSource
from core.errors import LikenessError, ReadError
from core.run import Run
from core.words import words


@dataclass(frozen=True)
class Case:
    """A file and what opening it gives.

    Args:
        make: writes the file at a path (or puts something else there).
        error: key of the error, or "" when it opens.
        notes: keys of notes that must be among those given.
        rows: number of rows of the table.
        check: further look at the table.
        name: of the file.
        options: it is opened with.
        says: texts the three lines must hold, besides the file's name.
    """

    make: Callable[[Path], object]
    error: str = ""
    notes: tuple[str, ...] = ()
    rows: int | None = None
    check: Callable[[TableSource], object] = field(default=lambda source: None)
    name: str = "table.csv"
    options: ReadOptions = field(default_factory=ReadOptions)
    says: tuple[str, ...] = ()


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode(encoding))


def raw(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def cells(source: TableSource, column: str) -> list[object]:
    return source.take(np.arange(source.rows))[column].objects().tolist()


def column_is(name: str, expected: list[object]) -> Callable[[TableSource], object]:
    def check(source: TableSource) -> None:
        assert cells(source, name) == expected

    return check


def kind_is(name: str, kind: Kind, role: Role | None = None) -> Callable[[TableSource], object]:
    def check(source: TableSource) -> None:
        assert source.schema[name].kind is kind
        assert role is None or source.schema[name].role is role

    return check


def note_says(key: str, **values: object) -> Callable[[TableSource], object]:
    def check(source: TableSource) -> None:
        (note,) = [n for n in source.notes if n.key == key]
        assert {name: note.values[name] for name in values} == values

    return check


def all_of(*checks: Callable[[TableSource], object]) -> Callable[[TableSource], object]:
    return lambda source: [check(source) for check in checks]


def _truncated_parquet(path: Path) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"x": list(range(1000))}), buffer)
    path.write_bytes(buffer.getvalue()[:-200])


def _bytes_called_text(path: Path) -> None:
    """Some writers put Latin-1 bytes into columns that Parquet declares as UTF-8."""
    array = pa.array([b"ok", b"\xff\xfe", None])
    texts = pa.StringArray.from_buffers(3, array.buffers()[1], array.buffers()[2], array.buffers()[0])
    pq.write_table(pa.table({"x": texts}), path)


def _damaged_parquet(path: Path) -> None:
    """Footer and head are whole, the pages between are not."""
    buffer = io.BytesIO()
    pq.write_table(pa.table({"x": np.random.default_rng(0).normal(size=5000)}), buffer, compression="zstd")
    content = bytearray(buffer.getvalue())
    content[100:20_000] = bytes(19_900)
    path.write_bytes(bytes(content))


def _bomb(path: Path) -> None:
    """A small workbook whose sheet would unfold to 200 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(200):
                sheet.write(bytes(1 << 20))


def _many_columns(path: Path) -> None:
    names = ",".join(f"c{i}" for i in range(1500))
    row = ",".join(str(i) for i in range(1500))
    path.write_text(f"{names}\n{row}\n{row}\n{row}\n")


def _many_categories(path: Path) -> None:
    path.write_text("kind,x\n" + "".join(f"value-{i % 10_000:05d},{i}\n" for i in range(20_000)))


LATIN = "name,city\nZoë,Zürich\nJosé,Málaga\n"

CASES = {
    "empty file": Case(raw(b""), error="read.empty"),
    "only blank lines": Case(raw(b"\n\n\n"), error="read.empty"),
    "header only": Case(text("a,b,c\n"), error="read.no_rows", says=("3 columns",)),
    "one row": Case(text("a,b\n1,x\n"), rows=1, check=all_of(column_is("a", [1]), column_is("b", ["x"]))),
    "one column": Case(text("a\n1\n2\n3\n"), rows=3, check=column_is("a", [1, 2, 3])),
    "all missing": Case(
        text("a,b\n,1\n,2\n"), rows=2,
        check=all_of(column_is("a", [None, None]), kind_is("a", Kind.CATEGORY, Role.IGNORE)),
    ),
    "constant columns": Case(text("a,b\n7,x\n7,x\n7,x\n"), rows=3, check=all_of(
        kind_is("a", Kind.INTEGER, Role.IGNORE), kind_is("b", Kind.CATEGORY, Role.IGNORE))),
    "10,000 categories": Case(_many_categories, rows=20_000, check=lambda s: _assert(
        len(next(s.batches())["kind"].categories) == 10_000)),
    "1,500 columns": Case(_many_columns, rows=3, check=lambda s: _assert(len(s.schema) == 1500)),
    "Latin-1 text": Case(raw(LATIN.encode("cp1252")), rows=2, notes=("read.note.mixed_encoding",),
                         check=column_is("city", ["Zürich", "Málaga"])),
    "mixed encodings": Case(
        raw("name,x\nZoë,1\n".encode() + "José,2\n".encode("cp1252")), rows=2, notes=("read.note.mixed_encoding",),
        check=column_is("name", ["Zoë", "José"])),
    "another encoding than the one named": Case(
        raw(LATIN.encode("cp1252")), error="read.encoding", options=ReadOptions(encoding="utf-8"),
        says=("utf-8", "--encoding")),
    "byte order mark": Case(text("a,b\n1,2\n", "utf-8-sig"), rows=1, check=column_is("a", [1])),
    "UTF-16": Case(text("a,b\n1,ü\n", "utf-16"), rows=1, notes=("read.note.encoding",), check=column_is("b", ["ü"])),
    "UTF-16 without a mark": Case(text("a,b\n1,x\n2,y\n", "utf-16-le"), rows=2, check=column_is("a", [1, 2])),
    "rows too short": Case(text("a,b,c\n1,2,3\n4,5\n7,8,9\n10,11,12\n"), rows=4, notes=("read.note.short_rows",),
                           check=column_is("c", [3, None, 9, 12])),
    "rows too long": Case(text("a,b\n1,2\n3,4,5\n6,7\n8,9\n"), rows=4, notes=("read.note.long_rows",),
                          check=column_is("b", [2, 4, 7, 9])),
    "most rows ragged": Case(
        text("a,b,c\n" + "1,2,3,4,5\n" * 3), error="read.ragged", says=("line 2", "--delimiter"),
        options=ReadOptions(delimiter=",", header=True)),
    "duplicate headers": Case(text("a,a,a_2,b\n1,2,3,4\n5,6,7,8\n"), rows=2, notes=("read.note.duplicate_names",),
                              check=lambda s: _assert(s.schema.names == ("a", "a_3", "a_2", "b"))),
    "empty headers": Case(text("a,,b\n1,2,3\n4,5,6\n"), rows=2, notes=("read.note.empty_names",),
                          check=lambda s: _assert(s.schema.names == ("a", "column2", "b"))),
    "lines that end in a delimiter": Case(text("a,b,\n1,2,\n3,4,\n"), rows=2,
                                          check=lambda s: _assert(s.schema.names == ("a", "b"))),
    "titles above the table": Case(
        text("Report of March\n\na,b,c\n1,2,x\n3,4,y\n5,6,z\n"), rows=3, notes=("read.note.skipped_lines",),
        check=column_is("c", ["x", "y", "z"])),
    "dates that do not exist": Case(
        text("day,x\n" + "2026-01-02,1\n" * 40 + "2026-02-30,2\n"), rows=41, notes=("read.note.no_such_date",),
        check=all_of(kind_is("day", Kind.DATETIME), lambda s: _assert(cells(s, "day")[-1] is None))),
    "dates far away": Case(text("day,x\n0001-01-01,1\n9999-12-31,2\n"), rows=2, check=lambda s: _assert(
        [str(d)[:4] for d in cells(s, "day")] == ["0001", "9999"])),
    "infinite values": Case(
        text("a,b\n1.5,x\ninf,y\n-Infinity,z\n2.5,w\n"), rows=4, notes=("read.note.infinite",),
        check=column_is("a", [1.5, np.inf, -np.inf, 2.5])),
    "NaN, NULL and empty text stay apart": Case(
        text('a,b\nNaN,x\n,""\n1.5,\n'), rows=3, check=lambda s: _assert(
            [m[:3].tolist() for m in (c.missing for c in next(s.batches()).columns.values())]
            == [[Missing.NAN, Missing.NULL, 0], [0, Missing.EMPTY, Missing.NULL]])),
    "huge integers": Case(
        text("n,x\n" + "".join(f"{10**25 + i},{i}\n" for i in range(30))), rows=30, notes=("read.note.huge_text",),
        check=lambda s: _assert(cells(s, "n")[7] == str(10**25 + 7))),
    "one huge integer": Case(
        text("n\n" + "".join(f"{i}\n" for i in range(200)) + f"{10**25}\n"), rows=201,
        notes=("read.note.huge_double",),
        check=all_of(kind_is("n", Kind.NUMBER), lambda s: _assert(cells(s, "n")[-1] == 1e25))),
    "quotes and new lines in cells": Case(
        text('a,b\n"one\ntwo",1\n"say ""hi""",2\n"x,y",3\n'), rows=3,
        check=column_is("a", ["one\ntwo", 'say "hi"', "x,y"])),
    "new lines in cells of a ragged file": Case(
        text('a,b,c\n"one\ntwo",1,2\nx,3\ny,4,5\nz,6,7\n'), rows=4, notes=("read.note.short_rows",),
        check=column_is("a", ["one\ntwo", "x", "y", "z"])),
    "a quote that never ends": Case(text('a,b\n"x,1\ny,2\n'), rows=None, check=lambda s: None),
    "a quote that opens far down and never ends": Case(
        text("a,b,c\n" + "1,x,2\n" * 99 + '5,"x,2\n' + "1,x,2\n" * 40), rows=100, notes=("read.note.open_quote",),
        check=note_says("read.note.open_quote", line=101, lines=41)),
    "old Mac line ends": Case(raw(b"a,b\r1,2\r3,4\r"), rows=2, check=column_is("b", [2, 4])),
    "text among numbers": Case(
        text("a,b\n" + "1.5,2\n" * 20 + "oops,2\n"), rows=21, notes=("read.note.mixed",),
        check=kind_is("a", Kind.CATEGORY)),
    "a directory": Case(Path.mkdir, error="read.directory"),
    "a missing file": Case(lambda p: None, error="read.not_found"),
    "a device": Case(os.mkfifo, error="read.device"),
    "truncated Parquet": Case(_truncated_parquet, error="read.truncated", name="table.parquet", says=("Parquet",)),
    "damaged Parquet": Case(_damaged_parquet, error="read.truncated", name="table.parquet"),
    "bytes that are no text in a text column": Case(
        _bytes_called_text, name="table.parquet", rows=3, check=column_is("x", ["ok", "\ufffd\ufffd", None])),
    "Parquet named .csv": Case(
        lambda p: pq.write_table(pa.table({"x": [1, 2]}), p), rows=2, notes=("read.note.disguised",)),
    "CSV named .parquet": Case(text("a,b\n1,2\n3,4\n"), name="table.parquet", rows=2, notes=("read.note.disguised",)),
    "CSV named .xlsx": Case(text("a,b\n1,2\n3,4\n"), name="table.xlsx", rows=2, notes=("read.note.disguised",)),
    "a workbook that is a bomb": Case(_bomb, error="read.bomb", name="table.xlsx", says=("unfold",)),
    "a workbook cut short": Case(raw(b"PK\x03\x04" + bytes(500)), error="read.archive", name="table.xlsx"),
    "an old workbook": Case(
        raw(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)), error="read.old_excel", name="table.xls"),
    "an archive": Case(raw(gzip.compress(b"a,b\n1,2\n" * 99)), error="read.archive", name="table.csv.gz"),
    "a single image": Case(raw(b"\x89PNG\r\n\x1a\n" + bytes(64)), error="read.one_image", name="photo.png"),
    "a project of ours": Case(raw(b"SQLite format 3\0" + bytes(52) + b"LIKE" + bytes(28)), error="read.is_project"),
    "random bytes": Case(lambda p: p.write_bytes(np.random.default_rng(1).bytes(5000)), error="read.unknown_format"),
    "a kind for a column that is not there": Case(
        text("a,b\n1,2\n"), error="read.no_column", options=ReadOptions(kinds=("amount=number",)), says=("amount",)),
}


def _assert(holds: bool) -> None:
    assert holds


@pytest.mark.parametrize("name", CASES)
def test_bad_file(name, tmp_path):
    case = CASES[name]
    path = tmp_path / case.name
    case.make(path)
    if case.error:
        with pytest.raises(LikenessError) as caught:
            open_source(path, case.options)
        assert caught.value.key == case.error
        lines = caught.value.lines()
        assert case.name in lines[0]
        for part in case.says:
            assert part in " ".join(lines), lines
        assert case.error not in " ".join(lines), "a word is not in the catalogue"
        return
    source = open_source(path, case.options)
    assert case.rows is None or source.rows == case.rows
    keys = {note.key for note in source.notes}
    assert set(case.notes) <= keys, keys
    for note in source.notes:
        assert note.key not in words().text(note), "a word is not in the catalogue"
    case.check(source)


def test_a_file_that_changes_while_it_is_read_is_not_kept(tmp_path):
    """Half of one version and half of the next would be scored as if it were one table."""
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,2\n" * 1000)

    def grow(fraction: float, _text: object) -> None:
        if fraction > 0.3:
            with path.open("a") as file:
                file.write("3,4\n")

    with pytest.raises(ReadError) as caught:
        open_source(path, run=Run(on_progress=grow))
    assert caught.value.key == "read.changed"
    assert open_source(path).rows > 1000


def test_no_permission_is_said(tmp_path, monkeypatch):
    """Tests may run as root, who may read everything: the system's refusal is played."""
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    real = Path.open

    def refuse(self: Path, *args: object, **kwargs: object):
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ReadError) as caught:
        open_source(path)
    assert caught.value.key == "read.permission"


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    """A half-written copy must never be taken for the table."""
    path = tmp_path / "table.csv"
    path.write_text("full,disk\n1,2\n3,4\n")

    def full(*_args: object) -> list[int]:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("core.data.open.write_columns", full)
        with pytest.raises(ReadError) as caught:
            open_source(path)
    assert caught.value.key == "read.disk_full"
    tables = Path(os.environ["LIKENESS_HOME"]) / "cache" / "tables"
    assert not list(tables.glob(".new-*"))
    assert open_source(path).rows == 2


def test_a_cache_that_was_deleted_under_us_is_built_again(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n9,9\n")
    open_source(path)
    shutil.rmtree(Path(os.environ["LIKENESS_HOME"]) / "cache")
    assert open_source(path).rows == 2
