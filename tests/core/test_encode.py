"""Codecs: what goes in comes out, densities integrate to one, conditions allow exactly what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.batch import Column, Missing
from core.data.conditions import Condition
from core.data.schema import ColumnSpec, Kind, Role
from core.encode.categories import CategoryCodec
from core.encode.column import MISSING
from core.encode.curves import Curve, levels_with_steps, robust_scale
from core.encode.dates import DateCodec, fold
from core.encode.numbers import NumberCodec
from core.encode.table import TableCodec, sample_rows
from core.errors import FitError
from core.run import Run

from .model_tables import numbers, payments, rows_of

HOUR = 3_600_000_000
RNG = np.random.default_rng(0)
finite = st.floats(-1e12, 1e12, allow_nan=False)


def number_codec(values, kind=Kind.NUMBER, decimals=None, transform="normal"):
    spec = ColumnSpec("x", kind, decimals=decimals)
    return NumberCodec.fit(spec, np.asarray(values, dtype=float), 0, transform)


def skewed(n=4_000):
    return np.random.default_rng(1).lognormal(3, 1, n)


@settings(max_examples=60, deadline=None)
@given(st.lists(finite, min_size=1, max_size=300), st.lists(finite, min_size=2, max_size=20))
def test_curves_rise_and_come_back(values, probes):
    for curve in (Curve.normal(np.array(values)), Curve.standard(np.array(values))):
        x = np.sort(np.array(probes))
        y = curve.forward(x)
        assert (np.diff(y) >= 0).all()
        assert (curve.slopes > 0).all()
        inside = np.abs(y) < 1e6
        spread = np.abs(x).max() + np.abs(values).max() + robust_scale(np.array(values))[1]
        np.testing.assert_allclose(curve.inverse(y)[inside], x[inside], atol=1e-7 * spread)


def test_normal_scores_are_normal():
    y = Curve.normal(skewed()).forward(skewed())
    assert abs(y.mean()) < 0.05
    assert y.std() == pytest.approx(1.0, abs=0.05)
    assert np.mean(np.abs(y) < 1.96) == pytest.approx(0.95, abs=0.01)


def test_the_slope_is_the_derivative():
    curve, x = Curve.normal(skewed()), np.array([-5.0, 3.21, 20.7, 55.5, 5_000.0])
    numeric = (curve.forward(x + 1e-6) - curve.forward(x - 1e-6)) / 2e-6
    np.testing.assert_allclose(np.exp(curve.log_slope(x)), numeric, rtol=1e-6)
    np.testing.assert_allclose(curve.log_slope_at(curve.forward(x)), curve.log_slope(x))


def test_common_values_are_steps_that_rounding_gives_back_as_often_as_they_were():
    rng = np.random.default_rng(2)
    common = np.array([390.0, 391.0, 7_000.0])
    values = np.concatenate([rng.permutation(20_000)[:5_000].astype(float), np.repeat(common, [40, 60, 25])])
    x, share = levels_with_steps(values, common, 1.0, 512)
    assert (np.diff(x) > 0).all()
    assert (np.diff(share) >= 0).all()
    assert (share[0], share[-1]) == (0.0, 1.0)
    curve = Curve.standard(values).through(x, share)
    made = np.round(curve.inverse((np.arange(50_000) + 0.5) / 50_000))
    for value in common:
        assert np.mean(made == value) == pytest.approx(np.mean(values == value), abs=1e-4)
    assert np.quantile(made, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(values, [0.1, 0.5, 0.9]), rel=0.02)


def test_huge_and_infinite_values_stay_finite_and_in_order():
    curve = Curve.normal(skewed())
    y = curve.forward(np.array([-np.inf, -1e300, 0.0, 1e4, 1e300, np.inf]))
    assert np.isfinite(y).all()
    assert (np.diff(y) >= 0).all()


@pytest.mark.parametrize("values", [[1e300, -1e300], [0.0], [5.0, 5.0], [1e-300, 2e-300], [1e15, 1e15 + 1]])
def test_robust_scale_is_positive_and_finite(values):
    centre, scale = robust_scale(np.array(values))
    assert np.isfinite([centre, scale]).all()
    assert scale > 0


def test_spikes_are_found_where_neighbours_are_rare():
    rng = np.random.default_rng(2)
    hours = np.where(rng.random(5_000) < 0.4, 40, rng.integers(1, 100, 5_000))
    assert list(number_codec(hours, Kind.INTEGER).atoms) == [40.0]
    ages = np.clip(np.rint(rng.normal(40, 15, 20_000)), 17, 90)
    assert not {25.0, 40.0, 55.0} & set(number_codec(ages, Kind.INTEGER).atoms)
    gains = np.where(rng.random(5_000) < 0.9, 0.0, rng.lognormal(8, 1, 5_000))
    assert list(number_codec(gains).atoms) == [0.0]


def test_few_values_are_tokens_and_a_new_one_is_surprising_by_its_distance():
    codec = number_codec(np.arange(1, 6).repeat(40), Kind.INTEGER)
    assert codec.curve is None
    near, far = (codec.encode(Column.of(Kind.INTEGER, [v])) for v in (7, 7_000))
    assert near.tokens[0] == far.tokens[0] == len(codec.counts) - 1
    assert near.base[0] > far.base[0]


@pytest.mark.parametrize("transform", ["normal", "standard"])
def test_numbers_come_back(transform):
    values = np.concatenate([np.round(skewed(500), 2), np.zeros(60)])
    codec = number_codec(values, decimals=2, transform=transform)
    column = Column.of(Kind.NUMBER, [*values[:50], 0.0, None, np.nan])
    cells = codec.encode(column)
    back = codec.decode(cells.tokens, cells.values, RNG)
    np.testing.assert_allclose(back.values[:51], column.values[:51], atol=1e-9)
    assert list(back.missing[-2:]) == [Missing.NULL, Missing.NULL]
    assert np.isnan(cells.values[-3:]).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-(10**8), 10**8), min_size=1, max_size=200))
def test_integers_come_back(values):
    codec = number_codec(values, Kind.INTEGER)
    cells = codec.encode(Column.of(Kind.INTEGER, values))
    back = codec.decode(cells.tokens, cells.values, RNG).values
    spread = max(values) - min(values)
    assert np.abs(back - np.array(values)).max() <= max(1e-9 * spread, 1)


def moments(n=2_000, seed=3):
    rng = np.random.default_rng(seed)
    seconds = rng.integers(0, 200, n) * 86_400 + rng.integers(6, 20, n) * 3_600 + rng.integers(0, 3_600, n)
    return np.datetime64("1999-11-01", "us").astype(np.int64) + seconds * 1_000_000


def date_codec(values):
    return DateCodec.fit(ColumnSpec("t", Kind.DATETIME), values, 0, "normal")


def test_moments_come_back_to_the_second():
    values = moments()
    codec = date_codec(values)
    assert codec.calendar.step == 1_000_000
    assert codec.calendar.parts == "weekday-hours"
    cells = codec.encode(Column(Kind.DATETIME, values, np.zeros(len(values), dtype=np.uint8)))
    back = codec.decode(cells.tokens, cells.values, RNG)
    np.testing.assert_array_equal(back.values, values)


def test_plain_dates_come_back_to_the_day():
    values = moments() // (24 * HOUR) * (24 * HOUR)
    codec = date_codec(values)
    assert codec.calendar.parts == "weekdays"
    cells = codec.encode(Column(Kind.DATETIME, values, np.zeros(len(values), dtype=np.uint8)))
    np.testing.assert_allclose(codec.decode(cells.tokens, cells.values + 1e-9, RNG).values, values)


def test_dates_before_1970_have_the_right_hour():
    column = Column.of(Kind.DATETIME, ["1969-12-31T23:30:00", "1900-02-03T04:05:06"])
    codec = date_codec(moments(400))
    assert codec.calendar.parts == "hours"
    assert list(codec.encode(column).tokens) == [24, 5]


def test_next_months_moments_are_the_same_hours_and_weekdays_of_this_one():
    values = moments()
    first, last = int(values.min()), int(values.max())
    for weeks in (-5, 30, 40):
        later = values + weeks * 7 * 24 * HOUR
        folded = fold(later, first, last)
        assert folded.min() >= first
        assert folded.max() <= last
        np.testing.assert_array_equal((folded - later) % (7 * 24 * HOUR), 0)
    typo = np.array([0, int(np.datetime64("2099-01-01", "us").astype(np.int64))])
    np.testing.assert_array_equal(fold(typo, first, last), typo)


def test_only_the_column_of_row_times_folds():
    values, later = moments(), Column.of(Kind.DATETIME, ["2000-09-01T12:00:00"])
    time = DateCodec.fit(ColumnSpec("t", Kind.DATETIME, Role.TIME), values, 0, "normal")
    assert float(time.encode(later).values[0]) <= time.limits[1]
    assert float(date_codec(values).encode(later).values[0]) > date_codec(values).limits[1]


@pytest.mark.parametrize("text", ["t >= '1999-12-05 07:30'", "t < 2000-01-01", "t = 2000-02-02", "t > 1999-12"])
def test_pieces_of_a_date_are_what_the_condition_keeps(text):
    codec, condition = date_codec(moments()), Condition.parse(text)
    column = Column(Kind.DATETIME, moments(), np.zeros(2_000, dtype=np.uint8))
    inside = in_pieces(codec, condition, column)
    np.testing.assert_array_equal(inside, condition.tests[0].mask(column))


@pytest.mark.parametrize(
    "text",
    ["x > 20", "x >= 20 and x < 31.5", "x = 0", "x <= 0", "x in (0, 17.25)", "x between 3 and 4", "x is present"],
)
def test_pieces_of_a_number_are_what_the_condition_keeps(text):
    values = np.concatenate([np.round(skewed(1_500), 2), np.zeros(100), [17.25]])
    codec, condition = number_codec(values, decimals=2), Condition.parse(text)
    column = Column.of(Kind.NUMBER, [*values, None])
    wanted = np.all([t.mask(column) for t in condition.tests], axis=0)
    np.testing.assert_array_equal(in_pieces(codec, condition, column), wanted)


def in_pieces(codec, condition, column):
    cells = codec.encode(column)
    inside = np.zeros(len(column), dtype=bool)
    for piece in codec.pieces(condition.tests):
        has = cells.tokens == piece.token
        with np.errstate(invalid="ignore"):
            within = (cells.values >= piece.low - 1e-12) & (cells.values <= piece.high + 1e-12)
        inside |= has & (within | ~codec.continuous[piece.token])
    return inside


def test_what_contradicts_itself_has_no_pieces():
    codec = number_codec(skewed())
    for text in ("x > 5 and x < 4", "x is missing and x > 3"):
        assert codec.pieces(Condition.parse(text).tests) == []


def category_codec(totals):
    return CategoryCodec.fit(ColumnSpec("c", Kind.CATEGORY), totals, 3)


def test_categories_come_back_and_rare_ones_share_a_token():
    codec = category_codec({"a": 50, "b": 20, "r1": 2, "r2": 1})
    assert codec.frequent == ("a", "b")
    assert codec.rare == ("r1", "r2")
    column = Column.of(Kind.CATEGORY, ["a", "b", None, "", "r1", "r2", "new"])
    cells = codec.encode(column)
    assert list(cells.tokens) == [1, 2, MISSING, MISSING, 3, 3, 3]
    assert np.exp(cells.base[4:]).sum() == pytest.approx(1.0)
    drawn = codec.decode(np.full(900, 3, dtype=np.int32), np.full(900, np.nan), np.random.default_rng(0)).objects()
    assert np.mean(drawn == "r1") == pytest.approx(2 / 3, abs=0.06)
    assert set(drawn) == {"r1", "r2"}


def test_a_condition_on_a_rare_category_decodes_to_it():
    codec = category_codec({"a": 50, "r1": 2, "r2": 1})
    tests = Condition.parse("c = 'r2'").tests
    assert [(p.token, p.share) for p in codec.pieces(tests)] == [(2, pytest.approx(1 / 3))]
    drawn = codec.only(tests).decode(np.full(20, 2, dtype=np.int32), np.full(20, np.nan), RNG)
    assert set(drawn.objects()) == {"r2"}
    assert "r1" not in codec.only(tests).rare


def test_an_unknown_category_is_named():
    with pytest.raises(FitError, match="nowhere"):
        category_codec({"a": 50}).pieces(Condition.parse("c = 'nowhere'").tests)


def test_ten_thousand_categories_keep_a_thousand_tokens():
    codec = category_codec({f"v{i}": 5 + i % 7 for i in range(10_000)})
    assert len(codec.counts) == 1_002
    assert len(codec.rare) == 9_000
    assert codec.counts.sum() == sum(5 + i % 7 for i in range(10_000)) + 3


def test_a_table_comes_back_and_its_codec_is_plain_data():
    source = payments()
    codec = TableCodec.fit(source, rows_of(source), "normal", Run())
    plain, arrays = codec.state()
    again = TableCodec.load(plain, arrays)
    first, second = codec.encode(source.batch), again.encode(source.batch)
    assert first.tokens.tobytes() == second.tokens.tobytes()
    assert first.values.tobytes() == second.values.tobytes()
    back = again.decode(first.tokens, first.values, RNG)
    for name in codec.names:
        assert (back[name].present == source.batch[name].present).all()
        if source.batch[name].categories:
            assert list(back[name].objects()) == list(source.batch[name].objects())


def test_columns_with_awkward_names_keep_their_own_arrays():
    source = numbers(**{"a": np.arange(50.0), "a.curve": np.arange(50.0) ** 2, "codec.1": -np.arange(50.0)})
    codec = TableCodec.fit(source, rows_of(source), "normal", Run())
    again = TableCodec.load(*codec.state())
    np.testing.assert_array_equal(again.encode(source.batch).values, codec.encode(source.batch).values)


def test_samples_are_ascending_and_without_repetition():
    rows = sample_rows(payments(), 100, np.random.default_rng(0))
    assert len(np.unique(rows)) == 100
    assert (np.diff(rows) > 0).all()
