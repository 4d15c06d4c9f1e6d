"""The first ranking: something to look at within seconds, the same for everybody, and marked as what it is."""

from __future__ import annotations

import io

import numpy as np
import pytest

from core.commands._execute import _Progress
from core.detect.first import first_ranking
from core.run import Run
from core.tasks._first import tell_first

from .model_tables import numbers


@pytest.fixture(scope="module")
def source():
    """6,000 rows in which two columns agree, but for five."""
    rng = np.random.default_rng(0)
    first = rng.standard_normal(6_000)
    second = first + 0.1 * rng.standard_normal(6_000)
    second[:5] = -5.0 - np.arange(5) / 10
    first[:5] = 5.0
    return numbers(a=first, b=second)


def test_rows_that_stand_out_lead_the_first_ranking(source):
    found = first_ranking(source, Run(), top=10)
    assert set(found.rows[:5].tolist()) == set(range(5))
    assert (np.diff(found.surprise) <= 0).all()
    assert (found.learned, found.ranked) == (4_000, 6_000)


def test_the_first_ranking_is_the_same_on_any_number_of_threads(source):
    one, three = (first_ranking(source, Run(threads=threads)) for threads in (1, 3))
    assert one.rows.tolist() == three.rows.tolist()
    np.testing.assert_array_equal(one.surprise, three.surprise)


def test_a_wide_table_is_ranked_in_part_and_says_so(source, monkeypatch):
    monkeypatch.setattr("core.detect.first._RANKED_CELLS", 10_000)
    found = first_ranking(source, Run())
    assert found.ranked == 5_000
    assert found.rows.max() < source.rows


def test_a_fit_tells_the_rows_at_the_top_with_their_cells_before_it_goes_on(source):
    said: list[dict] = []
    tell_first(source, Run(on_partial=said.append))
    (told,) = said
    assert told["text"].values["ranked"] == 6_000
    first = told["first"]
    assert first["columns"] == ["a", "b"]
    assert len(first["cells"]) == len(first["rows"]) == 50
    assert first["cells"][0][0] == "5"


def test_of_a_short_table_nothing_is_said_before_the_end(source):
    said: list[dict] = []
    tell_first(source.subset(np.arange(4_000)), Run(on_partial=said.append))
    assert said == []


def test_the_command_line_names_the_rows_at_the_top_while_the_fit_goes_on(source):
    stream = io.StringIO()
    shown = _Progress(stream)
    tell_first(source, Run(on_partial=shown.partial))
    shown.partial({"text": "1 of 4 trees; stop now keeps them"})
    (line,) = stream.getvalue().splitlines()
    assert line.startswith("A first ranking of 6,000 rows is ready, with rows ")
    assert {str(row) for row in range(5)} <= set(line.replace(",", " ").split())
