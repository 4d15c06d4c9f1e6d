"""The detection engines against scikit-learn, and what each of them is there for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.covariance import MinCovDet
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor

from core.data.batch import Batch, Column
from core.data.schema import ColumnSpec, Kind
from core.models.forest import Forest, ForestParams
from core.models.histogram import Histogram
from core.models.lesinn import Lesinn, LesinnParams
from core.models.lof import Lof, LofParams
from core.models.mcd import Mcd
from core.models.neighbours import Neighbours, NeighboursParams
from core.models.tail import Tails
from core.run import Run
from core.stats.ranking import auroc
from core.stats.tails import Tail

from .model_tables import numbers, table
from .test_neighbours import as_source, standardised


def clump(n=900, d=5, share=0.15, seed=0):
    """Correlated rows, and a tight clump of anomalies far from them."""
    rng = np.random.default_rng(seed)
    far = int(share * n)
    x = rng.normal(size=(n, d)) @ (np.eye(d) + 0.4)
    x[:far] = rng.normal(size=(far, d)) * 0.05 + np.where(np.arange(d) % 2, 6.0, -6.0)
    return x, np.arange(n) < far


def test_the_forest_ranks_as_scikit_learns_does():
    rng = np.random.default_rng(1)
    x = np.vstack([rng.normal(size=(1_500, 6)), rng.normal(size=(60, 6)) * 2.5])
    odd = np.arange(1_560) >= 1_500
    for rows in (256, 1_024):
        ours = Forest(ForestParams(rows=rows)).fit(as_source(x), Run()).reference
        theirs = -IsolationForest(max_samples=rows, random_state=0).fit(x).score_samples(x)
        assert np.corrcoef(ours, theirs)[0, 1] > 0.94
        assert abs(ours.mean() - theirs.mean()) < 0.01
        assert auroc(odd, ours) > auroc(odd, theirs) - 0.02


def test_a_rare_category_and_one_never_seen_are_isolated_sooner():
    rng = np.random.default_rng(2)
    values = rng.choice(["a", "b", "rare"], p=[0.6, 0.39, 0.01], size=800)
    columns = {"c": Column.of(Kind.CATEGORY, list(values)), "x": Column.of(Kind.NUMBER, rng.normal(size=800))}
    specs = [ColumnSpec("c", Kind.CATEGORY), ColumnSpec("x", Kind.NUMBER)]
    asked = Batch({"c": Column.of(Kind.CATEGORY, ["a", "rare", "new"]), "x": Column.of(Kind.NUMBER, [0.0] * 3)}, 3)
    for family in (Forest, Histogram, Tails, Mcd):
        found = family().fit(table(specs, columns), Run()).score(asked).total
        assert found[0] < found[1] < found[2], family.key


@pytest.mark.parametrize("seed", [0, 1])
def test_the_robust_normal_agrees_with_scikit_learn(seed):
    x, odd = clump(seed=seed)
    ours = Mcd().fit(as_source(x), Run()).reference
    theirs = np.sqrt(MinCovDet(random_state=0).fit(standardised(x)).mahalanobis(standardised(x)))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.99
    np.testing.assert_allclose(ours[~odd], theirs[~odd], rtol=0.12)
    assert auroc(odd, ours) > 0.99, "a clump may not draw the centre to itself"


def test_the_robust_normal_takes_wide_tables_in_blocks():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(150, 700))
    x[0, 650] = 30.0
    model = Mcd().fit(as_source(x), Run())
    assert len(model.blocks) == 3
    assert model.reference.argmax() == 0


def test_a_frequent_category_with_rare_ones_beside_it_is_no_error_of_infinite_size():
    rng = np.random.default_rng(4)
    columns = {
        "c": Column.of(Kind.CATEGORY, list(rng.choice(["usual", "less"], p=[0.9, 0.1], size=600))),
        "x": Column.of(Kind.NUMBER, rng.normal(size=600)),
    }
    source = table([ColumnSpec("c", Kind.CATEGORY), ColumnSpec("x", Kind.NUMBER)], columns)
    asked = Batch({"c": Column.of(Kind.CATEGORY, ["less", "usual"]), "x": Column.of(Kind.NUMBER, [0.0, 6.0])}, 2)
    less, far = Mcd().fit(source, Run()).score(asked).total
    assert less < far


@pytest.mark.parametrize(("n", "k"), [(300, 20), (900, 5)])
def test_local_densities_agree_with_scikit_learn(n, k):
    rng = np.random.default_rng(n)
    x, new = (rng.normal(size=(m, 3)) * rng.choice([0.2, 2.0], size=(m, 1)) for m in (n, 200))
    scale = standardised(np.vstack([x]))
    model = Lof(LofParams(neighbours=k)).fit(as_source(x), Run())
    theirs = LocalOutlierFactor(n_neighbors=k, novelty=True).fit(scale)
    np.testing.assert_allclose(model.reference, -theirs.negative_outlier_factor_, rtol=1e-6)
    points = model.codec.encode(as_source(new).batch).x
    np.testing.assert_allclose(model.score(as_source(new).batch).total, -theirs.score_samples(points), rtol=1e-6)


def test_small_subsamples_see_a_clump_that_nearest_neighbours_miss():
    x, odd = clump(share=0.02)
    subsamples = Lesinn().fit(as_source(x), Run()).reference
    nearest = Neighbours(NeighboursParams(neighbours=1)).fit(as_source(x), Run()).reference
    assert auroc(odd, nearest) < 0.1
    assert auroc(odd, subsamples) > 0.7


def test_a_subsample_is_the_mean_of_nearest_distances_without_the_row_itself():
    x = np.random.default_rng(5).normal(size=(40, 2))
    model = Lesinn(LesinnParams(subsamples=3, psi=8)).fit(as_source(x), Run())
    z = standardised(x)
    for row in range(40):
        near = [
            min(np.linalg.norm(z[row] - z[other]) for other in drawn if other != row)
            for drawn in model.rows.reshape(3, 8)
        ]
        assert model.reference[row] == pytest.approx(np.mean(near), rel=1e-9)


@pytest.mark.parametrize("has_gaps", [False, True])
def test_in_one_column_the_same_distances_are_found_faster(has_gaps):
    rng = np.random.default_rng(8)
    x = [None if has_gaps and rng.random() < 0.2 else v for v in np.round(rng.normal(size=300), 1)]
    source = numbers(a=x)
    model = Lesinn(LesinnParams(subsamples=4, psi=16)).fit(source, Run())
    new = numbers(a=[0.03, None, 77.0, *rng.normal(size=50)]).batch
    both = replace(model.codec, names=("a", "b"), plain={**model.codec.plain, "b": (0.0, 1.0)})
    wide = replace(model.points, x=np.insert(model.points.x, model.points.x.shape[1], 0.0, axis=1))
    compared = replace(model, codec=both, points=wide)
    beside = new.with_columns({"b": Column.of(Kind.NUMBER, [0.0] * len(new))})
    np.testing.assert_allclose(model.score(new).total, compared.score(beside).total, rtol=1e-9)
    own = np.arange(300)
    found = compared.distances(source.batch.with_columns({"b": Column.of(Kind.NUMBER, [0.0] * 300)}), own)
    np.testing.assert_allclose(model.reference, found, rtol=1e-9, atol=1e-12)


def test_the_longer_tail_counts_and_farther_is_rarer():
    rng = np.random.default_rng(6)
    model = Tails().fit(numbers(a=np.exp(rng.normal(size=2_000)), b=rng.normal(size=2_000)), Run())
    asked = numbers(a=[1.0, 30.0, 45.0, 1.0], b=[0.0, 0.0, 0.0, -9.0]).batch
    usual, far, farther, low = model.score(asked).total
    assert usual < far < farther
    assert usual < low


def test_normal_scores_see_a_gap_that_one_scale_hides():
    rng = np.random.default_rng(7)
    x = np.concatenate([np.exp(rng.normal(0, 0.3, 990)), np.exp(rng.normal(9, 2.0, 10))])
    y = rng.normal(size=1_000)
    model = Neighbours(NeighboursParams(space="normal")).fit(numbers(x=x, y=y), Run())
    assert np.isfinite(model.reference).all()
    assert model.codec.z(numbers(x=[1e9], y=[0.0]).batch)[0, 0] <= 12.0


def test_a_tail_gives_ties_half_and_goes_on_beyond_the_largest():
    scores = np.array([1.0, 2.0, 2.0, 3.0])
    tail = Tail.of(scores)
    np.testing.assert_allclose(
        tail.surprise(np.array([1.0, 2.0, 3.0])), -np.log((np.array([3.5, 2.0, 0.5]) + 0.5) / 5))
    beyond = tail.surprise(np.array([3.0, 4.0, 40.0, 400.0]))
    assert (np.diff(beyond) > 0).all()
    assert np.isfinite(beyond).all()


def test_a_long_tail_is_thinned_and_keeps_its_upper_end():
    scores = np.random.default_rng(8).exponential(size=200_000)
    tail = Tail.of(scores)
    assert len(tail.levels) <= 4_096
    asked = np.quantile(scores, [0.1, 0.5, 0.9, 0.999])
    np.testing.assert_allclose(tail.surprise(asked), -np.log([0.9, 0.5, 0.1, 0.001]), rtol=0.01)
    assert tail.surprise(np.array([scores.max()]))[0] == pytest.approx(np.log(200_001))
