"""Releases of real tables, end to end: release generator, rules of the table, judges; beside SDV's copula.

Needs --data DIR with tables/NAME/{train,holdout}.csv; SDV is used where it is installed (`pip install sdv`). The
figures are those of the comparison of generators (`circuit`): told apart and downstream AUC on rows never shown, and
DCR share.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from core.data.batch import Batch
from core.data.conditions import Condition
from core.data.keys import Hasher
from core.data.rules.book import discover
from core.models.base import FAMILIES
from core.run import Run
from core.synth.draw import draw_rows
from core.synth.facts import learn_facts

from . import _peers
from ._copies import measure, reference
from ._measure import table as show
from ._tables import NAMES, Table, load, whole

JUDGED = ("two-sample", "downstream", "dcr share")
AIMS = {
    "adult": "<= .56, >= .918, .49-.52", "magic": "<= .58, >= .915, .49-.53", "default": "<= .66, >= .755, .49-.53"}


def released(table: Table, seed: int = 0) -> tuple[Batch, dict[str, float]]:
    """A copy as `release` draws it, the CPU seconds of its fit, and the share of its rows that keep all rules."""
    run = Run(seed=seed)
    began = time.process_time()
    fitted = FAMILIES.get("generator")().fit(table.source, run)
    seconds = time.process_time() - began
    facts = learn_facts(table.source, run)
    rules = [found.rule for found in discover(table.source, run)]
    drawn = draw_rows(fitted, table.source.schema, table.source.rows, Condition(), run.rng("bench"), run, facts, rules)
    copy = Batch.concat(list(drawn))
    broken = np.zeros(copy.rows, dtype=bool)
    for rule in rules:
        broken |= rule.broken(copy)
    return copy, {"fit CPU s": seconds, "rules": float(len(rules)), "rules kept": float(1 - broken.mean())}


def exact(table: Table, rows: Batch) -> float:
    """Share of rows that are a training row in all columns that models learn from."""
    hasher, names = Hasher(), table.source.schema.modelled
    known, found = (hasher.rows(batch.select(names)) for batch in (whole(table.source), rows))
    return float(np.isin(found, known).mean())


def main(data: Path | None) -> None:
    """One block a table: the copy, a peer's where there is one, the holdout, and what is aimed at."""
    if data is None or not (data / "tables").is_dir():
        print("needs --data DIR with tables/NAME/train.csv and holdout.csv")
        return
    for name in NAMES:
        table = load(data, name)
        copy, facts = released(table)
        rows = [_row("release", facts, measure(table, copy, only=JUDGED), exact(table, copy))]
        if _peers.is_there():
            peer = _peers.learn("GaussianCopula", table.train, seed=0)
            made = peer.draw(table.source.rows, np.random.default_rng(0))
            rows.append(_row("SDV copula", {"fit CPU s": peer.cost["fit CPU s"]}, measure(table, made, only=JUDGED)))
        rows.append(_row("(holdout)", {}, reference(table), exact(table, whole(table.held))))
        print(f"\n{name}: {table.source.rows:,} rows; aimed at: {AIMS[name]}\n")
        show(["copy", "fit CPU s", *JUDGED, "rules", "rules kept", "exact copies"], rows)


def _row(name: str, facts: dict[str, float], figures: dict[str, float], copied: float | None = None) -> list[object]:
    kept = [facts.get(k, "") for k in ("rules", "rules kept")]
    last = "" if copied is None else copied
    return [name, facts.get("fit CPU s", ""), *(figures.get(k) for k in JUDGED), *kept, last]
