"""Every family keeps the promises of core/models/base.py: a new file in core/models is tested here without an edit."""

from __future__ import annotations

import json
import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load, save

from core.data.batch import Batch, Column, Missing
from core.data.conditions import Condition
from core.data.schema import ColumnSpec, Kind, Role
from core.data.source import MemorySource
from core.detect.engine import Council
from core.errors import Cancelled, FitError, ParameterError
from core.models.base import (
    FAMILIES,
    Answers,
    Describes,
    Draws,
    Explains,
    Fills,
    Fitted,
    Relates,
    Releases,
    Scorer,
    State,
    capabilities,
)
from core.run import Run, Signal
from core.words import words
from tests.core.model_tables import numbers, payments, rows_of, table

COMPOSED = {"council": Council}
KEYS = [*FAMILIES.keys(), *COMPOSED]
_FITS: dict[str, Fitted] = {}


def engine(key):
    return COMPOSED.get(key) or FAMILIES.get(key)


def fitted(key):
    if key not in _FITS:
        _FITS[key] = engine(key)().fit(payments(), Run())
    return _FITS[key]


def having(protocol):
    return [k for k in KEYS if issubclass(engine(k).result, protocol)]


@pytest.mark.parametrize("key", KEYS)
def test_a_family_declares_itself(key):
    family = engine(key)
    model = fitted(key)
    assert family.key == model.family == key
    assert isinstance(model, family.result)
    assert isinstance(model, Fitted)
    assert family.references
    assert "scores" in capabilities(family)
    assert family.accepts("table")
    for spec in family.Params.describe():
        assert spec.help
        with pytest.raises(ParameterError):
            family.Params.from_json({spec.name: "no such value"})


@pytest.mark.parametrize("key", having(Describes))
def test_a_model_says_what_it_settled_in_words(key):
    texts = [words().text(said) for said in fitted(key).learned()]
    assert texts
    assert all(text and "{" not in text and "models." not in text for text in texts)


@pytest.mark.parametrize("key", KEYS)
def test_scores_of_ordinary_rows_are_lower_than_of_strange_ones(key):
    model, batch = fitted(key), rows_of(payments(200, seed=1))
    strange = {
        "amount": Column.of(Kind.NUMBER, [90_000.0] * 200), "category": Column.of(Kind.CATEGORY, ["unheard of"] * 200),
        "distance": Column.of(Kind.NUMBER, [-400.0] * 200),
    }
    odd = model.score(batch.with_columns(strange)).total
    assert odd.min() > np.quantile(model.score(batch).total, 0.95)


@pytest.mark.parametrize("key", KEYS)
def test_a_row_scores_the_same_alone_and_among_others(key):
    model, batch = fitted(key), rows_of(payments(300, seed=2))
    whole = model.score(batch)
    for part in (np.array([7]), np.arange(100, 163), np.arange(299, -1, -1)):
        alone = model.score(batch.take(part))
        np.testing.assert_allclose(alone.total, whole.total[part], rtol=1e-9)
        if whole.value is not None:
            np.testing.assert_allclose(alone.value, whole.value[part], rtol=1e-9)


@pytest.mark.parametrize("key", KEYS)
def test_the_order_of_a_files_categories_changes_no_score(key):
    model, batch = fitted(key), rows_of(payments(80, seed=3))
    column = batch["category"]
    order = np.arange(len(column.categories))[::-1]
    texts = ("never used", *(column.categories[i] for i in order))
    codes = (np.argsort(order)[column.values] + 1).astype(np.int32)
    turned = batch.with_columns({"category": Column(column.kind, codes, column.missing, texts)})
    np.testing.assert_allclose(model.score(turned).total, model.score(batch).total, rtol=1e-12)


@pytest.mark.parametrize("key", KEYS)
def test_the_same_seed_gives_the_same_fit(key):
    again = engine(key)().fit(payments(), Run())
    assert again.reference.tobytes() == fitted(key).reference.tobytes()


@pytest.mark.parametrize("key", KEYS)
def test_a_saved_model_answers_as_before(key):
    model, batch = fitted(key), rows_of(payments(50, seed=4))
    state = model.state()
    arrays = load(save({k: np.ascontiguousarray(v) for k, v in state.arrays.items()}))
    back = engine(key).load(State(state.version, json.loads(json.dumps(state.json)), arrays))
    assert back.reference.tobytes() == model.reference.tobytes()
    assert back.columns == model.columns
    assert back.score(batch).total.tobytes() == model.score(batch).total.tobytes()
    if isinstance(model, Explains):
        assert back.cells(batch).expected == model.cells(batch).expected
    if isinstance(model, Draws):
        first, second = (next(iter(m.draw(5, Condition(), np.random.default_rng(0)))) for m in (model, back))
        assert first["amount"].values.tobytes() == second["amount"].values.tobytes()


@pytest.mark.parametrize("key", KEYS)
def test_a_state_of_another_version_is_refused(key):
    state = fitted(key).state()
    with pytest.raises(FitError, match="format"):
        engine(key).load(replace(state, version=state.version + 1))


@pytest.mark.parametrize("key", KEYS)
def test_labels_ids_and_entities_are_never_seen(key):
    source = payments()
    rng = np.random.default_rng(9)
    counts_cards = issubclass(engine(key).result, Releases)  # it learns nothing of them but how many they are
    names = ("fraud", "id") if counts_cards else ("fraud", "id", "card")
    turned = {n: source.batch[n].take(rng.permutation(source.rows)) for n in names}
    other = MemorySource(source.batch.with_columns(turned), source.schema)
    model = engine(key)().fit(other, Run())
    assert not set(model.columns) & set(turned)
    assert model.reference.tobytes() == fitted(key).reference.tobytes()


@pytest.mark.parametrize("key", KEYS)
def test_progress_never_falls_and_reaches_the_end(key):
    seen = []
    engine(key)().fit(payments(), Run(on_progress=lambda f, _: seen.append(f)))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("after", [1, 4, 12])
def test_cancelling_takes_less_than_a_second(key, after):
    asked = []

    def signal():
        asked.append(time.monotonic())
        return Signal.CANCEL if len(asked) >= after else Signal.GO

    with pytest.raises(Cancelled):
        engine(key)().fit(payments(6_000), Run(get_signal=signal))
    assert max(np.diff([*asked, time.monotonic()])) < 1.0


@pytest.mark.parametrize("key", KEYS)
def test_every_sort_of_cell_has_a_finite_score(key):
    model = fitted(key)
    batch = rows_of(payments(6, seed=5))
    odd = {
        "amount": Column.of(Kind.NUMBER, [np.inf, -np.inf, np.nan, None, 1e300, -1e300]),
        "category": Column.of(Kind.CATEGORY, [None, "", "new", "food", "new", ""]),
        "age": Column.of(Kind.INTEGER, [2**62, -(2**62), None, 0, 1, 40]),
        "time": Column.of(Kind.DATETIME, [None, "0001-01-01", "9999-12-31", "1969-12-31T23:59:59", "2024-03-05", None]),
    }
    assert np.isfinite(model.score(batch.with_columns(odd)).total).all()
    if isinstance(model, Explains):
        cells = model.cells(batch.with_columns(odd))
        assert np.isfinite(cells.surprise).all()
        assert np.isfinite(cells.typical).all()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", ["amount", "distance", "category", "online", "time"])
def test_a_column_that_is_absent_is_left_out_and_is_no_missing_value(key, name):
    model, batch = fitted(key), rows_of(payments(20, seed=6))
    without = lacking(batch, name)
    gone = np.full(20, Missing.NULL, dtype=np.uint8)
    empty = batch.with_columns({name: replace(batch[name], missing=gone)})
    left = model.score(without).total
    assert np.isfinite(left).all()
    missing = model.score(empty).total
    if key != "lof":  # a ratio of densities: where gaps are ordinary, either may be larger
        assert (left <= missing + 1e-9).all()
    if name in {"amount", "online", "time"}:
        assert (left < missing).all(), "never missing in training: the gap is a surprise, the lack of a column is none"
    alone = model.score(without.take(np.array([7]))).total
    np.testing.assert_allclose(alone, left[7:8], rtol=1e-9)
    if isinstance(model, Explains):
        assert model.cells(without).columns == tuple(n for n in model.columns if n != name)


@pytest.mark.parametrize("key", having(Scorer))
def test_a_column_that_is_absent_is_integrated_out(key):
    model, batch = fitted(key), rows_of(payments(20, seed=6))
    every = [
        model.log_likelihood(batch.with_columns({"online": Column.of(Kind.BOOLEAN, [value] * 20)}))
        for value in (True, False, None)
    ]
    np.testing.assert_allclose(model.log_likelihood(lacking(batch, "online")), np.logaddexp.reduce(every), atol=1e-2)


def lacking(batch, name):
    return Batch({k: v for k, v in batch.columns.items() if k != name}, batch.rows)


@pytest.mark.parametrize("key", KEYS)
def test_scores_of_no_rows(key):
    assert len(fitted(key).score(rows_of(payments(3)).take(np.arange(0))).total) == 0


DEGENERATE = {
    "one row": numbers(a=[1.0], b=[2.0]),
    "two rows": numbers(a=[1.0, 2.0], b=[2.0, 2.0]),
    "one column": numbers(a=list(range(60))),
    "constant": numbers(a=[5.0] * 60, b=list(range(60))),
    "duplicated": numbers(a=list(range(60)), b=list(range(60)), c=[2.0 * i for i in range(60)]),
    "all missing": numbers(a=[None] * 60, b=list(range(60))),
    "nothing but missing": numbers(a=[None] * 60),
    "infinite": numbers(a=[np.inf] * 30 + [1.0] * 30, b=list(range(60))),
    "nothing but infinite": numbers(a=[np.inf] * 60, b=list(range(60))),
    "one far out": numbers(a=[*range(20), 10.0**12], b=[*range(20), 19.0], c=[*range(20), 10.0**12]),
    "huge": numbers(a=[1e300, -1e300] * 30, b=[1e-300 * i for i in range(60)]),
    "all different": table(
        [ColumnSpec("c", Kind.CATEGORY), ColumnSpec("d", Kind.DATETIME)],
        {
            "c": Column.of(Kind.CATEGORY, [f"v{i}" for i in range(60)]),
            "d": Column.of(Kind.DATETIME, ["2024-01-01"] * 60),
        },
    ),
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_tables_are_learned_from(key, case):
    source = DEGENERATE[case]
    model = engine(key)().fit(source, Run())
    assert model.reference.shape == (source.rows,)
    assert np.isfinite(model.reference).all()
    if isinstance(model, Explains):
        assert np.isfinite(model.cells(source.batch).surprise).all()
    if isinstance(model, Draws):
        assert sum(len(b) for b in model.draw(25, Condition(), np.random.default_rng(0))) == 25
    if isinstance(model, Fills):
        assert len(model.impute(source.batch)) == source.rows


@pytest.mark.parametrize("key", KEYS)
def test_tables_without_rows_or_columns_are_refused_in_words(key):
    nothing = numbers(a=[1.0, 2.0]).subset(np.arange(0))
    with pytest.raises(FitError, match="nothing to learn"):
        engine(key)().fit(nothing, Run())
    ids = table([ColumnSpec("i", Kind.ID, Role.ID)], {"i": Column.of(Kind.ID, ["a", "b"])})
    with pytest.raises(FitError, match="no column to learn"):
        engine(key)().fit(ids, Run())


@pytest.mark.parametrize("key", KEYS)
def test_many_columns_and_many_categories_keep_memory_bounded(key):
    rng = np.random.default_rng(0)
    there = np.zeros(300, dtype=np.uint8)
    wide = {f"c{i}": Column(Kind.NUMBER, (rng.random(300) < 0.1).astype(float), there) for i in range(900)}
    texts = tuple(f"t{i}" for i in range(10_000))
    wide["many"] = Column(Kind.CATEGORY, rng.integers(0, 10_000, 300).astype(np.int32), there, texts)
    specs = [ColumnSpec(n, c.kind) for n, c in wide.items()]
    tracemalloc.start()
    model = engine(key)().fit(table(specs, wide), Run())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert model.reference.shape == (300,)
    assert peak < 250e6


@pytest.mark.parametrize("key", having(Explains))
def test_cells_say_what_was_expected(key):
    model, batch = fitted(key), rows_of(payments(40, seed=7))
    cells = model.cells(batch)
    assert cells.columns == model.columns
    assert cells.surprise.shape == cells.typical.shape == cells.alone.shape == (40, len(model.columns))
    assert len(cells.expected) == 40
    for row in cells.expected:
        for name, cell in zip(cells.columns, row, strict=True):
            if batch[name].categories:
                assert cell.best in batch[name].categories
                assert sum(p for _, p in cell.values) <= 1 + 1e-9
                assert [p for _, p in cell.values] == sorted((p for _, p in cell.values), reverse=True)
            else:
                assert cell.low <= cell.best <= cell.high


@pytest.mark.parametrize("key", having(Explains))
def test_cells_of_a_row_do_not_depend_on_the_others(key):
    model, batch = fitted(key), rows_of(payments(30, seed=8))
    whole, alone = model.cells(batch), model.cells(batch.take(np.array([11])))
    np.testing.assert_allclose(alone.surprise[0], whole.surprise[11], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(alone.typical[0], whole.typical[11], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(alone.alone[0], whole.alone[11], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("key", having(Explains))
def test_a_cell_alone_is_as_surprising_as_in_a_table_of_its_column(key):
    model, batch = fitted(key), rows_of(payments(30, seed=8))
    cells = model.cells(batch)
    for j, name in enumerate(cells.columns):
        lone = model.cells(batch.select([name]))
        close = 0.5 if batch[name].kind is Kind.DATETIME else 1e-3  # calendar and moment may count as independent
        np.testing.assert_allclose(lone.surprise[:, 0], cells.alone[:, j], rtol=0, atol=close, err_msg=name)


@pytest.mark.parametrize("key", having(Relates))
def test_context_names_what_makes_a_cell_surprising(key):
    model, batch = fitted(key), rows_of(payments(400, seed=8))  # where another cell says it already, a mean of many
    dear = batch.with_columns({"amount": Column.of(Kind.NUMBER, [180.0] * 400)})
    main = np.full(400, model.columns.index("amount"))
    gained = model.context(dear, main)
    assert gained.shape == (400, len(model.columns))
    assert np.isfinite(gained).all()
    assert (gained[:, main[0]] == 0).all()
    food = np.flatnonzero([o == "food" for o in batch["category"].objects()])
    travel = np.flatnonzero([o == "travel" for o in batch["category"].objects()])
    j = model.columns.index("category")
    assert gained[food, j].mean() > gained[travel, j].mean()
    np.testing.assert_allclose(model.context(dear.take(food), main[food]), gained[food], atol=1e-9)


@pytest.mark.parametrize("key", having(Draws))
def test_types_survive_drawing(key):
    source, model = payments(), fitted(key)
    drawn = Batch.concat(list(model.draw(400, Condition(), np.random.default_rng(1))))
    assert len(drawn) == 400
    assert tuple(drawn.columns) == model.columns
    for name in model.columns:
        real, made = source.batch[name], drawn[name]
        assert made.kind is real.kind
        assert made.values.dtype == real.values.dtype
        if real.categories:
            assert set(made.objects()) - {None} <= set(real.categories)
        else:
            assert made.values[made.present].min() >= real.values[real.present].min()
            assert made.values[made.present].max() <= real.values[real.present].max()
        assert abs(made.present.mean() - real.present.mean()) < 0.06
    amount = drawn["amount"].values
    np.testing.assert_array_equal(amount, np.round(amount, 2))


@pytest.mark.parametrize("key", having(Draws))
@pytest.mark.parametrize(
    "text",
    [
        "amount > 100", "amount = 0", "category = 'travel'", "category is missing", "distance is present",
        "age >= 40 and age < 42", "age in (20, 30)", "time >= 2024-03-10 and time < '2024-03-11 12:00'",
        "amount between 20 and 300 and distance < 12 and online = true", "category != 'food' and age = 33",
        "amount = 12.34", "distance > 12 and amount < 40",
    ],
)
def test_drawn_rows_satisfy_the_condition(key, text):
    condition = Condition.parse(text)
    drawn = Batch.concat(list(fitted(key).draw(60, condition, np.random.default_rng(2))))
    assert len(drawn) == 60
    assert condition.mask(drawn).all()


@pytest.mark.parametrize("key", having(Draws))
@pytest.mark.parametrize(
    "text",
    ["fraud = true", "nowhere = 1", "category = 'unheard of'", "online is missing", "amount > 5 and amount < 4"],
)
def test_conditions_that_cannot_be_met_are_refused_in_words(key, text):
    with pytest.raises(FitError) as refused:
        list(fitted(key).draw(5, Condition.parse(text), np.random.default_rng(0)))
    assert all(line and "{" not in line for line in refused.value.lines())


@pytest.mark.parametrize("key", having(Fills))
@pytest.mark.parametrize("drawn", [False, True])
def test_filling_leaves_what_is_there(key, drawn):
    batch = rows_of(payments(120, seed=10))
    filled = fitted(key).impute(batch, np.random.default_rng(3) if drawn else None)
    for name in fitted(key).columns:
        before, after = batch[name], filled[name]
        assert after.present.all()
        there = np.flatnonzero(before.present)
        assert list(before.take(there).objects()) == list(after.take(there).objects())


@pytest.mark.parametrize("key", having(Scorer))
def test_likelihood_integrates_to_one(key):
    rng = np.random.default_rng(0)
    x = np.where(rng.random(400) < 0.2, 0.0, rng.normal(3, 1, 400))
    c = ["a" if v < 3 else "b" for v in x]
    gaps = [None if i % 9 == 0 else v for i, v in enumerate(x)]
    source = table(
        [ColumnSpec("x", Kind.NUMBER), ColumnSpec("c", Kind.CATEGORY)],
        {"x": Column.of(Kind.NUMBER, gaps), "c": Column.of(Kind.CATEGORY, c)},
    )
    model = engine(key)().fit(source, Run())
    step = 0.002
    grid = np.arange(-30, 40, step) + step / 3
    total = 0.0
    for text in ("a", "b", None, "never seen"):
        cells = [*grid, 0.0, None]
        batch = Batch(
            {"x": Column.of(Kind.NUMBER, cells), "c": Column.of(Kind.CATEGORY, [text] * len(cells))}, len(cells)
        )
        density = np.exp(model.log_likelihood(batch))
        total += density[:-2].sum() * step + density[-2:].sum()
    assert total == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("key", having(Answers))
def test_probabilities_of_conditions_add_up(key):
    model = fitted(key)
    assert model.log_prob(Condition()).value == pytest.approx(0.0, abs=1e-6)
    pairs = [
        ("category = 'travel'", "category != 'travel'", "category is present"),
        ("amount > 30", "amount <= 30", "amount is present"),
        ("time < 2024-04-01", "time >= 2024-04-01", "time is present"),
        ("age >= 40 and online = true", "age < 40 and online = true", "age is present and online = true"),
        ("distance is missing", "distance is present", ""),
    ]
    for one, other, both in pairs:
        parts = [model.log_prob(Condition.parse(text)) for text in (one, other, both)]
        assert np.logaddexp(parts[0].value, parts[1].value) == pytest.approx(parts[2].value, abs=1e-4), both
        assert all(p.value <= 1e-9 for p in parts)
    with pytest.raises(FitError):
        model.log_prob(Condition.parse("nowhere = 1"))


@pytest.mark.parametrize("key", having(Answers))
@pytest.mark.parametrize("text", ["", "category = 'travel'", "amount > 100 and online = true", "distance is missing"])
def test_distributions_of_columns_sum_to_one(key, text):
    model = fitted(key)
    found = model.marginals(Condition.parse(text))
    assert tuple(m.column for m in found) == model.columns
    for one, overall in zip(found, model.marginals(Condition()), strict=True):
        assert one.shares.sum() + one.bins.sum() == pytest.approx(1.0, abs=1e-9)
        assert min([*one.shares, *one.bins]) >= 0
        assert len(one.shares) == len(one.values)
        assert len(one.edges) == (len(one.bins) + 1 if len(one.bins) else 0)
        assert (np.diff(one.edges) > 0).all()
        np.testing.assert_array_equal(one.edges, overall.edges)
        if one.middle is not None:
            assert one.low <= one.middle <= one.high
    with pytest.raises(FitError):
        model.marginals(Condition.parse("amount > 5 and amount < 4"))


@pytest.mark.parametrize("key", having(Answers))
def test_edges_form_a_tree_strongest_first(key):
    model = fitted(key)
    found = model.edges()
    strengths = [e.strength for e in found]
    assert strengths == sorted(strengths, reverse=True)
    assert min(strengths) >= 0
    reached = {model.columns[0]}
    for _ in found:
        reached |= {n for e in found if {e.first, e.second} & reached for n in (e.first, e.second)}
    assert reached == set(model.columns)
    assert len(found) == len(model.columns) - 1


@pytest.mark.parametrize("key", [k for k in having(Answers) if k in having(Draws)])
def test_answers_agree_with_counts_of_drawn_rows(key):
    model, n = fitted(key), 20_000
    drawn = Batch.concat(list(model.draw(n, Condition(), np.random.default_rng(3))))
    texts = [
        "category = 'food'", "category is missing", "amount = 0", "amount > 100", "distance < 8",
        "age >= 40 and age < 60", "online = true and amount > 100", "time >= 2024-04-01",
        "category = 'travel' and distance > 12 and age > 50",
    ]
    for text in texts:
        p = np.exp(model.log_prob(Condition.parse(text)).value)
        share = Condition.parse(text).mask(drawn).mean()
        assert share == pytest.approx(p, abs=5 * np.sqrt(p / n) + 0.003), text  # what lies beyond training is not drawn
