"""Start: what can be done here, what was done last, and samples to try it on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from core.data.samples import Sample, samples

from ..actions import Action
from ..dates import dated
from ..settings import Recent
from ..state import AppState
from ..text import say, tr
from ..theme import px
from ..widgets import Button, Card, FileDialog, Glyph, Label, hbox, vbox
from ._start_parts import DropArea, Line, Picture
from .base import Page

__all__ = ["PAGE", "StartPage"]

_TASKS = (
    ("find", "detect", "start.open_table", "1"), ("review", "review", "start.open_project", "2"),
    ("copy", "synth", "start.choose_table", "3"),
)


class StartPage(Page):
    """Three tasks, recent files, samples, a place to drop a file."""

    key, title_key, icon, order, shortcut = "start", "start.title", "start", 1, "Ctrl+1"
    continue_wanted = Signal()

    def __init__(self, state: AppState) -> None:
        super().__init__(state)
        outer = vbox(self)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(tr("start.title"))
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer.addWidget(scroll)
        self._middle = QWidget()
        scroll.setWidget(self._middle)
        self._column = vbox(self._middle, margin=(96, 24, 96, 24), gap=16)
        words = vbox(gap=4)
        words.addWidget(Label(tr("start.headline"), "display", elide=True))
        words.addWidget(Label(tr("start.subline"), "lead", "text2", elide=True))
        self._column.addLayout(words)
        self.go_on: Button | None = None
        self._strip_place = vbox()
        self._column.addLayout(self._strip_place)
        self._column.addLayout(self._cards())
        self._column.addLayout(self._lists())
        self._column.addStretch(1)
        self._column.addWidget(DropArea())
        self.refresh()
        state.project_changed.connect(self.refresh)
        state.source_changed.connect(self.refresh)
        state.verdicts_changed.connect(self.refresh)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wide margins where there is room for them."""
        super().resizeEvent(event)
        side = px(96) if self.width() >= px(1100) else px(24)
        self._column.setContentsMargins(side, px(24), side, px(24))

    # --- parts ------------------------------------------------------------------------------------------------------

    def _cards(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(16))
        self.task_buttons: list[Button] = []
        handlers = (self.open_table, self.open_project, self.choose_for_copy)
        for i, ((key, icon, words, hint), handler) in enumerate(zip(_TASKS, handlers, strict=True)):
            card = Card(gap=8)
            card.body.addWidget(Picture(key))
            card.body.addSpacing(px(4))
            card.body.addWidget(Label(tr(f"start.task.{key}"), "section", elide=True))
            card.body.addWidget(Label(tr(f"start.task.{key}.note"), "body", "text2", wrap=True))
            card.body.addStretch(1)
            card.body.addSpacing(px(4))
            button = Button(tr(words), shortcut_hint=hint)
            button.clicked.connect(handler)
            button.setObjectName(icon)
            self.task_buttons.append(button)
            card.body.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(card, 0, i)
            grid.setColumnStretch(i, 1)
        return grid

    def _lists(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(24))
        grid.setVerticalSpacing(px(8))
        grid.setColumnStretch(0, 11)
        grid.setColumnStretch(1, 6)
        for i, key in enumerate(("recent", "samples")):
            head = hbox()
            head.addWidget(Label(tr(f"start.{key}"), "section"))
            head.addStretch(1)
            head.addWidget(Label(tr(f"start.{key}.note"), "secondary", "text3"))
            grid.addLayout(head, 0, i)
        self.recent_card = Card(margin=1, gap=0)
        self.sample_card = Card(margin=1, gap=0)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self.recent_card, 1, 0, top)
        grid.addWidget(self.sample_card, 1, 1, top)
        for i, sample in enumerate(samples()):
            line = Line(sample.icon, say(sample.title), say(sample.note), end="right", first=i == 0)
            line.clicked.connect(lambda _=False, sample=sample: self.open_sample(sample))
            self.sample_card.body.addWidget(line)
        return grid

    def refresh(self) -> None:
        """Show the recent files and the Continue strip anew."""
        self._fill_recent()
        self._fill_strip()

    def _fill_recent(self) -> None:
        _empty(self.recent_card.body)
        shown = self.state.settings.recent
        for i, entry in enumerate(shown[:5]):
            path = Path(entry.path)
            icon = {"project": "model", "images": "image"}.get(entry.kind, "file")
            line = Line(
                icon, path.name, _folder(path), facts=_facts(entry), when=_when(entry.opened), keys=f"Alt+{i + 1}",
                first=i == 0, pinned=entry.pinned, pin_name=tr("start.pin", name=path.name),
            )
            line.clicked.connect(lambda _=False, entry=entry: self.state.open_recent(entry))
            line.pin_pressed.connect(lambda path=entry.path: self._pin(path))
            self.recent_card.body.addWidget(line)
        if not shown:
            none = Label(tr("start.recent.none"), "body", "text2", wrap=True)
            none.setContentsMargins(px(16), px(16), px(16), px(16))
            self.recent_card.body.addWidget(none)

    def _fill_strip(self) -> None:
        _empty(self._strip_place)
        self.go_on = None
        last, state = Path(self.state.settings.last or "/nowhere"), self.state
        if state.project is None and not last.is_file():
            return
        card = Card(margin=(16, 12, 16, 12))
        card.set_edge("accent_line")
        row = hbox(gap=12)
        row.addWidget(Glyph("undo", 18, "accent_text"))
        words = vbox(gap=2)
        words.addWidget(Label(tr("start.continue.title"), "strong"))
        words.addWidget(Label(self._where(last), "body", "text2", elide=True))
        row.addLayout(words, 1)
        later = Button(tr("start.continue.later"), kind="quiet")
        later.clicked.connect(self._not_now)
        self.go_on = Button(tr("start.continue.go"), kind="primary", shortcut_hint="Enter")
        self.go_on.clicked.connect(self.continue_wanted)
        row.addWidget(later)
        row.addWidget(self.go_on)
        card.body.addLayout(row)
        self._strip_place.addWidget(card)

    def _where(self, last: Path) -> str:
        state = self.state
        if state.project is None or state.path is None:
            return tr("start.continue.closed", name=last.stem)
        page = tr(f"page.{state.page}")
        if state.session is not None:
            counts = state.session.counts
            return tr(
                "start.continue.review", name=state.path.stem, page=page, decided=counts.decided, total=counts.total)
        return tr("start.continue.open", name=state.path.stem, page=page)

    def _not_now(self) -> None:
        _empty(self._strip_place)
        self.go_on = None

    def _pin(self, path: str) -> None:
        self.state.settings.pin(path)
        self._fill_recent()

    # --- doing ------------------------------------------------------------------------------------------------------

    def open_table(self) -> None:
        """Choose a table."""
        path, _ = FileDialog.getOpenFileName(self, tr("start.open_table"), "", tr("gui.files.tables"))
        if path:
            self.state.open_any(path)

    def open_project(self) -> None:
        """Choose a project."""
        path, _ = FileDialog.getOpenFileName(self, tr("start.open_project"), "", tr("gui.files.projects"))
        if path:
            self.state.open_any(path)

    def choose_for_copy(self) -> None:
        """Choose a table to make a synthetic copy of."""
        path, _ = FileDialog.getOpenFileName(self, tr("start.choose_table"), "", tr("gui.files.tables"))
        if path:
            self.state.open_any(path)
            self.state.page_wanted.emit("synthesize")

    def open_sample(self, sample: Sample) -> None:
        """Open one of the samples."""
        self.state.open_file(sample.path)

    def actions(self) -> list[Action]:
        """The three cards by number."""
        handlers = (self.open_table, self.open_project, self.choose_for_copy)
        return [
            Action(f"start.{key}", words, handler, icon=icon, keys=(hint,), page="start")
            for (key, icon, words, hint), handler in zip(_TASKS, handlers, strict=True)
        ]

    def primary(self) -> Action | None:
        """Continue, when there is something to continue."""
        if self.go_on is None:
            return None
        return Action("start.continue", "start.continue.go", self.continue_wanted.emit, icon="undo", page="start")

    def shown(self) -> None:
        """The next step has the focus."""
        self.refresh()
        target = self.go_on or self.task_buttons[0]
        target.setFocus(Qt.FocusReason.TabFocusReason)


def _empty(layout: Any) -> None:
    while layout.count():
        if widget := layout.takeAt(0).widget():
            widget.hide()
            widget.deleteLater()


def _folder(path: Path) -> str:
    home = str(Path.home())
    folder = str(path.parent)
    return "~" + folder.removeprefix(home) if folder.startswith(home) and home != "/" else folder


def _facts(entry: Recent) -> str:
    parts = [tr("start.rows", rows=entry.rows)] if entry.rows else []
    if entry.note:
        key, values = entry.note
        parts.append(tr(key, **values))
    return " · ".join(parts)


def _when(iso: str, today: Callable[[], date] = date.today) -> str:
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return ""
    days = (today() - moment.date()).days
    if days == 0:
        return tr("start.today", clock=f"{moment:%H:%M}")
    return tr("start.yesterday") if days == 1 else dated(moment, "short")


PAGE = StartPage
