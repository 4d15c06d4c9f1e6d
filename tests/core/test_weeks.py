"""Models over a column that follows the week: what they draw, say and expect follows it too."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.batch import Column
from core.data.conditions import Condition
from core.data.schema import ColumnSpec, Kind
from core.detect.wording import expected_message
from core.models.base import Expected, Fitted
from core.models.circuit import Circuit, CircuitParams
from core.models.mixture import Mixture
from core.run import Run
from core.words import words

from .model_tables import table

DAY = 86_400_000_000
START = int(np.datetime64("2024-01-01", "us").astype(np.int64))  # a Monday
LATE = Condition.parse("t >= '2024-02-02 12:00'")


def visits(n=6_000, days=61, seed=0):
    """Offices by day from Monday to Friday, homes in the evening and at weekends."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, days, n)
    is_weekend = day % 7 >= 5
    is_home = rng.random(n) < np.where(is_weekend, 0.95, 0.2)
    keep = ~is_weekend | (rng.random(n) < 0.5)
    hour = np.where(is_home, rng.integers(17, 23, n), rng.integers(8, 17, n))
    t = START + day * DAY + hour * 3_600_000_000 + rng.integers(0, 60, n) * 60_000_000
    specs = [ColumnSpec("t", Kind.DATETIME), ColumnSpec("place", Kind.CATEGORY)]
    place = np.where(is_home, "home", "office")[keep]
    return table(specs, {"t": Column(Kind.DATETIME, t[keep], np.zeros(keep.sum(), np.uint8)),
                         "place": Column.of(Kind.CATEGORY, place)})


@pytest.fixture(scope="module")
def source():
    return visits()


@pytest.fixture(scope="module", params=["mixture", "circuit"])
def fitted(request, source) -> Fitted:
    if request.param == "mixture":
        return Mixture().fit(source, Run())
    params = CircuitParams.from_json({**CircuitParams().to_json(), "trees": 1, "states": 8, "passes": 4})
    return Circuit(params).fit(source, Run())


def drawn(fitted, n, condition=Condition(())):  # noqa: B008 - an empty condition
    batches = list(fitted.draw(n, condition, np.random.default_rng(0)))
    return {name: np.concatenate([b[name].objects() if name == "place" else b[name].values for b in batches])
            for name in ("t", "place")}


def of_the_week(moments):
    return np.bincount((moments - START) // DAY % 7, minlength=7) / len(moments)


def test_drawn_weekdays_are_those_of_the_rows_also_where_they_say_something_of_another_column(fitted, source):
    copy, real = drawn(fitted, 20_000), source.batch
    assert of_the_week(copy["t"]) == pytest.approx(of_the_week(real["t"].values), abs=0.02)
    for place in ("home", "office"):
        mine, theirs = copy["t"][copy["place"] == place], real["t"].values[real["place"].objects() == place]
        assert of_the_week(mine) == pytest.approx(of_the_week(theirs), abs=0.06)


@pytest.mark.parametrize("condition", [LATE, Condition.parse("t < '2024-01-20 09:30' and place = 'home'")])
def test_the_probability_of_a_condition_is_the_share_of_draws_that_pass(fitted, condition):
    copy = drawn(fitted, 40_000)
    share = condition.tests[0].mask(Column(Kind.DATETIME, copy["t"], np.zeros(40_000, np.uint8)))
    share = share & (copy["place"] == "home") if len(condition.tests) > 1 else share
    said = fitted.log_prob(condition)
    assert np.exp(getattr(said, "value", said)) == pytest.approx(share.mean(), abs=0.01)
    kept = drawn(fitted, 500, condition)["t"]
    assert condition.tests[0].mask(Column(Kind.DATETIME, kept, np.zeros(500, np.uint8))).all()


@pytest.mark.parametrize("condition", [Condition(()), LATE])
def test_the_answer_about_dates_shows_the_weekends_that_draws_have(source, condition):
    params = CircuitParams.from_json({**CircuitParams().to_json(), "trees": 2, "states": 8, "passes": 2})
    circuit = Circuit(params).fit(source, Run())
    told = next(m for m in circuit.marginals(condition) if m.column == "t")
    copy = drawn(circuit, 60_000, condition)["t"]
    counts = np.histogram(copy, told.edges)[0] / len(copy)
    assert np.abs(counts - told.bins).sum() / 2 < 0.03
    assert told.bins.sum() == pytest.approx(1.0, abs=1e-6)


def test_the_typical_surprise_of_a_date_is_the_mean_over_draws(fitted):
    batch = next(iter(fitted.draw(4_000, Condition(()), np.random.default_rng(3))))
    cells = fitted.cells(batch)
    at = cells.columns.index("t")
    assert cells.typical[:, at].mean() == pytest.approx(cells.surprise[:, at].mean(), abs=0.15)


def test_a_date_at_an_unusual_part_of_the_week_is_told_by_its_part(fitted):
    batch = next(iter(fitted.draw(50, Condition.parse("place = 'home'"), np.random.default_rng(0))))
    names = {name for row in fitted.cells(batch).expected for name, _ in row[0].values}
    assert names <= {f"{h:02d}:00" for h in range(24)} | {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", None}
    assert names - {None}


def test_a_weekday_is_told_in_words():
    spec = ColumnSpec("t", Kind.DATETIME)
    told = expected_message(Expected(low=0.0, high=9e15, values=(("Sat", 0.95),)), spec)
    assert words().text(told) == "Saturday (95%)"
