"""Detection on real labelled sets, beside scikit-learn's isolation forest and nearest neighbours.

Two protocols. S: fit on a random half of the normal rows, score the rest. U: fit and score all rows, contaminated. The
label is read here alone, after scoring. Needs --data DIR with adbench/*.parquet, each with a column `anomaly`.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from core.data.frame import from_pandas
from core.models.base import FAMILIES
from core.params import Params
from core.run import Run

from ._measure import table

Engine = Callable[[pd.DataFrame, pd.DataFrame, bool], np.ndarray]
"""(training rows, rows to score, whether they are the same) -> scores."""


def ours(key: str, params: Params | None = None) -> Engine:
    """Fit a family on one frame, score another."""
    def scores(train: pd.DataFrame, test: pd.DataFrame, is_same: bool) -> np.ndarray:
        fitted = FAMILIES.get(key)(params).fit(from_pandas(train), Run())
        if is_same:
            return np.asarray(fitted.reference)
        return np.concatenate([fitted.score(b).total for b in from_pandas(test).batches()])
    return scores


def forest(train: pd.DataFrame, test: pd.DataFrame, _is_same: bool) -> np.ndarray:
    """Isolation forest with the library's defaults."""
    return -IsolationForest(random_state=0).fit(train.to_numpy()).score_samples(test.to_numpy())


def five_nearest(train: pd.DataFrame, test: pd.DataFrame, is_same: bool) -> np.ndarray:
    """Mean distance to the five nearest standardised rows."""
    scaler = StandardScaler().fit(train.to_numpy())
    index = NearestNeighbors(n_neighbors=6 if is_same else 5).fit(scaler.transform(train.to_numpy()))
    distance, _ = index.kneighbors(scaler.transform(test.to_numpy()))
    return (distance[:, 1:] if is_same else distance).mean(axis=1)


ENGINES = {
    "neighbours": ours("neighbours"), "mixture": ours("mixture"),
    "sklearn 5-NN": five_nearest, "sklearn forest": forest,
}


def split(frame: pd.DataFrame, protocol: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Training rows, rows to score, and the labels of the latter."""
    label = frame["anomaly"].to_numpy()
    values = frame.drop(columns="anomaly").astype(float)
    if protocol == "U":
        return values, values, label
    normal = np.random.default_rng(seed).permutation(np.flatnonzero(label == 0))
    train = np.sort(normal[: len(normal) // 2])
    rest = np.setdiff1d(np.arange(len(frame)), train)
    return values.iloc[train], values.iloc[rest], label[rest]


def sets(data: Path | None) -> list[Path]:
    """The labelled sets."""
    return sorted((data / "adbench").glob("*.parquet")) if data else []


def compare(files: list[Path], protocol: str, engines: dict[str, Engine], seed: int = 0) -> dict[str, list[float]]:
    """Print per-set AUROC and the means of all engines.

    Returns:
        Name -> mean AUROC and mean AP.
    """
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    rows = []
    for file in files:
        train, test, label = split(pd.read_parquet(file), protocol, seed)
        line: list[object] = [file.stem, len(train)]
        for name, engine in engines.items():
            start = time.perf_counter()
            score = np.nan_to_num(engine(train, test, protocol == "U"), posinf=1e300)
            seconds = time.perf_counter() - start
            auroc, precision = roc_auc_score(label, score), average_precision_score(label, score)
            found[name].append((auroc, precision, seconds))
            line.append(auroc)
        rows.append(line)
    means = {n: [statistics.mean(v[i] for v in values) for i in range(2)] for n, values in found.items()}
    rows.append(["mean AUROC", "", *(m[0] for m in means.values())])
    rows.append(["mean AP", "", *(m[1] for m in means.values())])
    rows.append(["median s", "", *(statistics.median(v[2] for v in values) for values in found.values())])
    print(f"\nprotocol {protocol}, split seed {seed}, AUROC\n")
    table(["set", "fitted rows", *engines], rows)
    return means


def main(data: Path | None) -> None:
    """Both protocols."""
    if not sets(data):
        print("needs --data DIR with adbench/*.parquet")
        return
    for protocol in ("S", "U"):
        compare(sets(data), protocol, ENGINES)
