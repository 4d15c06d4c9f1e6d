"""The circuit at its limits: densities that integrate to one, odd tables, many categories, 16 bits."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from core.data.batch import Batch, Column
from core.data.conditions import Condition
from core.data.schema import ColumnSpec, Kind
from core.models.base import State
from core.models.circuit import Circuit, CircuitParams
from core.models.circuit.circuit import Circuit as HiddenTrees
from core.models.circuit.fitted import CircuitFitted
from core.models.circuit.storage import rounded
from core.run import Run

from .enumeration import Enumeration
from .model_tables import numbers, rows_of, table
from .small_circuit import batch_of, fitted, mixed, ref, some_rows

SMALL = CircuitParams(trees=2, states=3, passes=3, smooth="no")


def two_numbers(n=200, factor=1.0):
    rng = np.random.default_rng(12)
    kind = rng.random(n) < 0.5
    a = np.exp(rng.normal(np.where(kind, 0.0, 1.5), 0.4))
    return numbers(a=factor * a, b=rng.normal(np.where(kind, -2.0, 3.0), 1.0))


def test_the_density_of_two_numbers_integrates_to_one_tails_and_gaps_included():
    model = Circuit(SMALL).fit(two_numbers(), Run())
    saved = Enumeration(model.state())
    grids = [saved[name].nodes(points=6) for name in "ab"]
    cells = [np.append(x, np.nan) for x, _ in grids]  # a gap has a probability
    weights = [np.append(w, 1.0) for _, w in grids]
    a, b = (c.ravel() for c in np.meshgrid(*cells, indexing="ij"))
    columns = {n: Column.of(Kind.NUMBER, [None if np.isnan(v) else v for v in c]) for n, c in (("a", a), ("b", b))}
    density = np.exp(model.log_likelihood(Batch(columns, len(a))))
    assert density @ np.outer(*weights).ravel() == pytest.approx(1.0, abs=1e-4)


def test_a_column_alone_has_the_quantiles_of_the_training_rows():
    """At the knots of its curve, to what 16 bits leave."""
    model, values = Circuit(SMALL).fit(two_numbers(), Run()), two_numbers().batch["a"].values
    knots = Enumeration(model.state())["a"].x
    assert len(knots) > 8
    for x in knots:
        share = (values < x).mean() + (values == x).mean() / 2
        assert np.exp(model.log_prob(Condition.parse(f"a <= {float(x)!r}")).value) == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize(("factor", "close"), [(1024.0, 1e-9), (1000.0, 1e-3)])
def test_other_units_shift_the_log_likelihood_by_the_log_of_the_factor(factor, close):
    first, second = (Circuit(SMALL).fit(s, Run()) for s in (two_numbers(), two_numbers(factor=factor)))
    plain, scaled = rows_of(two_numbers()), rows_of(two_numbers(factor=factor))
    shift = first.log_likelihood(plain) - second.log_likelihood(scaled)
    np.testing.assert_allclose(shift, np.log(factor), rtol=0, atol=close)
    np.testing.assert_allclose(second.score(scaled).total, first.score(plain).total, rtol=0, atol=close)


def test_a_value_out_of_range_is_the_more_surprising_the_further_out():
    steps = [0.0, 0.5, 1.0, 5.0, 50.0, 1e3, 1e6, 1e100, np.inf]
    for end, way in ((ref()["y"].high, 1.0), (ref()["y"].low, -1.0)):
        rows = [{**some_rows()[0], "y": end + way * step} for step in steps]
        levels = fitted().log_likelihood(batch_of(rows))
        assert np.isfinite(levels).all()
        assert (np.diff(levels[:7]) < 0).all()
        assert (np.diff(levels) <= 0).all()
        assert (np.diff(fitted().surprises(batch_of(rows))[:7, -1]) > 0).all()


ODD = {
    "one row": {"y": [1.0], "x": [2.0]},
    "two identical rows": {"y": [1.0, 1.0], "x": [2.0, 2.0], "c": ["a", "a"]},
    "one column": {"y": [float(i * i) for i in range(50)]},
    "constant": {"y": [3.0] * 50, "c": ["a"] * 50, "f": [True] * 50},
    "all missing": {"y": [None] * 50, "c": [None] * 50, "k": [None] * 50},
    "missing and NaN": {"y": [None, np.nan, 1.0, 2.0, 3.5] * 10, "c": [None, "", "a", "b", "a"] * 10},
    "infinite": {"y": [np.inf, -np.inf, 1.0, 2.0, 3.0] * 10, "k": [1, 2, 3, 4, 2**62] * 10},
    "huge and tiny": {"y": [1e300, -1e300, 0.0] * 20, "x": [1e-300 * i for i in range(60)]},
}


@pytest.mark.parametrize("case", ODD)
def test_odd_tables_are_learned_from_and_asked(case):
    kinds = {"y": Kind.NUMBER, "x": Kind.NUMBER, "k": Kind.INTEGER, "c": Kind.CATEGORY, "f": Kind.BOOLEAN}
    columns = {n: Column.of(kinds[n], values) for n, values in ODD[case].items()}
    source = table([ColumnSpec(n, kinds[n]) for n in columns], columns)
    model, batch = Circuit(replace(SMALL, smooth="auto")).fit(source, Run()), source.batch
    readings, cells = model.score(batch), model.cells(batch)
    found = (readings.total, readings.value, readings.combination, cells.surprise, cells.typical)
    assert all(np.isfinite(v).all() for v in (*found, model.log_likelihood(batch), model.reference))
    for one in model.marginals(Condition()):
        assert one.shares.sum() + one.bins.sum() == pytest.approx(1.0)
    assert sum(len(b) for b in model.draw(7, Condition(), np.random.default_rng(0))) == 7
    assert len(model.impute(batch, np.random.default_rng(0))) == len(batch)


def test_ten_thousand_categories_take_little_memory():
    rng = np.random.default_rng(13)
    n = 20_000
    codes = np.concatenate([np.repeat(np.arange(1_000), 11), np.arange(1_000, 10_000)]).astype(np.int32)
    there = np.zeros(n, dtype=np.uint8)
    columns = {
        "many": Column(Kind.CATEGORY, codes, there, tuple(f"v{i}" for i in range(10_000))),
        "few": Column(Kind.CATEGORY, (codes % 3).astype(np.int32), there, ("a", "b", "c")),
        "y": Column(Kind.NUMBER, rng.normal(codes % 7, 1.0), there),
    }
    source = table([ColumnSpec(name, c.kind) for name, c in columns.items()], columns)
    tracemalloc.start()
    model = Circuit(CircuitParams(trees=1, states=16, passes=2)).fit(source, Run())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300e6
    assert np.isfinite(model.reference).all()
    for text, cells in (("v17", 11), ("v7000", 1)):
        assert model.log_prob(Condition.parse(f"many = {text}")).value == pytest.approx(np.log(cells / n), abs=0.1)


@pytest.mark.parametrize("half", ["auto", "no"])
def test_a_saved_circuit_answers_to_the_bit(half):
    model = Circuit(CircuitParams(trees=2, states=3, passes=2, half=half)).fit(mixed(), Run())
    assert model.facts["half"] is (half == "auto")
    state = model.state()
    assert (state.arrays["main.tree1.tables"].dtype == np.uint16) is (half == "auto")
    back = CircuitFitted.load(State(state.version, json.loads(json.dumps(state.json)), state.arrays))
    batch, condition = batch_of(some_rows()), Condition.parse("y > 50")
    for name in ("log_likelihood", "surprises"):
        assert getattr(back, name)(batch).tobytes() == getattr(model, name)(batch).tobytes()
    assert back.score(rows_of(mixed())).total.tobytes() == model.score(rows_of(mixed())).total.tobytes()
    assert back.log_prob(condition) == model.log_prob(condition)


@pytest.mark.parametrize(
    ("share", "lost", "fits"),
    [(0.005, 0.006, True), (0.03, 0.006, False), (0.005, 0.012, False), (0.03, 0.0002, True)],
)
def test_16_bits_are_refused_when_they_move_scores(share, lost, fits):
    """99 % of rows may move by 1e-3 nats and none by 1e-2; a probability below 2**-24 is kept as that."""
    n = 2_000
    odd = np.arange(n) < share * n
    source = table(
        [ColumnSpec("c", Kind.CATEGORY)], {"c": Column.of(Kind.CATEGORY, ["odd" if o else "usual" for o in odd])}
    )
    model = Circuit(replace(SMALL, passes=1, trees=1)).fit(source, Run())
    circuit = with_probability(model.circuit, 2, 2.0**-24 * np.exp(-lost))
    rows = circuit.rows_of(circuit.codec.encode(source.batch))
    found, is_half = rounded(circuit, rows)
    assert is_half is fits
    moved = np.abs(found.log_likelihood(rows) - circuit.log_likelihood(rows))
    assert moved.max() == (pytest.approx(lost, abs=2e-4) if fits else 0.0)


def with_probability(circuit, token, p):
    """The circuit with one token's probability in every state."""
    trees = []
    for tree in circuit.trees:
        tables = tree.tables.astype(np.float64)
        tables[token] = 0.0
        tables *= (1 - p) / tables.sum(axis=0)
        tables[token] = p
        trees.append(replace(tree, tables=tables.astype(np.float32)))
    return HiddenTrees(circuit.codec, tuple(trees))
