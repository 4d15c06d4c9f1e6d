"""Change: the fewest cells of a row that would have to be otherwise for it not to be flagged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..run import Run
from ..words import Message, message
from ._cases import items
from ._runs import OpenRun, chosen_rows, open_run
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..data.batch import Batch
    from ..detect.change import Change
    from ..project.store import Store

__all__ = ["TASK", "ChangeRequest"]


@dataclass(frozen=True)
class ChangeRequest(Request):
    """Find the smallest change that would make a row ordinary."""

    task: ClassVar[str] = "change"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    row: str = option("--row", default="", help="Row number (0-based); the most unusual row when left out.")
    threshold: str = option("--threshold", default="", help="Contract that flags; the run's own when left out.")


def run(request: ChangeRequest, store: Store, run: Run) -> dict[str, Any]:
    """Search, and say what was found: the changes, or that three cells do not suffice."""
    from ..data.match import there
    from ..detect.apart import cells_apart
    from ..detect.change import smallest_change

    opened = open_run(store, request.run, run)
    rows = chosen_rows((request.row,), opened) if request.row else opened.order[:1]
    row, limit = int(rows[0]), _limit(opened, request.threshold)
    score = float(opened.scores.score[row])
    found: dict[str, Any] = {"score": score, "limit": limit, "after": score, "enough": False, "changes": []}
    if limit is None or score < limit:
        said = message("tasks.change.not_flagged")
    else:
        bundle = opened.bundle
        before = opened.source.take(rows, there(opened.source, bundle.columns))
        cells = partial(cells_apart, bundle.explains, pair=bundle.pair)
        change = smallest_change(bundle.ranks, cells, before, opened.schema, score=score, limit=limit)
        found |= {"after": change.score, "enough": change.is_enough, "changes": _told(opened, before, change)}
        said = _sentence(found)
    return {"run": opened.id, **items(opened, rows)[0], **found, "sentence": said.to_json()}


def _limit(opened: OpenRun, threshold: str) -> float | None:
    """The smallest score that is flagged; None where no row is."""
    from ..detect.threshold import Contract, apply

    if not threshold:
        flagged = opened.flagged
    else:
        scores = opened.scores
        flagged = apply(Contract.parse(threshold), scores.score, scores.p_value, opened.basis).flagged
    return float(opened.scores.score[flagged].min()) if flagged.any() else None


def _told(opened: OpenRun, before: Batch, change: Change) -> list[dict[str, Any]]:
    """Each change with both values as cells show them."""
    from ..data.cells import cell_texts

    def text(batch: Batch, name: str) -> Any:
        return cell_texts(batch[name], opened.schema[name])[0]

    return [{"column": n, "from": text(before, n), "to": text(change.batch, n)} for n in change.values]


def _sentence(found: dict[str, Any]) -> Message:
    if not found["changes"]:
        return message("tasks.change.none", score=found["score"], limit=found["limit"])
    parts = [
        message("tasks.change.one", column=c["column"], before=_value(c["from"]), after=_value(c["to"]))
        for c in found["changes"]
    ]
    said = parts[0]
    for part in parts[1:]:
        said = message("detect.and", first=said, second=part)
    key = "enough" if found["enough"] else "not_enough"
    return message(f"tasks.change.{key}", changes=said, after=found["after"], limit=found["limit"])


def _value(cell: Any) -> str | Message:
    return cell if isinstance(cell, str) else message(f"detect.missing.{cell['missing']}")


TASK = Task(ChangeRequest, run, query=True)
