"""Can trees tell two samples apart, does a model learn the same from either? Settings as in published comparisons."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

_BINS = 10
_MOST = 12_000
"""Rows of each sample that the boosted trees see."""


def xgb_detection(real: pd.DataFrame, copy: pd.DataFrame, seed: int) -> float:
    """XGBoost detection of TabPC (arXiv 2603.23016): 1 - mean over 3 folds of 2 max(AUC, .5) - 1; 1 = not told apart.

    SDMetrics' detection metric with XGBClassifier's defaults. Categories are one-hot over both samples, where SDMetrics
    stops at one that the real rows lack; its imputer and scaler change nothing for trees on complete rows.
    """
    from xgboost import XGBClassifier

    x = pd.get_dummies(pd.concat([real, copy], ignore_index=True), dtype=np.float32).to_numpy(dtype=np.float32)
    y = np.r_[np.ones(len(real)), np.zeros(len(copy))]
    found = []
    for train, test in StratifiedKFold(3, shuffle=True, random_state=seed).split(x, y):
        model = XGBClassifier(eval_metric="logloss", enable_categorical=True, random_state=0, n_jobs=1)
        chance = model.fit(x[train], y[train]).predict_proba(x[test])[:, 1]
        found.append(2 * max(roc_auc_score(y[test], chance), 0.5) - 1)
    return 1.0 - float(np.mean(found))


def two_sample_auc(real: pd.DataFrame, copy: pd.DataFrame, seed: int) -> float:
    """Mean AUC over 5 folds of boosted trees, at most 12,000 rows of each sample; 0.5 = not told apart."""
    parts = [f.sample(min(len(f), _MOST), random_state=seed) for f in (real, copy)]
    x, is_code = coded(pd.concat(parts, ignore_index=True))
    y = np.r_[np.zeros(len(parts[0])), np.ones(len(parts[1]))]
    found = []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(x, y):
        chance = boosted(is_code, seed).fit(x[train], y[train]).predict_proba(x[test])[:, 1]
        found.append(roc_auc_score(y[test], chance))
    return float(np.mean(found))


def downstream_auc(train: pd.DataFrame, test: pd.DataFrame, target: str, seed: int) -> float:
    """AUC on `test` of boosted trees that learned the target from `train`; 0.5 where `train` has one class alone."""
    x, is_code = coded(pd.concat([train, test], ignore_index=True).drop(columns=target))
    label, truth = train[target].to_numpy(), test[target].to_numpy()
    if len(np.unique(label)) < 2:
        return 0.5
    model = boosted(is_code, seed).fit(x[: len(train)], label)
    positive = model.classes_[-1]
    return float(roc_auc_score(truth == positive, model.predict_proba(x[len(train) :])[:, -1]))


def boosted(is_code: np.ndarray, seed: int) -> HistGradientBoostingClassifier:
    """scikit-learn's boosted trees with its defaults: from 10,000 rows on they stop early."""
    return HistGradientBoostingClassifier(categorical_features=is_code, random_state=seed)


def coded(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Features for boosted trees, texts as codes; and which columns are codes."""
    is_code = np.array([not pd.api.types.is_numeric_dtype(frame[c]) for c in frame])
    columns = [pd.factorize(frame[c], sort=True)[0] if k else frame[c] for c, k in zip(frame, is_code, strict=True)]
    return np.column_stack([np.asarray(c, dtype=float) for c in columns]), is_code


def mi_error(real: pd.DataFrame, copy: pd.DataFrame) -> float:
    """Weighted error of pairwise normalised mutual information, as TabPC (arXiv 2603.23016) reports it.

    |NMI real - NMI copy| averaged over pairs of columns with weights NMI real + NMI copy; NMI = 2 MI / (H + H');
    numbers with more distinct values than bins in 10 equal bins over the real range, values beyond in a bin of their
    own.
    """
    pairs = [_binned(real[c], copy[c]) for c in real]
    first, second = (_nmi([pair[side] for pair in pairs]) for side in (0, 1))
    weights = first + second
    return float(np.sum(weights * np.abs(first - second)) / weights.sum())


def _binned(real: pd.Series, copy: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    if not pd.api.types.is_numeric_dtype(real) or real.nunique() <= _BINS + 1:
        both = pd.factorize(pd.concat([real, copy], ignore_index=True))[0]
        return both[: len(real)], both[len(real) :]
    edges = np.histogram_bin_edges(real, bins=_BINS)
    first, second = (np.asarray(v, dtype=float) for v in (real, copy))
    inside = (second >= edges[0]) & (second <= edges[-1])
    return np.searchsorted(edges[1:-1], first), np.where(inside, np.searchsorted(edges[1:-1], second), -1)


def _nmi(columns: list[np.ndarray]) -> np.ndarray:
    """Of every pair of columns."""
    entropy = np.array([mutual_info_score(c, c) for c in columns])
    entropy = np.where(entropy > 0, entropy, 1.0)
    return np.array([
        2 * mutual_info_score(columns[i], columns[j]) / (entropy[i] + entropy[j])
        for i in range(len(columns)) for j in range(i)
    ])
