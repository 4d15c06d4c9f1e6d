"""Detection on tables of numbers, categories and dates: the default beside three detectors on one-hot columns.

Two protocols, as in the benchmark "detection": S fits on a random half of the normal rows and scores the rest, U fits
and scores all rows. The peers get the columns that the council models, derived ones too: numbers with gaps at the
median, a column for each of the fifty most frequent values of a category, of a date its hour and weekday, each
standardised. Labels, and what is known only with them, are dropped; they judge scores and nothing else.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from core.data.batch import CODED
from core.data.frame import to_pandas
from core.data.history import History
from core.data.open import open_source
from core.data.schema import Kind, Role
from core.data.source import Source
from core.detect.engine import Council, CouncilParams
from core.detect.labels import read_labels
from core.run import Run

from ._figures import COUNCIL, Figure, write, write_medians
from ._measure import table

_MOST_VALUES = 50
_RIDGE = 1e-6
_FEWEST = 20  # anomalies that drawing rows leaves, where there are so many
_BEHIND = 0.01  # AP that the default may lie below the best of the three

Floats = np.ndarray
Peer = Callable[[Floats, Floats, bool, int], Floats]


@dataclass(frozen=True)
class Labelled:
    """A table, the label that judges it, and columns known only with the label."""

    file: str
    label: str
    leaks: tuple[str, ...] = ()


TABLES = {
    "card_transactions": Labelled("card_transactions.csv", "TX_FRAUD", ("TX_FRAUD_SCENARIO",)),
    "car_claims": Labelled("car_claims.csv", "FraudFound"),
    "default": Labelled("default/train.csv", "default"),
}


def read(data: Path, name: str) -> tuple[Source, Floats]:
    """A table as a fit sees it, and (n,) its labels."""
    given = TABLES[name]
    source = open_source(data / "tables" / given.file)
    schema = source.schema.set(given.label, role=Role.LABEL)
    for leak in given.leaks:
        schema = schema.set(leak, role=Role.IGNORE)
    source = source.with_schema(schema)
    labels = read_labels(source.take(np.arange(source.rows), [given.label])[given.label])
    assert labels is not None
    history = History.of(source)
    return history.over(source) if history else source, labels.anomalous


def drawn(label: Floats, cap: int, seed: int) -> Floats:
    """Ascending positions of at most so many rows (0: all), with the share of anomalies there is."""
    if not cap or len(label) <= cap:
        return np.arange(len(label))
    rng = np.random.default_rng([7, seed])
    odd, usual = np.flatnonzero(label), np.flatnonzero(~label)
    few = min(max(round(cap * len(odd) / len(label)), _FEWEST), len(odd))
    return np.sort(np.concatenate([rng.choice(odd, few, replace=False), rng.choice(usual, cap - few, replace=False)]))


def split(rows: Floats, label: Floats, protocol: str, seed: int) -> tuple[Floats, Floats]:
    """Positions of the rows to learn from, and of those to score."""
    if protocol == "U":
        return rows, rows
    normal = np.random.default_rng(seed).permutation(rows[~label[rows]])
    train = np.sort(normal[: len(normal) // 2])
    return train, np.setdiff1d(rows, train)


def default(train: Source, test: Source, protocol: str, seed: int) -> Floats:
    """The council that ranks by default."""
    council = Council(CouncilParams(reference="mixed" if protocol == "U" else "clean"))
    fitted = council.fit(train, Run(seed=seed))
    if protocol == "U":
        return fitted.reference
    return np.concatenate([fitted.score(batch).total for batch in test.batches(fitted.columns, size=1_024)])


def five_nearest(train: Floats, test: Floats, is_same: bool, _seed: int) -> Floats:
    """Mean distance to the five nearest rows."""
    index = NearestNeighbors(n_neighbors=6 if is_same else 5).fit(train)
    distance, _ = index.kneighbors(test)
    return (distance[:, 1:] if is_same else distance).mean(axis=1)


def forest(train: Floats, test: Floats, _is_same: bool, seed: int) -> Floats:
    """Isolation forest with the library's defaults."""
    return -IsolationForest(random_state=seed).fit(train).score_samples(test)


def gaussian(train: Floats, test: Floats, _is_same: bool, _seed: int) -> Floats:
    """Mahalanobis distance by the covariance of all rows."""
    away = test - train.mean(axis=0)
    covariance = np.atleast_2d(np.cov(train.T)) + _RIDGE * np.eye(train.shape[1])
    return (away * np.linalg.solve(covariance, away.T).T).sum(axis=1)


PEERS: dict[str, Peer] = {"one-hot 5-NN": five_nearest, "one-hot forest": forest, "one-hot Gaussian": gaussian}


def one_hot(train: Source, test: Source) -> tuple[Floats, Floats]:
    """Standardised columns of numbers."""
    frames = [to_pandas(s.take(np.arange(s.rows), s.schema.modelled)) for s in (train, test)]
    columns: list[tuple[Floats, Floats]] = []
    for spec in (c for c in train.schema if c.is_modelled):
        known, asked = (frame[spec.name] for frame in frames)
        columns += _values(known, asked) if spec.kind in CODED else (
            _moments(known, asked) if spec.kind is Kind.DATETIME else _numbers(known, asked))
    x, z = (np.stack(side, axis=1) for side in zip(*columns, strict=True))
    scaler = StandardScaler().fit(x)
    return scaler.transform(x), scaler.transform(z)


def _values(known: pd.Series, asked: pd.Series) -> list[tuple[Floats, Floats]]:
    known, asked = known.astype(str), asked.astype(str)
    return [((known == value).to_numpy(float), (asked == value).to_numpy(float))
            for value in known.value_counts().index[:_MOST_VALUES]]


def _moments(known: pd.Series, asked: pd.Series) -> list[tuple[Floats, Floats]]:
    hours = [s.dt.hour + s.dt.minute / 60 for s in (known, asked)]
    days = [s.dt.dayofweek for s in (known, asked)]
    return [*_numbers(*hours), *_numbers(*days)]


def _numbers(known: pd.Series, asked: pd.Series) -> list[tuple[Floats, Floats]]:
    middle = known.astype(float).median()
    return [(known.astype(float).fillna(middle).to_numpy(), asked.astype(float).fillna(middle).to_numpy())]


def measure(data: Path, name: str, protocol: str, seed: int, cap: int) -> list[Figure]:
    """The default and its peers on one draw of one table."""
    source, label = read(data, name)
    learned, asked = split(drawn(label, cap, seed), label, protocol, seed)
    train, test = source.subset(learned), source.subset(asked)
    x, z = one_hot(train, test)
    engines: dict[str, Callable[[], Floats]] = {COUNCIL[protocol]: lambda: default(train, test, protocol, seed)}
    engines |= {key: lambda peer=peer: peer(x, z, protocol == "U", seed) for key, peer in PEERS.items()}
    found = []
    for key, engine in engines.items():
        start = time.perf_counter()
        score = engine()
        figures = roc_auc_score(label[asked], score), average_precision_score(label[asked], score)
        found.append(Figure(protocol, seed, name, key, *map(float, figures), time.perf_counter() - start))
    return found


def summary(figures: list[Figure], protocol: str) -> None:
    """Medians over seeds of every table, their means, and how far the default lies from the best of the three."""
    for what, said in (("precision", f"AP; wanted: never below the best by more than {_BEHIND}"), ("auroc", "AUROC")):
        middle = {(f.set, f.engine): statistics.median(
            getattr(g, what) for g in figures if (g.protocol, g.set, g.engine) == (protocol, f.set, f.engine))
            for f in figures if f.protocol == protocol}
        names, engines = (list(dict.fromkeys(key[i] for key in middle)) for i in (0, 1))
        rows: list[list[object]] = [[name, *(middle[name, e] for e in engines)] for name in names]
        rows.append(["mean", *(statistics.mean(middle[name, e] for name in names) for e in engines)])
        for row in rows:
            row.append(row[1] - max(row[2:]))  # type: ignore[operator,type-var]
        print(f"\nprotocol {protocol}, {said}\n")
        table(["table", *engines, "default minus best"], rows)


def options() -> argparse.ArgumentParser:
    """What this benchmark alone can be asked."""
    parser = argparse.ArgumentParser(prog="mixed", add_help=False)
    parser.add_argument("--tables", nargs="+", choices=list(TABLES), default=list(TABLES))
    parser.add_argument("--seeds", type=int, default=3, help="draws of the rows, splits and seeds of engines")
    parser.add_argument("--only", nargs="+", choices=list(COUNCIL), default=list(COUNCIL), help="protocols")
    parser.add_argument("--cap", type=int, default=6_000, help="rows of a table at most; 0: all")
    parser.add_argument("--csv", type=Path, help="file for every figure")
    parser.add_argument("--medians", type=Path, help="file for the medians over the seeds, by table")
    return parser


def main(data: Path | None, asked: Sequence[str] = ()) -> None:
    """What is asked for, a table at a time."""
    given = options().parse_args(asked)
    if data is None or not (data / "tables").is_dir():
        print("needs --data DIR with tables/")
        return
    figures: list[Figure] = []
    for name in given.tables:
        for protocol in given.only:
            for seed in range(given.seeds):
                figures += measure(data, name, protocol, seed, given.cap)
        if given.csv:
            write(figures, given.csv)
    if given.medians:
        write_medians(figures, given.medians)
    for protocol in given.only:
        summary(figures, protocol)
