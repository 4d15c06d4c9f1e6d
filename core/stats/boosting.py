"""Gradient-boosted trees as an instrument: how well can two samples be told apart, how well is a column predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from .ranking import auroc

__all__ = ["giveaways", "predict_classes", "predict_numbers", "tell_apart"]

_SETTINGS: dict[str, Any] = {"max_iter": 60, "max_leaf_nodes": 15, "learning_rate": 0.15, "early_stopping": False}
_FOLDS = 3


def tell_apart(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    is_category: NDArray[np.bool_],
    rng: np.random.Generator,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """Probability of belonging to `second`, each row judged by a classifier that did not learn from it.

    Lopez-Paz & Oquab (2017), "Revisiting classifier two-sample tests", arXiv 1610.06545.

    Args:
        first: (n, d) features, NaN where missing; category columns hold codes from 0 to 254.
        second: (m, d) likewise.
        is_category: (d,) which columns hold codes.
        rng: deals rows to folds and seeds the trees.
        check: called between fits; raises to stop.

    Returns:
        (n + m,) probabilities, first sample first.
    """
    features, label = np.concatenate([first, second]), _labels(first, second)
    out = np.full(len(label), 0.5)
    for test in _folds(first, second, rng):
        check()
        out[test] = predict_classes(features[~test], label[~test], features[test], is_category, rng)[:, -1]
    return out


def giveaways(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    is_category: NDArray[np.bool_],
    rng: np.random.Generator,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """(d,) by how much worse two samples are told apart when a column is shuffled: which columns give it away.

    Permutation importance (Breiman 2001) in AUC, on rows that the classifier did not learn from. A column that is wrong
    only together with another counts as much as one that is wrong by itself.

    Args:
        first: (n, d) features as in `tell_apart`.
        second: (m, d) likewise.
        is_category: (d,) which columns hold codes.
        rng: deals rows to folds, shuffles and seeds the trees.
        check: called between predictions; raises to stop.
    """
    features, label = np.concatenate([first, second]), _labels(first, second)
    lost = np.zeros((0, features.shape[1]))
    for test in _folds(first, second, rng):
        told, kept = _classifier(features[~test], label[~test], is_category, rng)
        judged, truth = features[test][:, kept], label[test]
        whole = auroc(truth, told(judged)[:, -1])
        losses = np.zeros(features.shape[1])
        for at, j in enumerate(kept.tolist()):
            check()
            shuffled = judged.copy()
            shuffled[:, at] = rng.permutation(shuffled[:, at])
            losses[j] = whole - auroc(truth, told(shuffled)[:, -1])
        lost = np.vstack([lost, losses])
    return lost.mean(axis=0) if len(lost) else np.zeros(features.shape[1])


def _labels(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.arange(len(first) + len(second)) >= len(first)


def _folds(
    first: NDArray[np.float64], second: NDArray[np.float64], rng: np.random.Generator
) -> Iterator[NDArray[np.bool_]]:
    """Which rows are held out, fold by fold; tiny samples may have fewer folds."""
    fold = np.r_[rng.permutation(len(first)) % _FOLDS, rng.permutation(len(second)) % _FOLDS]
    for k in range(_FOLDS):
        test = fold == k
        if test.any() and not test.all():
            yield test


def predict_classes(
    features: NDArray[np.float64],
    label: NDArray[Any],
    test: NDArray[np.float64],
    is_category: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Class probabilities of the test rows, (n, classes in sorted order); one class alone has probability 1."""
    if len(np.unique(label)) < 2:
        return np.ones((len(test), 1))
    told, kept = _classifier(features, label, is_category, rng)
    return told(test[:, kept])


def _classifier(
    features: NDArray[np.float64], label: NDArray[Any], is_category: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Callable[[NDArray[np.float64]], NDArray[np.float64]], NDArray[np.int64]]:
    """Learned class probabilities of rows of the columns that can be used, and which these are."""
    kept = _told(features)
    model = HistGradientBoostingClassifier(
        **_SETTINGS, categorical_features=is_category[kept], random_state=int(rng.integers(2**31)))
    model.fit(features[:, kept], np.unique(label, return_inverse=True)[1])
    return lambda rows: cast("NDArray[np.float64]", np.asarray(model.predict_proba(rows), dtype=np.float64)), kept


def predict_numbers(
    features: NDArray[np.float64],
    target: NDArray[np.float64],
    test: NDArray[np.float64],
    is_category: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """(n,) predictions of a number for the test rows."""
    kept = _told(features)
    model = HistGradientBoostingRegressor(
        **_SETTINGS, categorical_features=is_category[kept], random_state=int(rng.integers(2**31)))
    mean, scale = target.mean(), max(float(target.std()), 1e-300)  # the trees sum squares in single precision
    model.fit(features[:, kept], (target - mean) / scale)
    return np.asarray(model.predict(test[:, kept]) * scale + mean, dtype=np.float64)


def _told(features: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of columns with any value: scikit-learn cannot bin a column that is missing throughout."""
    kept = np.flatnonzero(~np.isnan(features).all(axis=0))
    return kept if len(kept) else np.arange(features.shape[1])
