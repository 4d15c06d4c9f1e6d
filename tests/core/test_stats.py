"""Arithmetic that figures rest on, against the libraries the field trusts and against brute force."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.stats.boosting import tell_apart
from core.stats.intervals import auroc_interval, jackknife, predicted_count, wilson
from core.stats.mixed import Mixed, most_shared, nearest
from core.stats.ranking import auroc, average_precision
from core.stats.similarity import association, correlation_similarity, digitize, ks_complement, tv_complement

LABELLED = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0])), min_size=2, max_size=60)


@given(rows=LABELLED)
def test_auroc_and_average_precision_agree_with_scikit_learn_ties_included(rows):
    from sklearn.metrics import average_precision_score, roc_auc_score

    label, score = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    if label.all() or not label.any():
        assert math.isnan(auroc(label, score))
        return
    assert auroc(label, score) == pytest.approx(roc_auc_score(label, score), abs=1e-12)
    assert average_precision(label, score) == pytest.approx(average_precision_score(label, score), abs=1e-12)


@given(hits=st.integers(0, 40), extra=st.integers(0, 40))
def test_wilson_agrees_with_scipy(hits, extra):
    from scipy.stats import binomtest

    n = hits + extra + 1
    wanted = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits, n) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_predicted_count_covers_new_counts():
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(3000):
        rate = rng.uniform(0.002, 0.05)
        low, high = predicted_count(rng.binomial(500, rate), 500, 2000)
        covered.append(low <= rng.binomial(2000, rate) <= high)
    assert 0.93 <= np.mean(covered) <= 0.985


def test_auroc_interval_covers():
    rng = np.random.default_rng(1)
    label = np.arange(300) < 100
    covered = []
    for _ in range(300):
        low, high = auroc_interval(auroc(label, rng.normal(size=300) + label), 100, 200)
        covered.append(low <= 0.7602 <= high)  # Phi(1 / sqrt 2)
    assert np.mean(covered) > 0.91


def test_jackknife_interval_of_a_mean_covers():
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(300):
        x = rng.exponential(size=400)
        low, high = jackknife(lambda i, x=x: float(x[i].mean()), 400, rng)
        covered.append(low <= 1.0 <= high)
    assert np.mean(covered) > 0.88
    assert all(math.isnan(v) for v in jackknife(lambda _: 0.0, 1, rng))


def columns(seed: int, n: int = 800, m: int = 500):
    rng = np.random.default_rng(seed)
    real = pd.DataFrame({
        "x": rng.normal(size=n), "y": rng.lognormal(size=n), "a": rng.choice(list("abcd"), n, p=[0.5, 0.3, 0.15, 0.05]),
        "b": rng.choice(list("uvw"), n),
    })
    copy = pd.DataFrame({
        "x": rng.normal(0.2, 1.3, size=m), "y": rng.lognormal(0.1, 1.0, size=m),
        "a": rng.choice(list("abc"), m), "b": rng.choice(list("uvz"), m),
    })
    real["y"] += real["x"]
    for frame in (real, copy):
        frame.loc[frame.index % 9 == 0, "x"] = np.nan
    return real, copy


def coded(real: pd.Series, copy: pd.Series):
    names = sorted({*real.dropna(), *copy.dropna()})
    return [pd.Categorical(s, names).codes.astype(np.int64) for s in (real, copy)]


@pytest.mark.parametrize("seed", range(4))
def test_column_shapes_agree_with_sdmetrics(seed):
    from sdmetrics.single_column import KSComplement, TVComplement

    real, copy = columns(seed)
    for name in ("x", "y"):
        found = ks_complement(real[name].to_numpy(), copy[name].to_numpy())
        assert found == pytest.approx(KSComplement.compute(real[name], copy[name]), abs=1e-9)
    for name in ("a", "b"):
        found = tv_complement(*coded(real[name], copy[name]))
        assert found == pytest.approx(TVComplement.compute(real[name], copy[name]), abs=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_pair_trends_agree_with_sdmetrics(seed):
    from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity

    real, copy = columns(seed)
    found = correlation_similarity(real[["x", "y"]].to_numpy(), copy[["x", "y"]].to_numpy())
    assert found == pytest.approx(CorrelationSimilarity.compute(real[["x", "y"]], copy[["x", "y"]]), abs=1e-9)
    a, b = coded(real["a"], copy["a"]), coded(real["b"], copy["b"])
    found = tv_complement(a[0] * 10 + b[0], a[1] * 10 + b[1])
    sparse = tv_complement(a[0] * 10**9 + b[0], a[1] * 10**9 + b[1])
    assert found == pytest.approx(sparse, abs=1e-12)
    assert found == pytest.approx(ContingencySimilarity.compute(real[["a", "b"]], copy[["a", "b"]]), abs=1e-9)
    y = digitize(real["y"].to_numpy(), copy["y"].to_numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own warning about chained assignment
        wanted = ContingencySimilarity.compute(real[["a", "y"]], copy[["a", "y"]], continuous_column_names=["y"])
    assert tv_complement(a[0] * 20 + y[0], a[1] * 20 + y[1]) == pytest.approx(wanted, abs=1e-9)


def test_a_constant_column_has_no_trend_and_an_empty_one_no_shape():
    assert math.isnan(correlation_similarity(np.array([[1.0, 2], [1, 3]]), np.array([[1.0, 2], [1, 3]])))
    assert math.isnan(ks_complement(np.array([np.nan]), np.array([1.0])))
    assert math.isnan(tv_complement(np.array([-1]), np.array([0])))


def test_association_is_one_for_a_copy_and_nothing_for_chance():
    rng = np.random.default_rng(0)
    a = rng.integers(5, size=2000)
    assert association(a, a + 7) == pytest.approx(1.0, abs=0.01)
    assert association(a, rng.integers(5, size=2000)) < 0.05
    assert association(a, np.zeros(2000, dtype=np.int64)) == 0.0


def mixed_rows(seed: int, n: int) -> Mixed:
    rng = np.random.default_rng(seed)
    numbers = rng.random((n, 3)).astype(np.float32)
    numbers[rng.random((n, 3)) < 0.1] = np.nan
    return Mixed(numbers, rng.integers(-1, 3, size=(n, 2)).astype(np.int32))


def gower(a, b) -> float:
    """One distance, written out."""
    parts = [float(x != y) for x, y in zip(a[1], b[1], strict=True)]
    for x, y in zip(a[0], b[0], strict=True):
        missing = int(np.isnan(x)) + int(np.isnan(y))
        parts.append(float(missing == 1) if missing else min(abs(float(x) - float(y)), 1.0))
    return float(np.mean(parts))


def test_nearest_distances_agree_with_brute_force_and_count_ties(monkeypatch):
    monkeypatch.setattr("core.stats.mixed._BLOCK", 200)  # several blocks
    query, reference = mixed_rows(0, 40), mixed_rows(1, 60)
    rows = [list(zip(m.numbers, m.codes, strict=True)) for m in (query, reference)]
    wanted = np.array([[gower(a, b) for b in rows[1]] for a in rows[0]])
    found, many = nearest(query, reference)
    assert np.allclose(found, wanted.min(axis=1), atol=1e-6)
    assert np.all(many >= 1)
    own, twice = nearest(query, Mixed(*(np.concatenate([x, x]) for x in (query.numbers, query.codes))))
    assert not own.any()
    assert np.all(twice >= 2)


def test_distances_agree_with_sdmetrics_dcr():
    from sdmetrics.single_table.privacy.dcr_utils import calculate_dcr

    rng = np.random.default_rng(3)

    def frame(n):
        x = rng.random(n)
        return pd.DataFrame({"x": np.r_[0.0, 1.0, x[2:]], "a": rng.choice(list("abc"), n)})

    reference, query = frame(80), frame(50)
    metadata = {"columns": {"x": {"sdtype": "numerical"}, "a": {"sdtype": "categorical"}}}
    codes = [pd.Categorical(f["a"], list("abc")).codes.astype(np.int32)[:, None] for f in (query, reference)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = calculate_dcr(query, reference, metadata).to_numpy()
    numbers = [f[["x"]].to_numpy(np.float32) for f in (query, reference)]
    found, _ = nearest(Mixed(numbers[0], codes[0]), Mixed(numbers[1], codes[1]))
    assert np.allclose(found, wanted, atol=1e-6)


def test_most_shared_agrees_with_brute_force():
    rng = np.random.default_rng(4)
    query, reference = rng.integers(4, size=(30, 5)).astype(np.int32), rng.integers(4, size=(50, 5)).astype(np.int32)
    weight = rng.random((30, 5)).astype(np.float32)
    wanted = [max(float(weight[i][query[i] == r].sum()) for r in reference) for i in range(30)]
    assert np.allclose(most_shared(query, reference, weight), wanted, atol=1e-6)


def test_two_samples_of_one_law_are_not_told_apart_and_two_laws_are():
    rng = np.random.default_rng(5)
    same = [rng.normal(size=(400, 3)) for _ in range(2)]
    other = same[1] + np.array([2.0, 0, 0])
    label = np.arange(800) >= 400
    plain = np.zeros(3, dtype=bool)
    assert 0.42 < auroc(label, tell_apart(same[0], same[1], plain, rng)) < 0.58
    assert auroc(label, tell_apart(same[0], other, plain, rng)) > 0.85
