"""Synthesize: draw rows that behave like the real ones, compare both on the same axes, read the report, export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QScrollArea, QStackedLayout, QWidget

from .. import requests
from ..actions import Action
from ..panels.attacks import AttackCard
from ..panels.copies import FaithfulCard, SideCard
from ..panels.differs import DiffersCard
from ..panels.drawing import CopyPanel
from ..panels.radar import RadarPanel
from ..pictures import ask_picture
from ..state import AppState
from ..text import tr
from ..widgets import Badge, Button, Card, EmptyState, Glyph, Label, hbox, vbox
from ._release import ReleaseSide, Releasing
from .base import Page

__all__ = ["PAGE", "SynthesizePage"]

_SHOWN = 3
"""Columns compared at first."""
_FORMATS = (
    "CSV (*.csv);;Parquet (*.parquet);;Excel (*.xlsx);;Feather (*.feather);;SQLite (*.sqlite);;JSON Lines (*.jsonl)")


class SynthesizePage(Page):
    """Settings at the right; real and synthetic side by side; what the metrics say below."""

    key = "synthesize"
    title_key = "gui_synth.title"
    icon = "synth"
    order = 60
    shortcut = "Ctrl+6"

    def __init__(self, state: AppState) -> None:
        super().__init__(state)
        self._compared: dict[str, Any] | None = None
        self._shown: list[str] = list(state.position("synthesize").get("columns", []))
        self._panel: CopyPanel | None = None
        self._side: ReleaseSide | None = None
        self.releasing = Releasing(state, self._settings, self)
        self._made_for = self._for_now()
        column = self.column()
        row, _, self.subtitle = self.header(tr("gui_synth.title"), tr("gui_synth.subtitle"))
        self.choose = Button(tr("gui_synth.columns"), "filter", menu=True)
        self.choose.clicked.connect(self._choose)
        self.again = Button(tr("gui_synth.again"), "dice")
        self.again.clicked.connect(self._again)
        self.badge = Badge(tr("gui_synth.draft_badge"), "warn")
        self.exposed = Button(tr("gui_radar.show"), "shield")
        self.exposed.clicked.connect(self._radar)
        for widget in (self.badge, self.exposed, self.choose, self.again):
            row.addWidget(widget)
        column.addLayout(row)
        self.stack = QStackedLayout()
        column.addLayout(self.stack, 1)
        self.stack.addWidget(self._empty())
        self.stack.addWidget(self._bench())
        self.radar = RadarPanel(state)
        self.radar.left.connect(self._radar)
        self.stack.addWidget(self.radar)
        state.copy_changed.connect(self._refresh)
        state.fit_changed.connect(self._renew)
        state.project_changed.connect(self._renew)
        self.releasing.changed.connect(self._show_steps)
        self._refresh()

    # --- parts ------------------------------------------------------------------------------------------------------

    def _empty(self) -> QWidget:
        state = self.state
        steps = [
            ("data", tr("gui_synth.step.open"), str((state.source or {}).get("name", "")), state.source is not None),
            ("model", tr("gui_synth.step.fit"), "", state.fit is not None),
            ("dice", tr("gui_synth.step.draw"), "", False),
        ]
        if state.fit is not None:  # the button that draws stands below the settings
            return EmptyState("synth", tr("gui_synth.empty"), tr("gui_synth.empty_text"), steps)
        primary = Button(
            tr("gui_synth.learn" if state.source else "gui_synth.choose"), "model", "primary", "Ctrl+Enter")
        primary.clicked.connect(self._go)
        return EmptyState("synth", tr("gui_synth.empty"), tr("gui_synth.empty_text"), steps, primary)

    def _bench(self) -> QWidget:
        inner = QWidget()
        column = vbox(inner, margin=(0, 0, 12, 4), gap=12)
        self.steps = _Steps()
        column.addWidget(self.steps)
        sides = hbox(gap=12)
        self.real, self.synthetic = SideCard("real"), SideCard("synthetic")
        sides.addWidget(self.real, 1)
        sides.addWidget(self.synthetic, 1)
        column.addLayout(sides, 1)
        self.faithful = FaithfulCard()
        column.addWidget(self.faithful)
        self.differs = DiffersCard()
        self.differs.column_wished.connect(self._show_column)
        self.differs.pair_wished.connect(self._ask_pair)
        column.addWidget(self.differs)
        self.comparison = inner
        self.attacks = AttackCard()
        column.addWidget(self.attacks)
        self.area = area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("gui_synth.comparison"))
        return area

    def inspector(self) -> QWidget | None:
        """The settings, once there is a fit to draw from."""
        if self.state.fit is None:
            return None
        if self._panel is None:
            self._panel = CopyPanel(self.state)
            self._panel.drawn.connect(self._draw)
            self._panel.export_asked.connect(self._export)
            self._panel.report_asked.connect(self._open_report)
            self._panel.changed.connect(self.releasing.refresh)
            self._side = self.releasing.side(self._panel)
        return self._side

    def _settings(self) -> dict[str, Any] | None:
        """What a release would be drawn by.

        Raises:
            LikenessError: a field holds what cannot be read.
        """
        panel = self._panel
        return None if panel is None or self.state.fit is None else panel.settings()

    # --- actions ----------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:
        """Draw, draw again with another seed, export, open the report."""
        def has_copy() -> bool:
            return self.state.copy is not None

        return [
            Action(f"synth.{name}", f"gui_synth.{text}", run, icon, keys, has_copy, "synthesize")
            for name, text, run, icon, keys in (
                ("again", "again", self._again, "dice", ("D",)),
                ("columns", "columns", self._choose, "filter", ("C",)),
                ("export", "export", self._export, "export", ("Ctrl+Shift+E",)),
                ("report", "open_report", self._open_report, "file", ()),
                ("picture", "picture", self._save_picture, "export", ("P",)),
                ("every", "every", self._show_all, "filter", ("G",)),
            )
        ] + [Action(
            "synth.radar", "gui_radar.show", self._radar, "shield", ("X",), lambda: self.state.fit is not None,
            "synthesize")] + self.releasing.actions()

    def primary(self) -> Action | None:
        """Draw, or what must come before."""
        return Action("synth.draw", "gui_synth.draw", self._go, "dice", ("Ctrl+Return",), page="synthesize")

    def shown(self) -> None:
        """The first field of the settings, or the way on."""
        if self._panel is not None:
            self._panel.rows.setFocus()

    def _go(self) -> None:
        if self.state.fit is not None and self._panel is not None:
            self._panel.ask()
        elif self.state.source is not None:
            self.state.find_anomalies()
        else:
            self.state.page_wanted.emit("start")

    def _draw(self, asked: dict[str, Any]) -> None:
        self.state.draw_copy(**asked)

    def _again(self) -> None:
        """Another copy with the next seed."""
        if self.state.copy is not None and self._panel is not None:
            self._panel.seed.setValue(int(self.state.copy["seed"]) + 1)
            self._panel.ask()

    def _export(self) -> None:
        if self.state.copy is None:
            return
        name = f"{Path((self.state.source or {}).get('name', 'copy')).stem}-synthetic.csv"
        path, _ = QFileDialog.getSaveFileName(self, tr("gui_synth.export_where"), name, _FORMATS)
        if path:
            self.state.export_copy(path)

    def _radar(self) -> None:
        """To the rows a copy could give away, and back."""
        if self.stack.currentWidget() is self.radar:
            self.stack.setCurrentIndex(0 if self.state.copy is None else 1)
            self.exposed.setFocus()
        elif self.state.fit is not None:
            self.stack.setCurrentWidget(self.radar)
            self.radar.open()
        self._show_buttons()

    def _show_buttons(self) -> None:
        """Those of the copy stand beside it alone."""
        is_radar = self.stack.currentWidget() is self.radar
        self.exposed.setText(tr("gui_radar.back" if is_radar else "gui_radar.show"))
        self.exposed.setVisible(self.state.fit is not None)
        for button in (self.badge, self.choose, self.again):
            button.setVisible(self.state.copy is not None and not is_radar)

    def _save_picture(self) -> None:
        """The comparison as it is on show, as PNG or SVG."""
        ask_picture(self.comparison, f"{Path((self.state.source or {}).get('name', 'copy')).stem}-comparison.png")

    def _show_all(self) -> None:
        """Every column side by side, or the first ones again."""
        if self._compared is not None:
            names = [c["name"] for c in self._compared["columns"]]
            self._shown = _telling(self._compared["columns"]) if set(self._shown) == set(names) else names
            self.state.remember("synthesize", columns=self._shown)
            self._show_compared()

    def _show_column(self, name: str) -> None:
        """A column among those side by side, first and in sight."""
        self._shown = [name, *(n for n in self._shown if n != name)]
        self.state.remember("synthesize", columns=self._shown)
        self._show_compared()
        self.area.verticalScrollBar().setValue(self.real.y())

    def _ask_pair(self, first: str, second: str) -> None:
        copy = self.state.copy
        if copy is None:
            return
        request = requests.make(
            "compare", project=str(self.state.path), fit=copy["fit"], synthetic=copy["out"], pair=(first, second))

        def told(answer: dict[str, Any]) -> None:
            self.differs.show_pair(answer)
            QTimer.singleShot(0, lambda: self.area.ensureWidgetVisible(self.differs.picture))

        self.state.worker.ask(request, "pair", told, self.state.failed.emit)

    def _open_report(self) -> None:
        report = (self.state.report or {}).get("report")
        if report:
            QDesktopServices.openUrl(QUrl.fromLocalFile(report))

    def _choose(self) -> None:
        """Tick the columns to compare."""
        if self._compared is None:
            return
        menu = QMenu(self)
        for column in self._compared["columns"]:
            action = menu.addAction(column["name"])
            action.setCheckable(True)
            action.setChecked(column["name"] in self._shown)
            action.triggered.connect(self._toggle)
        menu.addSeparator()
        menu.addAction(tr("gui_synth.every")).triggered.connect(lambda _=False: self._show_all())
        menu.exec(self.choose.mapToGlobal(self.choose.rect().bottomLeft()))

    def _toggle(self) -> None:
        name = self.sender().text()
        self._shown = [n for n in self._shown if n != name] if name in self._shown else [*self._shown, name]
        self.state.remember("synthesize", columns=self._shown)
        self._show_compared()

    # --- showing ----------------------------------------------------------------------------------------------------

    def _renew(self) -> None:
        """Another fit or project: settings and comparison are void. The same fit keeps what was typed."""
        if self._made_for == self._for_now():
            self._refresh()
            return
        self._made_for = self._for_now()
        self.stack.setCurrentIndex(0)
        self._compared, self._panel, self._side = None, None, None
        self.releasing.panel = None
        old = self.stack.widget(0)
        self.stack.insertWidget(0, self._empty())
        self.stack.removeWidget(old)
        old.deleteLater()
        self.inspector_changed.emit()
        self.releasing.load()
        self._refresh()

    def _for_now(self) -> tuple[Any, ...]:
        """What the settings and the comparison belong to."""
        state = self.state
        return state.path, state.source is not None, (state.fit or {}).get("id")

    def _refresh(self) -> None:
        copy = self.state.copy
        if self.stack.currentWidget() is not self.radar:
            self.stack.setCurrentIndex(0 if copy is None else 1)
        self._show_buttons()
        if self._panel is not None:
            self._panel.refresh()
        if copy is None:
            self._compared = None
            return
        self._show_steps()
        for card in (self.faithful, self.differs, self.attacks):
            card.setVisible(self.state.report is not None)
            if self.state.report is not None:
                card.show_report(self.state.report)
        if self.state.report is None:
            self._measure()
        if (self._compared or {}).get("copy") != _identity(copy):
            self._ask()

    def _show_steps(self) -> None:
        if self.state.copy is not None:
            self.steps.show_state(self.state.copy, self.state.report, self.releasing.standing)

    def _measure(self) -> None:
        """A fresh copy is evaluated without being asked for; once."""
        if not any(j.request.task == "evaluate" for j in self.state.worker.running):
            self.state.evaluate_copy()

    def _ask(self) -> None:
        copy = self.state.copy
        request = requests.make("compare", project=str(self.state.path), fit=copy["fit"], synthetic=copy["out"])
        self.state.worker.ask(request, "compare", self._hear, self.state.failed.emit)

    def _hear(self, result: dict[str, Any]) -> None:
        copy = self.state.copy
        if copy is None:
            return
        self._compared = {**result, "copy": _identity(copy)}
        names = [c["name"] for c in result["columns"]]
        self._shown = [n for n in self._shown if n in names] or _telling(result["columns"])
        self._show_compared()

    def _show_compared(self) -> None:
        if self._compared is None:
            return
        self.choose.setText(tr("gui_synth.columns_of", n=len(self._shown), total=len(self._compared["columns"])))
        for side in (self.real, self.synthetic):
            side.show_columns(self._compared, self._shown)


def _identity(copy: dict[str, Any]) -> tuple[Any, ...]:
    """What tells one copy from another drawn to the same place."""
    return copy["fit"], copy["seed"], copy["rows"], copy["where"], copy.get("asked")


def _telling(columns: list[dict[str, Any]]) -> list[str]:
    """Columns to show first: two numbers and a category, in table order."""
    numbers = [c["name"] for c in columns if not c.get("labels")][:2]
    categories = [c["name"] for c in columns if c.get("labels")][: _SHOWN - len(numbers)]
    return [c["name"] for c in columns if c["name"] in {*numbers, *categories}]


_GATE = {"accepted": "okc", "written": "okc", "refused": "badc"}
_TONES = {"okc": "ok", "clock": "accent_text", "badc": "bad"}


class _Steps(Card):
    """Where the copy stands: learned, drawn, compared, judged."""

    def __init__(self) -> None:
        super().__init__(margin=(16, 10, 16, 10))
        self.row = hbox(gap=12)
        self.body.addLayout(self.row)

    def show_state(self, copy: dict[str, Any], report: dict[str, Any] | None, gate: str) -> None:
        """Fill the strip."""
        while (item := self.row.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        drawn = tr("gui_synth.drawn", rows=copy["rows"], seed=copy["seed"])
        compared = "same_axes" if report else "measuring_short"
        steps = [
            ("fit", tr("gui_synth.fitted"), "okc"), ("draw", drawn, "okc"),
            ("compare", tr(f"gui_synth.{compared}"), "okc" if report else "clock"),
            ("release", tr(f"gui_gate.step.{gate}"), _GATE.get(gate, "clock")),
        ]
        for i, (key, note, sign) in enumerate(steps):
            part = QWidget()
            row = hbox(part, gap=10)
            row.addWidget(Glyph(sign, 20, _TONES[sign]))
            words = vbox(gap=0)
            words.addWidget(Label(tr(f"gui_synth.part.{key}"), "strong"))
            words.addWidget(Label(note, "secondary", "text2", elide=True))
            row.addLayout(words, 1)
            self.row.addWidget(part, 1)
            if i < len(steps) - 1:
                self.row.addWidget(Glyph("right", 14, "text3"))
        if copy.get("where"):
            self.row.addWidget(Badge(copy["where"], "accent", icon="filter"))


PAGE = SynthesizePage
