"""Releases of real tables, end to end, beside other makers of copies in the same run.

train.csv is learned, as many rows are drawn as it has, holdout.csv judges: told apart by boosted trees (two-sample,
.5 is best), AUC of a classifier that learned from the copy (downstream), share of copied rows nearer to training rows.
Ours is the release generator with values of five subjects at least, the rules found in the table, and at seed 0 the
standard policy over all metrics. Peers (TabularARGN, TVAE, CTGAN, GaussianCopula) run with their defaults, each in an
environment of its own that is made on the first run. One thread; seconds are CPU seconds, child processes included.

    python -m tests.benchmarks synthesis --data DIR [--tables adult magic default] [--seeds 3] [--log FILE.csv]
        [--peers none|sdv|mostly|all|NAME ...] [--peer-seeds 1]

With a log, what is in it is not measured again.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.batch import Batch
from core.data.conditions import Condition
from core.data.rules.book import discover
from core.models.base import FAMILIES
from core.run import Run
from core.synth.draw import draw_rows
from core.synth.facts import learn_facts

from . import _peers
from ._copies import interval, measure, reference
from ._fits import timed
from ._gate import refused_by
from ._measure import table as printed
from ._tables import NAMES, Table, load

JUDGED = ("two-sample", "downstream", "dcr share")
COSTS = ("fit CPU s", "all CPU s")
FIGURES = (*COSTS, *JUDGED, "exact copies", "rules", "rules kept", "refused by")
OURS, HOLDOUT = "release", "(holdout)"
AIMS = {
    "adult": {"two-sample": "<= .56", "downstream": ">= .918", "dcr share": ".49 to .52"},
    "magic": {"two-sample": "<= .58", "downstream": ">= .915", "dcr share": ".49 to .53"},
    "default": {"two-sample": "<= .66", "downstream": ">= .755", "dcr share": ".49 to .53"},
}

Line = dict[str, str]
"""Table, copy, seed and figures as they are written."""


def options() -> argparse.ArgumentParser:
    """What this benchmark alone can be asked."""
    parser = argparse.ArgumentParser(prog="synthesis", add_help=False)
    parser.add_argument("--tables", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--seeds", type=int, default=3, help="fits of ours")
    parser.add_argument("--peers", nargs="+", default=[], choices=["none", "all", "sdv", "mostly", *_peers.PEERS],
                        help=f"by default {', '.join(_peers.QUICK)}; CTGAN takes a thousand CPU seconds")
    parser.add_argument("--peer-seeds", type=int, default=1, help="fits of each peer")
    parser.add_argument("--log", type=Path, help="file of every run")
    return parser


def main(data: Path | None, asked: Sequence[str] = ()) -> None:
    """One block a table: ours, the peers, the holdout as a copy, and what is aimed at."""
    given = options().parse_args(asked)
    if data is None or not (data / "tables").is_dir():
        print("needs --data DIR with tables/NAME/train.csv and holdout.csv")
        return
    lines = _read(given.log)
    for name in given.tables:
        table = load(data, name)
        for copy, seed, work in _jobs(given, table):
            if not any((name, copy, str(seed)) == (o["table"], o["copy"], o["seed"]) for o in lines):
                lines += _done(given.log, name, copy, seed, work)
        print(f"\n{name}: {table.source.rows:,} rows; medians over seeds (least to greatest)\n")
        _show([line for line in lines if line["table"] == name], AIMS[name])


def _jobs(given: argparse.Namespace, table: Table) -> Iterator[tuple[str, int, Callable[[], dict[str, Any]]]]:
    for seed in range(given.seeds):
        yield OURS, seed, lambda seed=seed: released(table, seed)
        yield HOLDOUT, seed, lambda seed=seed: _holdout(table, seed)
    for name in _peers.chosen(given.peers):
        for seed in range(given.peer_seeds):
            yield name, seed, lambda name=name, seed=seed: _peer(table, name, seed)


def _done(log: Path | None, table: str, copy: str, seed: int, work: Callable[[], dict[str, Any]]) -> list[Line]:
    """The line of one run, written down at once; none for a peer that cannot run here, which is said."""
    try:
        figures = work()
    except _peers.PeerError as error:
        print(f"({table}: {error})", flush=True)
        return []
    written = {k: f"{v:.6g}" if isinstance(v, float) else str(v) for k, v in figures.items()}
    line = dict.fromkeys(("table", "copy", "seed", *FIGURES), "") | written
    line |= {"table": table, "copy": copy, "seed": str(seed)}
    print(" ".join(f"{k}={v}" for k, v in line.items() if v), file=sys.stderr, flush=True)
    _append(log, line)
    return [line]


def released(table: Table, seed: int) -> dict[str, Any]:
    """A copy as `release` draws it: what its fit and all of it cost, its figures, and what the standard policy says."""
    run = Run(seed=seed)
    fitted, fit, _ = timed(lambda: FAMILIES.get("generator")().fit(table.source, run))
    (copy, facts, rules), rest, _ = timed(lambda: _drawn(table, fitted, run))
    broken = np.zeros(copy.rows, dtype=bool)
    for rule in rules:
        broken |= rule.broken(copy) | rule.unsure(copy)
    kept = 1 - float(broken.mean())
    found = {"fit CPU s": fit, "all CPU s": fit + rest, "rules": len(rules), "rules kept": kept}
    if seed == 0:
        found["refused by"] = refused_by(table, copy, facts, kept, fitted.fewest_subjects()) or "nothing"
    return found | _judged(table, copy, seed)


def _drawn(table: Table, fitted: Any, run: Run) -> tuple[Batch, dict[str, Any], list[Any]]:
    facts = learn_facts(table.source, run)
    rules = [found.rule for found in discover(table.source, run)]
    parts = draw_rows(
        fitted, table.source.schema, table.source.rows, Condition(), run.rng("bench"), run, facts, rules)
    return Batch.concat(list(parts)), facts, rules


def _peer(table: Table, name: str, seed: int) -> dict[str, Any]:
    made = _peers.learn(name, table, seed)
    rows = made.draw(table.source.rows, np.random.default_rng(seed))
    fit = made.cost["fit cpu s"]
    return {"fit CPU s": fit, "all CPU s": fit + made.cost["draw cpu s"]} | _judged(table, rows, seed)


def _judged(table: Table, copy: Batch | pd.DataFrame, seed: int) -> dict[str, float]:
    return measure(table, copy, seed, JUDGED) | {"exact copies": exact(table, table.frame(copy))}


def _holdout(table: Table, seed: int) -> dict[str, float]:
    found = reference(table, seed)
    return {k: found[k] for k in JUDGED} | {"exact copies": exact(table, table.holdout)}


def exact(table: Table, rows: pd.DataFrame) -> float:
    """Share of rows that are a training row in every column."""
    known, found = (pd.util.hash_pandas_object(frame, index=False) for frame in (table.train, rows))
    return float(found.isin(known).mean())


def _read(log: Path | None) -> list[Line]:
    if log is None or not log.exists():
        return []
    with log.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _append(log: Path | None, line: Line) -> None:
    if log is None:
        return
    is_new = not log.exists()
    with log.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, line)
        writer.writerows([dict(zip(line, line, strict=True)), line] if is_new else [line])


def _show(lines: list[Line], aims: dict[str, str]) -> None:
    """A line a copy, beside it how many times our seconds a peer's fit takes."""
    of = {copy: [o for o in lines if o["copy"] == copy] for copy in dict.fromkeys(o["copy"] for o in lines)}
    ours = _median(of.get(OURS, []), "fit CPU s")
    rows: list[list[object]] = []
    for copy, own in of.items():
        ratio = _median(own, "fit CPU s") / ours
        rows.append([copy, len(own), *(_spread(own, f) for f in FIGURES), "" if np.isnan(ratio) else f"{ratio:.1f}"])
    rows.append(["aimed at", "", *(aims.get(f, "") for f in FIGURES), ""])
    printed(["copy", "seeds", *FIGURES, "fit / ours"], rows)


def _median(lines: list[Line], figure: str) -> float:
    return interval([float(o[figure]) for o in lines if o[figure]])[0]


def _spread(lines: list[Line], figure: str) -> str:
    known = [o[figure] for o in lines if o[figure]]
    if figure == "refused by" or not known:
        return " ".join(known)
    digits = 1 if figure in COSTS else 0 if figure == "rules" else 4 if figure == "exact copies" else 3
    middle, low, high = (f"{v:.{digits}f}" for v in interval([float(v) for v in known]))
    return middle if low == high else f"{middle} ({low} to {high})"
