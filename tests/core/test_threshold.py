"""Thresholds: what a user who trusts the sentence under the histogram would lose if it were wrong."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.detect.calibrate import Basis, conformal_p_values
from core.detect.contracts.budget import Budget
from core.detect.contracts.cost import Cost
from core.detect.contracts.fdr import FalseDiscovery
from core.detect.contracts.tail import TailOdds
from core.detect.threshold import Contract, apply
from core.errors import ParameterError, RefusedError
from core.stats.fdr import benjamini_hochberg
from core.words import Message, words

SCORES = arrays(np.float64, st.integers(0, 60), elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0, 7.25, np.inf]))


@given(scores=SCORES, rows=st.integers(0, 80))
def test_budget_flags_exactly_that_many_rows_ties_by_row_order(scores, rows):
    flagged = apply(Budget(rows), scores).flagged
    count = min(rows, len(scores))
    best_first = np.argsort(-scores, kind="stable")
    assert sorted(np.flatnonzero(flagged)) == sorted(best_first[:count])


def test_budget_reports_the_lowest_flagged_score_and_plain_json():
    threshold = apply(Contract.parse("budget:2"), np.array([3.0, 9.0, 5.0, 1.0]))
    plain = json.loads(json.dumps(threshold.to_json()))
    assert (plain["value"], plain["count"], plain["contract"]) == (5.0, 2, "budget:2")
    assert plain["expected_ordinary"] is None
    assert "not known: no rows are known" in words().text(Message.from_json(plain["sentence"]))


def test_where_rows_are_known_to_be_normal_the_words_do_not_deny_it():
    apart = apply(Contract.parse("budget:2"), np.array([3.0, 9.0, 5.0, 1.0]), None, Basis(lack="columns"))
    said = words().text(apart.sentence)
    assert "no rows are known" not in said
    assert "columns that this table lacks" in said


def test_an_empty_table_and_an_empty_budget_flag_nothing_and_stay_json():
    for contract, scores in ((Budget(0), np.ones(3)), (Budget(5), np.zeros(0))):
        threshold = apply(contract, scores)
        assert threshold.count == 0
        assert threshold.to_json()["value"] is None


def test_a_row_without_a_score_is_never_preferred_to_a_scored_one():
    assert list(apply(Budget(2), np.array([np.nan, 1.0, 2.0, np.nan])).flagged) == [False, True, True, False]


@pytest.mark.parametrize(("text", "wanted"), [
    ("budget:100", Budget(100)), ("budget: 1,000", Budget(1000)), ("BUDGET:1e3", Budget(1000)),
    ("fdr:0.1", FalseDiscovery(0.1)), ("fdr:10%", FalseDiscovery(0.1)),
    ("tail:0.1%", TailOdds(0.001)), ("cost: 1, 50", Cost(1, 50)),
])
def test_contracts_are_read_as_people_write_them_and_written_as_they_are_read(text, wanted):
    assert Contract.parse(text) == wanted
    assert Contract.parse(str(wanted)) == wanted


@pytest.mark.parametrize(("text", "says"), [
    ("odds:0.001", "tail:P"), ("100", "fdr:A"), ("", "budget:N"), ("budget:-1", "whole number"),
    ("budget:2.5", "whole number"), ("budget:many", "whole number"), ("fdr:0", "above 0"), ("fdr:1.5", "below 1"),
    ("fdr:nan", "above 0"), ("budget:inf", "whole number"),
    ("tail:0", "above 0"), ("tail:2", "below 1"), ("cost:1", "Two numbers"), ("cost:1,0", "above 0"),
])
def test_a_contract_that_cannot_be_kept_is_named_with_those_there_are(text, says):
    with pytest.raises(ParameterError) as caught:
        Contract.parse(text)
    what, why, fix = caught.value.lines()
    assert says in why
    assert all(line and "detect." not in line for line in (what, why, fix))


@pytest.mark.parametrize("p_values", [None, np.full(4, np.nan)])
def test_a_false_discovery_rate_is_refused_where_no_rows_are_known_to_be_normal(p_values):
    with pytest.raises(RefusedError) as caught:
        apply(FalseDiscovery(0.1), np.arange(4.0), p_values)
    assert "--reference clean" in caught.value.lines()[2]


def test_benjamini_hochberg_agrees_with_scipy():
    from scipy.stats import false_discovery_control

    p = np.random.default_rng(0).random(400) ** 2
    for level in (0.01, 0.1, 0.4):
        assert np.array_equal(benjamini_hochberg(p, level), false_discovery_control(p) <= level)


def test_a_row_without_p_value_is_never_a_discovery():
    assert list(benjamini_hochberg(np.array([0.001, np.nan, 0.9]), 0.1)) == [True, False, False]


def test_conformal_p_values_of_ordinary_rows_are_uniform_whatever_the_score():
    rng = np.random.default_rng(1)
    p = np.concatenate([
        conformal_p_values(np.sort(rng.lognormal(size=199)), rng.lognormal(size=20)) for _ in range(400)
    ])
    at = np.arange(1, 201) / 200
    below = np.searchsorted(np.sort(p), at, side="right") / len(p)
    assert np.abs(below - at).max() < 0.03  # 8,000 values: four standard errors, with their dependence within a set


def test_conformal_p_values_never_promise_too_much_when_scores_tie():
    rng = np.random.default_rng(2)
    draws = (rng.integers(0, 4, size=119).astype(float) for _ in range(200))
    p = np.concatenate([conformal_p_values(np.sort(d[:99]), d[99:]) for d in draws])
    for level in (0.05, 0.1, 0.3, 0.5):
        assert np.mean(p <= level) <= level + 0.02


@given(scores=arrays(np.float64, st.integers(1, 40), elements=st.floats(-5, 5)))
def test_a_calibration_row_is_compared_with_the_other_rows_only(scores):
    calibration = np.sort(scores)
    p = conformal_p_values(calibration, scores, own=np.ones(len(scores), dtype=bool))
    others = [(1 + np.sum(np.delete(scores, i) >= s - 1e-9 * abs(s))) / len(scores) for i, s in enumerate(scores)]
    assert np.allclose(p, others)


def test_a_calibration_row_scored_again_in_another_batch_counts_as_itself():
    calibration = np.array([1.0, 2.0, 3.0])
    again = 3.0 * (1 + 1e-12)
    assert conformal_p_values(calibration, np.array([again]), np.array([True]))[0] == pytest.approx(1 / 3)


@pytest.mark.parametrize("level", [0.05, 0.1, 0.2])
def test_the_realised_false_discovery_rate_keeps_the_promise(level):
    rng = np.random.default_rng(3)
    rates, found = [], []
    for _ in range(250):
        calibration = np.sort(rng.normal(size=500))
        is_anomaly = np.arange(400) < 40
        scores = rng.normal(size=400) + 4.0 * is_anomaly
        flagged = apply(FalseDiscovery(level), scores, conformal_p_values(calibration, scores)).flagged
        rates.append(np.sum(flagged & ~is_anomaly) / max(flagged.sum(), 1))
        found.append(np.mean(flagged[is_anomaly]))
    assert np.mean(rates) <= level + 0.02
    assert np.mean(found) > 0.5  # a promise kept by flagging nothing would be worth nothing


def test_the_expected_mix_of_a_budget_holds_on_average_and_its_interval_covers():
    rng = np.random.default_rng(4)
    expected, truth, covered = [], [], []
    for _ in range(200):
        calibration = np.sort(rng.normal(size=800))
        is_anomaly = np.arange(2000) < 100
        scores = rng.normal(size=2000) + 2.5 * is_anomaly
        threshold = apply(Budget(100), scores, conformal_p_values(calibration, scores), Basis(800))
        ordinary = np.sum(threshold.flagged & ~is_anomaly)
        low, high = threshold.interval
        expected.append(threshold.expected_ordinary)
        truth.append(ordinary)
        covered.append(low <= ordinary <= high)
    assert np.mean(expected) == pytest.approx(np.mean(truth), rel=0.15)
    assert np.mean(covered) > 0.9


def test_the_sentence_states_count_share_and_interval():
    rng = np.random.default_rng(5)
    calibration = np.sort(rng.normal(size=999))
    scores = np.r_[rng.normal(size=900), np.full(100, 9.0)]
    p = conformal_p_values(calibration, scores)
    text = words().text(apply(Budget(120), scores, p, Basis(999)).sentence)
    assert text.startswith("120 rows are flagged. About ")
    assert "95% interval" in text
    assert "at most 10%" in words().text(apply(FalseDiscovery(0.1), scores, p).sentence)


def test_a_table_of_ordinary_rows_is_not_made_to_look_suspicious():
    rng = np.random.default_rng(8)
    calibration, scores = np.sort(rng.normal(size=999)), rng.normal(size=900)
    threshold = apply(Budget(50), scores, conformal_p_values(calibration, scores), Basis(999))
    assert threshold.expected_ordinary > 35
    told = apply(Budget(50), calibration[:900], np.linspace(0.2, 1, 900), Basis(999)).sentence
    assert "nothing says that any of them is unusual" in words().text(told)


def test_a_calibration_too_small_for_the_contract_says_how_many_rows_it_would_take():
    calibration = np.arange(9.0)
    scores = np.r_[np.zeros(199), 100.0]
    threshold = apply(FalseDiscovery(0.1), scores, conformal_p_values(calibration, scores), Basis(9))
    assert threshold.count == 0
    assert "at least 200 rows must stand out" in words().text(threshold.sentence)


@settings(max_examples=30)
@given(scores=arrays(np.float64, 30, elements=st.floats(0, 10)), shift=st.floats(-3, 3), scale=st.floats(0.5, 3))
def test_flagging_depends_on_the_order_of_scores_alone(scores, shift, scale):
    scores = np.round(scores, 3)
    for contract in (Budget(7), Budget(30)):
        assert np.array_equal(apply(contract, scores).flagged, apply(contract, scores * scale + shift).flagged)


def test_the_window_can_apply_contracts_without_loading_scipy_or_sklearn():
    code = ("import sys, core.detect.threshold; "
            "print([m for m in ('scipy', 'sklearn', 'pandas', 'pyarrow', 'duckdb') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
