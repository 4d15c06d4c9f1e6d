"""Synth: draw new rows from a fit."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..data.conditions import Condition
from ..run import Run
from ._checks import count
from ._runs import load_bundle
from ._writing import check_targets
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "SynthRequest"]


@dataclass(frozen=True)
class SynthRequest(Request):
    """Draw synthetic rows from a fitted model."""

    task: ClassVar[str] = "synth"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to draw from; the latest when left out.")
    rows: int = option("--rows", default=1000, help="Rows to draw.")
    out: str = option("--out", help="File to write: .csv .tsv .parquet .feather .xlsx .jsonl")
    where: str = option("--where", default="", help="Condition all drawn rows satisfy.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")


def run(request: SynthRequest, store: Store, run: Run) -> dict[str, Any]:
    """Draw and write, batch by batch."""
    from ..data.write import check_target, write_rows
    from ..synth.draw import draw_rows, notes

    began = time.monotonic()
    wanted = count("rows", request.rows)
    where = Condition.parse(request.where)
    check_target(request.out)
    check_targets(store, None, request.out)
    fit, bundle = load_bundle(store, request.fit)
    facts = store.record("fit", fit).get("facts")
    rng = run.rng("synth", fit)
    batches = draw_rows(bundle.draws, bundle.schema, wanted, where, rng, run, facts)
    written = write_rows(request.out, batches, bundle.schema, run)
    return {
        "rows": written, "fit": fit, "out": request.out, "where": where.to_text(),
        "columns": list(bundle.schema.names), "notes": [n.to_json() for n in notes(bundle.schema, facts)],
        "seconds": time.monotonic() - began,
    }


TASK = Task(SynthRequest, run)
