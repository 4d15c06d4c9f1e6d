"""Every metric there is keeps the contract: a value with an interval, repeatable, between its reference rows."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from core.errors import Cancelled
from core.evaluate.base import GROUPS, METRICS, references
from core.evaluate.leaks import leaking
from core.evaluate.report import every_metric
from core.run import Run, Signal
from core.words import words
from tests.core.evaluation import real, tables

ALL = every_metric()
BY_KEY = {m.key: m for m in ALL}


def measured(metric, given, seed=0):
    return metric.measure(given, np.random.default_rng(seed), Run())


@pytest.fixture(scope="module")
def fresh():
    return tables("fresh", n=700)


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.key)
def test_a_metric_is_named_after_its_file_and_explained_in_words(metric):
    assert METRICS[metric.group].get(metric.key) is metric
    assert metric.better in ("higher", "lower")
    for part in ("title", "help"):
        assert f"evaluate.{metric.key}.{part}" in words().templates
    if metric.group == "privacy":
        assert f"evaluate.{metric.key}.leak" in words().templates


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.key)
def test_value_interval_and_detail_are_plain_and_the_interval_holds_the_value(metric, fresh):
    figure = measured(metric, fresh)
    low, high = figure.get_interval()
    assert isinstance(figure.value, float)
    assert low - 1e-12 <= figure.value <= high + 1e-12
    assert -1 <= figure.value <= 1
    json.dumps(figure.detail)


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.key)
def test_the_same_seed_gives_the_same_figure_and_nothing_is_changed(metric, fresh):
    before = fresh.synthetic["amount"].values.copy()
    assert measured(metric, fresh, 5).value == measured(metric, fresh, 5).value
    assert np.array_equal(before, fresh.synthetic["amount"].values)


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.key)
def test_a_metric_stops_when_the_user_cancels(metric, fresh):
    with pytest.raises(Cancelled):
        metric.measure(fresh, np.random.default_rng(0), Run(get_signal=lambda: Signal.CANCEL))


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.key)
def test_a_fresh_real_sample_stands_at_the_holdout_reference(metric, fresh):
    made = references(metric, fresh, np.random.default_rng(1))
    copy, ceiling = measured(metric, fresh), measured(metric, made["holdout"])
    low, high = zip(copy.get_interval(), ceiling.get_interval(), strict=True)
    if metric.key == "same_cases":  # a top 5 % is few rows: their intervals overlap
        assert max(low) <= min(high)
    else:
        assert copy.value == pytest.approx(ceiling.value, abs=0.08)


@pytest.mark.parametrize("metric", [m for m in ALL if m.group != "privacy"], ids=lambda m: m.key)
def test_independent_columns_are_never_better_than_fresh_real_rows(metric, fresh):
    made = references(metric, fresh, np.random.default_rng(1))
    sign = 1 if metric.better == "higher" else -1
    floor, ceiling = measured(metric, made["independent"]).value, measured(metric, made["holdout"]).value
    if metric.key in ("shapes", "representation"):  # shuffling keeps every column: they say nothing of relations
        assert floor == ceiling
    else:
        assert sign * (ceiling - floor) > 0.02


LEAST = {
    "linkability": 0.7,  # halves of a row may be those of several rows
    "membership_density": 0.9,  # a density smooths over rows, copied ones included
}


@pytest.mark.parametrize("metric", [m for m in ALL if m.group == "privacy"], ids=lambda m: m.key)
def test_a_training_copy_is_seen_as_a_leak_by_every_privacy_metric(metric, fresh):
    made = references(metric, fresh, np.random.default_rng(1))
    leak, value = measured(metric, made["training_copy"]), measured(metric, fresh)
    assert leak.get_interval()[0] > value.get_interval()[1]
    assert leak.value > LEAST.get(metric.key, 0.95)
    assert leaking([leak]) == [True]
    assert leaking([value]) == [False]


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.key)
def test_tiny_tables_give_a_figure_or_none_but_never_fail(metric):
    from core.evaluate.tables import prepare

    parts = [real(12, seed) for seed in (1, 2, 3)]
    small = prepare(parts[0].batch, parts[1].batch, parts[2].batch, parts[0].schema).tables
    for given in (small, *references(metric, small, np.random.default_rng(0)).values()):
        figure = measured(metric, given)
        assert math.isnan(figure.value) or -1 <= figure.value <= 1
        figure.get_interval()


def test_every_group_has_metrics():
    assert {m.group for m in ALL} == set(GROUPS)
    assert set(BY_KEY) >= {
        "shapes", "trends", "two_sample_auc", "tstr", "dcr_share", "exact_copies", "partial_copies",
    }
