"""The self-test of a fit: what a user would be misled about if its figures were not what they say."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from core.commands import main
from core.commands._execute import execute
from core.detect.kinds import KINDS, inject
from core.detect.selftest import Trial
from core.errors import Cancelled, FitError
from core.project.project import Project
from core.project.store import Store
from core.run import Run, Signal
from core.stats.ranking import rank_correlation, top_overlap
from core.tasks import selftest
from core.tasks.fit import FitRequest
from core.tasks.selftest import Bench, SelfTestRequest, kept_at

from .model_tables import numbers, payments
from .payments import write_payments


def fitted(folder, name="march", **how):
    file = folder / f"{name}.csv"
    if not file.exists():
        write_payments(file)
    project = str(folder / f"{name}.likeness")
    execute(FitRequest(str(file), project=project, label="is_fraud", **how))
    return project


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("selftest")


@pytest.fixture(scope="module")
def project(folder):
    return fitted(folder)


@pytest.fixture(scope="module")
def told(project):
    return execute(SelfTestRequest(project=project))


def by_key(told):
    return {engine["key"]: engine for engine in told["engines"]}


def test_every_engine_the_ranking_and_both_readings_have_a_figure_for_every_kind(told):
    engines = by_key(told)
    assert list(engines)[:3] == ["ranks", "value", "combination"]
    assert {"neighbours-5", "mcd", "lesinn-64", "lof"} <= set(engines)
    assert {key for key, e in engines.items() if e["seated"]} >= {"neighbours-5", "mcd", "lesinn-64"}
    for engine in engines.values():
        for low, share, high in zip(engine["low"], engine["found"], engine["high"], strict=True):
            assert 0 <= low <= share <= high <= 1
        assert len(engine["found"]) == len(KINDS)
    assert json.dumps(told, allow_nan=False)


def test_the_ranking_in_use_agrees_with_itself_and_others_less(told):
    engines = by_key(told)
    assert engines["ranks"]["correlation"] == pytest.approx(1.0)
    assert engines["ranks"]["overlap"] == 1.0
    assert all(e["correlation"] < 1 for key, e in engines.items() if key != "ranks")


def test_values_out_of_range_are_found_and_a_combination_by_the_reading_of_combinations(told):
    engines, cell, broken = by_key(told), KINDS.index("cell"), KINDS.index("dependency")
    assert engines["ranks"]["found"][cell] > 0.4
    assert engines["combination"]["found"][broken] > engines["value"]["found"][broken]


def test_it_is_kept_beside_its_fit_and_not_made_again(project, told, monkeypatch):
    monkeypatch.setattr(Bench, "of", lambda *_: pytest.fail("made again"))
    assert execute(SelfTestRequest(project=project)) == told
    with Project.open(project, read_only=True) as opened:
        assert json.loads(opened.blob(*kept_at(told["fit"]))) == told


def test_the_label_reaches_no_figure_but_those_said_to_be_of_labels(folder, told):
    with (folder / "march.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    labels = np.random.default_rng(3).permutation([line["is_fraud"] for line in lines])
    with (folder / "turned.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows({**line, "is_fraud": label} for line, label in zip(lines, labels, strict=True))
    other = execute(SelfTestRequest(project=fitted(folder, "turned")))
    assert other["engines"] == told["engines"]
    assert told["labels"]["engines"]["ranks"]["auroc"] > 0.9
    assert other["labels"]["engines"]["ranks"]["auroc"] < 0.8


def test_of_rows_that_may_hold_anomalies_the_strangest_are_not_copied(project, monkeypatch):
    taken = {}
    own = Trial.of.__func__

    def listening(cls, real, base, *rest, **named):
        taken["base"] = len(base)
        return own(cls, real, base, *rest, **named)

    monkeypatch.setattr(Trial, "of", classmethod(listening))
    monkeypatch.setattr(Store, "added", lambda *_: None)
    monkeypatch.setattr(Bench, "tested", lambda *_: [])
    monkeypatch.setattr(Bench, "labels", lambda *_: None)
    told = execute(SelfTestRequest(project=project))
    assert told["reference"] == "mixed"
    assert taken["base"] == pytest.approx(0.85 * told["learned"], abs=1)


def test_too_short_a_table_is_refused_in_words(tmp_path):
    write_payments(tmp_path / "short.csv", rows=60)
    with pytest.raises(FitError) as refused:
        execute(SelfTestRequest(project=fitted(tmp_path, "short")))
    assert [m.key for m in refused.value.messages] == [f"tasks.selftest_few.{part}" for part in ("what", "why", "fix")]


def test_progress_never_falls_and_cancelling_stops_it(project, monkeypatch, tmp_path):
    monkeypatch.setattr(Store, "added", lambda *_: None)
    seen = []
    asked = iter([Signal.GO] * 120)
    run = Run(on_progress=lambda f, _: seen.append(f), get_signal=lambda: next(asked, Signal.CANCEL))
    with pytest.raises(Cancelled):
        selftest.TASK.run(SelfTestRequest(project=project), Store(project, tmp_path / "staging"), run)
    assert seen == sorted(seen)
    assert seen


@pytest.mark.parametrize("kinds", ["lof", "neighbours"])
def test_a_single_engine_may_rank(folder, kinds):
    told = execute(SelfTestRequest(project=fitted(folder, kinds, model=kinds)))
    assert told["engines"][0]["title"]["key"] == f"models.{kinds}.title"
    assert not any(e["seated"] for e in told["engines"])


def test_the_command_says_what_is_found_and_what_that_does_not_mean(project, capsys):
    assert main(["selftest", "--project", project], lambda _: 1) == 0
    said = capsys.readouterr().out
    assert "bursts" in said
    assert "Real anomalies may differ" in said
    assert "floor" in said, "mixed rows"
    assert "On the label is_fraud, which no engine saw" in said


def test_rows_made_together_count_once():
    source = numbers(x=np.arange(200.0), y=np.random.default_rng(0).normal(size=200))
    batch = source.take(np.arange(200))
    trial = Trial.of(batch, batch, 20, source.schema, Run(), rounds=(5, 8))
    low, high = trial.interval("cell", 0.5)
    wide_low, wide_high = trial.interval("cluster", 0.5)
    assert high - low < 0.25 < 0.5 < wide_high - wide_low


def test_what_is_found_is_counted_in_the_places_that_made_rows_could_fill():
    source = numbers(x=np.random.default_rng(0).normal(size=300), y=np.arange(300.0))
    batch = source.take(np.arange(300))
    trial = Trial.of(batch, batch, 30, source.schema, Run())
    assert [len(made) for made in trial.made.values()] == [30] * len(KINDS)
    best = trial.judge(lambda b: np.ones(len(b)), np.zeros(300), Run())
    none = trial.judge(lambda b: np.zeros(len(b)), np.zeros(300), Run())
    assert best[1].tolist() == [1.0] * len(KINDS)
    assert none[1].tolist() == [0.0] * len(KINDS), "a made row wins no tie"


def test_a_single_column_has_no_combinations_to_break():
    batch = numbers(x=np.arange(60.0)).take(np.arange(60))
    trial = Trial.of(batch, batch, 20, numbers(x=[1.0]).schema, Run())
    assert set(trial.made) == set(KINDS) - {"dependency", "contextual"}


@pytest.mark.filterwarnings("error")
def test_huge_numbers_make_rows_too():
    batch = numbers(x=1e300 * np.random.default_rng(0).normal(size=60), y=np.arange(60.0)).take(np.arange(60))
    for kind in KINDS:
        assert np.isfinite(inject(kind, batch, 20, np.random.default_rng(1))["x"].values).all()


def test_a_burst_comes_soon_after_itself_where_the_gap_is_known():
    source = payments(300)
    names = ["amount", "distance"]
    base = source.take(np.arange(300), names)
    burst = inject("collective", base, 25, np.random.default_rng(0), since=["distance"])
    gaps = burst["distance"].values[1:]
    assert (gaps >= 0).all()
    assert (gaps <= np.log10(60)).all()
    assert len(set(inject("collective", base, 25, np.random.default_rng(0))["distance"].values.round(2))) < 25


def test_scores_are_compared_by_rank():
    first = np.arange(50.0)
    assert rank_correlation(first, np.exp(first)) == pytest.approx(1.0)
    assert rank_correlation(first, -first) == pytest.approx(-1.0)
    assert np.isnan(rank_correlation(first, np.zeros(50)))
    assert top_overlap(first, first[::-1], 10) == 0.0
    assert top_overlap(first, first, 100) == 1.0
