"""Impute: fill the missing cells of a table from a fit."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..data.conditions import Either
from ..errors import FitError
from ..project.house import house_rules
from ..run import Run
from ..words import message
from ._checks import one_of
from ._facts import with_house_rules
from ._files import FileRequest
from ._rules import kept_rules
from ._runs import load_bundle, under_fit
from ._writing import check_targets
from .base import Task, option

if TYPE_CHECKING:
    from ..data.schema import Schema
    from ..project.store import Store

__all__ = ["TASK", "ImputeRequest"]

LIKELY, DRAWN = "likely", "drawn"


@dataclass(frozen=True)
class ImputeRequest(FileRequest):
    """Fill the missing cells of a table, given the cells that are there."""

    task: ClassVar[str] = "impute"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to use; the latest when left out.")
    out: str = option("--out", help="File to write: .csv .tsv .parquet .feather .xlsx .sqlite .jsonl")
    columns: tuple[str, ...] = option("--column", default=(), help="Fill this column alone. Repeat.")
    where: str = option("--where", default="", help="Fill only rows that satisfy this condition.")
    how: str = option("--how", default=LIKELY, help="Each cell's most likely value: likely; or drawn at random: drawn.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")


def run(request: ImputeRequest, store: Store, run: Run) -> dict[str, Any]:
    """Fill and write, batch by batch."""
    from ..data.write import check_target, write_rows
    from ..models.base import Fills
    from ..synth.fill import Filled, fill_rows

    began = time.monotonic()
    one_of("how", request.how, LIKELY, DRAWN)
    check_target(request.out)
    check_targets(store, request.file, request.out)
    fit, bundle = load_bundle(store, request.fit)
    run.progress(0.0, message("tasks.opening", file=Path(request.file).name))
    source, notes = under_fit(request.open(store, run.part(0.0, 0.1)), bundle, partly=True)
    model = bundle.draws
    if not isinstance(model, Fills):
        raise FitError("tasks.impute_model", model=bundle.duties["draws"])
    names = _names(request.columns, bundle.schema)
    where = Either.parse(request.where).check(source.schema)
    facts = store.record("fit", fit).get("facts") or {}
    facts = with_house_rules(facts, house_rules(store.project), bundle.schema.modelled)
    rules = kept_rules("", (), facts, bundle.schema)
    told, rng = Filled(), run.rng("impute", fit) if request.how == DRAWN else None
    filling = run.part(0.1, 1.0)
    rows = fill_rows(model, source, bundle.schema, names, rules, told, rng, filling, where)
    written = write_rows(request.out, rows, bundle.schema, filling)
    return {
        "rows": written, "fit": fit, "out": request.out, "how": request.how, "where": where.to_text(),
        "filled": told.filled, "left": told.left,
        "notes": [n.to_json() for n in notes], "seconds": time.monotonic() - began,
    }


def _names(wanted: tuple[str, ...], schema: Schema) -> tuple[str, ...]:
    """The columns to fill.

    Raises:
        SchemaError: there is no such column.
        FitError: no model knows it.
    """
    for name in wanted:
        if not schema[name].is_modelled:
            raise FitError("tasks.impute_column", column=name, known=list(schema.modelled))
    return wanted or schema.modelled


TASK = Task(ImputeRequest, run)
