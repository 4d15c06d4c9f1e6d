"""A model of data for release holds, and draws, nothing that fewer than k subjects hold."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.batch import Batch, Column
from core.data.conditions import Condition
from core.data.schema import ColumnSpec, Kind, Role
from core.encode.numbers import NumberCodec
from core.encode.subjects import Subjects, grouped, is_held
from core.encode.table import TableCodec
from core.errors import FitError
from core.models.base import FAMILIES, State
from core.models.bundle import Bundle, families_of
from core.models.circuit.counting import count_leaf
from core.models.circuit.crowd import Crowd
from core.models.circuit.slopes import Prior
from core.models.circuit.tree import Counts, Layout, Rows, Structure, Tree
from core.models.generator import Generator, GeneratorParams
from core.run import Run

from .model_tables import numbers, table

ENTITY = ColumnSpec("card", Kind.CATEGORY, Role.ENTITY)
SPECS = (
    ColumnSpec("city", Kind.CATEGORY), ColumnSpec("amount", Kind.NUMBER), ColumnSpec("score", Kind.NUMBER),
    ColumnSpec("age", Kind.INTEGER), ColumnSpec("level", Kind.NUMBER), ColumnSpec("since", Kind.DATETIME, Role.TIME),
)
_HOUR = 3_600_000_000


def customers(n, seed, **columns):
    """Unique numbers, a spike, repeated values, and cities from common to unique."""
    rng = np.random.default_rng(seed)
    rare = [f"rare {i}" for i in range(1, 12) for _ in range(i)]
    city = np.array(rare + ["north", "south", "west"] * n, dtype=object)[:n]
    score = np.where(rng.random(n) < 0.3, 0.0, rng.normal(5, 2, n))
    score[:4] = 17.125
    level = rng.choice([0.25, 0.5, 0.75], n)
    level[:3] = 9.125
    hour = np.where(np.arange(n) < 3, 3, rng.integers(8, 20, n))
    since = rng.integers(19_000, 19_400, n) * 24 * _HOUR + hour * _HOUR + rng.integers(0, _HOUR, n)
    found = {
        "since": Column(Kind.DATETIME, since, np.zeros(n, dtype=np.uint8)),
        "city": Column.of(Kind.CATEGORY, list(rng.permutation(city))),
        "amount": Column.of(Kind.NUMBER, rng.lognormal(7, 1.5, n)), "score": Column.of(Kind.NUMBER, score),
        "age": Column.of(Kind.INTEGER, rng.integers(18, 60, n)), "level": Column.of(Kind.NUMBER, level),
    }
    return {**found, **columns}


def fit(source, k):
    return Generator(GeneratorParams(trees=1, states=3, passes=1, subjects=k)).fit(source, Run())


def drawn(model, n=2_000):
    return Batch.concat(list(model.draw(n, Condition(), np.random.default_rng(0))))


def kept(value):
    """Every text and number in a saved state's JSON."""
    if isinstance(value, dict):
        return set().union(*(kept(v) for v in value.values()), value)
    if isinstance(value, list):
        return set().union(*map(kept, value))
    return {value}


def below(column, subjects, k):
    """The values that fewer than k subjects hold."""
    held: dict[object, set[object]] = {}
    for value, subject in zip(column.objects(), subjects, strict=True):
        held.setdefault(value, set()).add(subject)
    return {value for value, whose in held.items() if len(whose) < k}


def met(stored, rare):
    """Whether a stored number is one of these, but for rounding."""
    levels, stored = np.array(sorted(rare)), np.sort(stored)
    low, high = np.sort([levels * (1 - 1e-12), levels * (1 + 1e-12)], axis=0)
    return bool((np.searchsorted(stored, low) < np.searchsorted(stored, high, side="right")).any())


def check_nothing_rare(model, source, subjects, k):
    state = model.state()
    plain = kept(json.loads(json.dumps(state.json)))
    stored = np.concatenate([a.ravel().astype(float) for a in state.arrays.values()])
    made = drawn(model)
    cities = below(source.batch["city"], subjects, k)
    assert cities
    assert not cities & plain
    assert set(made["city"].objects()) <= set(source.batch["city"].objects()) - cities
    for name in ("amount", "score", "level"):
        rare = below(source.batch[name], subjects, k)
        assert rare
        assert not rare & plain
        assert not met(stored, rare), name
        assert not met(made[name].values, rare), name
        assert made[name].values.max() < max(source.batch[name].values)
    moments = source.batch["since"].values
    dates = next(c for c in model.wiring.codec.columns if c.name == "since")
    assert not {dates.first, dates.last} & set(moments.tolist())
    assert not met(np.concatenate([dates.curve.x, [dates.low, dates.high]]), set(dates.calendar.split(moments)[1]))
    assert moments.min() < made["since"].values.min() < made["since"].values.max() < moments.max()
    assert 3 not in made["since"].values // _HOUR % 24
    ages = next(c for c in model.wiring.codec.columns if c.name == "age")
    assert not set(ages.atoms) & below(source.batch["age"], subjects, k)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1_000), st.sampled_from([2, 5, 9]), st.sampled_from([150, 400, 1_300]))
def test_what_too_few_rows_hold_is_neither_kept_nor_drawn(seed, k, n):
    source = table(SPECS, customers(n, seed))
    check_nothing_rare(fit(source, max(k, 5)), source, range(n), max(k, 5))


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1_000))
def test_a_card_counts_once_however_many_rows_it_makes(seed):
    n = 600
    rng = np.random.default_rng(seed)
    cards = np.array([f"c{i}" for i in rng.integers(0, 150, n)], dtype=object)
    cards[:50] = "mine"
    columns = customers(n, seed, card=Column.of(Kind.CATEGORY, list(cards)))
    city, amount = list(columns["city"].objects()), columns["amount"].values.copy()
    city[:50], amount[:50] = ["my village"] * 50, 4_321.125
    columns.update(city=Column.of(Kind.CATEGORY, city), amount=Column.of(Kind.NUMBER, amount))
    source = table((ENTITY, *SPECS), columns)
    check_nothing_rare(fit(source, 5), source, cards, 5)
    by_rows = fit(table((ColumnSpec("card", Kind.CATEGORY, Role.IGNORE), *SPECS), columns), 5)
    assert "my village" in kept(by_rows.state().json)
    assert 4_321.125 in next(c for c in by_rows.wiring.codec.columns if c.name == "amount").atoms


def test_rows_of_no_card_are_one_subject_and_a_customer_of_many_cards_too():
    columns = {
        "card": Column.of(Kind.CATEGORY, [None, None, None, "a", "b", "c", "d", "e"]),
        "person": Column.of(Kind.ID, ["p", "p", "q", "r", "r", "s", "s", "t"]),
        "bank": Column.of(Kind.CATEGORY, ["x"] * 8),
    }
    specs = [ColumnSpec(n, c.kind, Role.ENTITY) for n, c in columns.items()]
    every = np.arange(8)
    cards = Subjects.of(table(specs[:1], {"card": columns["card"]}), every, 3).rows
    assert len(set(cards[:3])) == 1
    assert len(set(cards)) == 6
    both = Subjects.of(table(specs, columns), every[2:4], 3)
    assert len(set(both.rows)) == 5
    assert both.rows[2:4].tolist() == both.sampled.tolist()


def test_where_nothing_is_common_a_column_is_drawn_as_missing():
    columns = {
        "city": Column.of(Kind.CATEGORY, [f"v{i}" for i in range(60)]), "same": Column.of(Kind.NUMBER, [1.0] * 60),
        "amount": Column.of(Kind.NUMBER, [*np.arange(3) + 0.5, *[None] * 57]),
    }
    source = table([ColumnSpec(n, c.kind) for n, c in columns.items()], columns)
    made = drawn(fit(source, 5), 50)
    assert not made["city"].present.any()
    assert not made["amount"].present.any()
    assert (made["same"].values == 1.0).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), min_size=1, max_size=80), st.integers(2, 6))
def test_numbers_are_held_by_enough_subjects_or_become_means_of_enough(pairs, k):
    values, subjects = np.array(pairs, dtype=float)[:, 0], np.array(pairs)[:, 1]
    held = is_held(values, subjects, k)
    for value in set(values):
        assert (len(set(subjects[values == value])) >= k) == held[values == value].all() == held[values == value].any()
    out = grouped(values, subjects, k)
    left = len(set(subjects[~held])) >= k
    assert len(out) == (len(values) if left else held.sum())
    np.testing.assert_array_equal(out[: held.sum()], values[held])
    if left:
        means, sizes = np.unique(out[held.sum():], return_counts=True)
        assert (sizes >= k).all()
        assert means.min() >= values[~held].min()
        assert means.max() <= values[~held].max()


def test_without_subjects_to_count_numbers_stay_what_they_are():
    values = np.random.default_rng(0).normal(size=50)
    assert grouped(values, np.arange(50), 0) is values
    codec = NumberCodec.fit(ColumnSpec("x", Kind.NUMBER), values, 0, "normal")
    assert (codec.low, codec.high) == (values.min(), values.max())


def test_a_state_of_few_subjects_has_what_all_states_have():
    rng = np.random.default_rng(1)
    states = np.repeat([0, 1, 2], [200, 3, 60])
    subjects = np.concatenate([np.arange(200), np.arange(3), np.full(60, 7)])
    source = numbers(x=rng.normal(10.0 * states, 1.0))
    codec = TableCodec.fit(source, source.batch, "standard", Run())
    layout, hot = Layout.of(codec), np.eye(3, dtype=np.float32)[states]
    rows = Rows.of(codec.encode(source.batch), layout)
    rows = Rows(rows.places, rows.y, subjects=subjects)
    counts, crowd = Counts.zeros(layout, 3), Crowd.zeros(layout, 3)
    count_leaf(layout, rows, 0, hot, counts)
    crowd.count(layout, rows, 0, hot)
    tree = Tree.update(counts, Structure(np.array([-1]), np.array([0])), layout, Prior())
    assert len(set(tree.means[0])) == 3
    after = crowd.forget(tree, counts, layout, Prior(), 5)
    assert after.means[0, 0] == tree.means[0, 0]
    assert after.means[0, 1:] == pytest.approx(rows.y.mean(), rel=1e-3)
    assert after.variances[0, 1:] == pytest.approx(rows.y.var(), rel=0.05)


@pytest.fixture(scope="module")
def model():
    return fit(table(SPECS, customers(150, 0)), 5)


@pytest.mark.parametrize("key", ["circuit", "mixture"])
def test_a_model_that_explains_refuses_a_codec_for_release(key, model):
    plain, arrays = model.wiring.codec.state()
    with pytest.raises(FitError, match="analysis"):
        TableCodec.load(plain, arrays)
    state = FAMILIES.get(key)().fit(numbers(a=list(range(60))), Run()).state()
    turned = json.loads(json.dumps(state.json).replace('"purpose": "analysis"', '"purpose": "release"'))
    FAMILIES.get(key).load(state)
    with pytest.raises(FitError, match="never mixed"):
        FAMILIES.get(key).load(State(state.version, turned, state.arrays))


def test_a_model_for_release_refuses_a_codec_for_analysis(model):
    state = model.state()
    turned = json.loads(json.dumps(state.json).replace('"purpose": "release"', '"purpose": "analysis"'))
    with pytest.raises(FitError, match="release"):
        Generator.load(State(state.version, turned, state.arrays))


def test_a_model_for_release_draws_and_has_no_other_duty(model):
    assert {duty for duty, family in families_of("generator").items() if family.key == "generator"} == {"draws"}
    rest = (table(SPECS, customers(20, 0)).schema, {}, np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0))
    assert Bundle({"generator": model}, {"draws": "generator"}, *rest).draws is model
    for duty in ("ranks", "explains"):
        with pytest.raises(FitError, match="rare values"):
            Bundle({"generator": model}, {duty: "generator"}, *rest)
