"""Which rows of a run a request is about, and in which order: the part that lists and files of ranked rows share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.conditions import Either
from ..run import Run
from ._broken import broken_rows
from ._checks import count, one_of
from ._map import outline, places, within
from ._runs import OpenRun
from .base import Request, option

__all__ = ["RankingRequest"]


@dataclass(frozen=True)
class RankingRequest(Request):
    """Rows of a score run: all, or those that satisfy what is asked of them."""

    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    where: str = option("--where", default="", help="Keep rows that satisfy this condition.")
    inside: str = option("--inside", default="", help="Keep rows inside this outline on the map: x,y x,y x,y.")
    broken: str = option(
        "--broken", default="", help="Keep rows that break the rule of this name (as `rules` prints it), or any.")
    sort: str = option("--sort", default="score", help="Order by score, value, combination or context.")
    flagged: int = option("--flagged", default=0, help="Keep so many rows of the highest score; 0 keeps all.")

    def ranking(self, opened: OpenRun, run: Run) -> NDArray[np.int64]:
        """(k,) rows, most unusual first.

        Raises:
            ParameterError, SchemaError: an outline, an order, a condition or a rule that cannot be.
        """
        from ..detect.scores import SORTS

        kept = count("flagged", self.flagged)
        one_of("sort", self.sort, *SORTS)
        order = _satisfying(opened, Either.parse(self.where), kept)
        if self.inside:
            corners = outline(self.inside)
            order = order[within(places(opened, run)[order], corners)]
        if self.broken:
            order = order[broken_rows(opened, self.broken, run)[order]]
        if self.sort not in opened.readings:
            return order
        return order[np.argsort(-opened.readings[self.sort][0][order], kind="stable")]


def _satisfying(opened: OpenRun, condition: Either, kept: int) -> NDArray[np.int64]:
    """Rows that satisfy the condition, most unusual first; `kept` of all rows, where it is no zero."""
    if not condition:
        return opened.order[:kept] if kept else opened.order
    from ..data.view import order

    found = order(opened.source, condition)
    found = found[np.argsort(opened.scores.rank[found], kind="stable")]
    return found[opened.scores.rank[found] <= kept] if kept else found
