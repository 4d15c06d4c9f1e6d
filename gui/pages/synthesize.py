"""Synthesize: roles, what to draw, real and synthetic on the same axes, what a copy gives away, and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu, QStackedLayout, QWidget

from .. import requests
from ..actions import Action
from ..panels.drawing import CopyPanel
from ..panels.radar import RadarPanel
from ..panels.steps import STEPS
from ..pictures import ask_picture
from ..state import AppState
from ..text import tr
from ..widgets import Badge, Button, EmptyState, FileDialog
from ._bench import Bench
from ._release import ReleaseSide, Releasing
from ._rulebook import RuleBook
from .base import Page

__all__ = ["PAGE", "SynthesizePage"]

_SHOWN = 3
"""Columns compared at first."""
_FORMATS = (
    "CSV (*.csv);;Parquet (*.parquet);;Excel (*.xlsx);;Feather (*.feather);;SQLite (*.sqlite);;JSON Lines (*.jsonl)")
_READ = "CSV, Parquet, Excel, JSON Lines, SQLite (*.csv *.tsv *.parquet *.feather *.xlsx *.jsonl *.sqlite)"
_GATE = {"accepted": "okc", "written": "okc", "refused": "badc", "unread": "warnt", "stale": "warnt"}


class SynthesizePage(Page):
    """Four steps in the middle; at the right what to draw, or the release gate."""

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
        self._seen: tuple[Any, ...] | None = _identity(state.copy) if state.copy else None
        self.releasing = Releasing(state, self._settings, self)
        self._made_for = self._for_now()
        self._build()
        self.book = RuleBook(state, self.bench.rules)
        self._connect()
        self._turn(str(state.position("synthesize").get("step") or ("compare" if state.copy else "generate")))
        self._refresh()

    # --- parts ------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = self.column()
        column.setContentsMargins(self.px(24), self.px(16), 0, self.px(16))
        row, _, self.subtitle = self.header(tr("gui_synth.title"))
        row.setContentsMargins(0, 0, self.px(24), 0)
        self.choose = Button(tr("gui_synth.columns"), "filter", menu=True)
        self.again = Button(tr("gui_synth.again"), "dice")
        self.badge = Badge(tr("gui_synth.draft_badge"), "warn")
        self.exposed = Button(tr("gui_radar.show"), "shield")
        self.open_side = Button("", "info")
        self.open_side.hide()
        for widget in (self.badge, self.exposed, self.choose, self.again, self.open_side):
            row.addWidget(widget)
        column.addLayout(row)
        self.stack = QStackedLayout()
        column.addLayout(self.stack, 1)
        self.bench, self.radar = Bench(self.state), RadarPanel(self.state)
        for part in (self._empty(), self.bench, self.radar):
            self.stack.addWidget(part)

    def _connect(self) -> None:
        state, bench = self.state, self.bench
        for button, act in ((self.choose, self._choose), (self.again, self._again), (self.exposed, self._radar)):
            button.clicked.connect(act)
        self.open_side.clicked.connect(lambda _=False: self.inspector_wanted.emit(True))
        self.radar.left.connect(self._radar)
        bench.strip.chosen.connect(self._turn)
        bench.draw_asked.connect(self._go)
        bench.radar_asked.connect(self._radar)
        bench.differs.column_wished.connect(self._show_column)
        bench.differs.pair_wished.connect(self._ask_pair)
        bench.roles.marked.connect(self._marked)
        bench.roles.learn_asked.connect(self._learn)
        bench.fairness.marks_asked.connect(lambda: self._turn("roles"))
        bench.fairness.measure_asked.connect(self._measure)
        self.book.changed.connect(self.releasing.refresh)
        state.copy_changed.connect(self._refresh)
        state.fit_changed.connect(self._renew)
        state.project_changed.connect(self._renew)
        for signal in (state.schema_changed, state.profile_changed):
            signal.connect(self._columns_changed)
        self.releasing.changed.connect(self._show_steps)
        self.releasing.policy_changed.connect(self._follow_policy)

    def _empty(self) -> QWidget:
        """Before there is anything to draw from."""
        state = self.state
        steps = [
            ("data", tr("gui_synth.step.open"), str((state.source or {}).get("name", "")), state.source is not None),
            ("model", tr("gui_synth.step.fit"), "", state.fit is not None),
            ("dice", tr("gui_synth.step.draw"), "", False),
        ]
        primary = Button(
            tr("gui_synth.learn" if state.source else "gui_synth.choose"), "model", "primary", "Ctrl+Enter")
        primary.clicked.connect(self._go)
        return EmptyState("synth", tr("gui_synth.empty"), tr("gui_synth.empty_text"), steps, primary)

    def inspector(self) -> QWidget | None:
        """The settings and the gate, once there is a fit to draw from."""
        if self.state.fit is None:
            return None
        if self._panel is None:
            self._panel = CopyPanel(self.state, self.bench.rules.off)
            self._panel.drawn.connect(self._draw)
            self._panel.export_asked.connect(self._export)
            self._panel.report_asked.connect(self._open_report)
            self._panel.changed.connect(self.releasing.refresh)
            self._follow_policy()
            self._side = self.releasing.side(self._panel)
        return self._side

    def _follow_policy(self) -> None:
        """Refining is off where the policy lets no refined rows out."""
        if self._panel is not None:
            self._panel.shaping.forbid(self.releasing.forbids_refining())
            self._panel.refresh()

    def _settings(self) -> dict[str, Any] | None:
        """What a release would be drawn by.

        Raises:
            LikenessError: a field holds what cannot be read.
        """
        panel = self._panel
        if panel is None or self.state.fit is None:
            return None
        return {**panel.settings(), "sensitive": self.state.sensitive, "target": self.state.target}

    # --- steps ------------------------------------------------------------------------------------------------------

    def _turn(self, step: str) -> None:
        """Show a step, and at its right what belongs to it."""
        step = step if step in STEPS else "generate"
        had = self.window().focusWidget()
        self.bench.turn(step)
        self.state.remember("synthesize", step=step)
        if self._side is not None:
            self._side.turn("gate" if step == "risk" else "draw")
        if self.stack.currentWidget() is self.radar:
            self._leave_radar()
        self._show_buttons()
        self.open_side.setText(tr("gui_gate.side.gate" if step == "risk" else "gui_gate.side.draw"))
        is_gone = had is not None and not had.isVisible()  # then Qt would hand the focus to anything
        if self.isVisible() and (is_gone or had in self.bench.strip.buttons.values()):
            self.bench.strip.buttons[step].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_steps(self) -> None:
        state, buttons = self.state, self.bench.strip.buttons
        copy, standing = state.copy, self.releasing.standing
        is_old = (state.fit or {}).get("schema") not in (None, state.schema.fingerprint)
        roles = "roles_stale" if is_old else "roles_note"
        buttons["roles"].set("warnt" if is_old else "okc", tr(
            f"gui_synth.{roles}", columns=len(state.schema.names), sensitive=len(state.sensitive)))
        drawn = tr("gui_synth.drawn_none") if copy is None else tr(
            "gui_synth.foreign", file=copy["foreign"]) if copy.get("foreign") else tr(
            "gui_synth.drawn", rows=copy["rows"], seed=copy["seed"])
        buttons["generate"].set("clock" if copy is None else "okc", drawn)
        compared = "compared_none" if copy is None else "same_axes" if state.report else "measuring_short"
        buttons["compare"].set("okc" if copy and state.report else "skip" if copy is None else "clock", tr(
            f"gui_synth.{compared}"))
        buttons["risk"].set(_GATE.get(standing, "clock"), tr(f"gui_gate.step.{standing}"))

    def _marked(self) -> None:
        """Other columns are sensitive."""
        self._show_steps()
        if self.state.report is not None:
            self.bench.fairness.show_report(self.state.report, self.state.sensitive, self.state.target)

    def set_narrow(self, on: bool) -> None:
        """What to draw, or the gate, is a press away."""
        self.open_side.setVisible(on and self.state.fit is not None)
        self._show_buttons()

    def _columns_changed(self) -> None:
        self.bench.roles.refresh()
        self.bench.fill.refresh()
        self._show_steps()

    def _learn(self) -> None:
        """By the roles as they are now, as the last fit was asked to."""
        said = self.state.fit or {}
        self.state.find_anomalies(str(said.get("reference") or "mixed"))

    # --- actions ----------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:
        """Steps, draw again with another seed, export, open the report, pictures, the gate."""
        def has_copy() -> bool:
            return self.state.copy is not None

        def has_fit() -> bool:
            return self.state.fit is not None

        steps = [
            Action(f"synth.{key}", "gui_synth.go", lambda key=key: self._turn(key), "synth", (str(at + 1),), has_fit,
                   "synthesize", values={"step": tr(f"gui_synth.part.{key}")}) for at, key in enumerate(STEPS)]
        of_copy = [
            Action(f"synth.{name}", f"gui_synth.{text}", run, icon, keys, has_copy, "synthesize")
            for name, text, run, icon, keys in (
                ("again", "again", self._again, "dice", ("D",)),
                ("columns", "columns", self._choose, "filter", ("C",)),
                ("export", "export", self._export, "export", ("Ctrl+Shift+E",)),
                ("report", "open_report", self._open_report, "file", ("O",)),
                ("picture", "picture", self._save_picture, "export", ("P",)),
                ("every", "every", self._show_all, "filter", ("G",)),
            )
        ]
        of_fit = [
            Action(f"synth.{name}", text, run, icon, keys, has_fit, "synthesize")
            for name, text, run, icon, keys in (
                ("radar", "gui_radar.show", self._radar, "shield", ("X",)),
                ("rule", "gui_rule.add", self.bench.rules.add.click, "note", ("L",)),
                ("fill", "gui_fill.fill", self.bench.fill.ask, "export", ("I",)),
                ("judge", "gui_synth.judge", self._judge, "shield", ("J",)),
            )
        ]
        return [*steps, *of_copy, *of_fit, *self.releasing.actions()]

    def primary(self) -> Action | None:
        """Draw, or what must come before."""
        return Action("synth.draw", "gui_synth.draw", self._go, "dice", ("Ctrl+Return",), page="synthesize")

    def shown(self) -> None:
        """The first field of the settings, or the steps."""
        if self._panel is not None and self._panel.rows.isVisible():
            self._panel.rows.setFocus()
        elif self.bench.isVisible():
            self.bench.strip.buttons[self.bench.step()].setFocus()

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
        copy = self.state.copy
        if copy is not None and not copy.get("foreign") and self._panel is not None:
            self._panel.seed.setValue(int(copy["seed"]) + 1)
            self._panel.ask()

    def _judge(self) -> None:
        """Measure and attack a file that another tool made."""
        path, _ = FileDialog.getOpenFileName(self, tr("gui_synth.judge_where"), "", _READ)
        if path:
            self.state.judge_copy(path)

    def _export(self) -> None:
        if self.state.copy is None or self.state.copy.get("foreign"):
            return
        name = f"{Path((self.state.source or {}).get('name', 'copy')).stem}-synthetic.csv"
        path, _ = FileDialog.getSaveFileName(self, tr("gui_synth.export_where"), name, _FORMATS)
        if path:
            self.state.export_copy(path)

    def _radar(self) -> None:
        """To the rows a copy could give away, and back."""
        if self.stack.currentWidget() is self.radar:
            self._leave_radar()
            self.exposed.setFocus()
        elif self.state.fit is not None:
            self.stack.setCurrentWidget(self.radar)
            self.radar.open()
        self._show_buttons()

    def _leave_radar(self) -> None:
        self.stack.setCurrentIndex(0 if self.state.fit is None else 1)

    def _show_buttons(self) -> None:
        """Those of the copy stand beside it alone."""
        is_radar = self.stack.currentWidget() is self.radar
        step = "none" if self.state.fit is None else self.bench.step()
        self.subtitle.setText(tr("gui_radar.title" if is_radar else f"gui_synth.subtitle.{step}"))
        self.exposed.setText(tr("gui_radar.back" if is_radar else "gui_radar.show"))
        is_crowded = not self.open_side.isHidden() and self.bench.step() == "compare"
        self.exposed.setVisible(self.state.fit is not None and (is_radar or not is_crowded))
        has_copy = self.state.copy is not None and not is_radar
        self.badge.setVisible(has_copy)
        self.again.setVisible(has_copy and not (self.state.copy or {}).get("foreign"))
        self.choose.setVisible(has_copy and self.bench.step() == "compare")

    def _save_picture(self) -> None:
        """The step as it is on show, as PNG or SVG."""
        step, name = self.bench.step(), str((self.state.source or {}).get("name", "copy"))
        ask_picture(self.bench.areas[step].widget(), f"{Path(name).stem}-{step}.png")

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
        self.bench.areas["compare"].verticalScrollBar().setValue(0)

    def _ask_pair(self, first: str, second: str) -> None:
        copy = self.state.copy
        if copy is None:
            return
        request = requests.make(
            "compare", project=str(self.state.path), fit=copy["fit"], synthetic=copy["out"], pair=(first, second))

        def told(answer: dict[str, Any]) -> None:
            self.bench.differs.show_pair(answer)
            area = self.bench.areas["compare"]
            QTimer.singleShot(0, lambda: area.ensureWidgetVisible(self.bench.differs.picture))

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
        self._compared, self._panel, self._side = None, None, None
        self.releasing.panel = None
        old = self.stack.widget(0)
        self.stack.insertWidget(0, self._empty())
        self.stack.removeWidget(old)
        old.deleteLater()
        self._leave_radar()
        self.book.load()
        self.bench.roles.refresh()
        self.bench.fill.refresh()
        self.inspector_changed.emit()
        self.releasing.load()
        self._refresh()

    def _for_now(self) -> tuple[Any, ...]:
        """What the settings and the comparison belong to."""
        state = self.state
        return state.path, state.source is not None, (state.fit or {}).get("id")

    def _refresh(self) -> None:
        copy, report, bench = self.state.copy, self.state.report, self.bench
        if self.stack.currentWidget() is not self.radar:
            self._leave_radar()
        bench.show_parts(has_copy=copy is not None, has_report=report is not None)
        self._show_buttons()
        self._show_steps()
        if self._panel is not None:
            self._panel.refresh()
        if copy is None:
            self._compared = None
            return
        if report is None:
            self._measure()
        else:
            for card in (bench.faithful, bench.differs, bench.attacks):
                card.show_report(report)
            bench.fairness.show_report(report, self.state.sensitive, self.state.target)
        if (self._compared or {}).get("copy") != _identity(copy):
            self._ask()
        if self._seen != _identity(copy):  # it was drawn just now
            self._seen = _identity(copy)
            if bench.step() != "risk":
                self._turn("compare")
                self.inspector_wanted.emit(False)
        bench.settle()

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
        for side in (self.bench.real, self.bench.synthetic):
            side.show_columns(self._compared, self._shown)
        self.bench.settle()


def _identity(copy: dict[str, Any]) -> tuple[Any, ...]:
    """What tells one copy from another drawn to the same place."""
    return copy["fit"], copy["seed"], copy["rows"], copy["where"], copy.get("asked")


def _telling(columns: list[dict[str, Any]]) -> list[str]:
    """Columns to show first: two numbers and a category, in table order."""
    numbers = [c["name"] for c in columns if not c.get("labels")][:2]
    categories = [c["name"] for c in columns if c.get("labels")][: _SHOWN - len(numbers)]
    return [c["name"] for c in columns if c["name"] in {*numbers, *categories}]


PAGE = SynthesizePage
