"""How well made anomalies of known kinds are found: by the ranking in use and by every other engine, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QStackedWidget, QWidget

from core.errors import ProjectError
from core.tasks.selftest import kept_at

from .. import requests
from ..state import AppState
from ..text import say, tr
from ..theme import px
from ..widgets import Badge, Banner, Button, Card, EmptyState, Label, divider, hbox, vbox
from ..widgets.found import FoundBars, FoundLine
from ..worker import Job
from ._parts import drop_all, scrolled
from .busy import BusyPanel

__all__ = ["ComparePanel", "ModelsCard", "SelfTestCard"]

_NARROW = 900
"""Width below which the engines stand under the kinds."""


class SelfTestCard(Card):
    """The kinds as bars of the ranking in use, and of the chosen kind a bar for each engine."""

    def __init__(self) -> None:
        super().__init__(gap=10)
        self.result: Mapping[str, Any] = {"kinds": [], "engines": []}
        self.sentence = Label("", "strong", wrap=True)
        self.what = Label("", "secondary", "text2", wrap=True)
        self.kinds = FoundBars(tr("gui_compare.kinds"), label_width=236, can_choose=True)
        self.kinds.chosen.connect(self._choose)
        self.engines = FoundBars(tr("gui_compare.engines"), label_width=270)
        self.kind = Label("", "strong", elide=True)
        self.body.addWidget(Label(tr("gui_compare.title"), "section"))
        self.body.addWidget(self.sentence)
        self.body.addWidget(self.what)
        self.sides = sides = hbox(gap=24)
        left, right = vbox(gap=6), vbox(gap=6)
        left.addWidget(Label(tr("gui_compare.in_use"), "strong", elide=True))
        left.addWidget(self.kinds)
        right.addWidget(self.kind)
        right.addWidget(self.engines)
        for side in (left, right):
            side.addStretch(1)
            sides.addLayout(side, 1)
        self.body.addLayout(sides)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.width() < px(_NARROW)
        self.sides.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)

    def show_result(self, result: Mapping[str, Any]) -> None:
        """Fill the card from the result of `selftest`."""
        self.result = result
        used = result["engines"][0]
        self.kinds.set([
            FoundLine(_first(tr(f"detect.kind.{kind}")), share, low, high, tr(f"gui_compare.kind.{kind}"), is_used=True)
            for kind, share, low, high in zip(
                result["kinds"], used["found"], used["low"], used["high"], strict=True)])
        order = sorted(range(len(result["kinds"])), key=lambda i: -used["found"][i])
        best, worst = (tr(f"detect.kind.{result['kinds'][i]}") for i in (order[0], order[-1]))
        self.sentence.setText(tr(
            "gui_compare.sentence", best=best, most=round(used["found"][order[0]], 2), worst=worst,
            least=round(used["found"][order[-1]], 2), first=result["made"]))
        self.what.setText(tr("gui_compare.what", made=result["made"], rows=result["rows"], learned=result["learned"]))
        self._choose(self.kinds.place)

    def _choose(self, place: int) -> None:
        """Show one kind by engine, the best first."""
        kind = self.result["kinds"][place]
        self.kind.setText(tr("gui_compare.by_engine", kind=tr(f"detect.kind.{kind}")))
        engines = sorted(self.result["engines"], key=lambda e: -e["found"][place])
        self.engines.set([
            FoundLine(_called(e), e["found"][place], e["low"][place], e["high"][place], is_used=e["key"] == "ranks")
            for e in engines])


class ModelsCard(Card):
    """Each engine beside the ranking in use: how alike they rank, what they find, how well they rank a known label."""

    def __init__(self) -> None:
        super().__init__(gap=8)
        self.body.addWidget(Label(tr("gui_compare.models"), "section"))
        self.text = Label("", "secondary", "text2", wrap=True)
        self.body.addWidget(self.text)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(px(20))
        self.grid.setVerticalSpacing(px(2))
        self.body.addLayout(self.grid)
        self.labels = Label("", "secondary", "text2", wrap=True)
        self.body.addWidget(self.labels)

    def show_result(self, result: Mapping[str, Any]) -> None:
        """Fill the card from the result of `selftest`."""
        drop_all(self.grid)
        labels = result["labels"]
        self.text.setText(tr("gui_compare.models_text", rows=result["learned"] + result["rows"]))
        heads = ["engine", "correlation", "overlap", "mean", *(["auroc", "precision"] if labels else [])]
        for column, key in enumerate(heads):
            head = Label(tr(f"gui_compare.head.{key}", top=result["top"]), "secondary_strong", "text2")
            head.setAlignment(_side(column))
            self.grid.addWidget(head, 0, column)
        self.grid.setColumnStretch(0, 1)
        for row, engine in enumerate(result["engines"]):
            self.grid.addWidget(divider(), 2 * row + 1, 0, 1, len(heads))
            self._add(2 * row + 2, engine, (labels or {}).get("engines", {}).get(engine["key"]))
        self.labels.setVisible(bool(labels))
        if labels:
            self.labels.setText(tr("gui_compare.labels", **{k: labels[k] for k in ("column", "rows", "anomalies")}))

    def _add(self, row: int, engine: Mapping[str, Any], judged: Mapping[str, float] | None) -> None:
        is_used = engine["key"] == "ranks"
        role = "strong" if is_used else "body"
        name = hbox(gap=8)
        name.addWidget(Label(_called(engine), role, elide=True))
        if is_used or engine["seated"]:
            name.addWidget(Badge(tr("gui_compare.used" if is_used else "gui_compare.seated"),
                                 "accent" if is_used else "plain"))
        name.addStretch(1)
        self.grid.addLayout(name, row, 0)
        figures = [_number(engine["correlation"]), tr("gui_compare.share", share=round(engine["overlap"], 2)),
                   tr("gui_compare.share", share=round(sum(engine["found"]) / len(engine["found"]), 2))]
        if judged is not None:
            figures += [_number(judged[key]) for key in ("auroc", "average_precision")]
        for column, text in enumerate(figures, 1):
            label = Label(text, role)
            label.setMinimumHeight(px(26))
            label.setAlignment(_side(column))
            self.grid.addWidget(label, row, column)


class ComparePanel(QWidget):
    """The comparison of a fit's engines: made when first asked for, kept with the fit.

    Args:
        state: whose fit is compared.

    Signals:
        left: the user goes back to the rows.
    """

    left = Signal()

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.result: Mapping[str, Any] | None = None
        self.setAccessibleName(tr("gui_compare.title"))
        column = vbox(self, gap=12)
        self.busy = BusyPanel()
        self.start = Button(tr("gui_compare.start"), "play", "primary")
        self.start.clicked.connect(lambda _=False: self._start())
        self.asking = EmptyState("detect", tr("gui_compare.title"), tr("gui_compare.none"), primary=self.start)
        self.stack = QStackedWidget()
        self.shown = scrolled(self._cards(), tr("gui_compare.title"))
        for part in (self.asking, self.busy, self.shown):
            self.stack.addWidget(part)
        column.addWidget(self.stack, 1)
        state.job_changed.connect(self._job_changed)

    def _cards(self) -> QWidget:
        inner = QWidget()
        column = vbox(inner, gap=12)
        self.note = Banner("", "", "info")
        self.found, self.models = SelfTestCard(), ModelsCard()
        for part in (self.note, self.found, self.models):
            column.addWidget(part)
        column.addStretch(1)
        return inner

    def open(self) -> None:
        """Show what is known of the fit, and make it where nothing is."""
        result = self._kept()
        if result is not None:
            self._show(result)
        elif self._job() is None:
            self._start()
        self._refresh()
        (self.busy.stop if result is None else self.found.kinds).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _fit(self) -> str:
        return str((self.state.fit or {}).get("id", ""))

    def _kept(self) -> Mapping[str, Any] | None:
        """What the project keeps of an earlier comparison of this fit."""
        if self.result is not None and self.result["fit"] == self._fit():
            return self.result
        try:
            kept = self.state.project.blob(*kept_at(self._fit())) if self.state.project else None
        except ProjectError:
            return None
        return json.loads(kept) if kept else None

    def _job(self) -> Job | None:
        wanted = self._fit()
        return next((j for j in self.state.worker.running
                     if j.request.task == "selftest" and getattr(j.request, "fit", "") == wanted), None)

    def _start(self) -> None:
        request = requests.make("selftest", project=str(self.state.path), fit=self._fit())
        self.state.worker.submit(
            request, tr("jobs.title.selftest"), on_done=self._show, on_failed=self.state.failed.emit, icon="detect")
        self._refresh()

    def _job_changed(self, job: Job) -> None:
        if job.request.task == "selftest":
            self._refresh()

    def _refresh(self) -> None:
        job = self._job()
        if job is not None:
            self.busy.show_job(job)
            self.stack.setCurrentWidget(self.busy)
            return
        is_known = self.result is not None and self.result["fit"] == self._fit()
        self.stack.setCurrentWidget(self.shown if is_known else self.asking)

    def _show(self, result: Mapping[str, Any]) -> None:
        if result["fit"] != self._fit():
            return
        self.result = result
        reference = "clean" if result["reference"] == "clean" else "mixed"
        self.note.set(tr("gui_compare.real"), tr(f"gui_compare.{reference}"))
        self.found.show_result(result)
        QTimer.singleShot(0, self.models, lambda: self.models.show_result(result))  # a turn of the loop for each card
        self._refresh()


def _called(engine: Mapping[str, Any]) -> str:
    """An engine by its name; the two readings by what they read."""
    name = _first(say(engine["title"]))
    return tr("gui_compare.reading", name=say(engine["title"])) if engine["key"] in ("value", "combination") else name


def _first(text: str) -> str:
    """A name at the beginning of a line."""
    return text[:1].upper() + text[1:]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _side(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft)
