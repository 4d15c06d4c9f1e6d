"""Score: how unusual each row of a file is under a fit, which rows are flagged, and why."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..run import Run
from ..words import message
from ._broken import BrokenRules, rules_on
from ._files import FileRequest, source_record
from ._runs import digest, load_bundle, under_fit
from ._scores import FlaggedRows, judged, told_apart, write_cells, write_scores
from ._writing import check_targets
from .base import Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "ScoreRequest"]


@dataclass(frozen=True)
class ScoreRequest(FileRequest):
    """Score the rows of a file and flag the most unusual."""

    task: ClassVar[str] = "score"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to use; the latest when left out.")
    out: str | None = option("--out", default=None, help="Write one line per row to this .csv or .parquet file.")
    cells: str | None = option("--cells", default=None, help="Write the cells of flagged rows to this .parquet file.")
    threshold: str = option(
        "--threshold", default="budget:100", help="Contract: budget:N, fdr:A, tail:P or cost:FP,FN.")


def run(request: ScoreRequest, store: Store, run: Run) -> dict[str, Any]:
    """Score, apply the contract, write what was asked for and stage the run."""
    from ..data.match import there
    from ..data.write import check_target
    from ..detect.scores import histogram, score_source
    from ..detect.threshold import Basis, Contract, apply

    began = time.monotonic()
    contract = Contract.parse(request.threshold)  # before the work: a wrong word should not cost a minute
    for target in filter(None, (request.out, request.cells)):
        check_target(target)
    check_targets(store, request.file, request.out, request.cells)
    fit, bundle = load_bundle(store, request.fit)
    if bundle.reference != "clean" and (refused := contract.refusal(Basis(lack="mixed"), has_p_values=False)):
        raise refused
    run.progress(0.0, message("tasks.opening", file=Path(request.file).name))
    opened = request.open(store, run.part(0.0, 0.1))
    source, notes = under_fit(opened, bundle)
    scores = told_apart(bundle, source, score_source(bundle, source, run.part(0.1, 0.5)), run.part(0.5, 0.6))
    basis = scores.basis
    if basis.lack == "columns":
        gone = [n for n in bundle.columns if n not in there(source, bundle.columns)]
        notes = (*notes, message("detect.no_p_values", columns=gone))
    if basis.lack == "drift":
        notes = (*notes, message("detect.drift"))
    threshold = apply(contract, scores.score, scores.p_value, basis)
    found: dict[str, Any] = {
        "fit": fit, "rows": opened.rows, "flagged": threshold.count, "threshold": threshold.to_json(),
        **judged(bundle, source, scores, run.part(0.6, 0.7)),
        "notes": [n.to_json() for n in notes], "histogram": histogram(scores.score), "unit": bundle.ranks.unit,
        "typical": scores.typical, "has_p_values": scores.has_p_values,
        "has_readings": scores.value is not None,
        "has_context": scores.context is not None, "basis": basis.to_json(),
    }
    if request.out or request.cells:
        flagged = FlaggedRows.of(bundle, source, scores, threshold.flagged, run.part(0.7, 0.95),
                                 all_cells=bool(request.cells))
        facts = store.record("fit", fit).get("facts") or {}
        write_scores(request.out, scores, flagged, BrokenRules(rules_on(facts, bundle.schema, source), source), run)
        write_cells(request.cells, flagged, run)
    found["run"] = digest(fit, opened.fingerprint, str(contract))
    store.stage("source", opened.fingerprint, source_record(opened, request.file))
    store.stage("run", found["run"], {**found, "source": opened.fingerprint, "name": opened.name}, scores.blobs())
    return {**found, "out": request.out, "seconds": time.monotonic() - began}


TASK = Task(ScoreRequest, run)
