"""What points at cells without a model of them: z-scores, and an isolation forest asked again with a cell hidden."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest

from core.data.frame import to_pandas

from ._swapped import Swapped, places
from ._tables import Table, judged

__all__ = ["BASELINES", "pointed"]

Pointing = Callable[[pd.DataFrame, pd.DataFrame, frozenset[str]], np.ndarray]
"""(rows to learn from, rows, categories) -> (n, d), higher = more suspicious."""


def z_scores(train: pd.DataFrame, rows: pd.DataFrame, codes: frozenset[str]) -> np.ndarray:
    """Deviations from the mean; of a category those of being it or not: sqrt((1 - p) / p)."""
    out = np.zeros(rows.shape)
    for j, name in enumerate(rows):
        if name in codes:
            share = rows[name].map(train[name].value_counts(normalize=True)).fillna(0.5 / len(train))
            out[:, j] = np.sqrt((1 - share) / share)
        else:
            out[:, j] = (rows[name] - train[name].mean()).abs() / max(train[name].std(), 1e-12)
    return out


def occluded_forest(train: pd.DataFrame, rows: pd.DataFrame, codes: frozenset[str]) -> np.ndarray:
    """How far the score falls when a cell takes the middle or the commonest value of its column."""
    levels = {n: {v: i for i, v in enumerate(train[n].value_counts().index)} for n in train if n in codes}
    known, x = (
        np.column_stack([f[n].map(levels[n]).fillna(len(levels[n])) if n in codes else f[n] for n in train])
        for f in (train, rows)
    )
    forest = IsolationForest(random_state=0).fit(known)
    usual = [0.0 if n in codes else float(np.median(known[:, j])) for j, n in enumerate(train)]
    whole = forest.score_samples(x)
    out = np.zeros(x.shape)
    for j, value in enumerate(usual):
        hidden = x.copy()
        hidden[:, j] = value
        out[:, j] = forest.score_samples(hidden) - whole
    return out


BASELINES: dict[str, Pointing] = {"z-score": z_scores, "isolation forest, occluded": occluded_forest}


def pointed(table: Table, swapped: Swapped, point: Pointing) -> dict[str, float]:
    """How often the changed cell comes first, and among the first three."""
    rows = judged(to_pandas(swapped.batch), table.codes)[list(table.train)]
    return places(point(table.train, rows, table.codes), tuple(table.train), swapped)
