"""Where the rows of a run lie on its map, and which of them an outline holds. Kept with the run: it never changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..run import Run
from ..words import message

if TYPE_CHECKING:
    from ..detect.layout import Layout
    from ._runs import OpenRun

__all__ = ["layout_of", "outline", "places", "within"]

Floats = NDArray[np.float64]

_SAMPLE = 20_000
_TOP = 1_000
_ORDINARY = 0.1
"""Share of the rows, from the top, that do not count as ordinary."""


def places(opened: OpenRun, run: Run) -> NDArray[np.float32]:
    """(n, 2) of all rows."""
    from ..data.match import there

    if "places" not in opened.memo:
        layout = layout_of(opened)
        found, done = np.empty((opened.source.rows, 2), dtype=np.float32), 0
        for batch in opened.source.batches(there(opened.source, opened.bundle.columns)):
            found[done : done + len(batch)] = layout.place(batch)
            done += len(batch)
            run.progress(done / max(len(found), 1), message("tasks.mapping", done=done, rows=len(found)))
        opened.memo["places"] = found
    kept: NDArray[np.float32] = opened.memo["places"]
    return kept


def layout_of(opened: OpenRun) -> Layout:
    """The run's axes, learned from its most unusual rows beside a sample of the ordinary ones."""
    from ..data.match import there
    from ..data.schema import Schema
    from ..detect.layout import Layout

    if "layout" not in opened.memo:
        rows = opened.source.rows
        top = opened.order[: max(min(_TOP, rows // 50), min(rows, 5))]
        rest = opened.order[math.ceil(rows * _ORDINARY) :]
        rest = rest if len(rest) else opened.order
        if len(rest) > _SAMPLE:
            rest = Run(seed=0).rng("map", opened.id).choice(rest, _SAMPLE, replace=False)
        names = there(opened.source, opened.bundle.columns)
        ordinary, unusual = (opened.source.take(np.sort(part), names) for part in (rest, top))
        schema = Schema(tuple(opened.schema[name] for name in names))
        opened.memo["layout"] = Layout.fit(ordinary, unusual, schema)
    kept: Layout = opened.memo["layout"]
    return kept


def outline(text: str) -> Floats:
    """(m, 2) corners from `x,y x,y x,y`.

    Raises:
        ParameterError: no such text, or fewer than three corners.
    """
    try:
        corners = np.array([[float(v) for v in pair.split(",")] for pair in text.split()], dtype=np.float64)
    except ValueError:
        corners = np.zeros((0, 2))
    if corners.ndim != 2 or corners.shape[1:] != (2,) or len(corners) < 3 or not np.isfinite(corners).all():
        raise ParameterError("tasks.outline", got=text[:80])
    return corners


def within(points: NDArray[np.float32], corners: Floats) -> NDArray[np.bool_]:
    """(n,) which points lie in a polygon, by the even-odd rule."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    x, y = points[near].astype(np.float64).T
    inside = np.zeros(len(near), dtype=bool)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 != y2:
            inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    found = np.zeros(len(points), dtype=bool)
    found[near] = inside
    return found
