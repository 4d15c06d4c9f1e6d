"""Synth: draw new rows from a fit."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..data.conditions import Condition, Either, Test
from ..errors import FitError
from ..run import Run
from ..words import words
from ._checks import count
from ._contradiction import check_drawable, is_possible
from ._draft import draft_about, draft_path, write_note
from ._facts import facts_of
from ._generator import AUTO, RELEASE, choose, left_empty, values_for_copies
from ._rules import kept_rules
from ._runs import load_bundle
from ._shaping import KEEP, anomalies_of, refinement_of, share_of
from ._writing import check_targets
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..models.bundle import Bundle
    from ..project.store import Store

__all__ = ["TASK", "SynthRequest"]


@dataclass(frozen=True)
class SynthRequest(Request):
    """Draw synthetic rows from a fitted model."""

    task: ClassVar[str] = "synth"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to draw from; the latest when left out.")
    rows: int = option("--rows", default=1000, help="Rows to draw.")
    out: str = option("--out", help="File to write: .csv .tsv .parquet .feather .xlsx .sqlite .jsonl")
    where: str = option("--where", default="", help="Condition all drawn rows satisfy.")
    rebalance: str | None = option(
        "--rebalance", default=None, help="A category column whose values get as many rows each.")
    anomalies: str = option(
        "--anomalies", default=KEEP, help="Anomalies in the copy: keep, drop, or their share of the rows (0.05, 5%).")
    refine: bool = option(
        "--refine", default=False, help="Choose among more drawn rows those that agree with the real pairs of columns.")
    generator: str = option(
        "--generator", default=AUTO, help="Model to draw with: auto (the better of both), circuit or generator.")
    rules: str = option(
        "--rules", default="", help="Rules every row keeps: those of the fit, a file that `rules` wrote, or none.")
    without: tuple[str, ...] = option("--without-rule", default=(), help="Name of a rule rows need not keep. Repeat.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")


_MOST_VALUES = 100  # that a balanced column has
_CHOOSING = 0.7
"""Share of the progress that fitting and comparing take when a copy is the first of its fit."""


def run(request: SynthRequest, store: Store, run: Run) -> dict[str, Any]:
    """Choose between the fit's model and the generator beside it; draw and write, batch by batch."""
    from ..data.write import check_target, write_rows
    from ..models.rejection import Tried
    from ..synth.draw import draw_rows, notes

    began = time.monotonic()
    wanted = count("rows", request.rows, 1)
    where = Either.parse(request.where)
    check_target(request.out)
    check_targets(store, None, request.out, draft_path(request.out))
    fit, bundle = load_bundle(store, request.fit)
    facts = facts_of(store, fit)
    rules = kept_rules(request.rules, request.without, facts, bundle.schema)
    where = where.check(bundle.schema)
    check_drawable(where, bundle, facts, within=request.generator == RELEASE)
    evenly = _evenly(request.rebalance, bundle, where)
    share = share_of(request.anomalies)
    is_given = bool(where or evenly or share is not None)
    refinement = refinement_of(
        store, bundle, facts, run.part(0.0, 0.0), is_given=is_given) if request.refine else None
    anomalies = anomalies_of(store, fit, bundle, share, run.part(0.0, 0.0))
    rng, tried = run.rng("synth", fit), Tried()
    choice = choose(
        store, fit, bundle, run.part(0.0, _CHOOSING), wanted=request.generator, given=bool(where or evenly))
    drawing = run.part(_CHOOSING if choice.is_new else 0.0, 1.0)
    batches = draw_rows(
        choice.draws, bundle.schema, wanted, where, rng, drawing, facts, rules, evenly, anomalies, refinement, tried)
    drawn = {
        "fit": fit, "seed": request.seed, "where": where.to_text(), "rebalance": request.rebalance,
        "generator": choice.key, "rules": [rule.name for rule in rules], "anomalies": request.anomalies,
        "refined": request.refine,
    }
    written = write_rows(
        request.out, batches, bundle.schema, drawing, draft_about(fit),
        lambda rows: write_note(request.out, request.project, {**drawn, "rows": rows}))
    return {
        "rows": written, "fit": fit, "out": request.out, "where": where.to_text(),
        "draft": str(draft_path(request.out)),
        "generator": choice.key, "why": words().text(choice.why), "reason": choice.why.to_json(),
        "two_sample": choice.two_sample, "columns": list(bundle.schema.names),
        "notes": [n.to_json() for n in (*notes(bundle.schema, facts), *left_empty(bundle))],
        "rules": [rule.sentence().to_json() for rule in rules],
        "anomalies": anomalies.report() if anomalies else None,
        "refined": refinement.report() if refinement else None, "tried": tried.report(),
        "seconds": time.monotonic() - began,
    }


def _evenly(name: str | None, bundle: Bundle, where: Either) -> tuple[Condition, ...]:
    """One condition for each value of the column to balance that the condition for all rows leaves.

    Raises:
        SchemaError: there is no such column.
        FitError: it is none that can be balanced.
    """
    if name is None:
        return ()
    bundle.schema[name]  # raises where there is no such column
    shown = {n: values_for_copies(bundle, n) for n in bundle.known}
    values = sorted(shown.get(name, ()))
    if not 2 <= len(values) <= _MOST_VALUES:
        able = [n for n, known in shown.items() if 2 <= len(known) <= _MOST_VALUES]
        key = "synth.rebalance" if able else "synth.rebalance_none"
        raise FitError(key, column=name, most=_MOST_VALUES, known=able)
    each = [Condition((Test(name, "=", (value,)),)) for value in values]
    return tuple(part for part in each if is_possible(where.given(part), bundle.schema))


TASK = Task(SynthRequest, run)
