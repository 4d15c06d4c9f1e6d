"""Neighbours against scikit-learn's exact search, and the meaning of its distances."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.data.batch import Batch, Column
from core.data.schema import ColumnSpec, Kind
from core.encode.curves import robust_scale
from core.models._nearest import most_references
from core.models.neighbours import Neighbours, NeighboursParams
from core.run import Run

from .model_tables import numbers, payments, rows_of, table


def standardised(x):
    return np.column_stack([(x[:, j] - robust_scale(x[:, j])[0]) / robust_scale(x[:, j])[1] for j in range(x.shape[1])])


def as_source(x):
    return numbers(**{f"x{j}": x[:, j] for j in range(x.shape[1])})


@pytest.mark.parametrize(("n", "d", "k"), [(60, 2, 1), (900, 5, 5), (5_000, 3, 7)])
def test_distances_agree_with_scikit_learn(n, d, k):
    x = np.random.default_rng(n).normal(size=(n, d)) @ np.diag(np.arange(1, d + 1))
    model = Neighbours(NeighboursParams(neighbours=k)).fit(as_source(x), Run())
    z = standardised(x)
    exact = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(z)
    np.testing.assert_allclose(model.reference, exact.kneighbors(z)[0][:, 1:].mean(axis=1), atol=1e-6)
    index, distances = model.nearest(as_source(x).batch, k=k)
    theirs, indices = exact.kneighbors(z, n_neighbors=k)
    np.testing.assert_allclose(distances, theirs, atol=1e-6)
    np.testing.assert_array_equal(index, indices)


@pytest.mark.parametrize("kind", ["far out", "far from zero", "ties", "few values"])
def test_no_neighbour_is_lost_to_rounding(kind):
    rng = np.random.default_rng(6)
    x = rng.normal(size=(4_000, 7))
    if kind == "far out":
        x[::50] *= 1e4
    elif kind == "far from zero":
        x[:, 0] += np.where(rng.random(4_000) < 0.1, 1e3, 0.0)
    elif kind == "ties":
        x = x[rng.integers(0, 900, 4_000)]
    else:
        x = np.sign(x)
    model = Neighbours(NeighboursParams(neighbours=3)).fit(as_source(x), Run())
    points = model.codec.encode(as_source(x).batch).x
    exact = NearestNeighbors(n_neighbors=4, algorithm="brute").fit(points).kneighbors(points[::9])[1]
    squares = ((points[::9, None] - points[exact]) ** 2).sum(axis=2)
    _, distances = model.nearest(as_source(x[::9]).batch, k=4)
    np.testing.assert_allclose(distances, np.sqrt(np.sort(squares, axis=1)), atol=1e-7)


def test_a_training_row_is_not_its_own_neighbour_but_its_copy_is():
    x = np.vstack([np.random.default_rng(0).normal(size=(50, 2)), [[30.0, 30.0]], [[40.0, -9.0]], [[40.0, -9.0]]])
    model = Neighbours(NeighboursParams(neighbours=1)).fit(as_source(x), Run())
    assert model.reference[50] > 5
    assert model.reference[51] == model.reference[52] == 0.0
    assert model.score(as_source(x).batch).total[50] == 0.0


def test_categories_are_one_apart_and_a_missing_cell_is_one_from_any():
    source = table(
        [ColumnSpec("c", Kind.CATEGORY)], {"c": Column.of(Kind.CATEGORY, ["a", "a", "b", "b"])}
    )
    model = Neighbours(NeighboursParams(neighbours=4)).fit(source, Run())
    batch = Batch({"c": Column.of(Kind.CATEGORY, ["a", "new", None])}, 3)
    _, distances = model.nearest(batch)
    np.testing.assert_allclose(distances, [[0, 0, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]])


def test_missing_cells_of_the_reference_are_near_each_other():
    source = table(
        [ColumnSpec("c", Kind.CATEGORY), ColumnSpec("x", Kind.NUMBER)],
        {"c": Column.of(Kind.CATEGORY, ["a", None]), "x": Column.of(Kind.NUMBER, [None, None])},
    )
    model = Neighbours(NeighboursParams(neighbours=2)).fit(source, Run())
    np.testing.assert_allclose(model.nearest(source.batch)[1], [[0, 1], [0, 1]])


def test_many_categories_are_compared_by_code():
    texts = [f"m{i}" for i in range(40)]
    source = table([ColumnSpec("c", Kind.CATEGORY)], {"c": Column.of(Kind.CATEGORY, texts * 2)})
    model = Neighbours(NeighboursParams(neighbours=3)).fit(source, Run())
    assert "c" in model.codec.many
    batch = Batch({"c": Column.of(Kind.CATEGORY, ["m7", "new", None])}, 3)
    np.testing.assert_allclose(model.nearest(batch)[1], [[0, 0, 1], [1, 1, 1], [1, 1, 1]])


@pytest.mark.parametrize("name", ["few", "many", "x", "gaps"])
def test_without_a_column_distances_are_those_of_a_fit_that_never_had_it(name):
    rng = np.random.default_rng(4)
    columns = {
        "few": Column.of(Kind.CATEGORY, [f"f{i}" for i in rng.integers(0, 3, 200)]),
        "many": Column.of(Kind.CATEGORY, [f"m{i}" for i in rng.integers(0, 60, 200)]),
        "x": Column.of(Kind.NUMBER, rng.normal(size=200)),
        "gaps": Column.of(Kind.NUMBER, [None if rng.random() < 0.2 else v for v in rng.normal(size=200)]),
    }
    specs = [ColumnSpec(n, c.kind) for n, c in columns.items()]
    rest = {n: c for n, c in columns.items() if n != name}
    never = Neighbours().fit(table([s for s in specs if s.name != name], rest), Run())
    left = Neighbours().fit(table(specs, columns), Run()).score(Batch(rest, 200))
    np.testing.assert_allclose(left.total, never.score(Batch(rest, 200)).total, rtol=1e-12)


def test_positions_are_those_of_the_training_rows_when_a_sample_is_kept():
    source = payments(500)
    model = Neighbours(NeighboursParams(sample=100, neighbours=2)).fit(source, Run())
    assert len(model.points) == 100
    assert model.reference.shape == (500,)
    index, distances = model.nearest(source.take(model.rows[:5]), k=1)
    np.testing.assert_array_equal(index[:, 0], model.rows[:5])
    np.testing.assert_allclose(distances, 0)
    index, distances = model.nearest(source.take(model.rows[:5]), k=1, own=model.rows[:5])
    assert not (index[:, 0] == model.rows[:5]).any()
    _, distances = model.nearest(source.take(np.arange(9)), own=np.arange(9))
    np.testing.assert_allclose(distances.mean(axis=1), model.reference[:9])


def test_more_neighbours_than_rows_uses_those_there_are():
    model = Neighbours(NeighboursParams(neighbours=50)).fit(numbers(a=[0.0, 1.0, 5.0]), Run())
    assert model.nearest(numbers(a=[0.0]).batch)[1].shape == (1, 3)
    assert np.isfinite(model.reference).all()


def test_one_column_far_out_cannot_hide_the_others():
    rng = np.random.default_rng(1)
    source = as_source(rng.normal(size=(400, 3)))
    model = Neighbours().fit(source, Run())
    wild = numbers(x0=[1e12], x1=[0.0], x2=[0.0]).batch
    assert model.score(wild).total[0] < 60
    assert model.score(wild).total[0] > 40


def test_injected_strangers_rank_first():
    source = payments(1_500)
    model = Neighbours().fit(source, Run())
    batch = rows_of(payments(300, seed=1))
    amount = batch["amount"].values.copy()
    amount[:15] = 5_000
    scores = model.score(batch.with_columns({"amount": Column.of(Kind.NUMBER, amount)})).total
    assert set(np.argsort(-scores)[:15]) == set(range(15))


def test_a_long_table_is_compared_with_fewer_reference_rows_a_short_one_with_all_it_may():
    kept = [most_references(rows, 30, 20_000, 6_000_000) for rows in (100, 100_000, 700_000, 10**8)]
    assert kept == [20_000, 20_000, 4_285, 2_000]
    assert most_references(100, 1_555, 20_000, 6_000_000) == 3_858
