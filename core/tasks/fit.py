"""Fit: learn what is ordinary in a file and keep the result in the project."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..data.schema import Role, Schema
from ..errors import FitError
from ..run import Run
from ..words import Message, message, words
from ._card import write_card
from ._checks import one_of
from ._engines import families_for, reason
from ._files import FileRequest, read_schema, source_record
from ._first import tell_first
from ._runs import digest
from .base import Task, option

if TYPE_CHECKING:
    from ..data.source import Source
    from ..project.store import Store

__all__ = ["TASK", "FitRequest"]


@dataclass(frozen=True)
class FitRequest(FileRequest):
    """Learn what is ordinary in a file."""

    task: ClassVar[str] = "fit"
    keeps: ClassVar[bool] = True
    project: str = option("--project", help="Project file; made when there is none.")
    model: str = option("--model", default="default", help="Model key; see the command models.")
    settings: tuple[str, ...] = option("--set", default=(), help="A parameter of the model: name=value. Repeat.")
    schema: str | None = option("--schema", default=None, help="Schema file made by describe, or SDV metadata.")
    label: str | None = option("--label", default=None, help="Column with the known answer; never seen by the model.")
    ignore: tuple[str, ...] = option("--ignore", default=(), help="A column to leave out. Repeat.")
    reference: str = option("--reference", default="mixed", help="Rows known to be normal: clean; else: mixed.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")


def run(request: FitRequest, store: Store, run: Run) -> dict[str, Any]:
    """Split, rank quickly, fit on the training part, and stage the bundle with what drawing will need."""
    from ..data.history import History
    from ..data.rules.book import discover, to_json
    from ..data.split import split
    from ..models.bundle import fit_bundle
    from ..synth.facts import learn_facts

    began = time.monotonic()
    one_of("reference", request.reference, "clean", "mixed")
    families = families_for(request.model, request.settings, request.reference)
    run.progress(0.0, message("tasks.opening", file=Path(request.file).name))
    opened = request.open(store, run.part(0.0, 0.1))
    for family in families.values():
        if not family.accepts(opened.kind):
            raise FitError("tasks.kind", model=request.model, kind=opened.kind)
    source = opened.with_schema(_schema(request, opened))
    run.progress(0.1, message("tasks.splitting"))
    parts = split(source, request.seed)
    tell_first(source, run.part(0.1, 0.12))
    history = History.of(source)
    bundle = fit_bundle(
        source, parts, families, run.part(0.12, 0.9), request.reference, why=reason(families, request.reference),
        history=history)
    facts = learn_facts(source, run.part(0.9, 0.95))
    facts["rules"] = to_json(discover(source, run.part(0.95, 0.97)))
    fit = digest(bundle.fingerprint, str(source.schema.to_json()), request.reference)
    found: dict[str, Any] = {
        "fit": fit, "model": request.model, "rows": source.rows, "train_rows": len(parts.train),
        "columns": [n for n in bundle.columns if n in source.schema.names],
        "derived": [n for n in bundle.columns if n not in source.schema.names],
        "reference": request.reference, "parts": dict(bundle.duties),
        "learned": {key: [said.to_json() for said in facts] for key, facts in bundle.learned().items()},
        "why": words().text(Message.from_json(bundle.record["why"])), "unit": bundle.ranks.unit,
        "seconds": time.monotonic() - began,
    }
    run.progress(0.97, message("tasks.card"))
    found["card"] = str(write_card(bundle, source, found, request.command(), run))
    record = source_record(opened, request.file)
    store.stage("source", source.fingerprint, record)
    kept = {k: v for k, v in found.items() if k != "card"}
    kept |= {"source": source.fingerprint, "schema": source.schema.fingerprint, "seed": request.seed}
    kept |= {"name": record["name"], "path": record["path"]}
    store.stage_fit(fit, {**kept, "split": parts.to_json(), "facts": facts}, *bundle.to_bytes())
    return {**found, "seconds": time.monotonic() - began}


def _schema(request: FitRequest, source: Source) -> Schema:
    """The source's columns as the request wants them.

    Raises:
        SchemaError: it names a column there is not.
        FitError: no column is left to learn from.
    """
    schema = read_schema(request.schema, source.schema) if request.schema else source.schema
    if request.label is not None:
        schema = schema.set(request.label, role=Role.LABEL)
    for name in request.ignore:
        schema = schema.set(name, role=Role.IGNORE)
    if not schema.modelled:
        raise FitError("tasks.no_columns", file=source.name)
    return schema


TASK = Task(FitRequest, run)
