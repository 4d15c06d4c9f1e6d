"""Planted leaks: how often the attacks find each, and how often they blame a copy that owes nothing to its rows.

Every repeat deals the rows of a real table out anew: 5,000 to learn from, 5,000 held out, 5,000 seen by nobody. The
generator (the exact circuit and the release generator take turns) learns from the first. No shadow models.

    python -m tests.benchmarks attacks --data DIR [--repeats 40] [--tables adult,magic] [--rows 5000] [--log FILE.csv]

With a log, repeats that are in it already are not measured again.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.data.batch import Batch
from core.data.open import open_source
from core.data.schema import Schema
from core.evaluate.base import METRICS
from core.evaluate.leaks import leaking
from core.run import Run
from core.stats.intervals import wilson

from ._measure import table as printed
from ._planted import Parts, cases
from ._tables import whole

Line = tuple[str, int, str, str, str, float]
"""Table, repeat, what was done, clean or leak, attacks that found a leak, CPU seconds of the lab."""


def options() -> argparse.ArgumentParser:
    """What this benchmark alone can be asked."""
    parser = argparse.ArgumentParser(prog="attacks", add_help=False)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--tables", default="adult,magic")
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--log", type=Path)
    return parser


def main(data: Path | None, asked: Sequence[str] = ()) -> None:
    """Measure, and print the table of power."""
    given = options().parse_args(asked)
    if data is None or not (data / "tables").is_dir():
        print("needs --data DIR with tables/NAME/train.csv and holdout.csv")
        return
    lines = _read(given.log)
    done = {(line[0], line[1]) for line in lines}
    for name in given.tables.split(","):
        rows, schema = _load(data, name)
        for repeat in range(given.repeats):
            if (name, repeat) not in done:
                found = list(_measured(name, rows, schema, given.rows, repeat))
                _append(given.log, found)
                lines += found
        _show(name, [line for line in lines if line[0] == name])


def _load(data: Path, name: str) -> tuple[Batch, Schema]:
    """Both halves of a table as one."""
    source = open_source(data / "tables" / name / "train.csv")
    held = open_source(data / "tables" / name / "holdout.csv").with_schema(source.schema)
    return Batch.concat([whole(source), whole(held)]), source.schema


def _measured(name: str, rows: Batch, schema: Schema, n: int, repeat: int) -> Iterator[Line]:
    attacks = list(METRICS["privacy"].items())
    for done, kind, tables in cases(Parts.cut(rows, schema, n, repeat), repeat):
        began = time.process_time()
        figures = [m.measure(tables, np.random.default_rng([repeat, 3]), Run()) for _, m in attacks]
        found = [key for (key, _), is_leak in zip(attacks, leaking(figures), strict=True) if is_leak]
        yield name, repeat, done, kind, " ".join(found), time.process_time() - began


def _read(log: Path | None) -> list[Line]:
    if log is None or not log.exists():
        return []
    with log.open(newline="", encoding="utf-8") as file:
        return [(a, int(b), c, d, e, float(f)) for a, b, c, d, e, f in csv.reader(file)]


def _append(log: Path | None, lines: list[Line]) -> None:
    if log is not None:
        with log.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(lines)


def _show(name: str, lines: list[Line]) -> None:
    """Share of the repeats in which a leak was named, and the attacks that named it."""
    of: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        of[line[3], line[2]].append(line)
    print(f"\n{name}: {np.median([line[5] for line in lines]):.1f} CPU s for all attacks on a copy (median)\n")
    printed(["copy", "repeats", "leak named", "95 % interval", "by (repeats)"], [
        [f"{kind}: {done}", len(own), _share(own), _between(own), _by(own)] for (kind, done), own in sorted(of.items())
    ])
    clean = [line for line in lines if line[3] == "clean"]
    print(f"\nfalse alarms over all clean copies: {_share(clean)} ({_between(clean)})")


def _share(lines: list[Line]) -> str:
    return f"{sum(bool(line[4]) for line in lines) / max(len(lines), 1):.3f}"


def _between(lines: list[Line]) -> str:
    low, high = wilson(sum(bool(line[4]) for line in lines), len(lines))
    return f"{low:.3f} to {high:.3f}"


def _by(lines: list[Line]) -> str:
    counts = Counter(key for line in lines for key in line[4].split())
    return ", ".join(f"{key} {n}" for key, n in counts.most_common())
