"""Reasons: the sentence a reviewer reads. It must hold the value seen and what was expected, and neither may lie."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.schema import Kind, Role
from core.detect.reasons import EMBER, given_columns, headline, reasons
from core.detect.wording import expected_message
from core.models.base import Cells, Expected
from core.words import Message, words

from .tables import spec, table


def say(said) -> str:
    return words().text(said) if isinstance(said, Message) else said


def payments():
    source = table(
        amount=(Kind.NUMBER, [9400.0, None, 12.5]),
        category=(Kind.CATEGORY, ["grocery", "travel", None]),
        pins=(Kind.INTEGER, [0, 3, 0]),
        time=(Kind.DATETIME, ["2026-03-14T03:12", "2026-03-15T12:00", None], Role.TIME),
        year=(Kind.INTEGER, [2026, 2026, 1994]),
    )
    return source.schema.set("amount", decimals=2), source.batch


def answers(columns, surprise, expected) -> Cells:
    surprise = np.array(surprise, dtype=float)
    usual = np.ones_like(surprise)
    return Cells(tuple(columns), surprise, usual, usual, tuple(tuple(row) for row in expected))


GROCERY = Expected(values=(("grocery", 0.71), ("travel", 0.24)))
AMOUNT = Expected(low=12.37, high=139.81)
PINS = Expected(values=(("0", 0.97),), low=0.0, high=1.0)


def test_the_sentence_of_the_design_is_what_the_user_reads():
    schema, batch = payments()
    cells = answers(["amount", "category", "pins"], [[18.9, 1.2, 1.0]], [[AMOUNT, GROCERY, PINS]])
    found = reasons(cells, batch.take(np.array([0])), schema, given=[("category",)])[0]
    assert say(headline(found)) == "amount 9,400.00; given category = grocery the model expected 12 to 140."


def test_reasons_are_ordered_by_what_exceeds_the_usual_not_by_surprise():
    schema, batch = payments()
    usual = np.array([[8.5, 0.1]])
    cells = Cells(("amount", "pins"), np.array([[9.0, 6.0]]), usual, usual, ((AMOUNT, PINS),))
    assert [r.column for r in reasons(cells, batch.take(np.array([1])), schema)[0]] == ["pins", "amount"]


def test_a_rare_value_that_goes_well_with_its_row_is_not_named_before_one_that_does_not():
    cells = Cells(("rare", "odd"), np.array([[7.0, 6.0]]), np.full((1, 2), 0.5), np.array([[7.0, 1.0]]), ())
    assert cells.excess[0, 1] > cells.excess[0, 0] > 0


def test_a_value_no_column_holds_comes_first_however_rare_it_is_alone():
    cells = Cells(("slip", "odd"), np.array([[30.0, 9.0]]), np.full((1, 2), 0.5), np.array([[32.0, 1.0]]), ())
    assert cells.excess[0, 0] > cells.excess[0, 1] >= EMBER


def test_missing_cells_are_called_missing_and_may_be_the_reason():
    schema, batch = payments()
    cells = answers(["amount"], [[7.0]], [[AMOUNT]])
    assert say(reasons(cells, batch.take(np.array([1])), schema)[0][0].message).startswith("amount missing; ")


def test_expected_missing_is_said_in_words():
    schema, batch = payments()
    cells = answers(["amount"], [[7.0]], [[Expected(low=1.0, high=5.0, values=((None, 0.93), ("0", 0.01)))]])
    assert "expected missing (93%)" in say(reasons(cells, batch.take(np.array([0])), schema)[0][0].message)


def test_a_cell_mostly_missing_is_said_to_be_missing_or_in_its_range():
    source = table(x=(Kind.NUMBER, [9.0]))
    expected = Expected(low=1.0, high=5.0, values=((None, 0.68),))
    assert say(expected_message(expected, source.schema["x"], source.batch)) == "missing (68%) or 1 to 5"


def test_two_cells_that_stand_out_are_both_named():
    schema, batch = payments()
    cells = answers(["amount", "pins"], [[12.0, 9.0]], [[AMOUNT, PINS]])
    text = say(headline(reasons(cells, batch.take(np.array([0])), schema)[0]))
    assert text.startswith("amount 9,400.00;")
    assert text.endswith("Also pins 0: expected 0 (97%).")


def test_the_only_column_is_not_judged_by_other_columns():
    schema, batch = payments()
    found = reasons(answers(["amount"], [[12.0]], [[AMOUNT]]), batch.take(np.array([0])), schema)[0]
    assert say(headline(found)) == "amount 9,400.00; the model expected 12 to 140."


def test_a_row_without_a_surprising_cell_does_not_invent_one():
    schema, batch = payments()
    cells = answers(["amount", "pins"], [[1.2, 1.0]], [[AMOUNT, PINS]])
    found = reasons(cells, batch.take(np.array([0])), schema)[0]
    assert say(headline(found)).startswith("No cell stands out alone")
    assert "unusual" not in say(headline(found, is_usual=True)).split(";")[0], "a typical row called an odd combination"
    assert say(found[1].message) == "pins 0: as expected."
    assert say(headline([])) == "No cell stands out alone."


def test_a_value_in_a_gap_of_the_expected_range_is_not_said_to_lie_outside_it():
    schema, batch = payments()
    cells = answers(["amount"], [[8.0]], [[Expected(low=1.0, high=20_000.0)]])
    assert "values near this one are rare" in say(reasons(cells, batch.take(np.array([0])), schema)[0][0].message)


@pytest.mark.parametrize(("low", "high", "wanted"), [
    (12.37, 139.81, "12 to 140"), (0.0, 0.0, "0"), (2.13, 100_000.0, "2.10 to 100,000"), (-5.2, 5.3, "-5.20 to 5.30"),
    (1234.4, 1236.6, "1,234.40 to 1,236.60"), (0.001, 0.004, "0"),
])
def test_ranges_read_short_and_never_finer_than_the_column(low, high, wanted):
    assert say(expected_message(Expected(low=low, high=high), spec("amount", Kind.NUMBER, decimals=2))) == wanted


def test_ranges_of_fine_columns_claim_no_digits_that_were_rounded_away():
    assert say(expected_message(Expected(low=-2.04, high=1.61), spec("x", Kind.NUMBER, decimals=3))) == "-2 to 1.6"


def test_whole_numbers_dates_and_years_keep_their_form():
    day = 86_400_000_000
    first = int(np.datetime64("2026-03-01T10:29:40", "us").astype(np.int64))
    assert say(expected_message(Expected(low=0.2, high=7.8), spec("pins", Kind.INTEGER))) == "0 to 8"
    assert say(expected_message(Expected(low=1990.2, high=2004.0), spec("year", Kind.INTEGER))) == "1990 to 2004"
    time = spec("time", Kind.DATETIME)
    assert say(expected_message(Expected(low=first, high=first + 9 * day), time)) == "2026-03-01 to 2026-03-10"
    an_hour = Expected(low=first, high=first + day / 24)
    assert say(expected_message(an_hour, time)) == "2026-03-01 10:30 to 2026-03-01 11:30"


@given(low=st.floats(-1e6, 1e6), width=st.floats(1e-3, 1e6), beyond=st.floats(0.02, 3))
def test_rounding_never_moves_the_value_seen_into_the_range(low, width, beyond):
    high = low + width
    seen = round(high + beyond * width, 6)
    source = table(x=(Kind.NUMBER, [seen]))
    said = expected_message(Expected(low=low, high=high), source.schema["x"], source.batch)
    ends = [float(str(v).replace(",", "")) for v in said.values.values()]
    # Values shown with separators keep at least six figures; within that precision the end stays below the value.
    assert ends[-1] <= seen * (1 + 1e-5 * np.sign(seen)) + 1e-9


@dataclass
class Habit:
    """A model in which `amount` depends on `category` alone: hiding the category makes the amount ordinary."""

    columns: tuple[str, ...] = ("amount", "category", "pins")

    def cells(self, batch) -> Cells:
        known = batch["category"].present
        surprise = np.stack([np.where(known, 15.0, 3.0), np.full(batch.rows, 1.0), np.full(batch.rows, 1.0)], axis=1)
        expected = tuple((AMOUNT, GROCERY, PINS) for _ in range(batch.rows))
        usual = np.ones_like(surprise)
        return Cells(self.columns, surprise, usual, usual, expected)


def test_the_reason_names_the_column_that_makes_the_cell_surprising():
    _, batch = payments()
    model = Habit()
    assert given_columns(model, batch, model.cells(batch)) == [("category",), ("category",), ()]


def test_reasons_travel_as_json_and_read_the_same():
    schema, batch = payments()
    cells = answers(["amount", "pins"], [[12.0, 9.0]], [[AMOUNT, PINS]])
    said = headline(reasons(cells, batch.take(np.array([0])), schema)[0])
    assert say(Message.from_json(json.loads(json.dumps(said.to_json())))) == say(said)


def test_the_mixture_explains_a_planted_cell_first():
    from core.data.batch import Batch
    from core.models.base import FAMILIES
    from core.run import Run

    rng = np.random.default_rng(0)
    kind = rng.integers(2, size=600)
    source = table(
        amount=(Kind.NUMBER, np.round(np.where(kind == 0, 40, 4000) * rng.lognormal(0, 0.2, 600), 2)),
        category=(Kind.CATEGORY, np.array(["grocery", "travel"])[kind]),
        noise=(Kind.NUMBER, rng.normal(size=600)),
    )
    model = FAMILIES.get("mixture")().fit(source, Run())
    strange = table(amount=(Kind.NUMBER, [4100.0]), category=(Kind.CATEGORY, ["grocery"]), noise=(Kind.NUMBER, [0.1]))
    cells = model.cells(Batch(strange.batch.columns, 1))
    first = reasons(cells, strange.batch, source.schema, given=given_columns(model, strange.batch, cells))[0][0]
    assert first.column in ("amount", "category")
    assert first.is_surprising
    assert "; given " in say(first.message)


def test_columns_that_fix_each_other_are_reported_as_a_pair():
    from core.models.base import FAMILIES
    from core.run import Run

    rng = np.random.default_rng(0)
    level = rng.integers(6, size=900)
    source = table(
        education=(Kind.CATEGORY, np.array(["none", "school", "college", "bachelor", "master", "doctor"])[level]),
        years=(Kind.CATEGORY, np.array(["0", "9", "11", "13", "14", "16"])[level]),
        city=(Kind.CATEGORY, np.array(["Rome", "Oslo"])[rng.integers(2, size=900)]),
    )
    model = FAMILIES.get("circuit")().fit(source, Run())
    strange = table(
        education=(Kind.CATEGORY, ["doctor"]), years=(Kind.CATEGORY, ["9"]), city=(Kind.CATEGORY, ["Rome"])
    ).batch
    cells = model.cells(strange)
    found = reasons(cells, strange, source.schema, given=given_columns(model, strange, cells))[0]
    assert {found[0].column, found[0].partner} == {"education", "years"}
    assert "disagree" in say(headline(found))
    assert "Also" not in say(headline(found)), "the same finding twice"
    ordinary = table(
        education=(Kind.CATEGORY, ["doctor"]), years=(Kind.CATEGORY, ["16"]), city=(Kind.CATEGORY, ["Rome"])
    ).batch
    cells = model.cells(ordinary)
    assert not reasons(cells, ordinary, source.schema, given=given_columns(model, ordinary, cells))[0][0].partner
