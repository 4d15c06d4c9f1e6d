"""Repairs and smallest changes: what the engine that ranks makes of cells as the explaining model would have them."""

import numpy as np
import pytest

from core.data.batch import Column, Missing
from core.data.schema import Kind
from core.detect.change import smallest_change
from core.detect.reasons import reasons
from core.detect.repair import Repair, falls, leading, ordinary_values, repaired
from core.models.base import Cells, Expected, Readings

from .tables import spec, table

RANGE = Expected(low=10.4, high=99.6, best=50.2)
GROCERY = Expected(values=(("grocery", 0.8), ("travel", 0.1)), best="grocery")


def rows():
    return table(
        amount=(Kind.NUMBER, [9400.0, 20.0, None]), hour=(Kind.INTEGER, [3, 3, 12]),
        category=(Kind.CATEGORY, ["travel", "grocery", "grocery"]),
    )


class Distance:
    """Ranks by how far amounts and hours lie beyond what is usual; categories are nothing to it."""

    reference = np.zeros(3)

    def __init__(self, fond: float = 0.0) -> None:
        self.fond = fond

    def score(self, batch):
        amount, hour = batch["amount"].floats(), batch["hour"].floats()
        total = np.nan_to_num(np.maximum(amount - 100, 0) / 100) + np.maximum(6 - hour, 0)
        return Readings(total - self.fond)


class Habits:
    """Finds the category oddest, then the amount, then the hour, where they are not as expected."""

    columns = ("amount", "hour", "category")

    def cells(self, batch):
        odd = np.stack([
            batch["amount"].floats() > 100, batch["hour"].floats() < 8,
            np.array([v == "travel" for v in batch["category"].objects()]),
        ], axis=1)
        surprise = np.where(odd, [8.0, 6.0, 12.0], 1.0)
        hours = Expected(low=7.6, high=20.2, best=12.0)
        usual = np.ones_like(surprise)
        return Cells(self.columns, surprise, usual, usual, tuple((RANGE, hours, GROCERY) for _ in range(batch.rows)))


def test_a_number_goes_to_the_nearest_value_in_its_range_on_the_grain_of_the_column():
    batch = rows().batch
    money = spec("amount", Kind.NUMBER, decimals=1)
    assert ordinary_values(RANGE, money, batch["amount"], 0)[:2] == [99.6, 50.2]
    assert ordinary_values(RANGE, spec("hour", Kind.INTEGER), batch["hour"], 0)[:2] == [11.0, 50.0]


def test_a_category_goes_to_the_likeliest_other_value_and_a_cell_that_should_be_missing_to_missing():
    batch = rows().batch
    category = spec("category", Kind.CATEGORY)
    assert ordinary_values(GROCERY, category, batch["category"], 0) == ["grocery"]
    absent = Expected(values=((None, 0.9), ("grocery", 0.1)))
    assert ordinary_values(absent, category, batch["category"], 0)[0] is None


def test_repaired_rows_differ_in_the_repaired_cells_alone():
    batch = rows().batch
    made = repaired(batch, [Repair(0, {"amount": 12.0}), Repair(1, {"category": "new", "hour": None}), Repair(0, {})])
    assert made["amount"].floats().tolist() == [12.0, 20.0, 9400.0]
    assert made["category"].objects().tolist() == ["travel", "new", "travel"]
    assert made["hour"].missing.tolist() == [Missing.PRESENT, Missing.NULL, Missing.PRESENT]
    assert batch["category"].categories == ("grocery", "travel"), "the rows themselves stay as they were"


def test_a_cell_the_ranking_engine_does_not_mind_is_not_named_first():
    source, ranks = rows(), Distance()
    one = source.batch.take(np.array([0]))
    cells = Habits().cells(one)
    fallen = falls(ranks, one, ranks.score(one).total, cells, source.schema)
    assert cells.columns[int(leading(cells)[0])] == "category"
    assert cells.columns[int(leading(cells, fallen)[0])] == "amount"
    found = reasons(cells, one, source.schema, fallen=fallen)[0]
    assert [r.column for r in found] == ["amount", "category", "hour"]
    assert found[0].fall == pytest.approx(93.0, abs=0.1)
    assert found[1].fall == 0.0


def test_where_no_repair_helps_the_order_stays_and_nothing_is_dropped():
    cells = Habits().cells(rows().batch)
    assert leading(cells, np.full((3, 3), -1.0)).tolist() == leading(cells).tolist()
    assert leading(cells, np.full((3, 3), np.nan)).tolist() == leading(cells).tolist()


def change(row: int, limit: float, fond: float = 0.0, **settings):
    source, ranks = rows(), Distance(fond)
    one = source.batch.take(np.array([row]))
    score = float(Distance().score(one).total[0])
    return smallest_change(ranks, Habits().cells, one, source.schema, score=score, limit=limit, **settings)


def test_one_cell_is_changed_where_one_is_enough():
    found = change(0, limit=4.0)
    assert dict(found.values) == {"amount": pytest.approx(99.0, abs=1)}
    assert found.is_enough
    assert found.score < 4.0
    assert Distance().score(found.batch).total[0] == pytest.approx(found.score), "what is told is what the engine says"


def test_two_cells_are_changed_where_it_takes_two_and_none_that_does_not_help():
    found = change(0, limit=0.5)
    assert set(found.values) == {"amount", "hour"}
    assert found.is_enough


def test_it_says_so_where_the_cells_allowed_are_not_enough():
    found = change(0, limit=0.5, most=1)
    assert not found.is_enough
    assert list(found.values) == ["amount"], "what helps most is told all the same"
    assert change(0, limit=-1.0).is_enough is False


def test_a_row_the_engine_learned_from_gets_no_credit_for_that():
    found = change(0, limit=2.5, fond=3.0)
    assert found.is_enough
    assert set(found.values) == {"amount", "hour"}, "without the credit one cell would have seemed enough"


def test_a_missing_cell_and_a_lone_column_do_not_break_it():
    assert not change(2, limit=0.0).values
    batch = rows().batch
    assert repaired(batch, [Repair(2, {"amount": 5.0})])["amount"].floats().tolist() == [5.0]
    assert isinstance(batch["amount"], Column)
