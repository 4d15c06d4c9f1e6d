"""Tasks: the use cases end to end on a small table. What a user would lose if the organs did not fit together."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.commands._execute import execute
from core.data.open import open_source
from core.errors import (
    Cancelled,
    DataError,
    FitError,
    LikenessError,
    ParameterError,
    ProjectError,
    ReadError,
    RefusedError,
    SchemaError,
)
from core.project.project import Project
from core.project.store import Store
from core.run import Run, Signal
from core.tasks.base import TASKS, request_from_json
from core.tasks.case_file import CaseFileRequest
from core.tasks.compare import CompareRequest
from core.tasks.describe import DescribeRequest
from core.tasks.evaluate import EvaluateRequest
from core.tasks.explain import ExplainRequest
from core.tasks.fit import FitRequest
from core.tasks.match import MatchRequest
from core.tasks.models import ModelsRequest
from core.tasks.ranked import RankedRequest
from core.tasks.rows import RowsRequest
from core.tasks.score import ScoreRequest
from core.tasks.synth import SynthRequest
from core.tasks.verify import VerifyRequest
from core.words import Message, words

from .payments import FRAUD, write_payments


@dataclass
class Desk:
    """A fitted and scored project with its files."""

    folder: Path
    file: str
    project: str
    fit: dict[str, Any]
    score: dict[str, Any]

    def lines(self, name: str = "scores.csv") -> list[dict[str, str]]:
        with (self.folder / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    file, project = str(write_payments(folder / "march.csv")), str(folder / "march.likeness")
    fit = execute(FitRequest(file, project=project, label="is_fraud"))
    score = execute(ScoreRequest(file, project=project, out=str(folder / "scores.csv"), threshold="budget:20",
                                 cells=str(folder / "cells.parquet")))
    return Desk(folder, file, project, fit, score)


def plain(result: dict[str, Any]) -> bool:
    """Whether a result is JSON as it stands (NaN is not)."""
    return bool(json.dumps(result, allow_nan=False))


@pytest.mark.parametrize("key", TASKS.keys())
def test_every_task_speaks_for_itself(key):
    task = TASKS.get(key)
    assert task.request.task == key
    assert task.request.__doc__


def test_models_name_what_forms_need():
    families = {f["key"]: f for f in execute(ModelsRequest())["families"]}
    assert families["mixture"]["capabilities"] == ["ranks", "explains", "draws", "likelihood"] or set(
        families["mixture"]["capabilities"]) >= {"explains", "draws"}
    assert "draws" not in families["neighbours"]["capabilities"], "the yardstick makes no rows"
    assert all(p["help"] and p["domain"] for f in families.values() for p in f["params"])
    assert not execute(ModelsRequest(kind="images"))["families"]


def test_describe_tells_the_table_before_its_profile(desk, tmp_path):
    partial: list[dict[str, Any]] = []
    schema, sdv = tmp_path / "schema.json", tmp_path / "sdv.json"
    request = DescribeRequest(desk.file, schema=str(schema), sdv=str(sdv))
    result = TASKS.get("describe").run(request, Store(None, tmp_path / "staging"), Run(on_partial=partial.append))
    assert partial[0]["rows"] == 600
    assert partial[0]["profile"] is None
    assert [c["name"] for c in result["profile"]["columns"]] == [c["name"] for c in result["schema"]["columns"]]
    assert json.loads(schema.read_text("utf-8")) == result["schema"]
    assert "columns" in json.loads(sdv.read_text("utf-8"))
    assert plain(result)


def test_fit_says_what_it_learned_from(desk):
    fit = desk.fit
    assert {"fit", "model", "seconds", "rows", "columns", "reference", "why", "card", "parts"} <= set(fit)
    assert "is_fraud" not in fit["columns"]
    card = Path(fit["card"]).read_text("utf-8")
    facts = [Message.from_json(said) for part in fit["learned"].values() for said in part]
    assert facts
    assert all(words().text(said) in card for said in facts)
    assert "card" not in fit["columns"], "an entity is no feature"
    assert Path(fit["card"]).read_text("utf-8").lower().startswith("<!doctype html")


def test_the_same_fit_again_is_the_same_fit(desk):
    assert execute(FitRequest(desk.file, project=desk.project, label="is_fraud"))["fit"] == desk.fit["fit"]
    with Project.open(desk.project, read_only=True) as project:
        assert len(project.fits()) == 1


def test_score_finds_the_odd_rows_and_judges_itself(desk):
    score = desk.score
    assert score["rows"] == 600
    assert score["flagged"] == score["threshold"]["count"] == 20
    assert score["auroc"] > 0.95
    assert score["auroc"] == score["parts_auroc"]["council"]
    assert sum(score["histogram"]["counts"]) == 600
    assert plain(score)


def test_reasons_are_the_same_whether_or_not_all_cells_are_asked_for(desk, tmp_path):
    out = tmp_path / "scores.csv"
    execute(ScoreRequest(desk.file, project=desk.project, out=str(out), threshold="budget:20"))
    with out.open(newline="", encoding="utf-8") as file:
        assert [line["reason"] for line in csv.DictReader(file)] == [line["reason"] for line in desk.lines()]


def test_scores_file_has_one_line_a_row_in_order(desk):
    lines = desk.lines()
    assert list(lines[0]) == ["row", "score", "p_value", "rank", "flagged", "reason", "in_sample"]
    assert [int(line["row"]) for line in lines] == list(range(600))
    assert sorted(int(line["rank"]) for line in lines) == list(range(1, 601))
    flagged = [line for line in lines if line["flagged"] == "true"]
    assert len(flagged) == 20
    assert all(line["reason"] for line in flagged)
    assert not any(line["p_value"] for line in lines), "mixed reference rows give no p-values"
    inside = sum(line["in_sample"] == "true" for line in lines)
    assert inside == desk.fit["train_rows"]


def test_cells_file_holds_the_flagged_rows(desk):
    cells = open_source(desk.folder / "cells.parquet")
    assert set(cells.schema.names) == {"row", "column", "value", "surprise", "excess", "expected"}
    assert cells.rows == 20 * len([*desk.fit["columns"], *desk.fit["derived"]])


def test_permuting_the_label_changes_no_score(desk, tmp_path):
    """A label that leaks into a model would be worth nothing on next month's rows."""
    rows = list(csv.reader(Path(desk.file).read_text("utf-8").splitlines()))
    label = [row[-1] for row in rows[1:]]
    shuffled = np.random.default_rng(1).permutation(label)
    assert list(shuffled) != label
    with (tmp_path / "march.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([rows[0], *([*r[:-1], v] for r, v in zip(rows[1:], shuffled, strict=True))])
    project, out = str(tmp_path / "p.likeness"), str(tmp_path / "scores.csv")
    execute(FitRequest(str(tmp_path / "march.csv"), project=project, label="is_fraud"))
    execute(ScoreRequest(str(tmp_path / "march.csv"), project=project, out=out, threshold="budget:20"))
    assert Path(out).read_bytes() == (desk.folder / "scores.csv").read_bytes()


def test_clean_reference_rows_give_p_values_and_false_alarm_thresholds(desk, tmp_path):
    project, out = str(tmp_path / "p.likeness"), tmp_path / "scores.csv"
    fit = execute(FitRequest(desk.file, project=project, label="is_fraud", reference="clean"))
    assert fit["fit"] != desk.fit["fit"], "another answer is another fit"
    score = execute(ScoreRequest(desk.file, project=project, out=str(out), threshold="fdr:0.2"))
    assert score["has_p_values"]
    lines = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert all(0 < float(line["p_value"]) <= 1 for line in lines)
    with Project.open(project, read_only=True) as opened:
        aside = opened.fit()["split"]["rows"]["calibration"]
    smallest = 1 / aside  # a calibration row is compared with the others, not with itself
    assert any(float(line["p_value"]) == pytest.approx(smallest) for line in lines)


@pytest.mark.parametrize("threshold", ["fdr:0.1", "tail:0.01", "cost:1,50"])
def test_promises_about_normal_rows_are_refused_before_writing_where_none_are_known(desk, tmp_path, threshold):
    with pytest.raises(RefusedError):
        execute(ScoreRequest(desk.file, project=desk.project, out=str(tmp_path / "s.csv"), threshold=threshold))
    assert not (tmp_path / "s.csv").exists()


def test_a_file_that_drifted_has_no_p_values_and_only_a_budget(desk, tmp_path):
    """Next month of the same kind keeps its promises; one whose amounts all rose is told, and refused."""
    project, out = str(tmp_path / "p.likeness"), tmp_path / "s.csv"
    execute(FitRequest(desk.file, project=project, label="is_fraud", reference="clean", model="mixture"))
    usual = write_payments(tmp_path / "april.csv", rows=600, seed=5, start=9000)
    for threshold in ("fdr:0.2", "tail:0.05", "cost:1,10"):
        assert execute(ScoreRequest(str(usual), project=project, threshold=threshold))["has_p_values"]
    head, *lines = csv.reader(usual.read_text("utf-8").splitlines())
    at = head.index("amount")
    risen = tmp_path / "risen.csv"
    with risen.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *([*r[:at], str(30 * float(r[at] or 1)), *r[at + 1:]] for r in lines)])
    with pytest.raises(RefusedError, match="as a whole score differently"):
        execute(ScoreRequest(str(risen), project=project, out=str(out), threshold="fdr:0.2"))
    assert not out.exists()
    kept = execute(ScoreRequest(str(risen), project=project, out=str(out), threshold="budget:10"))
    assert "as a whole" in words().text(Message.from_json(kept["notes"][-1]))
    assert {line["p_value"] for line in csv.DictReader(out.read_text("utf-8").splitlines())} == {""}


def test_next_months_file_scores_against_last_months_fit(desk, tmp_path):
    """A renamed, a missing and a new column, and a new category: named before scoring, and scored."""
    april = write_payments(tmp_path / "april.csv", rows=200, seed=5, start=9000, amount="Amount ", distance_km="")
    text = april.read_text("utf-8").replace(",games,", ",lottery,")
    head, *rows = text.splitlines()
    april.write_text("\n".join([f"{head},loyalty", *(f"{row},yes" for row in rows)]) + "\n", "utf-8")
    score = execute(ScoreRequest(str(april), project=desk.project, fit=desk.fit["fit"], threshold="budget:10"))
    said = json.dumps(score["notes"])
    assert all(name in said for name in ("Amount", "distance_km", "loyalty", "lottery"))
    assert score["rows"] == 200
    assert score["auroc"] > 0.9
    usual = float(np.median([float(line["score"]) for line in desk.lines()]))
    assert score["typical"] <= 1.2 * usual, "the column that is gone makes no row more unusual"
    ranked = execute(RankedRequest(project=desk.project, run=score["run"], count=3))
    assert "distance_km" not in json.dumps([item["reason"] for item in ranked["items"]])
    assert len(ranked["items"]) == 3
    execute(ScoreRequest(desk.file, project=desk.project))  # the desk's own run is the latest again


def test_differences_are_shown_before_anything_is_scored(desk, tmp_path):
    april = write_payments(tmp_path / "april.csv", rows=60, seed=6, amount="Amount ", distance_km="")
    found = execute(MatchRequest(str(april), project=desk.project, fit=desk.fit["fit"]))
    assert not found["same"]
    assert not found["refused"]
    assert "distance_km" in json.dumps(found["problems"])
    assert execute(MatchRequest(desk.file, project=desk.project, fit=desk.fit["fit"]))["same"]
    other = tmp_path / "other.csv"
    other.write_text("a,b\n" + "\n".join(f"{i},{i * i}" for i in range(50)), "utf-8")
    assert execute(MatchRequest(str(other), project=desk.project))["refused"]


def test_a_file_of_something_else_is_refused(desk, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("a,b\n" + "\n".join(f"{i},{i * i}" for i in range(50)), "utf-8")
    with pytest.raises(LikenessError):
        execute(ScoreRequest(str(other), project=desk.project))


def test_ranked_pages_in_order_with_reasons(desk):
    first = execute(RankedRequest(project=desk.project, run=desk.score["run"], count=5))
    after = execute(RankedRequest(project=desk.project, run=desk.score["run"], start=5, count=5))
    assert [i["rank"] for i in (*first["items"], *after["items"])] == list(range(1, 11))
    assert first["total"] == 600
    assert all(len(i["cells"]) == len(first["columns"]) for i in first["items"])
    assert {"row", "key", "rank", "score", "p_value", "in_sample", "column", "reason", "title", "subtitle", "amount",
            "time"} <= set(first["items"][0])
    only = execute(RankedRequest(project=desk.project, run=desk.score["run"], where="category = 'fuel'", count=700))
    assert 0 < only["total"] < 600
    ranks = [i["rank"] for i in only["items"]]
    assert ranks == sorted(ranks)
    assert plain(first)


def test_explain_shows_cells_neighbours_and_history(desk):
    top = execute(RankedRequest(project=desk.project, run=desk.score["run"], count=1))["items"][0]
    item = execute(ExplainRequest(project=desk.project, run=desk.score["run"], rows=(str(top["row"]),)))["items"][0]
    assert item["key"] == top["key"]
    excess = [c["excess"] for c in item["cells"]]
    assert excess[1:] == sorted(excess[1:], reverse=True)
    assert item["cells"][0]["fall"] > 0, "with the first cell as expected the row is still as unusual to the engine"
    assert {c["column"] for c in item["cells"]} == {*desk.fit["columns"], *desk.fit["derived"]}
    amount = next(c for c in item["cells"] if c["column"] == "amount")
    assert amount["number"] > amount["high"], "the odd row's amount lies above what was expected"
    assert sum(amount["density"]["counts"]) == 600
    shares = next(c for c in item["cells"] if c["column"] == "channel")["shares"]
    assert any(value == "keyed" for value, _ in shares), "the value seen stands among those expected"
    assert len(item["nearest"]) == 3
    assert all(n["row"] != item["row"] and n["differs"] for n in item["nearest"])
    events = item["entity"]["events"]
    assert item["entity"]["column"] == "card"
    assert any(e["row"] == item["row"] and e["flagged"] for e in events)
    assert [e["time"] for e in events] == sorted(e["time"] for e in events)
    assert plain(item)


def test_an_ordinary_row_is_neither_its_own_neighbour_nor_called_unusual(desk):
    ranked = execute(RankedRequest(project=desk.project, run=desk.score["run"], count=600))["items"]
    last = tuple(str(i["row"]) for i in ranked[-3:])
    for item in execute(ExplainRequest(project=desk.project, run=desk.score["run"], rows=last))["items"]:
        assert item["row"] not in [n["row"] for n in item["nearest"]]
        assert item["reason"]["key"] == "detect.headline.usual"


@pytest.mark.parametrize("row", ["600", "-1", "x", "1.5"])
def test_explain_names_a_row_there_is_not(desk, row):
    with pytest.raises(ParameterError):
        execute(ExplainRequest(project=desk.project, run=desk.score["run"], rows=(row,)))


def test_rows_are_filtered_found_sorted_and_paged(desk):
    page = execute(RowsRequest(desk.file, where="amount > 100 and category = 'travel'", sort="amount", descending=True,
                               start=1, count=2))
    amounts = [float(str(row[page["columns"].index("amount")]).replace(",", "")) for row in page["rows"]]
    assert amounts == sorted(amounts, reverse=True)
    assert len(page["rows"]) == len(page["index"]) == 2
    assert page["total"] > 2
    found = execute(RowsRequest(desk.file, find="P-00017"))
    assert found["index"] == [17]


def test_a_copy_has_new_ids_and_keeps_its_condition(desk):
    out = desk.folder / "copy.csv"
    result = execute(SynthRequest(project=desk.project, fit=desk.fit["fit"], rows=300, out=str(out),
                                  where="amount > 50 and category = 'fuel'"))
    assert {"rows", "seconds", "out"} <= set(result)
    rows = desk.lines("copy.csv")
    assert len(rows) == result["rows"] == 300
    assert all(float(r["amount"]) > 50 and r["category"] == "fuel" for r in rows)
    real = {line.split(",")[0] for line in Path(desk.file).read_text("utf-8").splitlines()}
    assert not {r["payment_id"] for r in rows} & real
    assert {r["channel"] for r in rows} <= {"chip", "contactless", "online", "keyed"}
    assert all(len(r["amount"].partition(".")[2]) <= 2 for r in rows), "no finer than the real column"


def test_the_same_seed_draws_the_same_copy(desk, tmp_path):
    for name in ("a.csv", "b.csv"):
        execute(SynthRequest(project=desk.project, fit=desk.fit["fit"], rows=50, out=str(tmp_path / name), seed=3))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_copy_that_cannot_be_is_refused_and_leaves_no_file(desk, tmp_path):
    out = tmp_path / "copy.csv"
    with pytest.raises(LikenessError):
        execute(SynthRequest(project=desk.project, rows=10, out=str(out), where="category = 'moon'"))
    assert not out.exists()


@pytest.fixture(scope="module")
def copy(desk) -> str:
    out = str(desk.folder / "whole.parquet")
    execute(SynthRequest(project=desk.project, fit=desk.fit["fit"], rows=400, out=out))
    return out


def test_compare_counts_both_tables_on_the_same_axes(desk, copy):
    result = execute(CompareRequest(project=desk.project, fit=desk.fit["fit"], synthetic=copy))
    assert [c["name"] for c in result["columns"]] == desk.fit["columns"]
    for column in result["columns"]:
        assert len(column["real"]) == len(column["synthetic"]) == len(column["labels"] or column["edges"][1:])
    amount = next(c for c in result["columns"] if c["name"] == "amount")
    assert sum(amount["real"]) == 600
    assert sum(amount["synthetic"]) == 400
    assert plain(result)


def test_compare_counts_a_pair_of_columns_on_the_same_axes(desk, copy):
    found = execute(CompareRequest(project=desk.project, synthetic=copy, pair=("amount", "category")))
    across, up = found["axes"]
    assert len(found["real"]) == len(found["synthetic"]) == len(across["edges"]) - 1
    assert {len(row) for row in found["real"]} == {len(up["labels"])}
    assert sum(map(sum, found["real"])) > 0
    with pytest.raises(ParameterError) as caught:
        execute(CompareRequest(project=desk.project, synthetic=copy, pair=("amount",)))
    assert caught.value.key == "tasks.pair"


def test_evaluate_places_every_metric_between_its_reference_rows(desk, copy, tmp_path):
    out = str(tmp_path / "quality")
    result = execute(EvaluateRequest(project=desk.project, fit=desk.fit["fit"], synthetic=copy, out=out))
    assert {"shapes", "trends", "two_sample_auc"} <= set(result["fidelity"])
    assert {"dcr_share", "exact_copies", "partial_copies"} <= set(result["privacy"])
    assert set(result["references"]) == {"independent", "holdout", "training_copy", "half_copied"}
    assert result["references"]["training_copy"]["exact_copies"] == 1.0, "a leak must look like one"
    assert Path(result["report"]).exists()
    assert plain(result)


def test_a_copy_of_another_table_is_named_and_no_fit_is_spoken_of(desk, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("x,y\n" + "1,2\n" * 30)
    with pytest.raises(RefusedError) as told:
        execute(EvaluateRequest(project=desk.project, fit=desk.fit["fit"], synthetic=str(other)))
    assert told.value.key == "tasks.evaluate_unlike"
    assert told.value.values["file"] == "other.csv"


def test_evaluate_needs_to_know_the_real_rows(copy):
    with pytest.raises(ParameterError):
        execute(EvaluateRequest(synthetic=copy))


def test_case_file_carries_the_verdicts_and_verify_sees_any_edit(desk, tmp_path):
    from core.review.queue import Case
    from core.review.session import Session

    ranked = execute(RankedRequest(project=desk.project, run=desk.score["run"], count=10))
    with Project.open(desk.project) as project:
        session = Session(project.journal, [Case.from_json(i) for i in ranked["items"]], run=desk.score["run"])
        session.begin(10)
        session.decide(ranked["items"][0]["key"], "fraud", note="card reported stolen")
        session.decide(ranked["items"][1]["key"], "normal")
    out = tmp_path / "case"
    result = execute(CaseFileRequest(project=desk.project, out=str(out)))
    assert (result["cases"], result["decided"]) == (10, 2)
    assert "card reported stolen" in (out / "case_file.html").read_text("utf-8")
    assert execute(VerifyRequest(desk.project))["ok"]
    assert execute(VerifyRequest(desk.project, length=result["length"], head=result["head"]))["ok"]
    assert not execute(VerifyRequest(desk.project, length=result["length"] + 1))["ok"], "a cut tail shows"
    assert execute(VerifyRequest(str(out)))["ok"]
    table = out / "cases.csv"
    table.write_text(table.read_text("utf-8").replace("fraud", "normal"), "utf-8")
    assert not execute(VerifyRequest(str(out)))["ok"]


BAD = {
    "no such file": (lambda d: DescribeRequest(str(d.folder / "none.csv")), ReadError),
    "no such model": (lambda d: FitRequest(d.file, project=d.project, model="magic"), ParameterError),
    "no such parameter": (lambda d: FitRequest(d.file, project=d.project, settings=("speed=9",)), ParameterError),
    "parameter outside": (lambda d: FitRequest(d.file, project=d.project, settings=("components=-1",)), ParameterError),
    "no such reference": (lambda d: FitRequest(d.file, project=d.project, reference="dirty"), ParameterError),
    "no such label": (lambda d: FitRequest(d.file, project=d.project, label="fraudulent"), SchemaError),
    "no such column": (lambda d: FitRequest(d.file, project=d.project, ignore=("nothing",)), SchemaError),
    "nothing left": (lambda d: FitRequest(d.file, project=d.project, ignore=tuple(d.fit["columns"])), FitError),
    "no schema": (lambda d: FitRequest(d.file, project=d.project, schema=d.file), SchemaError),
    "no such fit": (lambda d: ScoreRequest(d.file, project=d.project, fit="zzz"), ProjectError),
    "no such contract": (lambda d: ScoreRequest(d.file, project=d.project, threshold="luck:3"), ParameterError),
    "bad ending": (lambda d: ScoreRequest(d.file, project=d.project, out=str(d.folder / "x.pdf")), ParameterError),
    "no such folder": (lambda d: ScoreRequest(d.file, project=d.project, out=str(d.folder / "no/x.csv")), DataError),
    "no project folder": (lambda d: FitRequest(d.file, project=str(d.folder / "no/p.likeness")), ProjectError),
    "no project": (lambda d: ScoreRequest(d.file, project=str(d.folder / "none.likeness")), ProjectError),
    "not a project": (lambda d: ScoreRequest(d.file, project=d.file), ProjectError),
    "no such run": (lambda d: RankedRequest(project=d.project, run="zzz"), ProjectError),
    "bad condition": (lambda d: RankedRequest(project=d.project, where="amount >"), SchemaError),
    "unknown column": (lambda d: RowsRequest(d.file, where="wealth > 3"), SchemaError),
    "unknown sort": (lambda d: RowsRequest(d.file, sort="wealth"), SchemaError),
    "negative page": (lambda d: RowsRequest(d.file, start=-1), ParameterError),
    "negative rows": (lambda d: SynthRequest(project=d.project, rows=-5, out=str(d.folder / "x.csv")), ParameterError),
    "bad header": (lambda d: DescribeRequest(d.file, header="maybe"), ParameterError),
    "bad kind": (lambda d: DescribeRequest(d.file, kinds=("amount=colour",)), ParameterError),
    "verify a table": (lambda d: VerifyRequest(d.file), ProjectError),
    "bad target": (lambda d: EvaluateRequest(train=d.file, holdout=d.file, synthetic=d.file, target="x"), SchemaError),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_requests_say_what_why_and_how_to_mend(desk, case):
    make, kind = BAD[case]
    with pytest.raises(kind) as caught:
        execute(make(desk))
    lines = caught.value.lines()
    assert all(lines)
    assert not any(line.startswith(caught.value.key) for line in lines), "a key without words"


def test_a_cancelled_fit_stops_at_once_and_writes_nothing(desk, tmp_path):
    asked = iter(range(10_000))
    run = Run(get_signal=lambda: Signal.CANCEL if next(asked) > 5 else Signal.GO)
    store = Store(None, tmp_path / "staging")
    with pytest.raises(Cancelled):
        TASKS.get("fit").run(FitRequest(desk.file, project=desk.project), store, run)
    assert not store.staging.items()


def test_scores_of_a_run_can_be_read_after_the_file_is_gone(desk, tmp_path):
    """Rows are kept in the cache; and when that is emptied, the file is found where it moved to."""
    from core.data import cache

    file, project = write_payments(tmp_path / "may.csv", rows=120, seed=2), str(tmp_path / "p.likeness")
    execute(FitRequest(str(file), project=project))
    score = execute(ScoreRequest(str(file), project=project))
    file.rename(tmp_path / "moved.csv")
    assert execute(RankedRequest(project=project, run=score["run"], count=1))["items"]
    from core.tasks import _runs

    _runs._runs.clear()
    cache.forget(file)
    assert execute(RankedRequest(project=project, run=score["run"], count=1))["items"]


def test_requests_survive_json():
    request = FitRequest("a.csv", project="p", ignore=("x", "y"), seed=3)
    assert request_from_json(json.loads(json.dumps(request.to_json()))) == request
    with pytest.raises(ParameterError):
        request_from_json({"task": "fit", "file": "a.csv", "colour": 1})
    assert FRAUD == 8
