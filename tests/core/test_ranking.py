"""The map and the file of ranked rows: what an analyst would lose if they were wrong."""

from __future__ import annotations

import csv
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from core.commands._execute import execute
from core.data.batch import Batch, Column
from core.data.open import open_source
from core.data.schema import ColumnSpec, Kind, Schema
from core.detect.layout import Layout
from core.errors import LikenessError, ParameterError
from core.tasks._map import outline, within
from core.tasks.export import ExportRequest
from core.tasks.fit import FitRequest
from core.tasks.map import MapRequest
from core.tasks.ranked import RankedRequest
from core.tasks.score import ScoreRequest
from core.tasks.timeline import TimelineRequest, _units

from .payments import write_payments


@pytest.fixture(scope="module")
def march(tmp_path_factory):
    folder = tmp_path_factory.mktemp("march")
    file, project = str(write_payments(folder / "march.csv")), str(folder / "march.likeness")
    execute(FitRequest(file, project=project, label="is_fraud"))
    execute(ScoreRequest(file, project=project, threshold="budget:20"))
    return folder, file, project


# the map


def test_the_density_counts_every_row_and_the_points_are_the_first_ranks(march):
    _, _, project = march
    found = execute(MapRequest(project=project, bins=32, count=50, rows=("7",)))
    counts = np.frombuffer(b64decode(found["density"]), "<u4").reshape(32, 32)
    assert counts.sum() == found["rows"] == 600
    assert [p["rank"] for p in found["points"]] == list(range(1, 51))
    assert [p["row"] for p in found["also"]] == [7]
    (x0, y0), (x1, y1) = found["low"], found["high"]
    for p in found["points"] + found["also"]:
        column, line = int((p["x"] - x0) / (x1 - x0) * 32), int((p["y"] - y0) / (y1 - y0) * 32)
        assert counts[line, column], "a point lies where its row was counted"
    assert all(axis and 0 < sum(share for _, share in axis) <= 1.0001 for axis in found["axes"])
    assert execute(MapRequest(project=project, bins=32, count=50, rows=("7",))) == found


def test_the_label_is_no_part_of_an_axis(march):
    found = execute(MapRequest(project=march[2]))
    assert "is_fraud" not in {column for axis in found["axes"] for column, _ in axis}


def test_a_lasso_keeps_exactly_the_rows_inside(march):
    _, _, project = march
    found = execute(MapRequest(project=project, count=600))
    (x0, y0), (x1, y1) = found["low"], found["high"]
    middle = (x0 + x1) / 2
    right = f"{middle},{y0} {x1},{y0} {x1},{y1} {middle},{y1}"
    inside = execute(RankedRequest(project=project, inside=right, count=600))
    assert {i["row"] for i in inside["items"]} == {p["row"] for p in found["points"] if p["x"] > middle}
    assert [i["rank"] for i in inside["items"]] == sorted(i["rank"] for i in inside["items"])
    both = execute(RankedRequest(project=project, inside=right, where="category = travel", count=600))
    assert {i["row"] for i in both["items"]} < {i["row"] for i in inside["items"]}


@pytest.mark.parametrize("text", ["1,2 3,4", "a,b c,d e,f", "1,2,3 4,5,6 7,8,9", "nan,1 2,3 4,5"])
def test_an_outline_that_is_none_is_refused_in_three_lines(text):
    with pytest.raises(ParameterError) as refused:
        outline(text)
    assert len(refused.value.lines()) == 3


def test_points_in_a_dent_of_the_outline_lie_outside():
    corners = outline("0,0 4,0 4,4 2,1 0,4")
    points = np.array([[2, 0.5], [2, 3], [0.5, 2.5], [5, 1]], dtype=np.float32)
    assert within(points, corners).tolist() == [True, False, True, False]


def table(**columns):
    kinds = {name: Kind.CATEGORY if isinstance(v[0], str) else Kind.NUMBER for name, v in columns.items()}
    batch = Batch({n: Column.of(kinds[n], v) for n, v in columns.items()}, len(next(iter(columns.values()))))
    return batch, Schema(tuple(ColumnSpec(n, k) for n, k in kinds.items()))


def test_the_first_axis_is_the_column_in_which_the_unusual_rows_stand_out():
    rng = np.random.default_rng(0)
    rest, schema = table(wide=(50 * rng.normal(size=500)).tolist(), quiet=rng.normal(size=500).tolist())
    top, _ = table(wide=(50 * rng.normal(size=10)).tolist(), quiet=(rng.normal(size=10) + 12).tolist())
    layout = Layout.fit(rest, top, schema)
    assert layout.shares[0][0][0] == "quiet"
    assert layout.place(top)[:, 0].min() > layout.place(rest)[:, 0].max()


@pytest.mark.parametrize("columns", [
    {"x": [1.0]}, {"x": [2.0] * 6}, {"x": [None, None, 1.0, 3.0]}, {"c": ["a"] * 5},
    {"c": [f"v{i}" for i in range(40)]},
    {"x": [1.0, 2.0, float("inf"), 3.0], "c": ["a", "b", "a", "a"]},
])
def test_odd_tables_have_a_place_for_every_row(columns):
    batch, schema = table(**columns)
    places = Layout.fit(batch, batch, schema).place(batch)
    assert places.shape == (batch.rows, 2)
    assert np.isfinite(places).all()


# the file


def lines_of(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_file_holds_rank_scores_reason_and_the_tables_own_columns(march, tmp_path):
    _, file, project = march
    out = tmp_path / "ranked.csv"
    done = execute(ExportRequest(project=project, out=str(out), flagged=20))
    found, shown = lines_of(out), execute(RankedRequest(project=project, count=20))["items"]
    assert done["rows"] == len(found) == 20
    assert [int(line["row"]) for line in found] == [item["row"] for item in shown]
    assert all(line["reason"] for line in found)
    assert {(line["flagged"], line["p_value"]) for line in found} == {("true", "")}
    assert {"unusual_value", "unusual_combination"} <= set(found[0])
    rows = lines_of(file)
    for line in found:
        assert {n: line[n] for n in rows[0]} == rows[int(line["row"])]


def test_all_rows_are_written_in_rank_order_and_the_contract_says_which_are_flagged(march, tmp_path):
    out = tmp_path / "all.csv"
    execute(ExportRequest(project=march[2], out=str(out), threshold="budget:7"))
    found = lines_of(out)
    assert [int(line["rank"]) for line in found] == list(range(1, 601))
    assert [line["flagged"] == "true" for line in found] == [True] * 7 + [False] * 593


def test_scoring_again_with_another_contract_flags_by_that(march, tmp_path):
    _, file, project = march
    execute(ScoreRequest(file, project=project, threshold="budget:5"))
    out = tmp_path / "again.csv"
    execute(ExportRequest(project=project, out=str(out)))
    assert sum(line["flagged"] == "true" for line in lines_of(out)) == 5
    execute(ScoreRequest(file, project=project, threshold="budget:20"))  # the same as at first is the same run


def test_a_filter_holds_for_the_file_too(march, tmp_path):
    out = tmp_path / "some.parquet"
    execute(ExportRequest(project=march[2], out=str(out), where="amount > 100"))
    source = open_source(out)
    amounts = source.take(np.arange(source.rows), ["amount"])["amount"].floats()
    assert len(amounts)
    assert (amounts > 100).all()


def test_columns_that_bear_our_names_are_kept_beside_ours(tmp_path):
    file, project, out = tmp_path / "t.csv", str(tmp_path / "t.likeness"), tmp_path / "o.csv"
    rng = np.random.default_rng(0)
    file.write_text("rank,score\n" + "\n".join(f"{a:.3f},{b:.3f}" for a, b in rng.normal(size=(80, 2))), "utf-8")
    execute(FitRequest(str(file), project=project, model="mixture"))
    execute(ScoreRequest(str(file), project=project))
    execute(ExportRequest(project=project, out=str(out)))
    first = lines_of(out)[0]
    assert first["anomaly_rank"] == "1"
    assert first["rank"] != "1"


def test_a_file_that_cannot_be_written_is_told_before_the_work(march, tmp_path):
    _, file, project = march
    for out in (file, str(tmp_path / "none" / "o.csv"), str(tmp_path / "o.docx")):
        with pytest.raises(LikenessError) as refused:
            execute(ExportRequest(project=project, out=out))
        assert len(refused.value.lines()) == 3


# over time


def test_every_row_with_a_time_falls_into_one_bar_and_flagged_ones_are_counted_apart(march):
    found = execute(TimelineRequest(project=march[2]))
    assert (found["column"], found["unit"]) == ("time", "day")
    assert sum(found["counts"]) == 600
    assert sum(found["flagged"]) == 20
    assert sum(execute(TimelineRequest(project=march[2], flagged=7))["flagged"]) == 7
    first = np.datetime64(found["edges"][0], "us")
    assert str(first) == "2026-03-01T00:00:00.000000"
    same_day = execute(RankedRequest(project=march[2], where="time >= 2026-03-01 and time < 2026-03-02", count=1))
    assert same_day["total"] == found["counts"][0]


def test_a_table_without_time_has_no_timeline(tmp_path):
    file, project = tmp_path / "t.csv", str(tmp_path / "t.likeness")
    file.write_text("a,b\n" + "\n".join(f"{a:.3f},{b:.3f}" for a, b in np.random.default_rng(0).normal(size=(60, 2))))
    execute(FitRequest(str(file), project=project, model="mixture"))
    execute(ScoreRequest(str(file), project=project))
    found = execute(TimelineRequest(project=project))
    assert (found["column"], found["edges"], found["counts"]) == (None, [], [])


@pytest.mark.parametrize(("moments", "unit"), [
    (["2026-03-01T10:30"], "hour"), (["2026-03-01", "2026-03-08"], "hour"), (["2026-01-01", "2026-06-01"], "day"),
    (["2023-01-04", "2026-06-01"], "week"), (["2012-01-01", "2026-06-01"], "month"),
    (["1900-01-01", "2026-06-01"], "year"), (["0001-01-01", "9999-12-31"], "year"),
])
def test_a_bar_is_as_fine_as_the_picture_has_room_for(moments, unit):
    times = np.array(moments, dtype="datetime64[us]").astype(np.int64)
    found, index, edges = _units(times)
    assert found == unit
    assert 1 <= len(edges) - 1 <= 240
    assert (edges[index] <= times).all()
    assert (times < edges[index + 1]).all()
    assert index.min() == 0
    assert index.max() == len(edges) - 2
    if unit == "week":
        assert {int(e) // 86_400_000_000 % 7 for e in edges} == {4}, "1970-01-05, a Monday, was day 4"
