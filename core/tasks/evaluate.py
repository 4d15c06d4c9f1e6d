"""Evaluate: how faithful, useful and safe a synthetic table is, each figure between its reference rows."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..data.batch import Batch
from ..data.conditions import Condition
from ..data.schema import Role, Schema
from ..errors import ParameterError, RefusedError
from ..run import Run
from ..words import message
from ._checks import count, one_of
from ._files import open_again, open_path
from ._runs import load_bundle, split_of
from ._writing import write_json, write_text
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..data.source import Source
    from ..evaluate.base import Metric, Tables
    from ..evaluate.shadows import Maker
    from ..evaluate.tables import Prepared
    from ..project.store import Store

__all__ = ["TASK", "EvaluateRequest"]

CIRCUIT = "circuit"


@dataclass(frozen=True)
class EvaluateRequest(Request):
    """Measure fidelity, utility, fairness and privacy of a synthetic table."""

    task: ClassVar[str] = "evaluate"
    train: str | None = option("--train", default=None, help="Real rows the generator learned from.")
    holdout: str | None = option("--holdout", default=None, help="Real rows the generator never saw.")
    synthetic: str = option("--synthetic", help="Synthetic rows.")
    project: str | None = option("--project", default=None, help="Take the real rows from this project's fit instead.")
    fit: str | None = option("--fit", default=None, help="Fit the rows were drawn from; the latest when left out.")
    target: str | None = option("--target", default=None, help="Column to predict for downstream utility.")
    sensitive: tuple[str, ...] = option(
        "--sensitive", default=(), help="Column whose groups are compared for fairness. Repeat.")
    out: str | None = option("--out", default=None, help="Folder for the report (HTML and JSON).")
    shadows: int = option(
        "--shadows", default=0, help="Attack with that many shadow models besides, 8 to 256; each is fitted anew.")
    generator: str = option(
        "--generator", default=CIRCUIT, help="Family of the shadow models: circuit or generator.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")


_FEWEST, _MOST_SHADOWS = 8, 256
_MOST = 50_000
"""Rows of each table that are compared; more would cost time and tell nothing new."""


def run(request: EvaluateRequest, store: Store, run: Run) -> dict[str, Any]:
    """Open the three tables under one schema, measure, and write the report."""
    from ..evaluate.report import evaluate, every_metric

    began = time.monotonic()
    metrics = [*every_metric(), *_shadows(request)]
    prepared = _prepared(request, store, run.part(0.0, 0.15))
    tables = prepared.tables
    report = evaluate(tables, run.part(0.15, 0.95), metrics)
    report["notes"] = [*(n.to_json() for n in prepared.notes), *report["notes"]]
    page = _write(request, report, tables) if request.out else None
    return {**report, "report": page, "seconds": time.monotonic() - began}


def _shadows(request: EvaluateRequest) -> list[Metric]:
    """The attack by shadow models, where it is wanted.

    Raises:
        ParameterError: too few or too many, or a family that draws nothing.
    """
    from ..evaluate.shadows import shadows

    if not request.shadows:
        return []
    wanted = count("shadows", request.shadows, _FEWEST, _MOST_SHADOWS)
    return [shadows(_maker(one_of("generator", request.generator, CIRCUIT, "generator")), wanted)]


def _maker(key: str) -> Maker:
    """Fit a family and draw from it."""
    from ..data.source import MemorySource
    from ..models.base import FAMILIES, Discreet, Draws

    def make(rows: Batch, schema: Schema, n: int, run: Run) -> Batch:
        fitted = FAMILIES.get(key)().fit(MemorySource(rows, schema, "shadow"), replace(run, reference=False))
        draws = fitted.for_copies() if isinstance(fitted, Discreet) else fitted
        assert isinstance(draws, Draws)
        drawn: Batch = Batch.concat(list(draws.draw(n, Condition(), run.rng("shadow"))))
        return drawn

    return make


def _prepared(request: EvaluateRequest, store: Store, run: Run) -> Prepared:
    """The real rows from files, or from the fit of a project.

    Raises:
        ParameterError: neither both files nor a project.
        SchemaError: too few rows, nothing to compare, or a target that is no column.
    """
    from ..evaluate.tables import prepare

    run.progress(0.0, message("tasks.opening", file=Path(request.synthetic).name))
    if request.train and request.holdout:
        train = open_path(request.train, run=run)
        schema = train.schema
        holdout = _sample(_alike(open_path(request.holdout, run=run), schema), run)
        trained = _sample(train, run)
    elif request.project and not (request.train or request.holdout):
        trained, holdout, schema = _parts_of_fit(request, store, run)
    else:
        raise ParameterError("tasks.evaluate")
    synthetic = _sample(_alike(open_path(request.synthetic, run=run), schema), run)
    for name in request.sensitive:
        schema = schema.set(name, role=Role.SENSITIVE)
    return prepare(trained, holdout, synthetic, schema, request.target)


def _parts_of_fit(request: EvaluateRequest, store: Store, run: Run) -> tuple[Batch, Batch, Schema]:
    """What the fit learned from and what it never saw."""
    from ..synth.facts import as_ids

    fit, bundle = load_bundle(store, request.fit)
    source = open_again(store, bundle.record["source"], bundle.schema, run)
    holdout = source.subset(split_of(bundle, source).holdout)
    return _sample(source.subset(bundle.train_index), run), _sample(holdout, run), as_ids(
        bundle.schema, store.record("fit", fit).get("facts") or {})


def _alike(source: Source, schema: Schema) -> Source:
    """The rows read as the training table is.

    Raises:
        RefusedError: it is another table; there is no fit here to speak of.
    """
    from ..data.match import match

    try:
        matched: Source = match(schema, {}, source).source
    except RefusedError as error:
        if error.key != "data.match_refused":
            raise
        raise RefusedError("tasks.evaluate_unlike", file=source.name, columns=error.values["columns"]) from error
    return matched


def _sample(source: Source, run: Run) -> Batch:
    rows = np.arange(source.rows)
    if source.rows > _MOST:
        rows = np.sort(run.rng("evaluate", "rows").choice(source.rows, _MOST, replace=False))
    batch: Batch = source.take(rows.astype(np.int64))
    return batch


def _write(request: EvaluateRequest, report: dict[str, Any], tables: Tables) -> str:
    from ..data.write import filling
    from ..report.quality import quality_report

    out = Path(str(request.out))
    rows = {"train": len(tables.train), "holdout": len(tables.holdout), "synthetic": len(tables.synthetic)}
    html = quality_report(report, title=Path(request.synthetic).name, rows=rows)
    with filling(out) as folder:
        write_json(folder / "quality.json", report)
        write_text(folder / "quality.html", html)
    return str(out / "quality.html")


TASK = Task(EvaluateRequest, run)
