"""The map of a run: asks for it when it is first looked at, and keeps it and the ranked rows at the same row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from .. import requests
from ..panels.map import MapCard, axis_words
from ..state import AppState
from ..text import say, tr

if TYPE_CHECKING:
    from ._results import ResultsView

__all__ = ["INSIDE", "MapView"]

INSIDE = "inside"
"""What the filter bar calls an outline on the map."""

_MARKS = 2000
"""Rows that have a mark of their own, most unusual first."""

Corners = list[tuple[float, float]]


class MapView(MapCard):
    """A view of the Detect page.

    Args:
        state: where questions go.
        results: the ranked rows, their filters and the panel about the current one.
    """

    def __init__(self, state: AppState, results: ResultsView) -> None:
        super().__init__(results.model, results.grid.selectionModel(), results.to_panel)
        self.state, self.results = state, results
        self.run_id = ""
        self.map.picked.connect(results.go_to_rank)
        self.map.stepped.connect(results.grid.step)
        self.map.opened.connect(results.to_panel)
        self.map.drawn.connect(self._drawn)
        self.map.left.connect(lambda: results.filters.drop(INSIDE))
        self.form.wanted.connect(self._area)
        results.selected.connect(self._follow)
        results.filters.changed.connect(self._show_outline)

    # the contract of a view

    def inspector(self) -> QWidget | None:
        """About the row that has the ring."""
        return self.results.inspector()

    def chosen(self) -> list[dict[str, Any]]:
        """The row that has the ring."""
        return self.results.chosen()

    def focus(self) -> None:
        """To the picture."""
        self.map.setFocus()

    def shown(self) -> None:
        """The card came up: ask for the map of the run on show, once."""
        if self.run_id == self.results.run_id:
            return
        self.run_id = self.results.run_id
        self.map.clear()
        self.count.setText(tr("gui_detect.map.placing"))
        request = requests.make("map", project=str(self.state.path), run=self.run_id, count=_MARKS)
        self.state.worker.ask(request, "map", self._arrived, self._refused)

    # what is shown

    def _arrived(self, answer: dict[str, Any]) -> None:
        if answer["run"] != self.results.run_id:
            self.run_id = ""
            return
        across, up = answer["axes"]
        self.map.show_map(answer, (axis_words("across", across), axis_words("up", up)))
        self._show_outline()
        self._follow()

    def _refused(self, error: Any) -> None:
        self.run_id = ""
        self.count.setText(say(error.messages[0]))

    def _follow(self) -> None:
        """The row on show, the threshold, or the rows are others."""
        if not self.map.counts.size:
            return
        threshold, item = self.state.threshold, self.results.current()
        self.map.set_flagged(threshold.count if threshold else 0)
        self.count.setText(tr("gui_detect.map.count", rows=int(self.map.counts.sum()), flagged=self.map.flagged))
        if item is None:
            self.map.set_here(0, None)
        elif item["rank"] <= len(self.map.points):
            point = self.map.points[item["rank"] - 1]
            self._ring(item["rank"], point)
        elif self.isVisible():
            self._ask_place(item)
        self._describe()

    def _ask_place(self, item: dict[str, Any]) -> None:
        """Where a row lies that has no mark of its own."""
        request = requests.make(
            "map", project=str(self.state.path), run=self.run_id, bins=0, count=0, rows=(str(item["row"]),))
        self.state.worker.ask(request, "place", lambda answer: self._ring(item["rank"], answer["also"][0]))

    def _ring(self, rank: int, point: dict[str, Any]) -> None:
        self.map.set_here(rank, (point["x"], point["y"]))

    def _describe(self) -> None:
        item = self.results.current()
        parts = [self.count.whole(), *self.map.words]
        if item is not None:
            title = say(item["title"])
            parts.append(tr("gui_detect.map.point", rank=item["rank"], title=title, score=item["score"]))
        self.map.setAccessibleDescription(". ".join(p for p in parts if p))

    # the outline

    def _drawn(self, corners: Corners) -> None:
        text = " ".join(f"{x:.4g},{y:.4g}" for x, y in corners)
        self.results.filters.hold(INSIDE, text, tr("gui_detect.in_lasso_asking"))

    def _area(self, left: float, right: float, bottom: float, top: float) -> None:
        low, high = self.map.low, self.map.high
        (x0, y0), (x1, y1) = (low + (high - low) * (left, bottom)), (low + (high - low) * (right, top))
        self._drawn([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])

    def _show_outline(self) -> None:
        text = self.results.filters.held(INSIDE)
        self.map.set_outline([(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())])
