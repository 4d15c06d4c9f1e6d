"""Copies: the right columns and types, ids that are certain not to be real, and nothing of free text or labels."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.batch import Batch, Column, Missing
from core.data.conditions import Condition
from core.data.schema import Kind, Role
from core.errors import Cancelled, FitError, SchemaError
from core.run import Run, Signal
from core.synth.draw import draw_rows, notes
from core.synth.facts import learn_facts
from core.synth.formats import IdFormat, learn_format
from core.words import words

from .tables import table

N = 600


def payments(n: int = N):
    rng = np.random.default_rng(0)
    card = rng.integers(1000, 1060, size=n)
    minutes = np.arange(n).astype("timedelta64[m]")
    return table(
        payment_id=(Kind.ID, [f"P-{i:06d}" for i in rng.permutation(n) + 100_000], Role.ID),
        time=(Kind.DATETIME, list(np.datetime64("2026-03-01", "us") + minutes), Role.TIME),
        card=(Kind.INTEGER, card, Role.ENTITY),
        customer=(Kind.ID, [f"C-{c // 3}" for c in card], Role.ENTITY),
        amount=(Kind.NUMBER, np.round(rng.lognormal(3, 1, size=n), 2), Role.AMOUNT),
        category=(Kind.CATEGORY, rng.choice(["grocery", "travel"], n)),
        memo=(Kind.TEXT, [f"dear {i}" for i in range(n)]),
        currency=(Kind.CATEGORY, ["GBP"] * n, Role.IGNORE),
        note=(Kind.CATEGORY, rng.choice(["x", "y"], n), Role.IGNORE),
        is_fraud=(Kind.BOOLEAN, rng.random(n) < 0.1, Role.LABEL),
    )


@dataclass
class Noise:
    """Draws amounts that leave the range seen, in small batches, with too many rows."""

    spread: float = 2.0

    def draw(self, n, condition, rng):
        done, rows = 0, 100
        while done < n:
            amount = Column(Kind.NUMBER, rng.lognormal(3, self.spread, size=rows), np.zeros(rows, np.uint8))
            codes = rng.integers(2, size=rows).astype(np.int32)
            missing = np.where(rng.random(rows) < 0.2, Missing.NULL, 0).astype(np.uint8)
            stamps = rng.integers(1_772_323_200_000_000, 1_772_359_100_000_000, size=rows)
            batch = Batch({
                "category": Column(Kind.CATEGORY, codes, missing, ("grocery", "travel")), "amount": amount,
                "time": Column(Kind.DATETIME, stamps, np.zeros(rows, np.uint8)),
            }, rows)
            kept = batch.take(np.flatnonzero(condition.mask(batch))) if condition.columns else batch
            done += kept.rows
            yield kept


def drawn(n=500, condition="", seed=0, facts=True, spread=2.0):
    source = payments()
    schema = source.schema.set("amount", decimals=2)
    parts = list(draw_rows(
        Noise(spread), schema, n, Condition.parse(condition), np.random.default_rng(seed), Run(),
        learn_facts(source) if facts else None,
    ))
    return source, Batch.concat(parts)


def test_a_copy_has_every_column_of_the_table_in_its_order_and_kind():
    source, copy = drawn()
    assert tuple(copy.columns) == source.schema.names
    assert copy.rows == 500
    assert all(copy[c.name].kind is c.kind for c in source.schema)
    assert all(len(copy[c.name]) == 500 for c in source.schema)


def test_ids_are_new_unique_and_look_like_the_real_ones():
    source, copy = drawn()
    real, new = set(source.batch["payment_id"].objects()), list(copy["payment_id"].objects())
    assert not real & set(new)
    assert len(set(new)) == len(new)
    assert all(i.startswith("P-") and len(i) == 8 for i in new)


def test_entities_repeat_as_often_as_the_real_ones_and_stay_nested():
    source, copy = drawn(n=N)
    card, customer = (np.asarray(copy[c].objects()) for c in ("card", "customer"))
    assert not set(card) & set(source.batch["card"].objects())
    assert not set(customer) & set(source.batch["customer"].objects())
    real_cards = len(set(source.batch["card"].objects()))
    assert 0.7 * real_cards < len(set(card)) < 1.4 * real_cards
    assert len(set(zip(card, customer, strict=True))) == len(set(card))  # a card belongs to one customer
    assert 2 <= len(set(card)) / len(set(customer)) <= 4


def test_free_text_labels_and_ignored_columns_stay_empty_but_a_constant_stays():
    _, copy = drawn()
    for name in ("memo", "is_fraud", "note"):
        assert not copy[name].present.any()
        assert copy[name].categories == ()
    assert set(copy["currency"].objects()) == {"GBP"}


def test_the_user_is_told_what_happens_to_each_column_the_model_does_not_know():
    source = payments()
    told = [words().text(m) for m in notes(source.schema, learn_facts(source))]
    for name in ("payment_id", "card, customer", "memo", "currency", "note", "is_fraud"):
        assert any(name in t for t in told), name
    assert not any("synth." in t for t in told)


def test_numbers_keep_the_decimals_and_the_range_seen():
    source, copy = drawn()
    real, new = source.batch["amount"].values, copy["amount"].values
    assert np.array_equal(np.round(new, 2), new)
    assert real.min() <= new.min()
    assert new.max() <= real.max()


def test_a_model_that_hardly_ever_stays_in_range_is_clipped_rather_than_never_ending():
    source, copy = drawn(n=300, spread=40.0)
    assert copy.rows == 300
    assert copy["amount"].values.max() <= source.batch["amount"].values.max()


def test_missing_cells_of_the_model_stay_missing():
    _, copy = drawn()
    assert 0.1 < 1 - copy["category"].present.mean() < 0.3


def test_every_row_satisfies_the_condition_even_beyond_the_range_seen():
    source = payments()
    most = float(source.batch["amount"].values.max())
    _, copy = drawn(n=200, condition=f"amount > {most * 2:.0f} and category = travel")
    assert copy["amount"].values.min() > most
    assert set(copy["category"].objects()) == {"travel"}


@pytest.mark.parametrize("column", ["payment_id", "card", "is_fraud", "memo", "note"])
def test_a_condition_on_a_column_the_model_does_not_know_is_refused_in_words(column):
    source = payments()
    with pytest.raises(FitError) as caught:
        next(draw_rows(Noise(), source.schema, 5, Condition.parse(f"{column} = 1"), np.random.default_rng(0)))
    assert column in caught.value.lines()[0]
    assert "synth." not in "".join(caught.value.lines())


def test_a_condition_on_an_unknown_column_is_refused():
    with pytest.raises(SchemaError):
        next(draw_rows(Noise(), payments().schema, 5, Condition.parse("nowhere = 1"), np.random.default_rng(0)))


def test_the_same_seed_draws_the_same_copy_and_another_seed_does_not():
    first, again, other = (drawn(seed=s)[1] for s in (0, 0, 1))
    for name, column in first.columns.items():
        assert list(column.objects()) == list(again[name].objects())
    assert list(first["amount"].objects()) != list(other["amount"].objects())


def test_no_rows_and_no_facts_still_give_all_columns():
    source, copy = drawn(n=0)
    assert copy.rows == 0
    assert tuple(copy.columns) == source.schema.names
    _, plain = drawn(n=50, facts=False)
    assert len(set(plain["payment_id"].objects())) == 50
    assert plain["card"].present.all()


def test_drawing_stops_at_once_when_cancelled():
    run = Run(get_signal=lambda: Signal.CANCEL)
    with pytest.raises(Cancelled):
        list(draw_rows(Noise(), payments().schema, 5, Condition(), np.random.default_rng(0), run))


def test_facts_are_plain_json_and_hold_no_list_of_real_ids():
    text = json.dumps(learn_facts(payments()))
    assert "P-1000" not in text
    assert len(text) < 6_000
    assert json.loads(text)["columns"]["card"]["parent"] == "customer"


NUMBERED = st.builds(
    lambda prefix, numbers, width: [f"{prefix}{v:0{width}d}" for v in numbers],
    st.sampled_from(["", "P-", "acc/2024/", "K9-"]), st.sets(st.integers(0, 99_999), min_size=3, max_size=60),
    st.integers(0, 7),
)


@given(ids=NUMBERED, n=st.integers(1, 300), seed=st.integers(0, 5))
def test_a_new_id_is_never_a_real_one(ids, n, seed):
    made = learn_format(ids, "id").make(n, np.random.default_rng(seed))
    assert len(set(made)) == n
    assert not set(made) & set(ids)


@given(ids=st.sets(st.text(min_size=1, max_size=12), min_size=1, max_size=40), n=st.integers(1, 60))
def test_ids_of_any_form_get_new_ids(ids, n):
    made = learn_format(sorted(ids), "name").make(n, np.random.default_rng(0))
    assert len(set(made)) == n
    assert not set(made) & ids


def test_full_ranges_grow_by_a_digit_rather_than_repeat():
    every = [f"{i:03d}" for i in range(1000)]
    made = learn_format(every, "id").make(50, np.random.default_rng(0))
    assert not set(made) & set(every)


def test_new_ids_stay_within_the_type_of_the_column_while_there_is_room():
    ids = [str(i) for i in range(10_000, 30_000)]
    made = learn_format(ids, "id", limit=32_767).make(2000, np.random.default_rng(0))
    assert max(map(int, made)) <= 32_767
    assert not set(made) & set(ids)


def test_several_prefixes_keep_their_shares():
    ids = [f"{p}{i:03d}" for p, k in (("W", 60), ("J", 30)) for i in range(k)]
    made = learn_format(ids, "terminal").make(300, np.random.default_rng(0))
    assert 0.5 < np.mean([m.startswith("W") for m in made]) < 0.8
    assert not set(made) & set(ids)


def test_ids_with_two_numbers_keep_their_shape():
    ids = [f"T{i:03d}-{k}" for i in range(100) for k in (1, 2, 3)] + [f"W{i:03d}" for i in range(90)]
    made = learn_format(ids, "terminal").make(200, np.random.default_rng(0))
    assert all(re.fullmatch(r"T\d{3}-[123]|W\d{3}", m) for m in made)
    assert not set(made) & set(ids)


def test_one_card_a_customer_stays_one_card_a_customer():
    n = 300
    person = np.random.default_rng(0).integers(60, size=n)
    source = table(
        card=(Kind.INTEGER, person + 1000, Role.ENTITY), customer=(Kind.ID, [f"C{p:03d}" for p in person], Role.ENTITY),
        amount=(Kind.NUMBER, np.arange(n) / 7),
    )
    copy = Batch.concat(list(draw_rows(
        Noise(), source.schema, n, Condition(), np.random.default_rng(0), facts=learn_facts(source))))
    pairs = set(zip(copy["card"].objects(), copy["customer"].objects(), strict=True))
    assert len(pairs) == len({c for c, _ in pairs}) == len({p for _, p in pairs})


def test_random_tokens_keep_their_form():
    ids = [str(uuid.UUID(int=int(i), version=4)) for i in range(10**30, 10**30 * 400, 10**30)]
    made = learn_format(ids, "id").make(20, np.random.default_rng(0))
    assert all(len(m) == 36 and m[8] == m[13] == m[18] == m[23] == "-" for m in made)
    assert not set(made) & set(ids)


def test_a_format_survives_json():
    tokens = [str(uuid.uuid5(uuid.NAMESPACE_DNS, str(i))) for i in range(300)]
    for ids in (["A1", "A2", "B3"], ["a1-7", "a2-7", "a3-8"], ["x", "y"], tokens):
        made = learn_format(ids, "id")
        assert IdFormat.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_a_balanced_column_has_as_many_rows_of_each_value():
    class Drawing:
        def draw(self, n, condition, rng):
            batch = payments(4 * n).batch
            yield batch.take(np.flatnonzero(condition.mask(batch))[:n])

    source = payments()
    each = [Condition.parse(f"category = '{name}'") for name in ("grocery", "travel")]
    where = Condition.parse("amount > 5")
    made = Batch.concat(list(draw_rows(Drawing(), source.schema, 301, where, np.random.default_rng(0), evenly=each)))
    values, counts = np.unique(made["category"].objects().astype(str), return_counts=True)
    assert dict(zip(values, counts, strict=True)) == {"grocery": 151, "travel": 150}
    assert where.mask(made).all()
    assert len(set(made["payment_id"].objects())) == 301
