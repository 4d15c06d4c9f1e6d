"""Dates as parts of the calendar: nothing may be lost, made up or counted twice on the way to numbers and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from core.data.batch import Column
from core.data.conditions import Condition
from core.data.schema import ColumnSpec, Kind, Role
from core.encode.calendar import DAY, HOUR, WEEK, Calendar, parts_of
from core.encode.column import MISSING
from core.encode.dates import DateCodec

PARTS = ("none", "hours", "weekdays", "weekday-hours")
MINUTE = HOUR // 60
START = int(np.datetime64("2023-11-01", "us").astype(np.int64))  # a Wednesday
SHOPS = ((61, 6_000, MINUTE), (20, 2_000, MINUTE), (61, 2_000, DAY), (40, 500, DAY))  # one for each of the calendars


def shop(days: int, rows: int, step: int = MINUTE, seed: int = 0) -> np.ndarray:
    """Moments of a shop that opens at eight, closes at twenty and rests on Sundays."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, days, 2 * rows)
    day = day[(day + 2) % 7 != 6][:rows]
    return (START + day * DAY + 8 * HOUR + rng.integers(0, 12 * HOUR, len(day))) // step * step


def codec_of(values: np.ndarray, role: Role = Role.FEATURE) -> DateCodec:
    return DateCodec.fit(ColumnSpec("t", Kind.DATETIME, role), values, 0, "normal")


def column(values: np.ndarray) -> Column:
    return Column(Kind.DATETIME, values, np.zeros(len(values), dtype=np.uint8))


@pytest.mark.parametrize(
    ("days", "rows", "step", "parts"),
    [
        (70, 6_000, MINUTE, "weekday-hours"),
        (20, 6_000, MINUTE, "hours"),  # too few weeks to know a weekday by
        (70, 1_000, MINUTE, "hours"),  # 72 hours of the week with 14 rows each
        (365, 3_000, MINUTE, "weekday-hours"),  # 42 rows each
        (70, 6_000, DAY, "weekdays"),
        (40, 6_000, DAY, "none"),
        (70, 100, DAY, "none"),
    ],
)
def test_weekdays_are_told_apart_only_where_weeks_and_rows_suffice(days, rows, step, parts):
    values = shop(days, rows, step)
    assert parts_of(values) == parts
    counts = codec_of(values).counts[1:]
    assert len(counts) == {"none": 1, "hours": 24, "weekdays": 7, "weekday-hours": 168}[parts]
    assert counts.sum() == len(values)


def test_a_few_thousand_rows_round_the_clock_keep_to_hours():
    values = START + np.random.default_rng(0).integers(0, 300 * DAY, 3_000)
    assert parts_of(values) == "hours"


@settings(max_examples=60, deadline=None)
@given(
    parts=st.sampled_from(PARTS), first=st.integers(-(10**16), 10**16), span=st.integers(0, 3 * 10**14),
    step=st.sampled_from([1_000, 1_000_000, MINUTE, HOUR]), seed=st.integers(0, 99),
)
def test_every_moment_comes_back_whatever_the_calendar(parts, first, span, step, seed):
    first = first // step * step
    last = first + span // step * step
    calendar = Calendar(parts, first, last, step)
    wide = np.random.default_rng(seed).integers(first - span - WEEK, last + span + WEEK, 200) // step * step
    moments = np.concatenate([[first, last], wide])
    slot, v = calendar.split(moments)
    np.testing.assert_array_equal(calendar.moments(slot, v), moments)
    assert ((slot >= 0) & (slot < calendar.slots)).all()


@pytest.mark.parametrize("parts", PARTS)
def test_a_slot_is_the_part_of_the_calendar_it_is_called(parts):
    stamps = np.array(["1969-12-31T23:30", "1900-02-03T04:05", "2024-02-29T00:00"], "datetime64[us]").astype(np.int64)
    calendar = Calendar(parts, START, START + 99 * DAY, MINUTE)
    wanted = {
        "none": [None] * 3, "hours": ["23:00", "04:00", "00:00"], "weekdays": ["Wed", "Sat", "Thu"],
        "weekday-hours": ["Wed 23:00", "Sat 04:00", "Thu 00:00"],
    }[parts]
    assert [calendar.texts()[s] for s in calendar.split(stamps)[0]] == wanted


@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("days", [3, 30, 61])
def test_all_slots_fill_the_same_range_of_time(parts, days):
    moments = np.arange(START + 10 * HOUR, START + days * DAY, HOUR)
    calendar = Calendar(parts, int(moments[0]), int(moments[-1]), HOUR)
    slot, v = calendar.split(moments)
    ends = np.array([(v[slot == s].min(), v[slot == s].max()) for s in np.unique(slot)])
    rounds = np.ceil((moments[-1] + HOUR - moments[0] // calendar.width * calendar.width) / calendar.period)
    assert (ends[:, 0] <= 1.0 + 1e-9).all(), "no slot begins late"
    assert (ends[:, 1] >= rounds - 1.0 - 1e-9).all(), "no slot ends early"
    assert (ends[:, 1] <= rounds).all()


@pytest.mark.parametrize(("days", "rows", "step"), SHOPS)
def test_the_density_of_moments_adds_up_to_one(days, rows, step):
    codec = codec_of(shop(days, rows, step))
    shares = np.append(0.0, codec.counts[1:] / codec.counts[1:].sum())
    grid = np.arange(START - 30 * DAY, START + (days + 30) * DAY, min(step, 5 * MINUTE)) // step * step
    cells = codec.encode(column(np.unique(grid)))
    width = np.diff(np.unique(grid)).min()
    own = norm.logpdf(cells.values) + cells.base - codec.log_scale
    assert np.sum(shares[cells.tokens] * np.exp(own)) * width == pytest.approx(1.0, abs=0.01)


TESTS = (
    "t < 2023-11-20", "t >= '2023-11-20 13:40'", "t between 2023-11-14 and '2023-12-02 09:15'", "t = 2023-12-04",
    "t > '2023-12-30 19:00'", "t in (2023-11-10, 2023-11-13)",
)


@pytest.mark.parametrize(("days", "rows", "step"), SHOPS)
@pytest.mark.parametrize("text", TESTS)
def test_what_a_condition_allows_is_what_it_keeps_of_drawn_moments(text, days, rows, step):
    """The share of draws that pass is the mass of the pieces, and each piece draws only what passes."""
    codec, condition = codec_of(shop(days, rows, step)), Condition.parse(text)
    low, high = norm.cdf(codec.limits)
    n = 200_000
    rng = np.random.default_rng(1)
    slots = rng.choice(len(codec.counts), n, p=codec.counts / codec.counts.sum()).astype(np.int32)
    y = norm.ppf(rng.uniform(low, high, n))
    drawn = codec.decode(slots, y, rng)
    passes = np.all([t.mask(drawn) for t in condition.tests], axis=0)
    inside, mass = np.zeros(n, dtype=bool), 0.0
    for piece in codec.pieces(condition.tests):
        inside |= (slots == piece.token) & (y >= piece.low) & (y < piece.high)
        part = np.clip(norm.cdf([piece.low, piece.high]), low, high)
        mass += codec.counts[piece.token] / codec.counts.sum() * (part[1] - part[0]) / (high - low)
    kept = codec.calendar.moments(slots - 1, codec.curve.inverse(y)) == drawn.values  # no first or last slot moved it
    assert kept.mean() > 0.99
    np.testing.assert_array_equal(inside[kept], passes[kept])
    assert passes.mean() == pytest.approx(mass, abs=0.004)


def test_draws_stay_within_training_and_keep_their_part_of_the_week():
    codec = codec_of(shop(61, 6_000))
    rng = np.random.default_rng(0)
    tokens = rng.choice(np.flatnonzero(codec.counts), 20_000).astype(np.int32)
    y = rng.uniform(*codec.limits, 20_000)
    drawn = codec.decode(tokens, y, rng)
    assert drawn.values.min() >= codec.first
    assert drawn.values.max() <= codec.last
    moved = codec.encode(drawn).tokens != tokens
    assert moved.mean() < 0.001, "Sunday is not Monday"


def test_uniform_days_are_drawn_uniformly_also_in_a_broken_last_week():
    """Days at the ends of the range must not be drawn too often or too seldom for their weekday's sake."""
    values = (START + np.random.default_rng(0).integers(0, 61 * DAY, 40_000)) // MINUTE * MINUTE
    codec = codec_of(values)
    assert codec.calendar.parts == "weekday-hours"
    rng = np.random.default_rng(1)
    tokens = rng.choice(169, 200_000, p=codec.counts / codec.counts.sum()).astype(np.int32)
    y = norm.ppf(rng.uniform(*norm.cdf(codec.limits), 200_000))
    per_day = np.bincount((codec.decode(tokens, y, rng).values - START) // DAY, minlength=61) * 61 / 200_000
    assert per_day == pytest.approx(np.ones(61), abs=0.12)


def test_next_months_moments_keep_their_hour_of_the_week():
    values = shop(61, 6_000)
    codec = codec_of(values, Role.TIME)
    now, later = (codec.encode(column(v)) for v in (values, values + 13 * WEEK))
    np.testing.assert_array_equal(now.tokens, later.tokens)
    assert (later.values <= codec.limits[1] + 1e-9).all()


def test_a_saved_calendar_reads_the_same():
    values = shop(61, 6_000)
    codec = codec_of(values)
    again = DateCodec.load("t", *codec.state())
    first, second = codec.encode(column(values)), again.encode(column(values))
    assert first.tokens.tobytes() == second.tokens.tobytes()
    assert first.values.tobytes() == second.values.tobytes()
    assert first.base.tobytes() == second.base.tobytes()


def test_what_is_told_of_an_hour_of_the_week_is_the_part_that_says_more():
    codec = codec_of(shop(61, 6_000))
    week = np.zeros((2, 7, 24))
    week[0, :, 3] = 1 / 7  # always at three
    week[1, 5, :] = 1 / 24  # always on Saturday
    tokens = np.concatenate([np.zeros((2, 1)), week.reshape(2, 168)], axis=1)
    names, shares = codec.shown(tokens)
    told = [{names[i]: float(p) for i, p in enumerate(row) if p > 0} for row in shares]
    assert told == [{"03:00": pytest.approx(1.0)}, {"Sat": pytest.approx(1.0)}]
    assert names[MISSING] is None


def test_a_range_is_told_in_days_that_training_had():
    codec = codec_of(shop(61, 6_000))
    y = np.array([codec.limits[0], 0.0, codec.limits[1]])
    low, high = codec.show(y, end=-1), codec.show(y, end=1)
    assert low[0] == codec.first // DAY * DAY
    assert high[2] == codec.last // DAY * DAY + DAY - codec.calendar.step
    assert (high - low <= 2 * WEEK + DAY).all()
    assert ((codec.show(y) > low) & (codec.show(y) < high)).all()
