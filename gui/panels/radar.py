"""Which rows a copy could give away: the most exposed, what is particular about each, and what treating them does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QStackedWidget, QWidget

from .. import requests
from ..state import AppState
from ..text import say, tr
from ..theme import px
from ..widgets import Banner, Button, Card, EmptyState, Label, PeersStrip, Segmented, hbox, vbox
from ..worker import Job
from ._parts import drop_all, scrolled
from .busy import BusyPanel

__all__ = ["ExposedCard", "RadarPanel"]

_HOW = ("drop", "generalise", "smooth")
_FORMATS = "CSV (*.csv);;Parquet (*.parquet);;Excel (*.xlsx);;SQLite (*.sqlite);;JSON Lines (*.jsonl)"


class ExposedCard(Card):
    """How exposed ordinary rows are, and the most exposed of all with what is true of them alone."""

    def __init__(self) -> None:
        super().__init__(gap=10)
        self.body.addWidget(Label(tr("gui_radar.title"), "section"))
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
        self.setAccessibleName(tr("gui_radar.title"))
        self.busy = BusyPanel()
        self.start = Button(tr("gui_radar.start"), "shield", "primary")
        self.start.clicked.connect(lambda _=False: self._look())
        self.asking = EmptyState("shield", tr("gui_radar.title"), tr("gui_radar.none"), primary=self.start)
        self.shown = scrolled(self._cards(), tr("gui_radar.title"))
        self.stack = QStackedWidget()
        for part in (self.asking, self.busy, self.shown):
            self.stack.addWidget(part)
        vbox(self).addWidget(self.stack, 1)
        state.job_changed.connect(self._job_changed)

    def _cards(self) -> QWidget:
        inner = QWidget()
        column = vbox(inner, margin=(0, 0, 12, 4), gap=12)
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
        self.effect = Banner("", "", "info")
        card.body.addWidget(self.effect)
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
        path, _ = QFileDialog.getSaveFileName(self, tr("gui_radar.write"), name, _FORMATS)
        if path:
            self._look(out=path)

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
        self.result = result
        effect = result["effect"]
        self.effect.set(tr("gui_radar.effect", **effect), tr(f"gui_radar.effect.{result['treat']}", **effect))
        self.effect.set_tone("ok" if effect["after"] < effect["before"] else "warn")
        self.exposed.show_result(result)
        self._refresh()
