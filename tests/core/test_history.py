"""What an entity's earlier rows say: what a reviewer of bursts and odd amounts would be told wrongly, or not at all."""

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
    return History.empty("card", "time", {"since_last": "since_last_card"})


def gaps(history, source):
    return history.derive(source)["since_last_card"]


def seconds(history, source):
    return np.round(10 ** gaps(history, source), 6).tolist()


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
    known_by_then = gaps(empty(), rows_of(list(cards[:200]), times[:200].tolist()))
    own = whole.values["since_last_card"]
    np.testing.assert_array_equal(own[:200], known_by_then)
    later = np.arange(150, 300)
    np.testing.assert_array_equal(whole.subset(later).values["since_last_card"], own[later])


def test_next_months_rows_follow_those_the_fit_learned_from():
    march = rows_of(["a", "b"] * 100, list(range(0, 2_000, 10)))
    kept = History.of(march)
    april = rows_of(["b", "a", "c", "a"], [2_000, 3_000, 2_500, 3_004])
    np.testing.assert_equal(seconds(kept, april), [10, 1_020, np.nan, 4])
    again = History.load(*kept.state())
    assert seconds(again, april) == pytest.approx(seconds(kept, april), nan_ok=True)
    np.testing.assert_array_equal(gaps(kept, march), gaps(empty(), march))  # a row is never its own past


def test_what_is_kept_has_a_bound_and_no_names(monkeypatch):
    monkeypatch.setattr(histories, "_MOST", 30)
    kept = History.of(rows_of(["a", "b"] * 100, list(range(0, 2_000, 10))))
    assert len(kept.who) == len(kept.when) == 30
    np.testing.assert_equal(seconds(kept, rows_of(["a", "b"], [2_000, 2_000])), [20, 10])
    plain, arrays = kept.state()
    assert (plain["entity"], plain["time"]) == ("card", "time")
    assert {a.dtype.kind for a in arrays.values()} == {"u", "i", "f"}, "no names"


def test_a_table_that_says_the_gap_itself_or_has_none_is_left_as_it_is():
    source = rows_of(["a", "b"] * 100, list(range(0, 4_000, 20)))
    steps = [None if np.isnan(g) else 10**g / 60 for g in gaps(empty(), source)]
    noise = np.random.default_rng(0).uniform(0.5, 2, len(steps))
    steady = table(**_columns(source), minutes=(Kind.NUMBER, steps))
    assert History.of(steady) is not None, "all gaps alike say nothing about another column"
    uneven = rows_of(["a", "b"] * 100, np.cumsum(noise * 1_000).astype(int).tolist())
    own = [None if np.isnan(g) else round(10**g / 60, 1) for g in gaps(empty(), uneven)]
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


# habits


def payments(cards, seconds, amounts):
    source = rows_of(cards, seconds)
    return table(**_columns(source), amount=(Kind.NUMBER, amounts, Role.AMOUNT))


def habits(centre=10.0):
    return History.empty("card", "time", {"vs_usual": "amount_vs_usual"}, "amount", centre)


def times(history, source):
    return history.derive(source)["amount_vs_usual"]


def by_hand(cards, seconds, amounts, row, centre):
    """Straight from the definition."""
    earlier = sorted(
        (s, abs(a)) for c, s, a in zip(cards, seconds, amounts, strict=True)
        if c == cards[row] and a is not None and s is not None and seconds[row] is not None and s < seconds[row])
    if amounts[row] is None or not earlier or cards[row] is None:
        return np.nan
    latest = [a for _, a in earlier[-20:]]
    usual = (5 * centre + len(latest) * float(np.median(latest))) / (5 + len(latest))
    return abs(amounts[row]) / usual


def test_an_amount_is_compared_with_the_same_entitys_earlier_ones_alone():
    rng = np.random.default_rng(3)
    n = 400
    cards = [None if rng.random() < 0.03 else str(c) for c in rng.choice(list("abcdef"), n)]
    seconds = [int(s) for s in rng.integers(0, 10_000_000, n)]  # in no order
    amounts = [None if rng.random() < 0.05 else float(np.round(rng.normal(20, 30), 2)) for _ in range(n)]
    source = payments(cards, seconds, amounts)
    expected = [by_hand(cards, seconds, amounts, i, 10.0) for i in range(n)]
    np.testing.assert_allclose(times(habits(), source), expected, rtol=1e-12)
    assert np.isfinite(expected).sum() > 300
    whole, later = habits().over(source), np.arange(200, n)
    np.testing.assert_array_equal(whole.subset(later).values["amount_vs_usual"], whole.values["amount_vs_usual"][later])


def test_a_payment_is_read_alike_alone_and_with_the_table_that_the_fit_learned_from():
    rng = np.random.default_rng(4)
    cards, seconds = list(rng.choice(list("abcd"), 300)), np.cumsum(rng.integers(0, 50, 300)).tolist()
    amounts = np.round(rng.lognormal(3, 1, 300) * [1 + 9 * (c in "ab") for c in cards], 2).tolist()
    march = payments(cards, seconds, amounts)
    kept = History.of(march)
    assert kept.columns == ("since_last_card", "amount_vs_usual")
    whole = times(kept, march)
    fresh = History.empty("card", "time", {"vs_usual": "amount_vs_usual"}, "amount", kept.centre)
    np.testing.assert_allclose(whole, times(fresh, march), rtol=1e-12)  # a row is never its own past, none counts twice
    alone = [times(kept, march.subset(np.array([i])))[0] for i in range(0, 300, 7)]
    np.testing.assert_allclose(alone, whole[::7], rtol=1e-12)
    again = History.load(*kept.state())
    np.testing.assert_array_equal(times(again, march), whole)


def test_amounts_of_nothing_and_habits_that_all_share_are_not_derived():
    rng = np.random.default_rng(5)
    cards, seconds = list(rng.choice(list("abcd"), 200)), list(range(0, 20_000, 100))
    assert History.of(payments(cards, seconds, [0.0] * 200)).columns == ("since_last_card",)
    alike = History.of(payments(cards, seconds, rng.lognormal(3, 1, 200).tolist()))
    assert alike.columns == ("since_last_card",), "the amount says it already"
    huge = payments(cards, seconds, [1e308, -1e308, 1e-300, 0.0] * 50)
    assert not np.isinf(times(habits(), huge)).any()


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
    assert fit["derived"] == ["since_last_card"], "amounts that are alike on every card have no habits to speak of"
    assert "since_last_card" not in fit["columns"], "the window compares these with the table's own"
    item = execute(ExplainRequest(project=project, run=score["run"], rows=(str(BURST),)))["items"][0]
    assert item["rank"] <= 10
    assert item["column"] == "since_last_card"
    said = words().text(Message.from_json(item["reason"]))
    assert said.startswith("3 s after the card's last row; given ")
    assert " h to " in said
    assert "log10" not in said


def test_an_odd_amount_for_a_card_is_found_and_told_in_words(tmp_path):
    """Every amount is ordinary somewhere; one is ten times what its card pays."""
    rng = np.random.default_rng(6)
    level = {f"{7000 + i}": (8.0, 90.0)[i % 2] for i in range(40)}
    rows, odd = [], 1_500
    for i in range(2_000):
        card = str(rng.choice(list(level)))
        if i == odd:
            card = "7000"
        amount = 85.0 if i == odd else level[card] * rng.lognormal(0, 0.15)
        rows.append([card, f"{MARCH + timedelta(minutes=7 * i):%Y-%m-%d %H:%M:%S}", f"{amount:.2f}"])
    file, project = tmp_path / "pay.csv", str(tmp_path / "pay.likeness")
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([["card", "time", "amount"], *rows])
    fit = execute(FitRequest(str(file), project=project, model="circuit", settings=("trees=1",)))
    assert fit["derived"] == ["since_last_card", "amount_vs_usual"]
    score = execute(ScoreRequest(str(file), project=project))
    item = execute(ExplainRequest(project=project, run=score["run"], rows=(str(odd),)))["items"][0]
    assert item["rank"] <= 5
    said = words().text(Message.from_json(item["reason"]))
    assert "× what is usual for this card" in said
    assert said.startswith("amount ")


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
