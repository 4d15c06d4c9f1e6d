"""One table in every format that can be read, and what each format adds: sheets, tables, nesting, types."""

from __future__ import annotations

import json
import sqlite3
from datetime import date, datetime

import duckdb
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from core.data import Kind, Role
from core.data.open import ReadOptions, open_source
from core.data.readers.base import READERS
from core.errors import ReadError

moment = datetime.fromisoformat
ROWS = [
    {"id": "A-1", "when": moment("2026-03-01 10:30"), "amount": 12.5, "count": 3, "country": "FR", "ok": True},
    {"id": "A-2", "when": moment("2026-03-02 11:00"), "amount": -0.25, "count": None, "country": None, "ok": False},
    {"id": "A-3", "when": None, "amount": None, "count": 7, "country": "Zürich, CH", "ok": True},
    {"id": "A-4", "when": moment("2026-03-04 00:00"), "amount": 1e6, "count": 2**40, "country": "FR", "ok": False},
]
NAMES = list(ROWS[0])


def _arrow() -> pa.Table:
    return pa.Table.from_pylist(ROWS)


def _csv(path):
    lines = [",".join(NAMES)]
    for row in ROWS:
        cells = ["" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in row.values()]
        lines.append(",".join(f'"{c}"' if "," in c else c for c in cells))
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _excel(path):
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    for row in ROWS:
        book.active.append(list(row.values()))
    book.save(path)


def _jsonl(path):
    path.write_text("".join(json.dumps(r, default=str, ensure_ascii=False) + "\n" for r in ROWS), "utf-8")


def _sqlite(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE payments (id TEXT, 'when' TEXT, amount REAL, count INT, country TEXT, ok BOOLEAN)")
    rows = [[str(v) if isinstance(v, datetime) else v for v in r.values()] for r in ROWS]
    connection.executemany("INSERT INTO payments VALUES (?,?,?,?,?,?)", rows)
    connection.execute("CREATE VIEW seen AS SELECT * FROM payments")
    connection.commit()
    connection.close()


def _duckdb(path):
    with duckdb.connect(str(path)) as connection:
        connection.register("given", _arrow())
        connection.execute("CREATE TABLE payments AS SELECT * FROM given")
        connection.execute("CREATE VIEW elsewhere AS SELECT * FROM read_csv('/etc/passwd')")


FORMATS = {
    "csv": _csv, "excel": _excel, "jsonl": _jsonl, "sqlite": _sqlite, "duckdb_file": _duckdb,
    "parquet": lambda path: pq.write_table(_arrow(), path),
    "feather": lambda path: feather.write_feather(_arrow(), path),
}


def test_every_reader_has_a_case_here():
    assert sorted(FORMATS) == READERS.keys()


@pytest.mark.parametrize("key", FORMATS)
def test_the_same_table_reads_the_same_in_every_format(key, tmp_path):
    """Whether a colleague sends CSV or Excel must not change a score."""
    path = tmp_path / ("payments" + READERS.get(key).suffixes[0])
    FORMATS[key](path)
    source = open_source(path)
    columns = source.take(np.arange(source.rows)).columns
    assert list(columns) == NAMES
    for name in ("id", "amount", "count", "country"):
        assert columns[name].objects().tolist() == [r[name] for r in ROWS], name
    assert columns["ok"].objects().tolist() == ["true" if r["ok"] else "false" for r in ROWS]
    seen = [None if v is None else v.astype(datetime) for v in columns["when"].objects()]
    assert seen == [r["when"] for r in ROWS]
    assert source.schema["ok"].kind is Kind.BOOLEAN
    assert source.schema["when"].role is Role.TIME


@pytest.mark.parametrize("key", FORMATS)
def test_a_wrong_ending_does_not_matter(key, tmp_path):
    path = tmp_path / "payments.bin"
    FORMATS[key](path)
    assert open_source(path).rows == len(ROWS)


def test_a_workbook_opens_its_first_sheet_and_names_the_others(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "March"
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    second = book.create_sheet("April")
    for row in (["a", "b"], [3, 4], [5, 6]):
        second.append(row)
    book.save(path := tmp_path / "year.xlsx")
    first = open_source(path)
    assert first.rows == 1
    assert [n.values["others"] for n in first.notes] == [["April"]]
    assert open_source(path, ReadOptions(sheet="April")).rows == 2
    assert open_source(path, ReadOptions(sheet="2")).rows == 2
    with pytest.raises(ReadError) as caught:
        open_source(path, ReadOptions(sheet="May"))
    assert caught.value.key == "read.no_sheet"
    assert "March, April" in str(caught.value)


def test_a_workbook_made_by_people(tmp_path):
    """A title above, blank rows between, an empty column, an error in a cell, a note after the header."""
    book = openpyxl.Workbook()
    rows = [["Sales 2026"], [], ["day", "shop", None, "sum"], [date(2026, 3, 1), "A", None, 10],
            [], [date(2026, 3, 2), "B", None, "#DIV/0!"], [date(2026, 3, 3), 7, None, 12.5]]
    for row in rows:
        book.active.append(row)
    book.save(path := tmp_path / "sales.xlsx")
    source = open_source(path)
    columns = source.take(np.arange(source.rows)).columns
    assert list(columns) == ["day", "shop", "sum"]
    assert columns["sum"].objects().tolist() == [10, None, 12.5]
    assert columns["shop"].objects().tolist() == ["A", "B", "7"]
    assert source.schema["day"].kind is Kind.DATETIME
    keys = {n.key.removeprefix("read.note.") for n in source.notes}
    assert keys >= {"skipped_lines", "formula_errors", "mixed_cells"}


@pytest.mark.parametrize("key", ["sqlite", "duckdb_file"])
def test_a_database_of_several_tables_asks_which(key, tmp_path):
    path = tmp_path / "shop.db"
    FORMATS[key](path)
    connection = sqlite3.connect(path) if key == "sqlite" else duckdb.connect(str(path))
    connection.execute('CREATE TABLE "odd ""name"" 2" (x INTEGER)')
    connection.execute('INSERT INTO "odd ""name"" 2" VALUES (5)')
    connection.commit()
    connection.close()
    with pytest.raises(ReadError) as caught:
        open_source(path)
    assert caught.value.key == "read.which_table"
    assert caught.value.values["tables"] == ['odd "name" 2', "payments"]
    assert open_source(path, ReadOptions(table="PAYMENTS")).rows == len(ROWS)
    assert open_source(path, ReadOptions(table='odd "name" 2')).rows == 1
    for view in ("seen", "elsewhere"):
        with pytest.raises(ReadError) as caught:
            open_source(path, ReadOptions(table=view))
        assert caught.value.key == "read.no_table"


def test_a_database_of_views_alone_is_refused(tmp_path):
    """A view can call what its author wrote; opening a file never runs code."""
    with duckdb.connect(str(tmp_path / "v.duckdb")) as connection:
        connection.execute("CREATE VIEW v AS SELECT * FROM read_csv('/etc/passwd')")
    with pytest.raises(ReadError) as caught:
        open_source(tmp_path / "v.duckdb")
    assert caught.value.key == "read.no_tables"


def test_columns_of_a_database_that_mix_types_stay_text(tmp_path):
    connection = sqlite3.connect(tmp_path / "m.db")
    connection.execute("CREATE TABLE t (x, y)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, 1), ("two", 2.5), (None, None), (b"\x01", 4)])
    connection.commit()
    connection.close()
    columns = open_source(tmp_path / "m.db").take(np.arange(4)).columns
    assert columns["x"].objects().tolist() == ["1", "two", None, "01"]
    assert columns["y"].objects().tolist() == [1.0, 2.5, None, 4.0]


def test_json_lines_are_flattened(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1, "who": {"name": "Ann", "age": 30}}\n\n{"who": {"name": "Bob"}, "tags": ["x", "y"]}\n')
    source = open_source(path)
    columns = source.take(np.arange(2)).columns
    assert {n: c.objects().tolist() for n, c in columns.items()} == {
        "a": [1, None], "who.name": ["Ann", "Bob"], "who.age": [30, None], "tags": [None, '["x", "y"]']}


def test_a_broken_line_of_json_is_named(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}\n{"a": \n')
    with pytest.raises(ReadError) as caught:
        open_source(path)
    assert caught.value.key == "read.json_lines"
    assert "line 3" in str(caught.value)


def test_nested_and_repeated_parquet_columns(tmp_path):
    names = ["x", "x", "s"]
    table = pa.Table.from_arrays([pa.array([1, 2]), pa.array(["a", "b"]), pa.array([{"k": 1}, None])], names=names)
    pq.write_table(table.select([0, 2]), tmp_path / "n.parquet")
    columns = open_source(tmp_path / "n.parquet").take(np.arange(2)).columns
    assert columns["s"].objects().tolist() == ['{"k": 1}', None]
    pq.write_table(table.select([0, 1]), tmp_path / "r.parquet")
    columns = open_source(tmp_path / "r.parquet").take(np.arange(2)).columns
    assert {n: c.objects().tolist() for n, c in columns.items()} == {"x": [1, 2], "x_2": ["a", "b"]}


def test_an_arrow_stream_saved_to_a_file(tmp_path):
    with pa.OSFile(str(tmp_path / "s.arrows"), "wb") as out, pa.ipc.new_stream(out, _arrow().schema) as stream:
        stream.write_table(_arrow())
    assert open_source(tmp_path / "s.arrows").rows == len(ROWS)


@pytest.mark.parametrize("name", ["a*b.csv", "what?.csv", "list[1].csv", "it's.csv", "semi;colon.csv", "ünïcode.csv"])
def test_names_of_files_are_never_patterns(name, tmp_path):
    """A name with a star must open that one file, not every file that fits the pattern."""
    (tmp_path / "axxb.csv").write_text("a,b\n9,9\n9,9\n")
    path = tmp_path / name
    path.write_text("a,b\n1,2\n")
    assert open_source(path).rows == 1
