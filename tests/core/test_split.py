"""Split: what leaks between its parts makes every figure a lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.schema import Kind, Role
from core.data.split import split
from core.errors import SchemaError

from .tables import table


def parts(found):
    return found.train, found.calibration, found.holdout


def are_disjoint(sets):
    return len(set().union(*sets)) == sum(len(s) for s in sets)


def cards(rows=3000, cards=200, seed=0):
    rng = np.random.default_rng(seed)
    return table(
        card=(Kind.ID, [f"c{i}" for i in rng.integers(0, cards, rows)], Role.ENTITY),
        amount=(Kind.NUMBER, rng.lognormal(size=rows).tolist()),
        fraud=(Kind.BOOLEAN, (rng.random(rows) < 0.02).tolist(), Role.LABEL),
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 200), st.integers(0, 5))
def test_every_row_is_in_one_part(rows, seed):
    source = table(x=(Kind.INTEGER, [i // 2 for i in range(rows)]))
    found = split(source, seed)
    assert sorted(np.concatenate(parts(found)).tolist()) == list(range(rows))
    assert all(np.all(np.diff(p) > 0) and p.dtype == np.int64 for p in parts(found))
    assert rows == 0 or len(found.train)


def test_all_rows_of_a_card_stay_together():
    source = cards()
    found = split(source, 0)
    assert found.subject == "card"
    codes = source.batch["card"].values
    sets = [set(codes[p].tolist()) for p in parts(found)]
    assert are_disjoint(sets)
    assert [len(p) / source.rows for p in parts(found)] == pytest.approx([0.7, 0.15, 0.15], abs=0.06)


def test_copies_of_a_row_stay_together():
    source = table(x=(Kind.INTEGER, [i % 500 for i in range(1000)]))
    found = split(source, 3)
    values = [set((p % 500).tolist()) for p in parts(found)]
    assert are_disjoint(values)


def test_a_common_row_is_not_dealt_to_one_part_whole():
    source = table(x=(Kind.CATEGORY, ["usual"] * 900 + [f"rare {i}" for i in range(100)]))
    found = split(source, 0)
    assert 0.6 < len(found.train) / 1000 < 0.8


def test_labels_ids_and_ignored_columns_do_not_decide():
    def made(flip):
        return table(
            x=(Kind.INTEGER, list(range(300))),
            fraud=(Kind.BOOLEAN, [flip] * 300, Role.LABEL),
            number=(Kind.ID, [f"{flip}{i}" for i in range(300)], Role.ID),
            note=(Kind.CATEGORY, [str(flip)] * 300, Role.IGNORE),
        )

    first, second = split(made(flip=False), 0), split(made(flip=True), 0)
    assert all(np.array_equal(a, b) for a, b in zip(parts(first), parts(second), strict=True))


def test_a_card_keeps_its_part_when_the_file_grows():
    small, large = cards(2000), cards(4000)
    first, second = split(small, 7), split(large, 7)
    names = [np.array(s.batch["card"].categories)[s.batch["card"].values] for s in (small, large)]
    for a, b, other in ((first.train, second.holdout, "holdout"), (first.holdout, second.train, "train")):
        assert not set(names[0][a]) & set(names[1][b]), other


def test_seed_and_rule_are_in_the_fingerprint():
    source = cards()
    prints = {
        split(source, 0).fingerprint, split(source, 1).fingerprint, split(source, 0, "amount").fingerprint,
        split(source, 0, shares=(0.8, 0.1, 0.1)).fingerprint, split(cards(seed=1), 0).fingerprint,
    }
    assert len(prints) == 5
    assert split(source, 0).fingerprint == split(source, 0).fingerprint
    assert not np.array_equal(split(source, 0).train, split(source, 1).train)


def test_an_entity_of_few_values_is_no_subject():
    rng = np.random.default_rng(0)
    source = table(
        country=(Kind.CATEGORY, rng.choice(["FR", "IE"], 500).tolist(), Role.ENTITY),
        x=(Kind.NUMBER, rng.normal(size=500).tolist()),
    )
    assert split(source, 0).subject is None


def test_cards_of_one_customer_stay_together():
    numbers = np.random.default_rng(0).integers(0, 300, 3000)
    source = table(
        card=(Kind.ID, [f"c{i}" for i in numbers], Role.ENTITY),
        terminal=(Kind.ID, [f"t{i * 7 % 40}" for i in range(3000)], Role.ENTITY),
        customer=(Kind.ID, [f"p{i // 3}" for i in numbers], Role.ENTITY),
        x=(Kind.INTEGER, list(range(3000))),
    )
    assert split(source, 0).subject == "customer"


def test_rows_without_a_subject_are_dealt_singly():
    source = table(
        card=(Kind.ID, [None] * 600 + [f"c{i}" for i in range(400)], Role.ENTITY),
        x=(Kind.INTEGER, list(range(1000))),
    )
    found = split(source, 0, "card")
    assert 0.6 < np.mean(found.train < 600) / 0.6 < 1.4
    assert len(found.holdout[found.holdout < 600]) > 50


@pytest.mark.parametrize(("rows", "sizes"), [(0, (0, 0, 0)), (1, (1, 0, 0)), (2, (2, 0, 0)), (3, (1, 1, 1))])
def test_tiny_tables_train_at_least(rows, sizes):
    found = split(table(x=(Kind.INTEGER, list(range(rows)))), 0)
    assert tuple(len(p) for p in parts(found)) == sizes


def test_a_share_of_nothing_gives_an_empty_part():
    found = split(table(x=(Kind.INTEGER, list(range(500)))), 0, shares=(0.8, 0.2, 0.0))
    assert len(found.holdout) == 0
    assert 0.7 < len(found.train) / 500 < 0.9


def test_a_subject_that_is_no_column_is_named():
    with pytest.raises(SchemaError) as error:
        split(cards(100), 0, "customer")
    assert "customer" in error.value.lines()[0]


def test_a_split_says_how_it_was_made():
    said = split(cards(), 5).to_json()
    assert said["subject"] == "card"
    assert said["seed"] == 5
    assert sum(said["rows"].values()) == 3000
