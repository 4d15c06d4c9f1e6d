"""Map: all rows of a score run in two dimensions: how many lie where, and where the most unusual ones lie."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..run import Run
from ._cases import Naming
from ._checks import count
from ._map import layout_of, places
from ._runs import OpenRun, chosen_rows, open_run
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "MapRequest"]

_MARGIN = 0.03
"""Share of the width that is left free at each side."""


@dataclass(frozen=True)
class MapRequest(Request):
    """Lay the rows of a score run out in two dimensions."""

    task: ClassVar[str] = "map"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    bins: int = option("--bins", default=128, help="Cells of the density along each axis; 0 leaves it out.")
    count: int = option("--count", default=1000, help="Most unusual rows to place one by one.")
    rows: tuple[str, ...] = option("--row", default=(), help="A further row to place (0-based). Repeat.")


def run(request: MapRequest, store: Store, run: Run) -> dict[str, Any]:
    """Axes in words, the density as an image, and the places of the most unusual rows."""
    bins, most = count("bins", request.bins, 0, 1024), count("count", request.count, 0, 2000)
    opened = open_run(store, request.run, run)
    found = places(opened, run)
    wanted = chosen_rows(request.rows, opened)
    low, high = _limits(found)
    return {
        "run": opened.id, "rows": len(found), "low": low.tolist(), "high": high.tolist(),
        "axes": [[list(pair) for pair in axis] for axis in layout_of(opened).shares],
        "bins": bins, "density": _density(found, low, high, bins) if bins else "",
        "points": _points(opened, found, opened.order[:most], with_card=True),
        "also": _points(opened, found, wanted, with_card=False),
    }


def _limits(found: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(2,) ends of both axes, with a margin."""
    if not len(found):
        return np.full(2, -0.5), np.full(2, 0.5)
    low, high = found.min(axis=0).astype(np.float64), found.max(axis=0).astype(np.float64)
    width = np.where(high > low, high - low, 1.0)
    flat = np.where(high > low, 0.0, 0.5)
    return low - flat - _MARGIN * width, high + flat + _MARGIN * width


def _density(found: NDArray[np.float32], low: NDArray[np.float64], high: NDArray[np.float64], bins: int) -> str:
    """Rows in each cell: bins * bins little-endian uint32 in base64, the lowest line first, each from left to right."""
    cells = ((found - low) / (high - low) * bins).astype(np.int64).clip(0, bins - 1)
    counts = np.bincount(cells[:, 1] * bins + cells[:, 0], minlength=bins * bins)
    return b64encode(counts.astype("<u4").tobytes()).decode("ascii")


def _points(
    opened: OpenRun, found: NDArray[np.float32], rows: NDArray[np.int64], *, with_card: bool,
) -> list[dict[str, Any]]:
    scores, schema = opened.scores, opened.schema
    cards = Naming.of(schema).cards(opened.take(rows), rows, schema) if with_card else [{}] * len(rows)
    return [
        {
            "row": int(row), "x": float(found[row, 0]), "y": float(found[row, 1]), "rank": int(scores.rank[row]),
            "score": float(scores.score[row]), **{k: card[k] for k in ("title", "subtitle") if k in card},
        }
        for row, card in zip(rows, cards, strict=True)
    ]


TASK = Task(MapRequest, run, query=True)
