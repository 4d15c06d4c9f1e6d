"""Which rows a copy could give away: the most exposed, what is particular about each, and what treating them does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QWidget

from .. import requests
from ..pictures import picture_button
from ..state import AppState
from ..text import say, tr
from ..theme import px
from ..widgets import Button, Card, EmptyState, FileDialog, Glyph, Label, PeersStrip, Segmented, hbox, vbox
from ..worker import Job
from ._parts import drop_all, scrolled
from .busy import BusyPanel

__all__ = ["ExposedCard", "RadarPanel"]

_HOW = ("drop", "generalise", "smooth")
_LINES = (("exposure", "before", "after"), ("singled", "singled_before", "singled_after"), ("changed", "", "changed"))
"""What is told of a treatment, and where `radar` says it of the rows as they are and as they would be."""
_FORMATS = "CSV (*.csv);;Parquet (*.parquet);;Excel (*.xlsx);;SQLite (*.sqlite);;JSON Lines (*.jsonl)"


class ExposedCard(Card):
    """How exposed ordinary rows are, and the most exposed of all with what is true of them alone."""

    def __init__(self) -> None:
        super().__init__(gap=10)
        head = hbox(gap=8)
        head.addWidget(Label(tr("gui_radar.title"), "section"), 1)
        head.addWidget(picture_button(self, tr("gui_radar.title")))
        self.body.addLayout(head)
        self.sentence = Label("", "strong", wrap=True)
        self.body.addWidget(self.sentence)
        self.body.addWidget(Label(tr("gui_radar.what"), "secondary", "text2", wrap=True))
        self.strip = PeersStrip(tr("gui_radar.strip"), height=92)
        self.body.addWidget(self.strip)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(px(16))
        self.grid.setVerticalSpacing(0)
        self.grid.setColumnStretch(2, 1)
        self.body.addLayout(self.grid)

    def show_result(self, result: Mapping[str, Any]) -> None:
        """Fill the card from the result of `radar`."""
        top = result["top"]
        self.sentence.setText(tr(
            "gui_radar.sentence", shown=len(top), rows=result["rows"], singled=result["singled_out"]))
        usual = result["histogram"]
        listed = tr("gui_radar.listed", shown=len(top))
        self.strip.set(usual["edges"], usual["counts"], top[-1]["exposure"] if top else None, listed)
        drop_all(self.grid)
        for row, item in enumerate(top):
            self._add(row, item)

    def _add(self, row: int, item: Mapping[str, Any]) -> None:
        name = tr("gui_radar.row", row=item["row"])
        reason = Label(say(item["reason"]), "body", elide=True)
        reason.setToolTip(tr("gui_radar.ranks", surprise=item["surprise"], alone=item["alone"]))
        exposure = Label(f"{item['exposure']:.3f}", "strong")
        for column, part in enumerate((Label(name, "body", "text2"), exposure, reason)):
            part.setMinimumHeight(px(22))
            self.grid.addWidget(part, row, column)


class EffectTable(QWidget):
    """What each treatment does, side by side with the rows as they are; those not tried yet say so."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("gui_radar.treat"))
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(px(24))
        self.grid.setVerticalSpacing(px(6))
        self.grid.setColumnStretch(0, 1)
        self._known: dict[str, Mapping[str, Any]] = {}

    def clear(self) -> None:
        """Another fit: nothing was tried."""
        self._known = {}

    def show_effect(self, how: str, effect: Mapping[str, Any]) -> None:
        """Add the effect of a treatment, as `radar` tells it."""
        self._known[how] = effect
        drop_all(self.grid)
        for at, key in enumerate(("now", *_HOW), 1):
            words = tr("gui_radar.head.now" if key == "now" else f"gui_radar.how.{key}")
            self._put(0, at, words, "secondary_strong", "text" if key in {"now", how} else "text2")
        for row, (line, before, after) in enumerate(_LINES, 1):
            self.grid.addWidget(Label(tr(f"gui_radar.line.{line}"), "body"), row, 0)
            now = effect.get(before)
            self._put(row, 1, _figure(line, now), "strong", "text")
            for at, key in enumerate(_HOW, 2):
                self._cell(row, at, line, now, self._known.get(key, {}).get(after))

    def _cell(self, row: int, at: int, line: str, now: float | None, then: float | None) -> None:
        if then is None:
            self._put(row, at, tr("gui_radar.untried"), "secondary", "text3")
            return
        is_less = now is not None and then < now
        part = QWidget()
        box = hbox(part, gap=6)
        box.addStretch(1)
        if is_less:
            box.addWidget(Glyph("dn", 14, "ok"))
        box.addWidget(Label(_figure(line, then), "strong", "ok" if is_less else "text"))
        self.grid.addWidget(part, row, at)

    def _put(self, row: int, at: int, words: str, role: str, tone: str) -> None:
        label = Label(words, role, tone)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.grid.addWidget(label, row, at)


def _figure(line: str, value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}" if line == "exposure" else f"{value:,.0f}"


class RadarPanel(QWidget):
    """The radar of a fit: made when first asked for.

    Args:
        state: whose fit is looked into.

    Signals:
        left: the user goes back to the copy.
    """

    left = Signal()

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.result: Mapping[str, Any] | None = None
        self.out: str | None = None
        self.setAccessibleName(tr("gui_radar.title"))
        self.busy = BusyPanel()
        self.start = Button(tr("gui_radar.start"), "shield", "primary")
        self.start.clicked.connect(lambda _=False: self._look())
        self.asking = EmptyState("shield", tr("gui_radar.title"), tr("gui_radar.none"), primary=self.start)
        self.shown = scrolled(self._cards(), tr("gui_radar.title"), is_steady=True)
        self.stack = QStackedWidget()
        for part in (self.asking, self.busy, self.shown):
            self.stack.addWidget(part)
        vbox(self).addWidget(self.stack, 1)
        state.job_changed.connect(self._job_changed)

    def _cards(self) -> QWidget:
        inner = QWidget()
        column = vbox(inner, margin=(0, 0, 14, 4), gap=12)
        self.exposed = ExposedCard()
        column.addWidget(self._treatment())
        column.addWidget(self.exposed)
        column.addStretch(1)
        return inner

    def _treatment(self) -> Card:
        card = Card(gap=10)
        head = hbox(gap=10)
        head.addWidget(Label(tr("gui_radar.treat"), "section"), 1)
        self.how = Segmented([(how, tr(f"gui_radar.how.{how}")) for how in _HOW], name=tr("gui_radar.treat"))
        self.how.chosen.connect(self._look)
        self.write = Button(tr("gui_radar.write"), "export")
        self.write.clicked.connect(lambda _=False: self._write())
        head.addWidget(self.how)
        head.addWidget(self.write)
        card.body.addLayout(head)
        self.effect = EffectTable()
        card.body.addWidget(self.effect)
        self.note = Label("", "secondary", "text2", wrap=True)
        card.body.addWidget(self.note)
        self.written = QWidget()
        row = hbox(self.written, gap=8)
        self.written_to = Label("", "secondary", "text", wrap=True)
        self.reopen = Button(tr("gui_radar.open_written"), "data", small=True)
        self.reopen.clicked.connect(lambda _=False: self._reopen())
        row.addWidget(self.written_to, 1)
        row.addWidget(self.reopen)
        self.written.hide()
        card.body.addWidget(self.written)
        return card

    def open(self) -> None:
        """Show what is known of the fit, and look where nothing is."""
        if not self._is_known() and self._job() is None:
            self._look()
        self._refresh()
        (self.how.button(self.how.value()) if self._is_known() else self.busy.stop).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _fit(self) -> str:
        return str((self.state.fit or {}).get("id", ""))

    def _is_known(self) -> bool:
        return self.result is not None and self.result["fit"] == self._fit()

    def _job(self) -> Job | None:
        return next((j for j in self.state.worker.running if j.request.task == "radar"), None)

    def _look(self, _how: str = "", out: str | None = None) -> None:
        if not self._fit():
            return
        request = requests.make(
            "radar", project=str(self.state.path), fit=self._fit(), treat=self.how.value(), out=out)
        title = tr("jobs.title.export", name=Path(out).name) if out else tr("gui_radar.looking")
        self.state.worker.submit(
            request, title, on_done=self._show, on_failed=self.state.failed.emit, icon="export" if out else "shield")
        self._refresh()

    def _write(self) -> None:
        """The table with these rows treated, to be opened and fitted like any other."""
        name = f"{Path((self.state.source or {}).get('name', 'table')).stem}-{self.how.value()}.csv"
        path, _ = FileDialog.getSaveFileName(self, tr("gui_radar.write"), name, _FORMATS)
        if path:
            self._look(out=path)

    def _reopen(self) -> None:
        """The treated table as a table of its own, to be fitted and compared."""
        if self.out:
            self.state.open_file(self.out)

    def _job_changed(self, job: Job) -> None:
        if job.request.task == "radar":
            self._refresh()

    def _refresh(self) -> None:
        job = self._job()
        if job is not None and not self._is_known():
            self.busy.show_job(job)
            self.stack.setCurrentWidget(self.busy)
            return
        self.write.setEnabled(job is None)
        self.stack.setCurrentWidget(self.shown if self._is_known() else self.asking)

    def _show(self, result: Mapping[str, Any]) -> None:
        if result["fit"] != self._fit():
            return
        if not self._is_known():
            self.effect.clear()
        self.result = result
        effect = result["effect"]
        self.effect.show_effect(result["treat"], effect)
        self.note.setText(tr(f"gui_radar.effect.{result['treat']}", **effect))
        self.out = result.get("out")
        self.written.setVisible(bool(self.out))
        self.written_to.setText(tr("gui_radar.written", file=Path(self.out or "").name))
        self.exposed.show_result(result)
        self._refresh()
