"""Blind: the top rows of a score run and rows drawn at random among them, to learn what the top is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..run import Run
from ._checks import count
from ._runs import open_run
from .base import Request, Task, option
from .ranked import with_reasons

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "BlindRequest"]

_MOST = 1_000


@dataclass(frozen=True)
class BlindRequest(Request):
    """Draw rows whose verdicts settle whether the top of a score run is better than chance."""

    task: ClassVar[str] = "blind"
    verb: ClassVar[str] = "review draw"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    top: int = option("--top", default=20, help="Most unusual rows to take.")
    random: int = option("--random", default=10, help="Rows to draw from all rows, each as likely as any other.")
    drawn: int = option("--drawn", default=0, help="Rows drawn before, which are not drawn again.")
    among: int = option("--among", default=0, help="Places of the queue they are put among; 0: those of the top.")
    seed: int = option("--seed", default=0, help="Seed of the draw.")


def run(request: BlindRequest, store: Store, run: Run) -> dict[str, Any]:
    """Items as of a ranked list, in the order of the queue; nothing they show says which were drawn."""
    top, random = count("top", request.top, 0, _MOST), count("random", request.random, 0, _MOST)
    drawn, among = count("drawn", request.drawn), count("among", request.among)
    opened = open_run(store, request.run, run)
    rng = run.rng("blind")
    chosen = rng.permutation(opened.source.rows)[drawn : drawn + random]
    places = dict(zip(chosen.tolist(), rng.integers(1, max(among or top, 1) + 1, len(chosen)).tolist(), strict=True))
    first = opened.order[:top]
    rows = np.concatenate([first, np.setdiff1d(chosen, first)]).astype(np.int64)
    items = [
        {**item, "is_top": at < len(first), "is_random": item["row"] in places,
         "place": None if at < len(first) else places[item["row"]]}
        for at, item in enumerate(with_reasons(opened, rows, is_blind=True))
    ]
    items.sort(key=lambda item: (item["place"] or item["rank"], item["row"]))
    return {"run": opened.id, "top": len(first), "random": len(chosen), "items": items}


TASK = Task(BlindRequest, run, query=True)
