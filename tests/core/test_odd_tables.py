"""Odd tables through every task: a sensible result, or three lines that name the file; never a fault, NaN or warning.

How bad files open is in test_bad_input; here they have opened, and something must be learned from them. pytest makes
every warning an error, so that an overflow in the arithmetic of any table is found.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.commands import main
from core.commands._execute import execute
from core.commands.base import SHOWS, visible
from core.errors import FitError, ProjectError, RefusedError, SchemaError
from core.jobs.messages import plain
from core.project.project import Project
from core.run import Run
from core.tasks.base import Request
from core.tasks.case_file import CaseFileRequest
from core.tasks.compare import CompareRequest
from core.tasks.describe import DescribeRequest
from core.tasks.evaluate import EvaluateRequest
from core.tasks.explain import ExplainRequest
from core.tasks.fit import FitRequest
from core.tasks.ranked import RankedRequest
from core.tasks.score import ScoreRequest
from core.tasks.synth import SynthRequest
from core.tasks.verify import VerifyRequest
from core.words import words

N = 90
FEWEST = 10  # rows a metric needs
DRAW = np.random.default_rng(5)
X = DRAW.normal(size=N).round(3)
G = DRAW.choice(["a", "b", "c"], N)
STEPS = np.arange(1, N + 1)


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


FITTED = {
    "two rows": table(a=[1, 2], b=["x", "y"], c=["2024-01-01", "2024-01-02"]),
    "three rows and a label": table(a=[1, 2, 3], b=["x", "y", "x"], is_fraud=[0, 1, 0]),
    "one column": table(amount=X),
    "only booleans": table(a=X > 0, b=X > 2),
    "only dates": table(d=pd.date_range("2020-01-01", periods=N, freq="7h"), e=pd.Timestamp("2024-01-01")),
    "a constant beside a number": table(a=7, b="x", c=X),
    "the same column three times": table(x=X, y=X, z=2 * X + 1, g=G),
    "all rows the same but one": table(a=[1.5] * (N - 1) + [9.0], b=["x"] * (N - 1) + ["y"]),
    "more columns than rows": pd.DataFrame(DRAW.normal(size=(20, 60))).add_prefix("v"),
    "nearly all missing": pd.DataFrame({f"s{i}": np.where(DRAW.random(N) < 0.95, np.nan, X) for i in range(4)}),
    "one value in a column": table(a=[None] * (N - 1) + [3.5], c=X),
    "every row another category": table(k=[f"v{i * 7919 % 997:03d}-{i % 3}" for i in range(N)], x=X),
    "a label with one value": table(x=X, g=G, is_fraud=0),
    "a label that is a number": table(x=X, g=G, is_fraud=DRAW.normal(size=N)),
    "a label that is often missing": table(x=X, g=G, is_fraud=[None, 0, 1] * (N // 3)),
    "infinite values": table(x=[np.inf, -np.inf, 1.5] * (N // 3), y=X),
    "a column of infinity": table(x=[np.inf] * N, y=X),
    "numbers too small to divide by": table(x=5e-324 * STEPS, y=X),
    "both infinities alone": table(x=[np.inf, -np.inf] * (N // 2), y=X),
    "numbers too large to subtract": table(x=1e308 * (-1.0) ** STEPS, y=(-1.0) ** STEPS * 10.0 ** (3 * STEPS), z=X),
    "the largest whole numbers": table(a=np.iinfo(np.int64).max - STEPS, b=-(2**62) + 2**54 * STEPS, x=X),
    "whole numbers beyond 64 bits": table(a=[str(10**30 + i * 10**25) for i in STEPS.tolist()], x=X),
    "negative zero": table(x=[-0.0, 0.0, 1.0] * (N // 3), y=X),
    "names in other scripts": table(**{"größe": X, "名前": G, "🙂": STEPS % 9, "עברית": X}),
    "names with signs": table(**{"my col": X, 'a"b': X, "e.f": X, "{x}": X, "<b>": G, "%s": X, "a,b": G}),
    "names that scores use": table(row=X, score=X, rank=STEPS % 9, reason=G, flagged=X > 1, p_value=DRAW.random(N)),
    "one customer": table(card=["C1"] * N, amount=np.exp(X).round(2)),
    "cells that hold a page of text": table(t=[f"{'x' * 50_000}{i % 3}" for i in STEPS.tolist()], x=X),
    "cells that are formulas": table(g=["=1+1", "+cmd", "@sum"] * (N // 3), x=X),
}

REFUSED = {
    "only ids": table(id=STEPS, uuid=[f"{i:08x}-aaaa-{i * 7:04x}" for i in STEPS]),
    "only constants": table(a=[7] * N, b=["x"] * N),
    "no values": table(a=[None] * N, b=[None] * N),
    "only a label": table(id=STEPS, is_fraud=STEPS % 2),
}


def told(request: Request) -> dict[str, Any]:
    """The result, when it is strict JSON and reads as text without a hole."""
    result = execute(request)
    text = json.dumps(plain(result), allow_nan=False)
    if request.task in SHOWS.keys():  # noqa: SIM118 - a Registry is no mapping
        lines = [visible(line) for line in SHOWS.get(request.task).lines(result)]
        assert all(line.isprintable() for line in lines)
        assert not [line for line in lines if "commands." in line or "detect." in line], "a key without words"
    return dict(json.loads(text))


def write(frame: pd.DataFrame, path: Path) -> str:
    frame.to_csv(path, index=False)
    return str(path)


def check_scores(path: Path, rows: int) -> None:
    scores = pd.read_csv(path)
    assert np.isfinite(scores["score"]).all()
    assert sorted(scores["rank"]) == list(range(1, rows + 1))
    assert scores.loc[scores["flagged"], "reason"].str.len().between(1, 400).all()


@pytest.mark.parametrize("name", FITTED)
def test_every_organ_answers_on_an_odd_table(name, tmp_path):
    frame = FITTED[name]
    file, project = write(frame, tmp_path / "odd.csv"), str(tmp_path / "odd.likeness")
    described = told(DescribeRequest(file))
    assert described["rows"] == len(frame)
    label = "is_fraud" if "is_fraud" in frame else None
    told(FitRequest(file, project=project, label=label))
    scored = told(ScoreRequest(file, project=project, out=str(tmp_path / "s.csv"), threshold="budget:3"))
    assert scored["flagged"] == min(3, len(frame))
    check_scores(tmp_path / "s.csv", len(frame))
    for request in (RankedRequest(project=project, count=3), ExplainRequest(project=project)):
        assert told(request)["items"]
    copy = str(tmp_path / "copy.csv")
    assert told(SynthRequest(project=project, rows=30, out=copy))["rows"] == 30
    drawn = told(DescribeRequest(copy, profile=False))
    assert [c["name"] for c in drawn["schema"]["columns"]] == [c["name"] for c in described["schema"]["columns"]]
    told(CompareRequest(project=project, synthetic=copy))
    told(CaseFileRequest(project=project, out=str(tmp_path / "case")))
    assert told(VerifyRequest(str(tmp_path / "case")))["ok"]
    assert told(VerifyRequest(project))["ok"]


@pytest.mark.parametrize("name", FITTED)
def test_a_copy_of_an_odd_table_is_measured_or_refused_with_a_reason(name, tmp_path):
    """References of the metrics draw, bin and correlate the odd columns as well."""
    file = write(FITTED[name], tmp_path / "odd.csv")
    request = EvaluateRequest(train=file, holdout=file, synthetic=file, out=str(tmp_path / "report"))
    if len(FITTED[name]) < FEWEST:
        with pytest.raises(SchemaError):
            execute(request)
        return
    assert {"fidelity", "privacy", "references"} <= set(told(request))


@pytest.mark.parametrize("model", ["default", "mixture", "neighbours"])
@pytest.mark.parametrize("name", REFUSED)
def test_a_table_with_nothing_to_learn_is_refused_and_leaves_no_project(name, model, tmp_path):
    file = write(REFUSED[name], tmp_path / "odd.csv")
    with pytest.raises(FitError) as caught:
        execute(FitRequest(file, project=str(tmp_path / "p.likeness"), model=model))
    assert "odd.csv" in caught.value.lines()[0]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["odd.csv"]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    frame = table(amount=np.exp(X).round(2), category=G, visits=STEPS % 40, day=pd.date_range("2024-01-01", periods=N))
    execute(FitRequest(write(frame, folder / "march.csv"), project=str(folder / "p.likeness")))
    return folder


@pytest.mark.parametrize(("changes", "note"), [
    ({"amount": np.nan, "visits": np.nan}, "amount, visits"), ({"amount": 1e300}, ""), ({"amount": np.inf}, ""),
    ({"amount": -np.inf}, ""), ({"day": "9999-12-31"}, ""), ({"day": "0001-01-01"}, ""), ({"visits": 2**62}, ""),
    ({"category": "never seen"}, "category"),
], ids=str)
def test_next_months_file_may_hold_anything(fitted, tmp_path, changes, note):
    frame = pd.read_csv(fitted / "march.csv").assign(**changes)
    file = write(frame, tmp_path / "april.csv")
    scored = told(ScoreRequest(file, project=str(fitted / "p.likeness"), out=str(tmp_path / "s.csv")))
    check_scores(tmp_path / "s.csv", N)
    texts = " ".join(words().text(n["key"], **n["values"]) for n in scored["notes"])
    assert note in texts
    assert bool(note) == bool(texts)


def test_no_result_takes_the_place_of_what_is_read(fitted, tmp_path):
    """A slip of the hand must not cost the only copy of a table."""
    file, project = str(fitted / "march.csv"), str(fitted / "p.likeness")
    before = Path(file).read_bytes()
    slips = [
        ScoreRequest(file, project=project, out=file), ScoreRequest(file, project=project, cells=file),
        ScoreRequest(file, project=project, out=str(tmp_path / "a.csv"), cells=str(tmp_path / "a.csv")),
        SynthRequest(project=project, out=file), DescribeRequest(file, schema=file), DescribeRequest(file, sdv=project),
    ]
    for request in slips:
        with pytest.raises(RefusedError):
            execute(request)
    assert Path(file).read_bytes() == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["no/folder/p.likeness", "", "x" * 300, "march.csv/p.likeness"])
def test_a_project_that_cannot_be_made_is_said_before_the_work(fitted, path):
    def worked(*_: object) -> None:
        raise AssertionError("the file was read first")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.tasks.fit.run", worked)
        with pytest.raises(ProjectError) as caught:
            execute(FitRequest(str(fitted / "march.csv"), project=path and str(fitted / path)))
    assert ".new" not in caught.value.lines()[0]


def test_any_whole_number_is_a_seed(fitted, tmp_path):
    for seed in (-1, 2**70):
        request = FitRequest(str(fitted / "march.csv"), project=str(tmp_path / f"{seed}.likeness"), seed=seed)
        assert told(request)["rows"] == N
        assert Run(seed=seed).rng("x").random() < 1


def test_an_empty_option_is_not_taken_for_none(fitted, capsys):
    """A shell makes `--out ""` of a variable that is not set: the result would be lost without a word."""
    file, project = str(fitted / "march.csv"), str(fitted / "p.likeness")
    for extra in (["--out", ""], ["--fit", ""], ["--project", ""]):
        assert main(["score", file, "--project", project, *extra], lambda _files: 0) == 2
        assert extra[0] in capsys.readouterr().err


def test_control_characters_of_cells_never_reach_the_terminal(tmp_path, capsys):
    assert main(["describe", str(tmp_path / "a\nb\x1b[2J.csv")], lambda _files: 0) == 2
    shown = capsys.readouterr().err
    assert len(shown.splitlines()) == 3
    assert "\x1b" not in shown


def test_a_sentence_does_not_list_a_thousand_columns():
    said = words().text("data.match_missing", columns=[f"column_{i}" for i in range(1000)])
    assert "column_39 and 960 more" in said
    assert len(said) < 600


def test_the_project_of_an_odd_fit_opens_again(fitted):
    with Project.open(fitted / "p.likeness", read_only=True) as project:
        assert project.fits()
