"""Rows with one implausible cell: is it the cell that a model points at?

A cell of a holdout row takes the value of another row, where boosted trees that learned that column from other holdout
rows give it a probability below 1 %. Models that explain rank the cells of the row by surprise above what is usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from core.data.batch import Batch
from core.models.base import Explains

from ._tables import Table, whole
from ._two_sample import coded

ROWS = 2_400
_IMPLAUSIBLE = 0.01
_BINS, _RARE = 20, 20
_ROUNDS = 25
_TWINS = {"education": "education_num", "education_num": "education"}


@dataclass(frozen=True, eq=False)
class Swapped:
    """Rows, and (k,) which column of each was changed, by its place in the table."""

    batch: Batch
    columns: np.ndarray


def swap(table: Table, seed: int = 0, rows: int = ROWS) -> Swapped:
    """At most that many holdout rows with one implausible cell each."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(table.holdout))
    judges, judged = order[: len(order) // 2], order[len(order) // 2 :]
    column = rng.integers(table.holdout.shape[1], size=len(judged))
    donor = rng.choice(judged, size=len(judged))
    kept = np.zeros(len(judged), dtype=bool)
    for j, name in enumerate(table.holdout):
        at = np.flatnonzero(column == j)
        chance = _chances(table.holdout, str(name), judges, judged[at], donor[at])
        kept[at] = chance < _IMPLAUSIBLE
    chosen = np.flatnonzero(kept)[:rows]
    batch = whole(table.held)
    return Swapped(_with_cells(batch, judged[chosen], donor[chosen], column[chosen]), column[chosen])


def _chances(
    frame: pd.DataFrame, name: str, judges: np.ndarray, rows: np.ndarray, donors: np.ndarray
) -> np.ndarray:
    """Probability of the donors' values in these rows, given the rest of each row."""
    x, is_code = coded(frame.drop(columns=name))
    label = _label(frame[name], judges)
    model = HistGradientBoostingClassifier(
        max_iter=_ROUNDS, categorical_features=is_code, early_stopping=False, random_state=0)
    model.fit(x[judges], label[judges])
    place = np.searchsorted(model.classes_, label[donors])
    known = np.isin(label[donors], model.classes_)
    chance = model.predict_proba(x[rows])[np.arange(len(rows)), np.where(known, place, 0)]
    return np.where(known & (label[donors] != label[rows]), chance, 1.0)


def _label(values: pd.Series, judges: np.ndarray) -> np.ndarray:
    """Classes to predict: categories, the rare ones as one; numbers in twenty bins of as many rows each."""
    if pd.api.types.is_numeric_dtype(values):
        edges = np.unique(np.quantile(values.iloc[judges], np.linspace(0, 1, _BINS + 1)[1:-1]))
        return np.searchsorted(edges, values, side="right")
    code = pd.factorize(values, sort=True)[0]
    count = np.bincount(code[judges], minlength=code.max() + 1)
    return np.where(count[code] >= _RARE, code, -1)


def _with_cells(batch: Batch, rows: np.ndarray, donors: np.ndarray, column: np.ndarray) -> Batch:
    out = batch.take(rows)
    changed = {}
    for j, (name, cells) in enumerate(out.columns.items()):
        at = column == j
        values, missing = cells.values.copy(), cells.missing.copy()
        values[at], missing[at] = batch[name].values[donors[at]], batch[name].missing[donors[at]]
        changed[name] = replace(cells, values=values, missing=missing)
    return Batch(changed, out.rows)


def found(model: Explains, swapped: Swapped) -> dict[str, float]:
    """How often the changed cell comes first, and among the first three, by a model's own order."""
    cells = model.cells(swapped.batch)
    return places(cells.excess, cells.columns, swapped)


def places(suspicion: np.ndarray, columns: Sequence[str], swapped: Swapped) -> dict[str, float]:
    """How often the changed cell comes first, and among the first three.

    Half of the changed cells are one of two columns that say the same: either explains the row. "top-1 or twin" counts
    both.

    Args:
        suspicion: (n, d), higher = more suspicious.
        columns: d names.
        swapped: the rows.
    """
    names = np.array(list(swapped.batch.columns))[swapped.columns]
    place = {name: j for j, name in enumerate(columns)}
    own = suspicion[np.arange(len(names)), [place[name] for name in names]]
    rank = (suspicion > own[:, None]).sum(axis=1)
    first = np.array(columns)[suspicion.argmax(axis=1)]
    is_twin = np.array([_TWINS.get(name) for name in names]) == first
    return {
        "top-1": float(np.mean(rank < 1)), "top-3": float(np.mean(rank < 3)),
        "top-1 or twin": float(np.mean((rank < 1) | is_twin)),
    }
