"""The results of the Detect page: banner, threshold, ranked rows. The page decides when they are shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from core.errors import FitError, LikenessError
from core.review.estimates import Standing

from .. import requests
from ..items.grid import GridCard, GridView
from ..items.header import GridHeader
from ..items.pages_model import Page as Rows
from ..items.ranked import READINGS, RankedModel
from ..panels.doubt import DoubtLine
from ..panels.row import RowPanel
from ..panels.threshold import ThresholdCard
from ..state import AppState
from ..text import say, tr
from ..theme import px
from ..widgets import Banner, Label, Segmented, vbox
from ..widgets.filters import FilterBar
from ._broken import BROKEN, BrokenRules
from ._columns import Columns
from ._groups import GroupsView
from ._map import INSIDE, MapView
from ._timeline import TimelineView, has_time
from ._views import Views

__all__ = ["ResultsView"]

_LOW = 600
"""Height below which the rows would have no room under all lines and the threshold."""


class ResultsView(QWidget):
    """A score run on show.

    Args:
        state: where the run comes from.
        panel: the inspector that follows the selection.

    Attributes:
        views: the cards under the threshold; this one's is "rows".

    Signals:
        selected: another row, or none, is the current one. explained: the item of a row, with all that is known of it.
        again: the user wants to learn and score anew.
    """

    selected = Signal()
    explained = Signal(dict)
    again = Signal()

    def __init__(self, state: AppState, panel: RowPanel) -> None:
        super().__init__()
        self.state, self.panel = state, panel
        self.run_id, self._row, self.sort = "", 0, "score"
        self.scale = (0.0, 1.0)
        self._why = False
        self._explain = QTimer(self, singleShot=True, interval=60)
        self._explain.timeout.connect(self._ask_why)
        self._build()

    def _build(self) -> None:
        column = vbox(self, gap=12)
        self.banner = Banner("", "", link=tr("gui_detect.why_link"), on_link=self._toggle_why)
        self.stale = Banner(tr("gui_detect.stale"), tr("gui_detect.stale_text"), "warn",
                            link=tr("gui_detect.score_again"), on_link=self.again.emit)
        self.problem = Banner("", "", "warn", link=tr("gui_detect.find_again"), on_link=self.again.emit)
        self.doubt = DoubtLine()
        self.doubt.wished.connect(self.state.draw_blind)
        self.doubt.back.connect(lambda: self.state.page_wanted.emit("review"))
        self.state.verdicts_changed.connect(self.show_doubt)
        self.cut = ThresholdCard()
        self.cut.wished.connect(self.state.set_threshold)
        self.cut.again.connect(self.again)
        self.cut.grown.connect(self._fit_cut)
        for part in (self.stale, self.banner, self.doubt, self.problem):
            column.addWidget(part)
        column.addWidget(self.cut, 37)
        self.views = Views(("rows", "groups", "map", "timeline"))
        card = self._ranked()
        self.groups = GroupsView(self.state, self)
        self.views.add("rows", card, card.bar, self)
        self.views.add("groups", self.groups, self.groups.bar, self.groups)
        self.views.add_later("map", lambda: (self.map, self.map.bar, self.map))
        self.views.add_later("timeline", lambda: (self.timeline, self.timeline.bar, self.timeline))
        self.views.changed.connect(self._view_changed)
        column.addWidget(self.views, 63)
        self.problem.hide()

    def _ranked(self) -> GridCard:
        self.model = RankedModel(self._fetch)
        self.model.answered.connect(self._answered)
        self.model.refused.connect(self._refused)
        self.model.loaded.connect(self._arrived)
        self.grid = GridView(self.model, GridHeader, name=tr("gui_detect.grid"))
        self.grid.stretch, self.grid.least = "reason", 340
        self.grid.moved.connect(lambda row, _: self._chosen(row))
        self.grid.opened.connect(lambda _: self.to_panel())
        hints = [(["J", "K"], tr("gui_detect.hint.move")), (["[", "]"], tr("gui_detect.hint.step")),
                 (["S"], tr("gui_detect.hint.sort")), (["A"], tr("gui_detect.hint.add"))]
        for pressed in (self.grid.head.chosen, self.grid.head.sort_wished):
            pressed.connect(lambda section: self.sort_by(self.model.columns[section].name.rstrip(":")))
        self.card = GridCard(self.grid, hints=hints)
        self.title, self.count = Label(tr("gui_detect.flagged"), "section"), Label("", "body", "text2")
        self.which = Segmented(
            [("flagged", tr("gui_detect.only_flagged")), ("all", tr("gui_detect.all_rows"))],
            name=tr("gui_detect.which"), small=True)
        self.which.chosen.connect(self._which_chosen)
        self.filters = FilterBar(with_find=False)
        self.filters.changed.connect(self._asked)
        self.columns = Columns(self.state, self.model, self.model.restart)
        self.broken = BrokenRules(self.state, self.filters)
        self.card.show_top(
            self.title, self.count, self.filters, self.which, self.broken.button, self.columns.button)
        self.card.bar.setStretch(2, 1)
        return self.card

    @cached_property
    def map(self) -> MapView:
        """The map; made when it is first looked at."""
        return MapView(self.state, self)

    @cached_property
    def timeline(self) -> TimelineView:
        """The timeline; made when it is first looked at."""
        return TimelineView(self.state, self)

    def _view_changed(self, key: str) -> None:
        """What is asked of the rows holds for both cards of rows, and stands on the one on show."""
        card = self.card if key == "rows" else self._picture()
        if card is not None:
            card.bar.insertWidget(2, self.filters, 1)
        if key == "timeline":
            self._explain.start()  # the rows of the same entity come with the reasons
        self._show_picture()
        self.selected.emit()

    def _show_picture(self) -> None:
        """Ask for the picture of the card on show."""
        self.views.enable("timeline", "" if has_time(self.state) else tr("gui_detect.time.why_none"))
        picture = self.groups if self.views.key() == "groups" else self._picture()
        if picture is not None:
            picture.shown()

    def _picture(self) -> MapView | TimelineView | None:
        """The card on show, where it is a picture of all rows."""
        key = self.views.key()
        return self.map if key == "map" else self.timeline if key == "timeline" else None

    # a run

    def show_run(self) -> None:
        """Read the state's run; the same run keeps its place."""
        run, scores = self.state.run, self.state.scores
        if run is None or scores is None:
            self.run_id = ""
            self.model.clear()
            self.panel.clear()
            return
        self.say_banner()
        self.show_doubt()
        if run["id"] == self.run_id:
            return
        self.run_id = run["id"]
        self.panel.rows = len(scores)
        self.cut.set_scores(scores, self.unit(), self.state.p_values, self.state.results.basis())
        self.scale = self.cut.plot.axis.low, self.cut.plot.axis.high
        kept = self.state.position("detect")
        self._row = int(kept.get("row", 0)) if kept.get("run") == self.run_id else 0
        self.sort = str(kept.get("sort", "score")) if kept.get("run") == self.run_id else "score"
        self._mark()
        self.filters.offer(self.state.schema, self._top())
        self.filters.set("", str(kept.get("where", "")) if kept.get("run") == self.run_id else "")
        outline = str(kept.get(INSIDE, "")) if kept.get("run") == self.run_id else ""
        if outline:
            self.filters.hold(INSIDE, outline, tr("gui_detect.in_lasso_asking"), quietly=True)
        else:
            self.filters.release(INSIDE)
        self.broken.load()
        self._show_picture()
        self.columns.load()
        self.show_threshold()
        self.model.expect(len(scores))
        self._limit()
        self.model.restart()

    def _fit_cut(self) -> None:
        """A good third of the height is the threshold's, in a low window no more than its words need."""
        least = max(self.cut.least_height(), px(196))
        self.cut.setMinimumHeight(least)
        self.cut.setMaximumHeight(least if self.height() < px(_LOW) else max(least, px(262)))

    def _top(self) -> dict[str, list[str]]:
        columns = (self.state.profile or {}).get("columns", [])
        return {c["name"]: [str(t) for t, _ in c.get("top") or []] for c in columns}

    def unit(self, *, short: bool = False) -> str:
        """What scores are measured in, in words."""
        unit = str((self.state.run or {}).get("unit") or "nats")
        known = {name: f"gui_detect.unit.{name}" for name in ("nats", "distance", "surprise")}
        if short and unit == "distance":
            return tr("gui_detect.unit.distance_short")
        return tr(known[unit]) if unit in known else unit

    def say_banner(self) -> None:
        """What the run rests on: the reference rows, the label if there is one, what differs in a new file."""
        run, fit = self.state.run or {}, self.state.fit or {}
        is_clean = fit.get("reference") == "clean"
        strong = tr("gui_detect.reference_clean" if is_clean else "gui_detect.reference_mixed")
        parts = [say(n) for n in run.get("notes") or []][:3]
        if run.get("auroc") is not None:
            parts.append(tr("gui_detect.auroc", auroc=run["auroc"], precision=run.get("average_precision") or 0.0))
        if self._why and fit.get("why"):
            parts.append(str(fit["why"]))
        self.banner.set(strong, " ".join(parts))
        if self.banner.link is not None:
            self.banner.link.setVisible(bool(fit.get("why")))
            self.banner.link.setText(tr("gui_detect.less" if self._why else "gui_detect.why_link"))
        source = (self.state.source or {}).get("source")
        is_next = fit.get("source") != source and run.get("source") == source  # differs by nature, and was told before
        self.stale.setVisible(self.state.is_stale and not is_next)
        self._fit_lines()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_lines()
        self._fit_cut()

    def _fit_lines(self) -> None:
        """A low window has room for one line over the threshold: news of the file, else what verdicts say."""
        is_low, has_news = self.height() < px(_LOW), bool((self.state.run or {}).get("notes"))
        self.banner.setVisible(has_news or not is_low)
        self.doubt.setVisible(not (has_news and is_low))

    def show_doubt(self) -> None:
        """What the verdicts say of the top, or which would."""
        session = self.state.session
        self.doubt.show_standing(session.standing if session else Standing(), can_write=not self.state.read_only)

    def _toggle_why(self) -> None:
        self._why = not self._why
        self.say_banner()

    def show_threshold(self) -> None:
        """Read the state's threshold."""
        threshold = self.state.threshold
        if threshold is None or self.state.run is None:
            return
        p_values, p_below = self.state.p_values, None
        if p_values is not None and threshold.count:
            p_below = float(np.nanmax(p_values[threshold.flagged]))
        self.cut.show_threshold(threshold, p_below)
        self._fit_cut()
        self.model.set_scale(*self.scale, threshold.count)
        self._limit()
        if self.sort != "score":
            self.model.restart()  # which rows are flagged has changed, and with it which lead by another reading
        self.selected.emit()

    # the rows

    def sort_by(self, name: str) -> None:
        """Order the rows by the score or by one of the readings beside it."""
        if name in ("score", *self.model.readings) and name != self.sort:
            self.sort, self._row = name, 0
            self._mark()
            self._limit()
            self.model.restart()

    def next_sort(self) -> None:
        """The next of the orders there are."""
        orders = ["score", *(n for n in READINGS if n in self.model.readings)]
        self.sort_by(orders[(orders.index(self.sort) + 1) % len(orders)])

    def _mark(self) -> None:
        self.grid.head.set_marks(("score" if self.sort == "score" else f"{self.sort}:", True), None)

    def _which_chosen(self, _key: str) -> None:
        self._limit()
        if self.sort != "score":
            self.model.restart()
        self.selected.emit()

    def _is_only_flagged(self) -> bool:
        return self.which.value() == "flagged" and self.filters.is_empty

    def _limit(self) -> None:
        """Above the threshold, or all. With a filter the matching rows are shown, flagged or not."""
        count = self.state.threshold.count if self.state.threshold else 0
        only = self._is_only_flagged()
        self.which.setVisible(self.filters.is_empty)  # a filter shows all that match, and needs the room
        self.model.set_limit(count if only else None)
        self.title.setText(tr(self._title_key(only=only)))
        self.count.setText(f"{self.model.rowCount():,}")
        self.grid.nothing = tr("gui_detect.none_flagged" if only else "gui_detect.none_match")
        self.card.say_place()
        if not self.model.rowCount():
            self.panel.clear()
        elif not self.grid.currentIndex().isValid() and self.model.held(0) is not None:
            self.grid.select(0)

    def _title_key(self, *, only: bool) -> str:
        if only:
            return "gui_detect.flagged"
        if self.sort != "score":
            return "gui_detect.all_ordered" if self.filters.is_empty else "gui_detect.matching_ordered"
        return "gui_detect.ranked" if self.filters.is_empty else "gui_detect.matching"

    def _fetch(
        self, start: int, count: int, on_done: Callable[[Rows], None], on_failed: Callable[[LikenessError], None],
    ) -> None:
        request = requests.make(
            "ranked", project=str(self.state.path), run=self.run_id, columns=self.columns.asked(), start=start,
            count=count, **self.asked())

        def arrived(answer: dict[str, Any]) -> None:
            self.model.show(answer["columns"], self.state.schema, answer["readings"])
            on_done(Rows(answer["total"], answer["items"]))

        self.state.worker.ask(request, "ranked", arrived, on_failed)

    def asked(self) -> dict[str, Any]:
        """Which rows are on show and in which order, as requests say it."""
        return {"where": self.filters.where(), INSIDE: self.filters.held(INSIDE), BROKEN: self.filters.held(BROKEN),
                **self._order()}

    def _order(self) -> dict[str, Any]:
        """How the rows are ordered; by another reading than the score, the flagged ones among themselves."""
        if self.sort == "score":
            return {}
        count = self.state.threshold.count if self.state.threshold else 0
        return {"sort": self.sort, "flagged": count if self._is_only_flagged() else 0}

    def _asked(self) -> None:
        self._row = 0
        self.problem.hide()
        self.model.restart()

    def _answered(self, total: int) -> None:
        row = self._row
        if outline := self.filters.held(INSIDE):
            self.filters.hold(INSIDE, outline, tr("gui_detect.in_lasso", count=total), quietly=True)
        self.grid.fit_columns()
        self._limit()
        self.grid.select(min(row, max(self.model.rowCount() - 1, 0)))
        self.selected.emit()

    def _refused(self, error: LikenessError) -> None:
        self.problem.set(say(error.messages[0]), say(error.messages[2]))
        if self.problem.link is not None:
            self.problem.link.setVisible(isinstance(error, FitError))
        self.problem.show()
        if self.model.held(0) is None:  # nothing is under way any more
            self.model.clear()

    def _chosen(self, row: int) -> None:
        item = self.model.held(row)
        if item is not None:
            self._row = row
            typical = (self.state.run or {}).get("typical")
            self.panel.show_item(item, self.scale, typical, self.unit(short=True))
            self._explain.start()
        outline = self.filters.held(INSIDE)
        self.state.remember(
            "detect", run=self.run_id, row=self._row, where=self.filters.where(), **({INSIDE: outline} if outline else
            {}), **({} if self.sort == "score" else {"sort": self.sort, "flagged": self._order()["flagged"]}))
        self.selected.emit()

    def current(self) -> dict[str, Any] | None:
        """The item of the current row, when it is here."""
        row = self.grid.currentIndex().row()
        return self.model.held(row) if row >= 0 else None

    def inspector(self) -> QWidget | None:
        """About the current row."""
        return self.panel if self.panel.item is not None else None

    def chosen(self) -> list[dict[str, Any]]:
        """The current row."""
        item = self.current()
        return [] if item is None else [item]

    def focus(self) -> None:
        """To the rows."""
        self.grid.setFocus()

    def _ask_why(self) -> None:
        item = self.current()
        if item is None or self.state.run is None:
            return
        request = requests.make("explain", project=str(self.state.path), run=self.run_id, rows=(str(item["row"]),))

        def told(answer: dict[str, Any]) -> None:
            self.panel.show_details(answer["items"][0])
            self.explained.emit(answer["items"][0])

        self.state.worker.ask(request, "explain", told, self._refused)

    def go_to_rank(self, rank: int) -> None:
        """Select the row of a rank; all rows are shown where it is not among those on show."""
        row = self.model.row_of(rank)
        if row >= 0:
            self.grid.select(row)
            return
        if rank > self.model.rowCount() or not self.filters.is_empty:
            self.which.set_value("all" if rank > self._flagged() else self.which.value())
        is_asked_anew = self.sort != "score" or not self.filters.is_empty
        self.sort = "score"
        self._mark()
        if not self.filters.is_empty:
            self.filters.clear()
        elif is_asked_anew:
            self.model.restart()
        self._limit()
        self._row = rank - 1
        if not is_asked_anew:
            self.grid.select(rank - 1)

    def _flagged(self) -> int:
        return self.state.threshold.count if self.state.threshold else 0

    def _arrived(self, first: int, last: int) -> None:
        """The page of the current row was under way when the row was chosen, and is here now."""
        row, item = self.grid.currentIndex().row(), self.current()
        if first <= row <= last and item is not None and self.panel.item != item:
            self._chosen(row)

    def to_panel(self) -> None:
        """The focus into the panel of the row."""
        self.panel.review.setFocus() if self.panel.review.isEnabled() else self.panel.close_button.setFocus()
