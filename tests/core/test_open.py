"""Opening a table: what reads as what, and the copy that is kept of it."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.data import Kind, Missing, Role, cache
from core.data.open import ReadOptions, is_changed, open_cached, open_source, relink
from core.errors import Cancelled, ParameterError, ReadError, SchemaError
from core.run import Run, Signal


def write(path: Path, content: str) -> Path:
    path.write_text(content, "utf-8")
    return path


def cells(source, column: str) -> list[object]:
    return source.take(np.arange(source.rows))[column].objects().tolist()


@pytest.fixture
def payments(tmp_path):
    rows = "".join(f"P-{i:04d},2026-03-{1 + i % 28:02d} 10:{i % 60:02d}:00,{i * 1.25:.2f},{'FR' if i % 3 else 'IE'}\n"
                   for i in range(300))
    return write(tmp_path / "payments.csv", "id,time,amount,country\n" + rows)


def test_a_csv_reads_with_kinds_and_values(payments):
    source = open_source(payments)
    assert [(c.kind, c.role) for c in source.schema] == [
        (Kind.ID, Role.ID), (Kind.DATETIME, Role.TIME), (Kind.NUMBER, Role.AMOUNT), (Kind.CATEGORY, Role.FEATURE)]
    assert source.schema["amount"].decimals == 2
    assert cells(source, "amount")[:3] == [0.0, 1.25, 2.5]
    assert source.take(np.array([2]))["time"].objects()[0] == np.datetime64("2026-03-03T10:02:00")
    assert source.name == "payments.csv"
    assert source.kind == "table"


def test_batches_and_take_agree_in_any_size_and_order(payments):
    """A row must be the same row however it is reached."""
    source = open_source(payments)
    whole = source.take(np.arange(source.rows))
    for size in (1, 7, 128, 1000):
        parts = list(source.batches(["amount", "country"], size))
        assert [p.start for p in parts] == list(range(0, 300, size))
        assert np.concatenate([p["amount"].values for p in parts]).tolist() == whole["amount"].values.tolist()
        assert all(p["country"].categories is whole["country"].categories for p in parts)
    picked = source.take(np.array([299, 0, 5, 5]), ["amount"])
    assert list(picked.columns) == ["amount"]
    assert picked["amount"].values.tolist() == whole["amount"].values[[299, 0, 5, 5]].tolist()


def test_a_subset_is_a_source_of_its_own(payments):
    source = open_source(payments)
    part = source.subset(np.arange(10, 100, 3))
    again = part.subset(np.array([0, 2]))
    assert (part.rows, again.rows) == (30, 2)
    assert cells(again, "id") == ["P-0010", "P-0016"]
    assert [b.rows for b in part.batches(size=16)] == [16, 14]
    assert len({source.fingerprint, part.fingerprint, again.fingerprint}) == 3
    assert part.fingerprint == source.subset(np.arange(10, 100, 3)).fingerprint


def test_reopening_reads_nothing(payments, monkeypatch):
    """A table of gigabytes opens at once the second time."""
    first = open_source(payments)
    monkeypatch.setattr("core.data.open.digest_bytes", lambda *_: pytest.fail("the file was read again"))
    assert open_source(payments).fingerprint == first.fingerprint


def test_the_same_bytes_elsewhere_are_the_same_table(payments, tmp_path):
    first = open_source(payments)
    copy = tmp_path / "copy of payments.csv"
    copy.write_bytes(payments.read_bytes())
    second = open_source(copy)
    assert second.fingerprint == first.fingerprint
    assert second.name == "copy of payments.csv"


def test_other_options_are_another_table(payments):
    plain = open_source(payments)
    asked = open_source(payments, ReadOptions(kinds=("amount=category",)))
    assert asked.fingerprint != plain.fingerprint
    assert asked.schema["amount"].kind is Kind.CATEGORY
    assert asked.schema["amount"].reason is None
    assert asked.options == ReadOptions(kinds=("amount=category",))


def test_a_cached_table_opens_without_its_file(payments):
    fingerprint = open_source(payments).fingerprint
    payments.unlink()
    assert open_cached(fingerprint).rows == 300
    assert open_cached(fingerprint).name == "payments.csv"


def test_forgetting_removes_the_copy(payments):
    fingerprint = open_source(payments).fingerprint
    assert cache.forget(payments) == 1
    assert cache.find(fingerprint) is None
    with pytest.raises(ReadError) as caught:
        open_cached(fingerprint)
    assert caught.value.key == "read.not_cached"
    assert open_source(payments).fingerprint == fingerprint
    assert cache.forget(fingerprint) == 1


def test_a_changed_file_is_noticed_and_a_moved_one_found(payments, tmp_path):
    fingerprint = open_source(payments).fingerprint
    assert not is_changed(payments, fingerprint)
    moved = payments.rename(tmp_path / "march.csv")
    write(tmp_path / "other.csv", "a,b\n1,2\n")
    assert is_changed(payments, fingerprint)
    assert relink(fingerprint, [tmp_path / "gone.csv", tmp_path]) == moved
    with moved.open("a") as file:
        file.write("P-9999,2026-03-01 10:00:00,1.00,FR\n")
    assert is_changed(moved, fingerprint)
    assert relink(fingerprint, [moved]) is None


def test_the_copy_is_private(payments):
    """The cache holds the user's data in the clear."""
    folder = cache.find(open_source(payments).fingerprint)
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in folder.iterdir()} == {0o600}


def test_the_cache_keeps_within_its_cap(tmp_path):
    """What was used longest ago goes first; what is open stays."""
    prints = []
    for i in range(3):
        path = write(tmp_path / f"t{i}.csv", f"cap,x\n{i},{i}\n" * 50)
        prints.append(open_source(path).fingerprint)
        os.utime(cache.find(prints[-1]), (1000 + i, 1000 + i))
        os.utime(cache._tables() / prints[-1], (1000 + i, 1000 + i))
    cache.evict(keep=prints[0], cap=1)
    kept = [(cache._tables() / p).exists() for p in prints]
    assert kept == [True, False, False]
    assert open_source(tmp_path / "t1.csv").rows > 0


def test_two_processes_opening_one_file_share_the_result(payments):
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(open_source(payments).fingerprint)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_progress_never_falls_and_cancelling_leaves_nothing(payments):
    seen: list[float] = []
    open_source(payments, run=Run(on_progress=lambda f, _: seen.append(f)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    with pytest.raises(Cancelled):
        open_source(payments, ReadOptions(missing=("x",)), Run(get_signal=lambda: Signal.CANCEL))
    assert not list(cache._tables().glob(".new-*"))


@pytest.mark.parametrize(("options", "content"), [
    (ReadOptions(delimiter="tab"), "a\tb\n1\tx,y\n2\tz\n"),
    (ReadOptions(delimiter="|", header=False), "1|x,y\n2|z\n"),
    (ReadOptions(delimiter=";", decimal=","), "a;b\n1;x,y\n2;z\n"),
])
def test_what_sniffing_would_get_wrong_can_be_said(tmp_path, options, content):
    source = open_source(write(tmp_path / "t.txt", content), options)
    assert source.rows == 2
    assert cells(source, source.schema.names[1]) == ["x,y", "z"]


def test_texts_the_user_calls_missing_are_missing_everywhere(tmp_path):
    path = write(tmp_path / "t.csv", "a,b\n1,x\n-999,unknown\n3,y\n")
    source = open_source(path, ReadOptions(missing=("-999", "unknown")))
    assert cells(source, "a") == [1, None, 3]
    assert cells(source, "b") == ["x", None, "y"]


def test_numbers_the_user_calls_missing_are_missing_in_typed_files_too(tmp_path):
    pq.write_table(pa.table({"n": [1, -999], "x": [-999.0, 2.5], "t": ["?", "a"]}), tmp_path / "t.parquet")
    source = open_source(tmp_path / "t.parquet", ReadOptions(missing=("-999", "?")))
    assert [cells(source, name) for name in "nxt"] == [[1, None], [None, 2.5], [None, "a"]]


def test_codes_keep_their_leading_zeros(tmp_path):
    """A post code of 01234 that becomes 1234 belongs to another town."""
    source = open_source(write(tmp_path / "t.csv", "zip,x\n01234,1\n99999,2\n01234,3\n"))
    assert cells(source, "zip") == ["01234", "99999", "01234"]


def test_kinds_can_be_changed_after_opening(tmp_path):
    source = open_source(write(tmp_path / "t.csv", "n,t,d\n1,x,2026-03-01\n2,7,2026-03-02\n1,8,\n"))
    schema = source.schema.set("n", kind=Kind.CATEGORY).set("t", kind=Kind.INTEGER).set("d", kind=Kind.CATEGORY)
    changed = source.with_schema(schema)
    assert cells(changed, "n") == ["1", "2", "1"]
    assert cells(changed, "t") == [None, 7, 8]
    assert cells(changed, "d") == ["2026-03-01", "2026-03-02", None]
    assert [n.key for n in changed.notes if n.values.get("rows") == 1][-1] == "read.note.converted"
    assert cells(source, "n") == [1, 2, 1], "the source itself has not changed"
    assert changed.fingerprint == source.fingerprint


def test_a_kind_that_most_values_do_not_fit_is_refused(tmp_path):
    source = open_source(write(tmp_path / "t.csv", "t,x\na,1\nb,2\n3,3\n"))
    with pytest.raises(SchemaError) as caught:
        source.with_schema(source.schema.set("t", kind=Kind.NUMBER))
    assert caught.value.key == "read.convert"
    with pytest.raises(SchemaError):
        source.take(np.array([0]), ["no such column"])


def test_a_kind_that_does_not_fit_is_refused_at_import(tmp_path):
    path = write(tmp_path / "t.csv", "t,x\na,1\nb,2\n3,3\n")
    for kind in ("number", "integer", "datetime"):
        with pytest.raises(SchemaError) as caught:
            open_source(path, ReadOptions(kinds=(f"t={kind}",)))
        assert caught.value.key == "read.convert"
        assert caught.value.values["column"] == "t"


def test_a_damaged_copy_is_made_anew(payments):
    """A disk error in the cache must not cost the table."""
    source = open_source(payments)
    cells_file = cache.find(source.fingerprint) / "columns.arrow"
    cells_file.write_bytes(cells_file.read_bytes()[:-100])
    assert open_source(payments).rows == 300
    assert cells(open_source(payments), "country")[:2] == ["IE", "FR"]


def test_missing_of_every_sort_survives_the_cache(tmp_path):
    source = open_source(write(tmp_path / "t.csv", 'a,b\n1.5,x\nnan,""\n,\n'))
    a, b = source.take(np.arange(3)).columns.values()
    assert a.missing.tolist() == [Missing.PRESENT, Missing.NAN, Missing.NULL]
    assert b.missing.tolist() == [Missing.PRESENT, Missing.EMPTY, Missing.NULL]
    assert "" not in b.categories


@pytest.mark.parametrize("options", [
    {"delimiter": ",,"}, {"decimal": ";"}, {"encoding": "klingon"}, {"encoding": "base64"}, {"date_format": "dd/mm"},
    {"kinds": ("amount",)}, {"kinds": ("amount=money",)},
])
def test_options_no_file_could_be_read_with_are_refused(options):
    with pytest.raises(ParameterError):
        ReadOptions(**options)


def test_options_round_trip_as_json():
    options = ReadOptions(delimiter=";", header=False, missing=("n/a",), kinds=("a=b=category",))
    assert ReadOptions.from_json(options.to_json()) == options
    assert ReadOptions().to_json() == {}
    assert options.kind_of == {"a=b": Kind.CATEGORY}
    with pytest.raises(ParameterError):
        ReadOptions.from_json({"colour": "red"})
