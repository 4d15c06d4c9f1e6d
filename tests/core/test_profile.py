"""Profile: the figures a user decides by must be those of the table, exactly."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.batch import Batch
from core.data.profile import profile
from core.data.schema import Kind, Role, Schema
from core.data.source import MemorySource
from core.errors import Cancelled
from core.run import Run, Signal
from core.words import Message, words

from .tables import moments, spec, table


def column(source, name="x"):
    found = profile(source).to_json()
    return next(c for c in found["columns"] if c["name"] == name)


def keys(warnings):
    return [w["key"].removeprefix("data.warn_") for w in warnings]


CELLS = st.one_of(st.none(), st.just(float("nan")), st.floats(-1e9, 1e9).map(lambda v: round(v, 2)))


@settings(deadline=None, max_examples=60)
@given(st.lists(CELLS, min_size=1))
def test_figures_of_numbers_agree_with_numpy(values):
    found = column(table(x=(Kind.NUMBER, values)))
    present = np.array([v for v in values if v is not None and v == v])
    assert found["count"] == len(present)
    nulls = values.count(None)
    assert found["missing"] == {"null": nulls, "nan": len(values) - len(present) - nulls, "empty": 0}
    assert found["distinct"] == len(set(present.tolist()))
    if len(present):
        assert found["mean"] == pytest.approx(present.mean(), abs=1e-6)
        for q, value in found["quantiles"].items():
            assert value == pytest.approx(np.quantile(present, float(q)), abs=1e-6)
        assert sum(found["histogram"]["counts"]) == len(present)
        assert len(found["histogram"]["edges"]) == len(found["histogram"]["counts"]) + 1
        assert np.all(np.diff(found["histogram"]["edges"]) > 0)
    else:
        assert found["mean"] is found["quantiles"] is found["histogram"] is None


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["a", "b", "c", "", None]), max_size=40))
def test_commonest_values_are_counted(values):
    found = column(table(x=(Kind.CATEGORY, values)))
    present = [v for v in values if v]
    assert dict(found["top"]) == {v: present.count(v) for v in set(present)}
    assert [n for _, n in found["top"]] == sorted((n for _, n in found["top"]), reverse=True)
    assert found["missing"]["empty"] == values.count("")


def test_at_most_twenty_values_are_listed_and_single_numbers_are_not():
    many = column(table(x=(Kind.CATEGORY, [f"c{i}" for i in range(50)])))
    assert len(many["top"]) == 20
    assert many["distinct"] == 50
    numbers = column(table(x=(Kind.NUMBER, [1.0, 1.0, 2.0, 3.0])))
    assert numbers["top"] == [["1", 2]]


def test_dates_are_measured_in_microseconds():
    found = column(table(x=(Kind.DATETIME, moments("2024-01-01", 5, "D"))))
    start = int(np.datetime64("2024-01-01", "us").astype(int))
    assert found["quantiles"]["0"] == start
    assert found["quantiles"]["0.5"] == start + 2 * 86_400_000_000
    assert found["histogram"]["edges"][-1] == start + 4 * 86_400_000_000


def test_few_whole_numbers_have_a_bar_each():
    found = column(table(x=(Kind.INTEGER, [0, 0, 1, 3])))["histogram"]
    assert found == {"edges": [-0.5, 0.5, 1.5, 2.5, 3.5], "counts": [2, 1, 0, 1], "log": False}


def test_long_tailed_amounts_get_a_logarithmic_axis():
    rng = np.random.default_rng(0)
    assert column(table(x=(Kind.NUMBER, rng.lognormal(3, 1.2, 2000).tolist())))["histogram"]["log"]
    assert not column(table(x=(Kind.NUMBER, rng.normal(50, 5, 2000).tolist())))["histogram"]["log"]
    few_zeros = column(table(x=(Kind.NUMBER, [0.0, *rng.lognormal(3, 1.2, 2000)])))["histogram"]
    assert few_zeros["log"]
    assert sum(few_zeros["counts"]) == 2001
    assert few_zeros["edges"][0] > 0
    many_zeros = [*np.zeros(100), *rng.lognormal(3, 1.2, 2000)]
    assert not column(table(x=(Kind.NUMBER, many_zeros)))["histogram"]["log"]


def test_one_wild_value_does_not_flatten_all_bars():
    rng = np.random.default_rng(0)
    found = column(table(x=(Kind.NUMBER, [*rng.normal(size=1000), 1e12])))["histogram"]
    assert sum(found["counts"]) == 1001
    assert sum(c > 0 for c in found["counts"]) > 10


@pytest.mark.parametrize("scale", [1e300, 1e-300, 2.0**62])
def test_extreme_magnitudes_have_figures(scale):
    kind = Kind.INTEGER if scale == 2.0**62 else Kind.NUMBER
    values = [int(v * scale) if kind is Kind.INTEGER else v * scale for v in (-1, 0.5, 1)]
    found = column(table(x=(kind, values)))
    assert np.isfinite([found["mean"], *found["quantiles"].values(), *found["histogram"]["edges"]]).all()
    json.dumps(found, allow_nan=False)


def test_infinite_values_are_named_and_kept_out_of_the_figures():
    found = column(table(x=(Kind.NUMBER, [1.0, 3.0, float("inf"), float("-inf")])))
    assert found["mean"] == 2
    assert found["quantiles"]["1"] == 3
    assert keys(found["warnings"]) == ["infinite"]
    assert column(table(x=(Kind.NUMBER, [float("inf")] * 2)))["quantiles"] is None


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Kind.NUMBER, [None] * 9, ["empty"]),
        (Kind.CATEGORY, [""] * 9, ["empty"]),
        (Kind.NUMBER, [2.0] * 9, ["constant"]),
        (Kind.CATEGORY, ["x"] * 9, ["constant"]),
        (Kind.NUMBER, [2.0] * 6 + [None] * 3, ["missing"]),
        (Kind.NUMBER, [float(i) for i in range(100)] + [None] * 4, []),
        (Kind.CATEGORY, [f"c{i}" for i in range(90)], ["rare"]),
        (Kind.CATEGORY, [f"c{i % 30}" for i in range(300)], []),
        (Kind.CATEGORY, [f"c{i % 1001}" for i in range(5000)], ["many"]),
        (Kind.ID, [f"c{i}" for i in range(90)], []),
        (Kind.TEXT, [f"c{i}" for i in range(90)], []),
        (Kind.CATEGORY, ["1", "2.5", "3", "n/a"], ["mixed"]),
        (Kind.CATEGORY, ["1", "2", "3"], []),
        (Kind.CATEGORY, ["a", "b", "3"], []),
    ],
)
def test_warnings_say_what_would_spoil_a_fit(kind, values, expected):
    assert keys(column(table(x=(kind, values)))["warnings"]) == expected


def labelled(feature, kind, role=Role.FEATURE):
    label = np.arange(4000) % 50 == 0
    return table(x=(kind, feature(label), role), fraud=(Kind.BOOLEAN, label.tolist(), Role.LABEL)), label


RNG = np.random.default_rng(1)
LEAKS = {
    "a number that is high for fraud alone": (lambda y: (RNG.normal(size=len(y)) + 12 * y).tolist(), Kind.NUMBER, True),
    "a number high or low": (lambda y: (RNG.normal(size=len(y)) + 12 * y * RNG.choice([-1, 1], len(y))).tolist(),
                             Kind.NUMBER, True),
    "a text filled in afterwards": (lambda y: [f"case {i % 4}" if v else None for i, v in enumerate(y)],
                                    Kind.CATEGORY, True),
    "a weak hint": (lambda y: (RNG.normal(size=len(y)) + 1.0 * y).tolist(), Kind.NUMBER, False),
    "noise": (lambda y: RNG.normal(size=len(y)).tolist(), Kind.NUMBER, False),
    "many categories of few rows": (lambda y: [f"m{i}" for i in RNG.integers(0, 190, len(y))], Kind.CATEGORY, False),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_column_that_tells_the_label_is_pointed_out(name):
    make, kind, is_leak = LEAKS[name]
    source, _ = labelled(make, kind)
    assert ("leak" in keys(column(source)["warnings"])) is is_leak


def test_ignored_columns_leak_nothing():
    source, _ = labelled(lambda y: y.astype(float).tolist(), Kind.NUMBER, Role.IGNORE)
    assert column(source)["warnings"] == []


def table_keys(source):
    return keys(profile(source).to_json()["warnings"])


def test_repeated_rows_are_counted_apart_from_ids():
    rows = list(range(60))
    plain = table(x=(Kind.INTEGER, [r // 2 for r in rows]), y=(Kind.CATEGORY, ["a"] * 60))
    assert table_keys(plain) == ["repeated"]
    assert profile(plain).warnings[0].values["count"] == 30
    named = table(payment=(Kind.ID, [f"P{r}" for r in rows], Role.ID), x=(Kind.INTEGER, [r // 2 for r in rows]))
    assert table_keys(named) == ["repeated_but_ids"]
    assert table_keys(table(x=(Kind.INTEGER, rows))) == []


def test_tables_too_small_to_learn_from_say_so():
    assert table_keys(table(x=(Kind.NUMBER, []))) == ["no_rows"]
    assert table_keys(table(x=(Kind.NUMBER, [1.0]))) == ["few_rows"]
    assert "no_features" in table_keys(table(x=(Kind.ID, ["a"], Role.ID)))


def test_a_profile_is_json_and_every_warning_has_words():
    source = table(
        x=(Kind.NUMBER, [1.0, None, float("inf"), 4.0]), c=(Kind.CATEGORY, ["1", "2", "b", None]),
        t=(Kind.DATETIME, moments("2024-01-01", 4)), b=(Kind.BOOLEAN, [True, False, None, True], Role.LABEL),
    )
    said = profile(source).to_json()
    json.dumps(said, allow_nan=False)
    for warning in [*said["warnings"], *(w for c in said["columns"] for w in c["warnings"])]:
        text = words().text(Message.from_json(warning))
        assert not text.startswith("data.")
        assert "{" not in text


def test_batches_with_their_own_dictionaries_are_added_up():
    class Pieces(MemorySource):
        def batches(self, columns=None, size=0):
            for part in (["a", "b", "a"], ["c", "a"]):
                yield Batch({"x": table(x=(Kind.CATEGORY, part)).batch["x"]}, len(part))

    whole = table(x=(Kind.CATEGORY, ["a", "b", "a", "c", "a"]))
    pieces = Pieces(whole.batch, Schema((spec("x", Kind.CATEGORY),)))
    assert profile(pieces).to_json() == profile(whole).to_json()


def test_progress_rises_and_cancelling_stops():
    seen = []
    source = table(**{f"c{i}": (Kind.NUMBER, [1.0, 2.0]) for i in range(9)})
    profile(source, Run(on_progress=lambda f, _: seen.append(f)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    with pytest.raises(Cancelled):
        profile(source, Run(get_signal=lambda: Signal.CANCEL))
