"""Explain: every cell of chosen rows beside what the model expected, with neighbours and history."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch
from ..data.schema import LOG_SECONDS
from ..run import Run
from ..words import message
from ._broken import breaks
from ._cases import Naming, items, line
from ._checks import count
from ._own import Own
from ._peers import Peers, history, nearest
from ._reasons import all_reasons
from ._runs import OpenRun, chosen_rows, open_run
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..detect.reasons import Reason
    from ..project.store import Store

__all__ = ["TASK", "ExplainRequest", "explained", "peers_of"]


@dataclass(frozen=True)
class ExplainRequest(Request):
    """Explain why rows of a score run are unusual."""

    task: ClassVar[str] = "explain"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    rows: tuple[str, ...] = option("--row", default=(), help="Row number (0-based, as in the scores file). Repeat.")
    nearest: int = option("--nearest", default=3, help="Ordinary rows to show beside each.")


def run(request: ExplainRequest, store: Store, run: Run) -> dict[str, Any]:
    """One item per row; without rows, the most unusual one."""
    wanted = count("nearest", request.nearest, 0, 20)
    opened = open_run(store, request.run, run)
    rows = chosen_rows(request.rows, opened) if request.rows else opened.order[:1]
    found = explained(opened, rows, wanted, run)
    return {"run": opened.id, "unit": opened.bundle.ranks.unit, "items": found}


def explained(opened: OpenRun, rows: NDArray[np.int64], wanted: int, run: Run) -> list[dict[str, Any]]:
    """Items with all cells, `wanted` nearest ordinary rows and the entity's history."""
    found, peers, broken = all_reasons(opened, rows), peers_of(opened), breaks(opened, rows)
    out = []
    for at, item in enumerate(items(opened, rows)):
        run.progress(at / len(rows), message("tasks.explaining", done=at, rows=len(rows)))
        out.append({**item, "broken": broken[at], **_explained(peers, rows[at : at + 1], found[at], wanted)})
    return out


def _explained(peers: Peers, row: NDArray[np.int64], reasons: list[Reason], wanted: int) -> dict[str, Any]:
    from ..detect.reasons import headline

    opened = peers.opened
    batch, typical, entity = opened.take(row), opened.scores.typical, history(opened, int(row[0]))
    own = Own.of(opened, int(row[0]), entity)
    return {
        "typical": typical, "column": reasons[0].column if reasons else None,
        "reason": headline(reasons, is_usual=opened.scores.score[row[0]] <= typical).to_json(),
        "cells": [_cell(peers, batch, reason) | own.cell(reason.column) for reason in reasons],
        "nearest": _nearest(peers, batch, wanted, int(row[0])), "entity": entity,
        "engines": {d: message(f"models.{opened.bundle.duties[d]}.title").to_json() for d in ("ranks", "explains")},
    }


def _cell(peers: Peers, batch: Batch, reason: Reason) -> dict[str, Any]:
    from ..data.cells import cell_texts

    column, spec = batch[reason.column], peers.opened.schema[reason.column]
    density = peers.density(reason.column)
    expected = reason.expected
    is_coded = spec.kind in CODED
    number = None if is_coded or not column.present[0] else float(column.values[0])
    return {
        "column": reason.column, "partner": reason.partner, "kind": str(spec.kind),
        "value": cell_texts(column, spec)[0], "surprise": reason.surprise, "excess": reason.excess, "fall": reason.fall,
        "expected": reason.expected_text.to_json(),
        "reason": reason.message.to_json(), "low": expected.low, "high": expected.high, "number": number,
        "log": bool(density and density["log"]), "density": density, "shares": _shares(reason) if is_coded else None,
        "unit": LOG_SECONDS if spec.storage == LOG_SECONDS else "",
    }


def _shares(reason: Reason) -> list[list[Any]]:
    """What the model expected of a category, likeliest first, always with the value seen."""
    shares: list[list[Any]] = [[value, share] for value, share in reason.expected.values[:6]]
    if isinstance(reason.value, str) and reason.value not in [value for value, _ in shares]:
        shares.append([reason.value, math.exp(-reason.surprise)])
    return shares


def _nearest(peers: Peers, batch: Batch, wanted: int, own: int) -> list[dict[str, Any]]:
    from ..data.keys import case_keys

    found = nearest(peers, batch, wanted, own)
    rows = np.array([row for row, _ in found], dtype=np.int64)
    schema = peers.opened.schema
    cards = Naming.of(schema).cards(peers.opened.take(rows), rows, schema)
    keys = case_keys(peers.opened.source, rows)
    return [
        {"row": row, "key": key, "differs": differs, "parts": line(card)}
        for (row, differs), key, card in zip(found, keys, cards, strict=True)
    ]


def peers_of(opened: OpenRun) -> Peers:
    """The sample of a run, kept with it."""
    kept: Peers | None = opened.memo.get("peers")
    if kept is None:
        kept = opened.memo["peers"] = Peers(opened)
    return kept


TASK = Task(ExplainRequest, run, query=True)
