"""The timeline of a run: rows over time beside the flagged ones; a span filters the ranked rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from core.data.conditions import Test
from core.data.schema import Kind, Role

from .. import requests
from ..items.columns import clock
from ..panels.beside import PictureCard
from ..state import AppState
from ..text import say, tr
from ..widgets.days import DayBars

if TYPE_CHECKING:
    from ._results import ResultsView

__all__ = ["TimelineView", "has_time"]

_PARTS = {"hour": 4, "day": 3, "week": 3, "month": 2, "year": 1}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000


def has_time(state: AppState) -> bool:
    """Whether a column says when a row happened."""
    return any(c.role is Role.TIME and c.kind is Kind.DATETIME for c in state.schema)


class TimelineView(PictureCard):
    """A view of the Detect page.

    Args:
        state: where questions go.
        results: the ranked rows, their filters and the panel about the current one.
    """

    def __init__(self, state: AppState, results: ResultsView) -> None:
        self.bars = DayBars(tr("gui_detect.time.name"), lambda t: clock(t, parts=self._tick), self._bar_text)
        hints = [(["←", "→"], tr("gui_detect.time.hint_move")), (["Shift"], tr("gui_detect.time.hint_span")),
                 (["Enter"], tr("gui_detect.time.hint_keep"))]
        super().__init__(
            tr("gui_detect.view.timeline"), tr("gui_detect.time.legend"), self.bars, results.model,
            results.grid.selectionModel(), results.to_panel, hints)
        self.state, self.results = state, results
        self.column, self.unit, self._tick, self._asked = "", "day", 3, ("", 0)
        self.bars.spanned.connect(self._keep)
        self.bars.left.connect(self._leave)
        results.selected.connect(self._follow)
        results.explained.connect(self._show_entity)
        results.filters.changed.connect(self._show_span)

    # the contract of a view

    def inspector(self) -> QWidget | None:
        """About the current row."""
        return self.results.inspector()

    def chosen(self) -> list[dict[str, Any]]:
        """The current row."""
        return self.results.chosen()

    def focus(self) -> None:
        """To the picture."""
        self.bars.setFocus()

    def shown(self) -> None:
        """The card came up, or the threshold is another: ask for what the run on show has not told yet."""
        threshold = self.state.threshold
        wanted = self.results.run_id, threshold.count if threshold else 0
        if wanted == self._asked:
            return
        self._asked = wanted
        request = requests.make("timeline", project=str(self.state.path), run=wanted[0], flagged=wanted[1])
        self.state.worker.ask(request, "timeline", self._arrived, lambda e: self.count.setText(say(e.messages[0])))

    # what is shown

    def _arrived(self, answer: dict[str, Any]) -> None:
        if answer["run"] != self.results.run_id:
            self._asked = ("", 0)
            return
        self.column, self.unit = str(answer["column"] or ""), str(answer["unit"])
        edges = answer["edges"]
        span = (edges[-1] - edges[0]) / _DAY if edges else 0
        self._tick = 4 if span <= 4 else 3 if span <= 900 else 2 if span <= 9_000 else 1
        self.bars.show_bars(edges, answer["counts"], answer["flagged"])
        words = tr(f"gui_detect.time.per_{self.unit}", column=self.column) if edges else tr(
            "gui_detect.time.none" if self.column else "gui_detect.time.not_learned")
        missing = tr("gui_detect.time.missing", count=answer["missing"]) if answer["missing"] else ""
        self.count.setText(f"{words}{missing}")
        self._show_span()

    def _follow(self) -> None:
        """Another row is on show, or another threshold holds."""
        if self.isVisible():
            self.shown()
        item = self.results.current()
        if item is None or item["row"] != self.bars.row:
            self._show_entity({})

    def _show_entity(self, item: dict[str, Any]) -> None:
        """The rows of the same card, customer or other entity, once the answer about the row is here."""
        entity = item.get("entity") or {}
        self.bars.show_events(entity.get("events", ()), int(item.get("row", -1)))
        self.legend.setText(tr("gui_detect.time.legend") if not entity else tr(
            "gui_detect.time.legend_entity", column=entity["column"], value=entity["value"], total=entity["total"]))

    def _bar_text(self, bar: int) -> str:
        return clock(self.bars.edges[bar], parts=_PARTS[self.unit])

    # the span

    def _keep(self, first: int, last: int) -> None:
        low, high = (self._text(self.bars.edges[edge]) for edge in (first, last + 1))
        self.results.filters.swap(self.column, [Test(self.column, ">=", (low,)), Test(self.column, "<", (high,))])

    def _leave(self) -> None:
        self.results.filters.swap(self.column, [])

    @staticmethod
    def _text(edge: float) -> str:
        moment = _EPOCH + timedelta(microseconds=edge)
        return f"{moment:%Y-%m-%d}" if not edge % _DAY else f"{moment:%Y-%m-%d %H:%M}"

    def _show_span(self) -> None:
        """What the filters say of the column, as bars; a condition that is no span shows none."""
        said = {t.op: str(t.values[0]) for t in self.results.filters.condition.tests if t.column == self.column}
        edges = [self._text(edge) for edge in self.bars.edges]
        if set(said) == {">=", "<"} and said[">="] in edges and said["<"] in edges:
            self.bars.set_kept((edges.index(said[">="]), edges.index(said["<"]) - 1))
        else:
            self.bars.set_kept(None)
