"""Gradient-boosted trees as an instrument: how well can two samples be told apart, how well is a column predicted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

__all__ = ["predict_classes", "predict_numbers", "tell_apart"]

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
    features = np.concatenate([first, second])
    label = np.r_[np.zeros(len(first), dtype=bool), np.ones(len(second), dtype=bool)]
    fold = np.r_[rng.permutation(len(first)) % _FOLDS, rng.permutation(len(second)) % _FOLDS]
    out = np.full(len(label), 0.5)
    for k in range(_FOLDS):
        check()
        test = fold == k
        if test.all() or not test.any():
            continue
        out[test] = predict_classes(features[~test], label[~test], features[test], is_category, rng)[:, -1]
    return out


def predict_classes(
    features: NDArray[np.float64],
    label: NDArray[Any],
    test: NDArray[np.float64],
    is_category: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Class probabilities of the test rows, (n, classes in sorted order); one class alone has probability 1."""
    classes, codes = np.unique(label, return_inverse=True)
    if len(classes) < 2:
        return np.ones((len(test), 1))
    kept = _told(features)
    model = HistGradientBoostingClassifier(
        **_SETTINGS, categorical_features=is_category[kept], random_state=int(rng.integers(2**31)))
    return np.asarray(model.fit(features[:, kept], codes).predict_proba(test[:, kept]), dtype=np.float64)


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
