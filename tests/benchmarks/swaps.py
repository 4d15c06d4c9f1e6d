"""Rows in which two cells come from another row: does anything see that they do not go together?

A table of fifteen mixed columns (the held-out half of Adult, which nothing here was chosen on); in 3 % of its rows two
cells take the values of another row. Every engine learns from that very table and scores it. Told apart by what had to
change: both cells, at least one of the two, or nothing (then a fifth of the rows are as they were).

    python -m tests.benchmarks swaps --data DIR [--seeds 3]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from core.data.batch import Batch
from core.data.frame import to_pandas
from core.data.source import MemorySource

from ._fits import fit
from ._measure import table as printed
from ._tables import Table, judged, load, whole
from ._targets import target, verdict

_SHARE = 0.03
_TRIES = 100
_MUST: dict[str, Callable[[np.ndarray], bool]] = {
    "both cells change": lambda changed: bool(changed.all()), "one at least": lambda changed: bool(changed.any()),
    "as drawn": lambda _: True,
}


def swap(batch: Batch, seed: int, must: Callable[[np.ndarray], bool]) -> tuple[Batch, np.ndarray]:
    """The rows, some with two cells from another row; (n,) which."""
    rng = np.random.default_rng(seed)
    names = list(batch.columns)
    source = np.tile(np.arange(batch.rows)[:, None], len(names))  # (n, d): the row that each cell comes from
    odd = rng.choice(batch.rows, int(_SHARE * batch.rows), replace=False)
    for row in odd.tolist():
        for _ in range(_TRIES):
            pair, donor = rng.choice(len(names), 2, replace=False), int(rng.integers(batch.rows))
            if must(np.array([_differs(batch, names[j], row, donor) for j in pair])):
                source[row, pair] = donor
                break
    columns = {
        name: replace(c, values=c.values[source[:, j]], missing=c.missing[source[:, j]])
        for j, (name, c) in enumerate(batch.columns.items())
    }
    return Batch(columns, batch.rows), np.isin(np.arange(batch.rows), odd)


def _differs(batch: Batch, name: str, a: int, b: int) -> bool:
    column = batch[name]
    return bool(column.values[a] != column.values[b] or column.missing[a] != column.missing[b])


def _scores(table: Table, batch: Batch, seed: int) -> dict[str, np.ndarray]:
    """Engine -> (n,) scores of the rows it learned from."""
    source = MemorySource(batch, table.held.schema, "swaps")
    out = {}
    for key in ("circuit", "mixture"):
        readings = fit(key, source, seed).fitted.score(batch)
        out |= {f"{key}, combination": readings.combination, f"{key}, value": readings.value}
    for key in ("neighbours", "forest"):
        out[key] = fit(key, source, seed).fitted.reference
    frame = judged(to_pandas(batch), table.codes)
    return out | {"one-hot 5-NN": _one_hot(frame, table.codes), "sklearn forest": _forest(frame, table.codes, seed)}


def _one_hot(frame: pd.DataFrame, codes: frozenset[str]) -> np.ndarray:
    dummies = pd.get_dummies(frame[[n for n in frame if n in codes]]).to_numpy(dtype=np.float32)
    numbers = StandardScaler().fit_transform(frame[[n for n in frame if n not in codes]]).astype(np.float32)
    x = np.hstack([numbers, dummies])
    found: np.ndarray = NearestNeighbors(n_neighbors=6).fit(x).kneighbors(x)[0][:, 1:].mean(axis=1)
    return found


def _forest(frame: pd.DataFrame, codes: frozenset[str], seed: int) -> np.ndarray:
    x = np.column_stack([pd.factorize(frame[n])[0] if n in codes else frame[n] for n in frame])
    return -IsolationForest(random_state=seed).fit(x).score_samples(x)


def options() -> argparse.ArgumentParser:
    """What this benchmark alone can be asked."""
    parser = argparse.ArgumentParser(prog="swaps", add_help=False)
    parser.add_argument("--seeds", type=int, default=3)
    return parser


def main(data: Path | None, asked: Sequence[str] = ()) -> None:
    """Medians over seeds, with the least and the greatest."""
    given = options().parse_args(asked)
    if data is None or not (data / "tables").is_dir():
        print("needs --data DIR with tables/adult")
        return
    table = load(data, "adult")
    for how, must in _MUST.items():
        values: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for seed in range(given.seeds):
            batch, odd = swap(whole(table.held), seed, must)
            for engine, scores in _scores(table, batch, seed).items():
                values[engine].append((roc_auc_score(odd, scores), average_precision_score(odd, scores)))
        print(f"\nAdult: {table.held.rows:,} rows, {_SHARE:.0%} with two cells from another row; {how}\n")
        printed(["engine", "AUROC", "AP", "targets"], [_line(how, e, np.array(v)) for e, v in values.items()])


def _line(how: str, engine: str, values: np.ndarray) -> list[object]:
    middle, low, high = (f(values, axis=0) for f in (np.median, np.min, np.max))
    shown = [f"{m:.3f} ({a:.3f} to {b:.3f})" for m, a, b in zip(middle, low, high, strict=True)]
    met = [
        verdict(target(f"swaps, {how}", engine, figure), middle[i], low[i], high[i])
        for i, figure in enumerate(("AUROC", "AP"))
    ]
    return [engine, *shown, ", ".join(filter(None, met))]
