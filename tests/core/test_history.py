"""The gap since an entity's last row: what a reviewer of bursts would be told wrongly, or not at all."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.commands._execute import execute
from core.data import history as histories
from core.data.history import History
from core.data.open import open_source
from core.data.schema import Kind, Role
from core.project.store import Store
from core.tasks._runs import load_bundle
from core.tasks.explain import ExplainRequest
from core.tasks.fit import FitRequest
from core.tasks.score import ScoreRequest
from core.tasks.synth import SynthRequest
from core.words import Message, duration, words

from .tables import table

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
BURST = 500
"""The row that follows its card's last one by three seconds."""


def rows_of(cards, seconds):
    times = [None if s is None else np.datetime64(f"{MARCH:%Y-%m-%d}", "us") + np.timedelta64(s, "s") for s in seconds]
    return table(card=(Kind.CATEGORY, cards, Role.ENTITY), time=(Kind.DATETIME, times, Role.TIME))


def empty():
    return History("card", "time", "since_last_card", np.zeros(0, np.uint64), np.zeros(0, np.int64))


def seconds(history, source):
    return np.round(10 ** history.gaps(source), 6).tolist()


def test_a_gap_counts_from_the_same_entitys_latest_earlier_row():
    source = rows_of(["a", "b", "a", "a", "b", None, "a", "a"], [50, 0, 20, 110, 7, 60, 110, None])
    expected = [30, np.nan, np.nan, 60, 7, np.nan, 60, np.nan]
    np.testing.assert_equal(seconds(empty(), source), expected)


def test_a_gap_depends_neither_on_what_is_scored_with_it_nor_on_what_comes_later():
    rng = np.random.default_rng(0)
    cards, times = rng.choice(list("abcde"), 300), np.sort(rng.integers(0, 9_000, 300))
    whole = empty().over(rows_of(list(cards), times.tolist()))
    alone = [whole.take(np.array([i]), ["since_last_card"])["since_last_card"].values[0] for i in range(300)]
    batches = [b["since_last_card"].values for b in whole.batches(["card", "since_last_card"], size=7)]
    np.testing.assert_array_equal(alone, np.concatenate(batches))
    known_by_then = empty().gaps(rows_of(list(cards[:200]), times[:200].tolist()))
    np.testing.assert_array_equal(whole.gaps[:200], known_by_then)
    later = np.arange(150, 300)
    np.testing.assert_array_equal(whole.subset(later).gaps, whole.gaps[later])


def test_next_months_rows_follow_those_the_fit_learned_from():
    march = rows_of(["a", "b"] * 100, list(range(0, 2_000, 10)))
    kept = History.of(march)
    april = rows_of(["b", "a", "c", "a"], [2_000, 3_000, 2_500, 3_004])
    np.testing.assert_equal(seconds(kept, april), [10, 1_020, np.nan, 4])
    again = History.load(*kept.state())
    assert seconds(again, april) == pytest.approx(seconds(kept, april), nan_ok=True)
    np.testing.assert_array_equal(kept.gaps(march), empty().gaps(march))  # a row is never its own past


def test_what_is_kept_has_a_bound_and_no_names(monkeypatch):
    monkeypatch.setattr(histories, "_MOST", 30)
    kept = History.of(rows_of(["a", "b"] * 100, list(range(0, 2_000, 10))))
    assert len(kept.who) == len(kept.when) == 30
    np.testing.assert_equal(seconds(kept, rows_of(["a", "b"], [2_000, 2_000])), [20, 10])
    plain, arrays = kept.state()
    assert plain == {"entity": "card", "time": "time", "name": "since_last_card"}
    assert {a.dtype.kind for a in arrays.values()} == {"u", "i"}


def test_a_table_that_says_the_gap_itself_or_has_none_is_left_as_it_is():
    source = rows_of(["a", "b"] * 100, list(range(0, 4_000, 20)))
    gaps = [None if np.isnan(g) else 10**g / 60 for g in empty().gaps(source)]
    noise = np.random.default_rng(0).uniform(0.5, 2, len(gaps))
    steady = table(**_columns(source), minutes=(Kind.NUMBER, gaps))
    assert History.of(steady) is not None, "all gaps alike say nothing about another column"
    uneven = rows_of(["a", "b"] * 100, np.cumsum(noise * 1_000).astype(int).tolist())
    own = [None if np.isnan(g) else round(10**g / 60, 1) for g in empty().gaps(uneven)]
    assert History.of(uneven) is not None
    assert History.of(table(**_columns(uneven), minutes=(Kind.NUMBER, own))) is None
    once = rows_of([f"c{i}" for i in range(200)], list(range(200)))
    assert History.of(once) is None
    assert History.of(table(x=(Kind.NUMBER, [1.0, 2.0]))) is None


def _columns(source):
    return {
        "card": (Kind.CATEGORY, source.batch["card"].objects(), Role.ENTITY),
        "time": (Kind.DATETIME, source.batch["time"].objects(), Role.TIME),
    }


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Forty cards that pay every few hours, and one payment three seconds after the card's last."""
    folder = tmp_path_factory.mktemp("history")
    rng = np.random.default_rng(1)
    times = {f"{7000 + i}": MARCH + timedelta(hours=float(rng.uniform(0, 60))) for i in range(40)}
    rows = []
    for i in range(1_000):
        card = str(rng.choice(list(times)))
        times[card] += timedelta(seconds=3) if i == BURST else timedelta(hours=float(rng.lognormal(2.5, 0.6)))
        rows.append([card, f"{times[card]:%Y-%m-%d %H:%M:%S}", f"{rng.lognormal(3, 0.5):.2f}"])
    file = folder / "cards.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([["card", "time", "amount"], *rows])
    project = str(folder / "cards.likeness")
    fit = execute(FitRequest(str(file), project=project, model="circuit", settings=("trees=1",)))
    score = execute(ScoreRequest(str(file), project=project))
    return str(file), project, fit, score


def test_a_burst_is_scored_and_told_in_words(desk):
    _, project, fit, score = desk
    assert fit["derived"] == ["since_last_card"]
    assert "since_last_card" not in fit["columns"], "the window compares these with the table's own"
    item = execute(ExplainRequest(project=project, run=score["run"], rows=(str(BURST),)))["items"][0]
    assert item["rank"] <= 10
    assert item["column"] == "since_last_card"
    said = words().text(Message.from_json(item["reason"]))
    assert said.startswith("3 s after the card's last row; given ")
    assert " h to " in said
    assert "log10" not in said


def test_a_copy_has_the_tables_columns_alone(desk, tmp_path):
    _, project, _, _ = desk
    out = tmp_path / "copy.csv"
    execute(SynthRequest(project=project, rows=50, out=str(out), generator="circuit"))
    assert open_source(out).schema.names == ("card", "time", "amount")


def test_a_fit_opened_again_knows_the_history(desk, tmp_path):
    file, project, _, _ = desk
    store = Store(project, tmp_path / "staging")
    _, bundle = load_bundle(store, None)
    store.close()
    assert bundle.schema.names == ("card", "time", "amount")
    assert bundle.learned_schema.names[-1] == "since_last_card"
    derived = bundle.derived(open_source(file).with_schema(bundle.schema))
    batch = derived.take(np.array([BURST]), bundle.columns)
    assert 10 ** batch["since_last_card"].values[0] == pytest.approx(3)


@pytest.mark.parametrize(("count", "said"), [
    (0.25, "250 ms"), (3, "3 s"), (59.4, "59 s"), (61, "1 min"), (7_300, "2 h"), (86_400 * 9.26, "9.3 d"),
    (86_400 * 1_234, "1,234 d"),
])
def test_durations_read_in_the_unit_that_fits(count, said):
    assert duration(count) == said
