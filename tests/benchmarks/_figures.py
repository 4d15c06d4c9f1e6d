"""Figures of detectors on labelled sets: their medians over seeds, side by side, and files of them."""

from __future__ import annotations

import csv
import statistics
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import wilcoxon

from ._measure import table

COUNCIL = {"S": "council (clean)", "U": "council (mixed)"}
"""The default of each protocol."""

_TIE = 0.002  # AUROC within which two engines are level on a set


@dataclass(frozen=True)
class Figure:
    """How one engine did on one set."""

    protocol: str
    seed: int
    set: str
    engine: str
    auroc: float
    precision: float
    seconds: float


def medians(figures: list[Figure], engine: str) -> tuple[list[float], list[float], list[float]]:
    """AUROC, AP and seconds of one engine; over seeds the medians of each set."""
    sets_of = sorted({f.set for f in figures})
    own = [[f for f in figures if f.engine == engine and f.set == name] for name in sets_of]
    columns = [[statistics.median(getattr(f, what) for f in fs) for fs in own if fs]
               for what in ("auroc", "precision", "seconds")]
    return columns[0], columns[1], columns[2]


def summary(figures: list[Figure], protocol: str, wanted: tuple[float, float]) -> None:
    """Means, and the protocol's council against every other engine, set by set."""
    here = [f for f in figures if f.protocol == protocol]
    names = list(dict.fromkeys(f.engine for f in here))
    first = COUNCIL[protocol]
    known = {name: medians(here, name) for name in names}
    rows: list[list[object]] = []
    for name in sorted(names, key=lambda n: -statistics.mean(known[n][0])):
        auroc, precision, seconds = known[name]
        line: list[object] = [name, statistics.mean(auroc), statistics.mean(precision), statistics.median(seconds)]
        rows.append([*line, *(_beside(known[first], known[name]) if first in known and name != first else [""] * 4)])
    count = len({f.set for f in here})
    print(f"\nprotocol {protocol}, {count} sets, target {wanted[0]:.3f} / {wanted[1]:.3f}\n")
    table(["engine", "AUROC", "AP", "median s", f"{first} minus it", "ahead-level-behind", "p AUROC", "p AP"], rows)


def _beside(ours_: tuple[list[float], ...], theirs: tuple[list[float], ...]) -> list[object]:
    """Mean difference of the AUROC; sets ahead, level and behind by it; p-values of Wilcoxon's paired test."""
    apart = np.subtract(ours_[0], theirs[0])
    p = [float(wilcoxon(a, b).pvalue) if np.any(np.subtract(a, b)) else 1.0 for a, b in zip(ours_[:2], theirs[:2],
                                                                                           strict=True)]
    ahead, behind = int((apart > _TIE).sum()), int((apart < -_TIE).sum())
    return [float(apart.mean()), f"{ahead}-{len(apart) - ahead - behind}-{behind}", *p]


def write(figures: list[Figure], path: Path) -> None:
    """One line per protocol, seed, set and engine."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["protocol", "seed", "set", "engine", "auroc", "average_precision", "seconds"])
        for f in figures:
            out.writerow([f.protocol, f.seed, f.set, f.engine, f"{f.auroc:.4f}", f"{f.precision:.4f}",
                          f"{f.seconds:.3f}"])


def write_medians(figures: list[Figure], path: Path) -> None:
    """One line per protocol, set and engine: medians over the seeds."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["protocol", "set", "engine", "seeds", "auroc", "average_precision"])
        for key in dict.fromkeys((f.protocol, f.set, f.engine) for f in figures):
            own = [f for f in figures if (f.protocol, f.set, f.engine) == key]
            out.writerow([*key, len(own), *(f"{statistics.median(v):.4f}" for v in (
                [f.auroc for f in own], [f.precision for f in own]))])
