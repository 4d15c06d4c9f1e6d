"""Every writer: what was written opens again with the same values, and a file appears whole or not at all."""

from __future__ import annotations

import csv
import errno
import json
import os
import sys
from dataclasses import replace

import numpy as np
import pytest

from core.data.batch import Batch, Column, Missing
from core.data.open import ReadOptions, open_source
from core.data.schema import Kind, Role, Schema
from core.data.source import MemorySource
from core.data.write import replacing, suffixes, write_columns, write_rows
from core.errors import Cancelled, DataError, ParameterError
from core.run import Run, Signal
from tests.core.tables import moments, spec, table

ROWS = 40
SHOPS = ["a, b", 'say "x"', "line\nbreak", "Zoë", " x ", "tab\there", "007", "semi;colon"]
SUFFIXES = sorted(suffixes())
LIMITS = {  # sorts of missing that a format cannot hold become NULL
    ".xlsx": {Missing.NAN, Missing.EMPTY},
    **{suffix: {Missing.NAN} for suffix in (".jsonl", ".ndjson", ".sqlite", ".sqlite3", ".db")},
}


def made() -> MemorySource:
    """One column of every kind, with every sort of missing it can have."""
    source = table(
        payment=(Kind.ID, [f"P{i:03d}" for i in range(ROWS)], Role.ID),
        amount=(Kind.NUMBER, [absent(i, round(i * 1.37 - 20, 2)) for i in range(ROWS)]),
        ratio=(Kind.NUMBER, [i / 7 for i in range(ROWS)]),
        pins=(Kind.INTEGER, [None if i == 5 else i - 3 for i in range(ROWS)]),
        online=(Kind.BOOLEAN, [None if i == 6 else i % 2 == 0 for i in range(ROWS)]),
        shop=(Kind.CATEGORY, [absent(i, SHOPS[i % len(SHOPS)], empty="") for i in range(ROWS)]),
        at=(Kind.DATETIME, [None if i == 9 else m for i, m in enumerate(moments("2024-01-01T10:30:05", ROWS))]),
        day=(Kind.DATETIME, moments("2024-01-01", ROWS, "D")),
    )
    schema = Schema(tuple(
        replace(c, decimals=2) if c.name == "amount" else replace(c, storage="date32[day]") if c.name == "day" else c
        for c in source.schema
    ))
    return source.with_schema(schema)


def absent(i, value, empty=None):
    if i == 4:
        return float("nan") if empty is None else None
    return {3: None, 5: empty}.get(i, value) if empty is not None or i == 3 else value


def nearly(values):
    """Workbooks keep 16 digits."""
    return [pytest.approx(v, rel=1e-15) if isinstance(v, float) else v for v in values]


def opened(path) -> Batch:
    source = open_source(path)
    return source.take(np.arange(source.rows))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_opens_with_the_same_values(tmp_path, suffix):
    source = made()
    path = tmp_path / f"table{suffix}"
    assert write_rows(path, source.batches(size=16), source.schema) == ROWS
    back = open_source(path)
    assert back.schema.names == source.schema.names
    assert [c.kind in (Kind.ID, Kind.CATEGORY, Kind.TEXT) or c.kind for c in back.schema] == [
        c.kind in (Kind.ID, Kind.CATEGORY, Kind.TEXT) or c.kind for c in source.schema
    ]
    batch = back.take(np.arange(ROWS))
    for name, column in source.batch.columns.items():
        wanted = column.objects().tolist()
        assert batch[name].objects().tolist() == (nearly(wanted) if suffix == ".xlsx" else wanted), name
        lost = np.isin(column.missing, [*LIMITS.get(suffix, ())])
        assert batch[name].missing.tolist() == np.where(lost, Missing.NULL, column.missing).tolist(), name


@pytest.mark.parametrize("suffix", sorted(set(SUFFIXES) - {".xlsx"}))
def test_infinities_are_numbers_and_no_missing_cells(tmp_path, suffix):
    source = table(x=(Kind.NUMBER, [1.5, float("inf"), float("-inf"), 2.25]), y=(Kind.CATEGORY, list("abca")))
    write_rows(tmp_path / f"table{suffix}", source.batches(), source.schema)
    assert opened(tmp_path / f"table{suffix}")["x"].values.tolist() == [1.5, float("inf"), float("-inf"), 2.25]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_without_rows_is_still_a_file(tmp_path, suffix):
    source = made()
    path = tmp_path / f"table{suffix}"
    assert write_rows(path, iter(()), source.schema) == 0
    assert path.exists()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_columns_that_are_not_in_the_rows_are_null(tmp_path, suffix):
    source = made()
    narrow = source.schema.names[:3]
    path = tmp_path / f"table{suffix}"
    write_rows(path, source.batches(narrow), source.schema)
    back = opened(path)
    assert not back["shop"].present.any()
    assert back["ratio"].present.all()


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
@pytest.mark.parametrize("storage", ["int8", "int32", "uint16", "float", "decimal128(10, 2)", "string"])
def test_types_of_the_source_are_restored(tmp_path, suffix, storage):
    import pyarrow.feather
    import pyarrow.parquet

    kind = Kind.INTEGER if "int" in storage else Kind.NUMBER
    source = table(x=(kind, [1, 2, 100]))
    schema = Schema((spec("x", kind, storage=storage, decimals=2),))
    path = tmp_path / f"x{suffix}"
    write_rows(path, source.batches(), schema)
    read = pyarrow.parquet.read_table if suffix == ".parquet" else pyarrow.feather.read_table
    assert str(read(path).schema.field("x").type).replace(",", ", ").replace("  ", " ") == storage
    assert [float(v) for v in read(path)["x"].to_pylist()] == [1, 2, 100]


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_a_zone_is_restored(tmp_path, suffix):
    times = ["2024-07-01T14:00", None, "2024-01-01T14:00"]
    source = table(at=(Kind.DATETIME, [None if t is None else np.datetime64(t) for t in times]))
    schema = Schema((spec("at", Kind.DATETIME, storage="timestamp[us, tz=Europe/Paris]"),))
    write_rows(tmp_path / f"x{suffix}", source.batches(), schema)
    back = open_source(tmp_path / f"x{suffix}")
    assert back.schema["at"].storage == schema["at"].storage
    assert opened(tmp_path / f"x{suffix}")["at"].objects().tolist() == source.batch["at"].objects().tolist()


def test_a_type_too_small_for_new_values_gives_way(tmp_path):
    import pyarrow.parquet

    source = table(x=(Kind.INTEGER, [1, 300]))
    write_rows(tmp_path / "x.parquet", source.batches(), Schema((spec("x", Kind.INTEGER, storage="int8"),)))
    assert pyarrow.parquet.read_table(tmp_path / "x.parquet")["x"].to_pylist() == [1, 300]


def test_codes_that_were_numbers_are_numbers_again(tmp_path):
    source = table(code=(Kind.CATEGORY, ["3", "1", None]))
    write_rows(tmp_path / "x.parquet", source.batches(), Schema((spec("code", Kind.CATEGORY, storage="int64"),)))
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(tmp_path / "x.parquet")["code"].to_pylist() == [3, 1, None]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_dates_that_were_text_keep_their_format(tmp_path, suffix):
    source = table(at=(Kind.DATETIME, [np.datetime64("2024-03-01"), None, np.datetime64("1905-12-31")]))
    schema = Schema((spec("at", Kind.DATETIME, storage="string", date_format="%d/%m/%Y"),))
    path = tmp_path / f"x{suffix}"
    write_rows(path, source.batches(), schema)
    if suffix == ".parquet":
        import pyarrow.parquet

        assert pyarrow.parquet.read_table(path)["at"].to_pylist() == ["01/03/2024", None, "31/12/1905"]
    else:
        assert "01/03/2024" in path.read_text("utf-8")
        assert "31/12/1905" in path.read_text("utf-8")


RISKY = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "-cmd|' /C calc'!A0"]
HARMLESS = ["-5", "-5.25", "-1e5", "a=b", "1-2", " =1"]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx"])
def test_a_text_never_becomes_a_formula(tmp_path, suffix):
    texts = RISKY + HARMLESS
    source = table(**{"=head": (Kind.TEXT, texts), "n": (Kind.NUMBER, [-1.5] * len(texts))})
    path = tmp_path / f"x{suffix}"
    write_rows(path, source.batches(), source.schema)
    if suffix == ".xlsx":
        import openpyxl

        rows = list(openpyxl.load_workbook(path).active.values)
        numbers = [r[1] for r in rows[1:]]
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter="," if suffix == ".csv" else "\t"))
        numbers = [float(r[1]) for r in rows[1:]]
    wanted = ["'=head", *(f"'{t}" for t in RISKY), *HARMLESS]
    assert [r[0] for r in rows] == [t.replace("\r", "\n") if suffix == ".xlsx" else t for t in wanted]
    assert set(numbers) == {-1.5}


def test_json_lines_are_json(tmp_path):
    source = table(
        n=(Kind.NUMBER, [1.5, None, float("inf"), float("nan")]), b=(Kind.BOOLEAN, [True, False, None, True]),
        **{'a "quoted" name': (Kind.TEXT, ['"', "\n", "", "=1"])},
    )
    write_rows(tmp_path / "x.jsonl", source.batches(size=3), source.schema)
    rows = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text("utf-8").splitlines()]
    assert rows[0] == {"n": 1.5, "b": True, 'a "quoted" name': '"'}
    assert rows[1] == {"n": None, "b": False, 'a "quoted" name': "\n"}
    assert rows[2]["b"] is None
    assert rows[2]['a "quoted" name'] == ""


def test_scores_are_written_with_gaps_where_there_is_no_p_value(tmp_path):
    columns = {
        "row": np.arange(3), "score": np.array([1.5, 2.0, 1e-9]), "p_value": np.array([0.25, np.nan, np.nan]),
        "flagged": np.array([True, False, False]), "reason": ["a, b", None, "=x"],
    }
    assert write_columns(tmp_path / "s.csv", columns) == 3
    assert (tmp_path / "s.csv").read_text("utf-8").splitlines() == [
        "row,score,p_value,flagged,reason", '0,1.5,0.25,true,"a, b"', "1,2,,false,", "2,1e-9,,false,'=x",
    ]
    write_columns(tmp_path / "s.parquet", columns)
    back = opened(tmp_path / "s.parquet")
    assert back["p_value"].missing.tolist() == [Missing.PRESENT, Missing.NULL, Missing.NULL]
    assert back["row"].values.tolist() == [0, 1, 2]


def test_few_texts_among_many_empty_ones_stay_in_their_rows(tmp_path):
    reason = np.full(70_000, "", dtype=object)
    reason[[3, 69_999]], reason[4] = ["high", "low"], None
    write_columns(tmp_path / "s.parquet", {"reason": reason, "flagged": reason == "high"})
    back = opened(tmp_path / "s.parquet")
    assert np.flatnonzero(back["reason"].present).tolist() == [3, 69_999]
    assert back["reason"].objects()[[3, 69_999]].tolist() == ["high", "low"]
    assert back["reason"].missing[[0, 4]].tolist() == [Missing.EMPTY, Missing.NULL]
    assert np.flatnonzero(back["flagged"].objects() == "true").tolist() == [3]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_stopping_leaves_nothing_behind(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = made()
    path = tmp_path / f"x{suffix}"
    asked = iter([Signal.GO, *[Signal.CANCEL] * 9])
    with pytest.raises(Cancelled):
        write_rows(path, source.batches(size=10), source.schema, Run(get_signal=lambda: next(asked)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_failure_keeps_the_older_file(tmp_path, suffix):
    def failing():
        yield from made().batches(size=10)
        raise OSError(28, "No space left on device")

    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"older")
    with pytest.raises(DataError) as error:
        write_rows(path, failing(), made().schema)
    assert error.value.key == "data.write_full"
    assert f"x{suffix}" in error.value.lines()[0]
    assert path.read_bytes() == b"older"
    assert [f.name for f in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, suffix, monkeypatch):
    import resource

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rng = np.random.default_rng(0)
    source = table(x=(Kind.NUMBER, rng.normal(size=20_000).tolist()))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(DataError) as error:
            write_rows(tmp_path / f"x{suffix}", source.batches(size=1000), source.schema)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert error.value.key == "data.write_full"
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_are_named(tmp_path):
    source = made()
    with pytest.raises(DataError) as error:
        write_rows(tmp_path / "none" / "x.csv", source.batches(), source.schema)
    assert error.value.key == "data.write_folder"
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(DataError) as error:
        write_rows(tmp_path / "x.csv", source.batches(), source.schema)
    assert error.value.key == "data.write_directory"
    with pytest.raises(ParameterError) as unknown:
        write_rows(tmp_path / "x.docx", source.batches(), source.schema)
    assert ".parquet" in unknown.value.lines()[1]


REFUSALS = [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOENT, errno.EIO, errno.ENAMETOOLONG]


@pytest.mark.parametrize("number", REFUSALS)
def test_what_the_system_refuses_is_said_in_three_lines(tmp_path, number):
    with pytest.raises(DataError) as error, replacing(tmp_path / "x.csv"):
        raise OSError(number, os.strerror(number))
    lines = error.value.lines()
    assert "x.csv" in lines[0]
    assert all(line.endswith(".") and "{" not in line for line in lines)


def test_a_sheet_refuses_what_it_cannot_hold(tmp_path):
    source = table(x=(Kind.TEXT, ["a" * 40_000]))
    with pytest.raises(DataError) as error:
        write_rows(tmp_path / "x.xlsx", source.batches(), source.schema)
    assert error.value.key == "data.write_sheet_text"
    wide = Schema(tuple(spec(f"c{i}", Kind.NUMBER) for i in range(16_385)))
    with pytest.raises(DataError) as error:
        write_rows(tmp_path / "x.xlsx", iter(()), wide)
    assert error.value.key == "data.write_sheet_size"
    assert list(tmp_path.iterdir()) == []


def test_large_whole_numbers_are_not_rounded_by_a_sheet(tmp_path):
    import openpyxl

    source = table(x=(Kind.INTEGER, [2**60 + 1, 5]))
    write_rows(tmp_path / "x.xlsx", source.batches(), source.schema)
    assert [r[0] for r in openpyxl.load_workbook(tmp_path / "x.xlsx").active.values][1:] == [str(2**60 + 1), 5]


def test_dictionaries_may_differ_from_batch_to_batch(tmp_path):
    parts = [Batch({"x": Column.of(Kind.CATEGORY, values)}, 2) for values in (["a", "b"], ["c", "a"])]
    schema = Schema((spec("x", Kind.CATEGORY),))
    for suffix in (".csv", ".parquet", ".feather"):
        write_rows(tmp_path / f"x{suffix}", parts, schema)
        assert opened(tmp_path / f"x{suffix}")["x"].objects().tolist() == ["a", "b", "c", "a"]


def test_one_column_of_nothing_keeps_its_rows(tmp_path):
    source = table(x=(Kind.CATEGORY, ["a", None, "b"]))
    write_rows(tmp_path / "x.csv", source.batches(), source.schema)
    back = open_source(tmp_path / "x.csv", ReadOptions())
    assert back.rows == 3
