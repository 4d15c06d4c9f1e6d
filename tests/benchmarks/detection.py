"""Detection on real labelled sets: every engine and both councils, beside scikit-learn's and PyOD's.

Two protocols. S: fit on a random half of the normal rows, score the rest. U: fit and score all rows, contaminated. The
label is read here alone, after scoring. Needs --data DIR with adbench/*.parquet, each with a column `anomaly`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from core.data.frame import from_pandas
from core.data.source import Source
from core.detect.engine import SEATS, Council, CouncilParams
from core.models.base import FAMILIES, Family
from core.params import Params
from core.run import Run

from . import _pyod
from ._figures import COUNCIL, Figure, medians, summary, write, write_medians
from ._measure import table


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of numbers, for peers as (n, d) `cells` and for families as a `source`, which is made once."""

    frame: pd.DataFrame

    @property
    def cells(self) -> np.ndarray:
        """(n, d)."""
        return self.frame.to_numpy()

    @cached_property
    def source(self) -> Source:
        """The same for a family."""
        return from_pandas(self.frame)


Engine = Callable[[Rows, Rows, bool, int], np.ndarray]
"""(training rows, rows to score, whether they are the same, seed) -> scores."""

WANTED = {"S": (0.860, 0.680), "U": (0.782, 0.440)}
_LEAST_ODD = 20  # anomalies that drawing rows leaves, where there are so many


def ours(key: str, params: Params | None = None) -> Engine:
    """Fit a family on one frame, score another."""
    return made(lambda: FAMILIES.get(key)(params))


def made(make: Callable[[], Family | Council]) -> Engine:
    """Fit what is made on one frame, score another."""
    def scores(train: Rows, test: Rows, is_same: bool, seed: int) -> np.ndarray:
        fitted = make().fit(train.source, Run(seed=seed))
        if is_same:
            return np.asarray(fitted.reference)
        return np.concatenate([fitted.score(b).total for b in test.source.batches()])
    return scores


def forest(train: Rows, test: Rows, _is_same: bool, seed: int) -> np.ndarray:
    """Isolation forest with the library's defaults."""
    return -IsolationForest(random_state=seed).fit(train.cells).score_samples(test.cells)


def five_nearest(train: Rows, test: Rows, is_same: bool, _seed: int) -> np.ndarray:
    """Mean distance to the five nearest standardised rows."""
    scaler = StandardScaler().fit(train.cells)
    index = NearestNeighbors(n_neighbors=6 if is_same else 5).fit(scaler.transform(train.cells))
    distance, _ = index.kneighbors(scaler.transform(test.cells))
    return (distance[:, 1:] if is_same else distance).mean(axis=1)


def council(reference: str) -> Engine:
    """The council for clean or mixed rows."""
    return made(lambda: Council(CouncilParams(reference=reference)))


ENGINES: dict[str, Engine] = {
    **{COUNCIL[p]: council(r) for p, r in (("S", "clean"), ("U", "mixed"))},
    **{name: made(seat.family) for name, seat in SEATS.items()},
    "neighbours (as shipped)": ours("neighbours"),
    "sklearn 5-NN": five_nearest, "sklearn forest": forest, **_pyod.ENGINES,
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


def capped(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many rows (0: all), drawn once for all seeds, with the share of anomalies they have."""
    if not most or len(frame) <= most:
        return frame
    rng = np.random.default_rng(7)
    odd, usual = (np.flatnonzero(frame["anomaly"].to_numpy() == label) for label in (1, 0))
    few = min(max(round(most * len(odd) / len(frame)), _LEAST_ODD), len(odd))
    drawn = np.concatenate([rng.choice(odd, few, replace=False), rng.choice(usual, most - few, replace=False)])
    return frame.iloc[np.sort(drawn)].reset_index(drop=True)


def sets(data: Path | None, names: Sequence[str] = ()) -> list[Path]:
    """The labelled sets, all or those named, small files first."""
    found = sorted((data / "adbench").glob("*.parquet"), key=lambda f: (f.stat().st_size, f.name)) if data else []
    return [f for f in found if not names or f.stem in names]


def measure(file: Path, protocol: str, engines: dict[str, Engine], seed: int, cap: int = 0) -> list[Figure]:
    """Every engine on one set."""
    *parts, label = split(capped(pd.read_parquet(file), cap), protocol, seed)
    train, test = (Rows(part) for part in parts)
    found = []
    for name, engine in engines.items():
        if name in COUNCIL.values() and name != COUNCIL[protocol]:
            continue  # the council for the other sort of rows is no rival here
        start = time.perf_counter()
        score = np.nan_to_num(engine(train, test, protocol == "U", seed), posinf=1e300)
        seconds = time.perf_counter() - start
        auroc, precision = roc_auc_score(label, score), average_precision_score(label, score)
        found.append(Figure(protocol, seed, file.stem, name, float(auroc), float(precision), seconds))
    return found


def compare(files: list[Path], protocol: str, engines: dict[str, Engine], seed: int = 0) -> dict[str, list[float]]:
    """Print per-set AUROC and the means of all engines.

    Returns:
        Name -> mean AUROC and mean AP.
    """
    figures = [f for file in files for f in measure(file, protocol, engines, seed)]
    by_set: dict[str, list[object]] = defaultdict(list)
    for f in figures:
        by_set[f.set].append(f.auroc)
    rows: list[list[object]] = [[name, *values] for name, values in by_set.items()]
    means = {n: [statistics.mean(v) for v in medians(figures, n)[:2]] for n in engines}
    rows.append(["mean AUROC", *(m[0] for m in means.values())])
    rows.append(["mean AP", *(m[1] for m in means.values())])
    rows.append(["median s", *(statistics.median(medians(figures, n)[2]) for n in engines)])
    print(f"\nprotocol {protocol}, split seed {seed}, AUROC\n")
    table(["set", *engines], rows)
    return means


def options() -> argparse.ArgumentParser:
    """What this benchmark alone can be asked."""
    parser = argparse.ArgumentParser(prog="detection", add_help=False)
    parser.add_argument("--sets", nargs="+", default=[], help="names of sets; all by default")
    parser.add_argument("--seeds", type=int, default=1, help="splits of the normal rows in S")
    parser.add_argument("--only", nargs="+", choices=list(COUNCIL), default=list(COUNCIL), help="protocols")
    parser.add_argument("--engines", nargs="+", default=[], help="names of engines; all by default")
    parser.add_argument("--cap", type=int, default=3_000, help="rows of a set at most; 0: all")
    parser.add_argument("--csv", type=Path, help="file for every figure")
    parser.add_argument("--medians", type=Path, help="file for the medians over the seeds, by set")
    return parser


def main(data: Path | None, asked: Sequence[str] = ()) -> None:
    """What is asked for, a set at a time."""
    given = options().parse_args(asked)
    files = sets(data, given.sets)
    if not files:
        print("needs --data DIR with adbench/*.parquet")
        return
    engines = {n: e for n, e in ENGINES.items() if not given.engines or n in given.engines}
    figures: list[Figure] = []
    for file in files:
        for protocol in given.only:
            for seed in range(given.seeds):
                figures += measure(file, protocol, engines, seed, given.cap)
        print(file.stem, f"{sum(f.seconds for f in figures if f.set == file.stem):.0f} s", flush=True)
        if given.csv:
            write(figures, given.csv)
    if given.medians:
        write_medians(figures, given.medians)
    if given.cap:
        print(f"\nsets of more than {given.cap:,} rows were drawn down to as many")
    for protocol in given.only:
        summary(figures, protocol, WANTED[protocol])
