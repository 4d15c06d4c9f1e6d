"""Synth: draw new rows from a fit."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..data.conditions import Either
from ..run import Run
from ..words import words
from ._checks import count
from ._generator import AUTO, choose
from ._rules import kept_rules
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
    generator: str = option(
        "--generator", default=AUTO, help="Model to draw with: auto (the better of both), circuit or generator.")
    rules: str = option(
        "--rules", default="", help="Rules every row keeps: those of the fit, a file that `rules` wrote, or none.")
    without: tuple[str, ...] = option("--without-rule", default=(), help="Name of a rule rows need not keep. Repeat.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")


_CHOOSING = 0.7
"""Share of the progress that fitting and comparing take when a copy is the first of its fit."""


def run(request: SynthRequest, store: Store, run: Run) -> dict[str, Any]:
    """Choose between the fit's model and the generator beside it; draw and write, batch by batch."""
    from ..data.write import check_target, write_rows
    from ..synth.draw import draw_rows, notes

    began = time.monotonic()
    wanted = count("rows", request.rows)
    where = Either.parse(request.where)
    check_target(request.out)
    check_targets(store, None, request.out)
    fit, bundle = load_bundle(store, request.fit)
    facts = store.record("fit", fit).get("facts")
    rules = kept_rules(request.rules, request.without, facts or {}, bundle.schema)
    rng = run.rng("synth", fit)
    choice = choose(store, fit, bundle, run.part(0.0, _CHOOSING), wanted=request.generator, where=where)
    drawing = run.part(_CHOOSING if choice.is_new else 0.0, 1.0)
    batches = draw_rows(choice.draws, bundle.schema, wanted, where, rng, drawing, facts, rules)
    written = write_rows(request.out, batches, bundle.schema, drawing)
    return {
        "rows": written, "fit": fit, "out": request.out, "where": where.to_text(),
        "generator": choice.key, "why": words().text(choice.why), "reason": choice.why.to_json(),
        "two_sample": choice.two_sample, "columns": list(bundle.schema.names),
        "notes": [n.to_json() for n in notes(bundle.schema, facts)],
        "rules": [rule.sentence().to_json() for rule in rules],
        "seconds": time.monotonic() - began,
    }


TASK = Task(SynthRequest, run)
