"""Scoring many rows: on how many threads, and beside which rows, is nobody's business."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core.data.source import MemorySource
from core.detect.engine import Council, CouncilParams
from core.detect.scores import read_apart
from core.encode.lookups import places_among
from core.errors import Cancelled, FitError
from core.models._parts import side_by_side
from core.models.base import FAMILIES
from core.models.scoring import score_rows, total
from core.run import Run, Signal

from .model_tables import payments, rows_of


@pytest.fixture(scope="module")
def source() -> MemorySource:
    return payments(5_000)


@pytest.fixture(scope="module")
def council(source):
    return Council(CouncilParams(judged=500)).fit(source.subset(np.arange(2_000)), Run())


def test_a_council_fitted_on_three_threads_is_the_one_fitted_on_one(source, council):
    again = Council(CouncilParams(judged=500)).fit(source.subset(np.arange(2_000)), Run(threads=3))
    np.testing.assert_array_equal(again.reference, council.reference)


def test_scores_are_those_of_each_row_alone_on_any_number_of_threads(source, council):
    one, three = (score_rows(council, source, Run(threads=threads)) for threads in (1, 3))
    np.testing.assert_array_equal(one, three)
    some = np.array([4_999, 0, 2_048, 17])
    alone = [total(council, source.take(np.array([row]), council.columns))[0] for row in some]
    np.testing.assert_allclose(one[some], alone, rtol=1e-9)
    np.testing.assert_allclose(score_rows(council, source, Run(), np.sort(some)), one[np.sort(some)], rtol=1e-9)


def test_no_rows_have_no_scores(source, council):
    assert len(score_rows(council, source.subset(np.zeros(0, dtype=np.int64)), Run())) == 0


def test_columns_that_a_table_lacks_are_left_out(source, council):
    class Lacking(MemorySource):
        gone = frozenset({"amount"})

    lacking = Lacking(source.batch, source.schema)
    without = [n for n in council.columns if n != "amount"]
    want = total(council, source.take(np.arange(100), without))
    np.testing.assert_allclose(score_rows(council, lacking, Run(), np.arange(100)), want, rtol=1e-9)


@pytest.mark.parametrize("key", ["mixture", "circuit"])
def test_the_quick_total_is_the_total(source, key):
    family = FAMILIES.get(key)
    settings = {"trees": 1, "states": 4, "passes": 1} if key == "circuit" else {"components": 2}
    fitted = family(family.Params.from_json(settings)).fit(source.subset(np.arange(500)), Run())
    batch = rows_of(source).take(np.arange(300))
    np.testing.assert_allclose(total(fitted, batch), fitted.score(batch).total, rtol=1e-9)
    if key == "mixture":
        one, three = (read_apart(fitted, source, Run(threads=threads)) for threads in (1, 3))
        np.testing.assert_array_equal(one, three)
        np.testing.assert_allclose(one[0][:300], fitted.score(batch).value, rtol=1e-9)


def test_places_are_those_of_the_very_dictionaries_asked_about():
    values = ("b", "a")
    assert places_among(("a", "c", "b"), values).tolist() == [1, -2, 0, -1]
    for i in range(500):  # dictionaries come and go, and one may lie where another lay
        assert places_among((f"v{i}", "a"), values).tolist() == [-2, 1, -1]
        assert places_among(("a",), (f"v{i}", "a")).tolist() == [1, -1]


def test_works_side_by_side_answer_in_order_and_their_progress_never_falls():
    told: list[float] = []

    def work(run):
        for step in range(5):
            run.progress(step / 4)
        return run.rng("x").random()

    found = side_by_side([work, lambda _: 2, work], Run(threads=2, on_progress=lambda f, _: told.append(f)))
    assert found[1] == 2
    assert found[0] == found[2], "chance does not depend on who comes first"
    assert told == sorted(told)
    assert told[-1] == pytest.approx(2 / 3)


@pytest.mark.parametrize("threads", [1, 2])
def test_where_one_work_fails_the_others_are_stopped_and_it_says_why(threads):
    def fails(_):
        raise FitError("models.no_rows", name="x")

    def waits(run):
        for _ in range(10_000):
            run.check()
            time.sleep(0.001)

    with pytest.raises(FitError):
        side_by_side([waits, fails] if threads == 2 else [fails, waits], Run(threads=threads))


def test_cancelling_reaches_works_side_by_side():
    def asks(run):
        run.check()

    with pytest.raises(Cancelled):
        side_by_side([asks, asks], Run(threads=2, get_signal=lambda: Signal.CANCEL))
