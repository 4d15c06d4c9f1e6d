"""How the circuit learns: sums that add up, steps that never lower the likelihood, structure that is found."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.batch import Column
from core.data.schema import ColumnSpec, Kind
from core.data.source import MemorySource
from core.models.circuit import Circuit, CircuitParams, _passes, em
from core.models.circuit.counting import accumulate
from core.models.circuit.em import settle
from core.models.circuit.reading import Stream
from core.models.circuit.slopes import Prior
from core.models.circuit.start import cluster, first_counts
from core.models.circuit.tree import Counts, Tree
from core.run import Run, Signal

from .model_tables import rows_of, table
from .small_circuit import fitted, mixed

SMALL = CircuitParams(trees=2, states=3, passes=3)


def stream_of(source):
    return Stream.of(source, fitted().circuit.codec)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=60, max_size=60))
def test_expected_counts_add_up_over_any_partition_of_the_rows(parts):
    """So that a step of learning is the same however the rows are dealt out."""
    layout, tree = fitted().circuit.layout, fitted().circuit.trees[0]
    rows = stream_of(mixed()).read(np.arange(60))
    whole, summed, level = Counts.zeros(layout, tree.states), Counts.zeros(layout, tree.states), 0.0
    expected = accumulate(tree, layout, rows, whole)
    for part in range(4):
        own = Counts.zeros(layout, tree.states)
        level += accumulate(tree, layout, rows.take(np.flatnonzero(np.equal(parts, part))), own)
        summed = summed + own
    assert level == pytest.approx(expected, rel=1e-6)
    for name, counts in whole.arrays().items():
        np.testing.assert_allclose(summed.arrays()[name], counts, rtol=1e-4, atol=1e-4, err_msg=name)
    prior = Prior(0.1, 1.0, 0.03)
    first, second = (Tree.update(c, tree.structure, layout, prior) for c in (whole, summed))
    for name, found in first.arrays().items():
        np.testing.assert_allclose(second.arrays()[name], found, rtol=1e-3, atol=1e-5, err_msg=name)


def test_counts_are_the_rows_own():
    """Every row ends up in one state of every column, its cells under their tokens."""
    layout, tree = fitted().circuit.layout, fitted().circuit.trees[1]
    rows, counts = stream_of(mixed()).read(np.arange(80)), Counts.zeros(layout, tree.states)
    accumulate(tree, layout, rows, counts)
    assert float(counts.rows) == 80
    seen = np.bincount(rows.places.ravel(), minlength=len(layout.counts))
    np.testing.assert_allclose(counts.tables.sum(axis=1), seen, atol=1e-3)
    edges = np.delete(counts.edges.sum(axis=(1, 2)), tree.structure.root)
    np.testing.assert_allclose(edges, 80, atol=1e-3)
    slots = [rows.y[layout.continuous[rows.places[:, j]], layout.slots[j]] for j in layout.floating]
    np.testing.assert_allclose(counts.sums.sum(axis=1), [y.sum() for y in slots], atol=1e-3)
    np.testing.assert_allclose(counts.squares.sum(axis=1), [(y * y).sum() for y in slots], rtol=1e-4)


def test_a_step_over_all_rows_never_lowers_their_likelihood():
    """With next to no prior mass, from a start at random."""
    stream, prior, rng = stream_of(mixed()), Prior(1e-6, 1e-6, 0.03), np.random.default_rng(3)
    layout, rows = stream.layout, stream.read(np.arange(stream.rows))
    labels = rng.permutation(cluster(layout, rows, 4, rng, Run()))
    structure = fitted().circuit.trees[0].structure
    tree = Tree.update(first_counts(layout, rows, labels, 4, 0.3, rng), structure, layout, prior)
    levels = [level_of(tree, layout, rows)]
    for batch in (32, 240, 7, 64, 100, 64, 64, 64):
        tree = settle(tree, layout, prior, stream, batch, rng, Run())
        levels.append(level_of(tree, layout, rows))
    assert (np.diff(levels) > -1e-5).all()
    assert levels[-1] > levels[0] + 0.1


def level_of(tree, layout, rows):
    return accumulate(tree, layout, rows, Counts.zeros(layout, tree.states)) / len(rows)


def test_the_chain_that_made_the_rows_is_found():
    rng = np.random.default_rng(7)
    chain = ["d", "a", "e", "b", "c", "f"]
    values = [rng.integers(0, 4, 300)]
    for _ in chain[1:]:
        values.append(np.where(rng.random(300) < 0.7, values[-1], rng.integers(0, 4, 300)))
    source = words_of(dict(sorted(zip(chain, values, strict=True))))
    model = Circuit(replace(SMALL, jitter=0.0)).fit(source, Run())
    found = {frozenset((e.first, e.second)) for e in model.edges()}
    assert found == {frozenset(pair) for pair in pairwise(chain)}
    assert all(e.strength > 0.1 for e in model.edges())


def words_of(columns):
    cells = {n: Column.of(Kind.CATEGORY, [f"v{i}" for i in v]) for n, v in columns.items()}
    return table([ColumnSpec(n, Kind.CATEGORY) for n in cells], cells)


def test_a_column_that_repeats_another_leaves_nothing_to_say():
    rng = np.random.default_rng(8)
    a, free = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    source = words_of({"a": a, "again": a, "free": free})
    model = Circuit(CircuitParams(trees=1, states=8, mass=0.1)).fit(source, Run())
    typical = model.cells(rows_of(source)).typical.mean(axis=0)
    assert (typical[:2] < 0.1).all()
    assert typical[2] > 1.4
    assert model.mutual_information("a", "again") > 1.4
    assert model.mutual_information("a", "free") < 0.1


def test_a_value_far_out_tops_one_reading_and_swapped_cells_the_other():
    rng = np.random.default_rng(9)
    kind = rng.integers(0, 3, 300)
    place = np.array(["north", "south", "west"], dtype=object)[kind]
    tax = np.array(["n", "s", "w"], dtype=object)[kind]
    price = rng.normal(10.0 * kind, 1.0)
    weight = rng.normal(0, 1, 300)
    kind[:2], place[:2], tax[:2], price[:2], weight[:2] = 0, "north", "n", 0.1, 0.0
    weight[0] = 9.0
    tax[1] = "w"
    cells = {
        "place": Column.of(Kind.CATEGORY, list(place)), "tax": Column.of(Kind.CATEGORY, list(tax)),
        "price": Column.of(Kind.NUMBER, price), "weight": Column.of(Kind.NUMBER, weight),
    }
    source = table([ColumnSpec(n, c.kind) for n, c in cells.items()], cells)
    clean = MemorySource(rows_of(source).take(np.arange(2, 300)), source.schema)
    readings = Circuit(replace(SMALL, states=6)).fit(clean, Run()).score(rows_of(source))
    assert readings.value.argmax() == 0
    assert readings.combination.argmax() == 1
    assert readings.value[1] < np.quantile(readings.value, 0.9)
    assert readings.total[:2].min() > np.quantile(readings.total[2:], 0.99)


def test_learning_goes_on_from_a_model_with_its_codec():
    later, unseen = shifted(120, 21), rows_of(shifted(120, 22))
    model = Circuit(SMALL).fit(mixed(), Run())
    onwards = Circuit(SMALL).fit(later, Run(), model)
    assert onwards.log_likelihood(unseen).mean() > model.log_likelihood(unseen).mean() + 0.1
    assert onwards.circuit.codec is model.circuit.codec
    for old, new in zip(model.circuit.trees, onwards.circuit.trees, strict=True):
        np.testing.assert_array_equal(new.structure.parents, old.structure.parents)
    before = rows_of(mixed(seed=23))
    forgotten = model.log_likelihood(before).mean() - onwards.log_likelihood(before).mean()
    afresh = Circuit(SMALL).fit(later, Run()).log_likelihood(before).mean()
    assert forgotten < model.log_likelihood(before).mean() - afresh, "what was learned before counts"


def shifted(n, seed):
    """The same columns, other habits: y lower, c mostly b, f turned."""
    batch = rows_of(mixed(n, seed))
    rng = np.random.default_rng(seed)
    y = batch["y"].values - 12.0
    c = ["b" if r < 0.7 else v for r, v in zip(rng.random(n), batch["c"].objects(), strict=True)]
    f = [v == "false" for v in batch["f"].objects()]
    new = {"y": Column.of(Kind.NUMBER, y), "c": Column.of(Kind.CATEGORY, c), "f": Column.of(Kind.BOOLEAN, f)}
    return MemorySource(batch.with_columns(new), mixed().schema)


def test_stopping_after_the_first_tree_keeps_a_usable_model():
    heard = []
    run = Run(on_partial=heard.append, get_signal=lambda: Signal.STOP_AND_KEEP if heard else Signal.GO)
    model = Circuit(replace(SMALL, trees=5)).fit(mixed(), run)
    assert len(model.circuit.trees) == len(heard) == 1
    assert np.isfinite(model.reference).all()
    whole = Circuit(replace(SMALL, trees=1)).fit(mixed(), Run())
    assert model.reference.tobytes() == whole.reference.tobytes()


def test_stopping_at_once_keeps_a_model():
    model = Circuit(SMALL).fit(mixed(), Run(get_signal=lambda: Signal.STOP_AND_KEEP))
    assert len(model.circuit.trees) == 1
    assert np.isfinite(model.log_likelihood(rows_of(mixed()))).all()


def test_threads_change_nothing_but_the_seed_does():
    first, again, side, other = (
        Circuit(SMALL).fit(mixed(), Run(seed=s, threads=t)).state().arrays for s, t in ((1, 1), (1, 1), (1, 2), (2, 1))
    )
    assert {k: v.tobytes() for k, v in first.items()} == {k: v.tobytes() for k, v in again.items()}
    assert {k: v.tobytes() for k, v in first.items()} == {k: v.tobytes() for k, v in side.items()}
    assert first["main.tree0.tables"].tobytes() != other["main.tree0.tables"].tobytes()


def test_trees_learn_from_a_sample_each_and_say_so_and_all_rows_are_scored(monkeypatch):
    read = []

    def counting(tree, layout, rows, *rest, **named):
        read.extend(rows.y[:, -1].tolist())
        return accumulate(tree, layout, rows, *rest, **named)

    monkeypatch.setattr(em, "accumulate", counting)
    params = replace(SMALL, tree_rows=1_000, passes=1)
    model = Circuit(params).fit(mixed(3_000), Run())
    assert len(read) == 2 * (900 + 1_000)  # a tenth is held out, and counts when the tree settles
    assert set(read[:1_900]) != set(read[1_900:])
    assert len(model.reference) == 3_000
    said = [m for m in model.learned() if m.key == "models.circuit.learned.rows"]
    assert [m.values for m in said] == [{"learned": 1_000, "rows": 3_000}]


def test_in_a_long_table_that_another_model_ranks_each_tree_learns_from_fewer_rows(monkeypatch):
    monkeypatch.setattr("core.models.circuit._LONG", 2_000)
    monkeypatch.setattr("core.models.circuit._BESIDE_ROWS", 1_000)
    learned = []
    for rows, ranks, set_rows in ((1_999, False, 0), (2_000, True, 0), (2_000, False, 0), (2_000, False, 1_500)):
        params = replace(SMALL, tree_rows=set_rows, passes=1)
        learned.append(Circuit(params).fit(mixed(rows), Run(reference=ranks)).facts["learned"])
    assert learned == [1_999, 2_000, 1_000, 1_500]


def test_a_table_that_is_learned_from_whole_says_nothing_of_samples():
    assert "models.circuit.learned.rows" not in [m.key for m in fitted().learned()]


def test_the_more_rows_the_fewer_passes_and_one_at_least():
    passes = [_passes(rows, 12) for rows in (1_000, 25_000, 35_000, 50_000, 100_000, 50_000_000)]
    assert passes == [12, 12, 6, 3, 1, 1]
