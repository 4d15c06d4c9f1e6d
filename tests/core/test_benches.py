"""Two benches of engines, where earlier rows of an entity are known: neither hides what the other finds."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data.history import History
from core.data.schema import Kind, Role
from core.detect.council import CouncilFitted
from core.detect.engine import Council, CouncilParams
from core.models.base import State
from core.run import Run
from core.stats.ranking import auroc
from core.words import words

from .tables import table

ROWS = 2_000
HUGE = np.array([1_111, 1_502, 1_717])
"""Payments of cards that always pay much, a third above any other of the table."""
WILD = np.arange(900, 1_980, 9)
"""Payments twenty to thirty times what their card pays, all of amounts that are ordinary for other cards."""



@pytest.fixture(scope="module")
def payments():
    """Sixty cards with levels of their own between 5 and 150; those that pay little pay unevenly."""
    rng = np.random.default_rng(8)
    level = np.geomspace(5, 150, 60)
    card = rng.integers(0, 60, ROWS)
    card[WILD], card[HUGE] = rng.integers(0, 6, len(WILD)), 59
    amount = np.minimum(level[card] * rng.lognormal(0, np.where(card < 30, 1.0, 0.1)), 190.0)
    amount[WILD] = level[card[WILD]] * rng.uniform(20, 29, len(WILD))
    amount[HUGE] = [240.0, 250.0, 260.0]
    times = np.datetime64("2026-03-02", "us") + np.cumsum(rng.integers(1, 900, ROWS)).astype("timedelta64[s]")
    return table(
        card=(Kind.CATEGORY, [f"c{c}" for c in card], Role.ENTITY), time=(Kind.DATETIME, list(times), Role.TIME),
        amount=(Kind.NUMBER, np.round(amount, 2).tolist(), Role.AMOUNT),
    )


@pytest.fixture(scope="module")
def whole(payments):
    return History.of(payments).over(payments)


@pytest.fixture(scope="module", params=["mixed", "clean"])
def fitted(request, whole):
    learned = whole if request.param == "mixed" else whole.subset(np.setdiff1d(np.arange(ROWS), [*HUGE, *WILD]))
    return Council(CouncilParams(reference=request.param)).fit(learned, Run())


def scores(fitted, source):
    return np.concatenate([fitted.score(batch).total for batch in source.batches(fitted.columns)])


def test_what_is_high_for_anybody_is_not_drowned_by_habits_and_habits_are_found_too(fitted, whole):
    score = scores(fitted, whole)
    ordinary = np.setdiff1d(np.arange(ROWS), [*HUGE, *WILD])
    assert (score[ordinary] >= score[HUGE].min()).sum() < 5
    assert auroc(np.isin(np.arange(ROWS), WILD), score) > 0.9


def test_each_bench_looks_at_its_own_columns_and_the_larger_surprise_ranks(fitted, whole):
    rows, past = fitted.benches
    assert {m.fitted.columns for m in rows} == {("time", "amount")}
    assert {m.fitted.columns for m in past} == {("amount", "since_last_card", "amount_vs_usual")}
    batch = whole.take(np.arange(60), fitted.columns)
    sums = [np.sum([m.surprise(batch) for m in bench], axis=0) for bench in fitted.benches]
    np.testing.assert_array_equal(fitted.score(batch).total, np.maximum(*sums))
    said = " ".join(words().text(fact) for fact in fitted.learned())
    assert "earlier rows of the same entity (amount, since_last_card, amount_vs_usual)" in said
    assert "{" not in said


def test_a_row_scores_the_same_alone_and_where_the_past_is_not_known(fitted, whole):
    batch = whole.take(np.arange(80), fitted.columns)
    among = fitted.score(batch).total
    np.testing.assert_allclose(fitted.score(batch.take(np.array([33]))).total, among[[33]], rtol=1e-9)
    for kept in (["time"], ["time", "amount"], ["since_last_card"]):
        assert np.isfinite(fitted.score(batch.select(kept)).total).all()


def test_a_saved_council_has_both_benches(fitted, whole):
    state = fitted.state()
    back = CouncilFitted.load(State(state.version, json.loads(json.dumps(state.json)), dict(state.arrays)))
    batch = whole.take(np.arange(80), fitted.columns)
    assert back.score(batch).total.tobytes() == fitted.score(batch).total.tobytes()
    assert back.learned() == fitted.learned()


def test_without_a_past_there_is_one_bench(payments):
    fitted = Council(CouncilParams(judged=500)).fit(payments, Run())
    assert len(fitted.benches) == 1
    assert fitted.columns == ("time", "amount")
