"""A calculation in the middle of a page: what it does now, how far it is, how long it takes, and a way to stop it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from core.data.schema import Schema

from ..text import tr
from ..theme import px
from ..widgets import Button, Label, ScoreBar, Tile, hbox, vbox
from ..worker import Job
from .drawn import DrawnCard

__all__ = ["BusyPanel", "eta_text"]


def eta_text(job: Job) -> str:
    """Share done and time left, as far as they are known."""
    share = tr("gui_detect.share_done", share=job.fraction)
    if job.state != "running":
        return ""
    if job.wants_pause:
        return tr(f"jobs.state.{job.stage}")
    if job.eta is None:
        return share
    return tr("gui_detect.time_left", share=share, seconds=max(round(job.eta), 1))


_SHOWN = 8  # rows of a first ranking that need no scrolling


class BusyPanel(QWidget):
    """Shows one job; which one may change, such as from learning to scoring."""

    def __init__(self) -> None:
        super().__init__()
        self.job: Job | None = None
        self._told: dict[str, Any] | None = None
        inner = QWidget()
        inner.setFixedWidth(px(520))
        column = vbox(inner, gap=12)
        column.addWidget(Tile("detect"))
        self.title, self.text = Label("", "title"), Label("", "body", "text2", wrap=True)
        self.bar = ScoreBar(tr("gui_detect.progress"), height=6)
        self.left = Label("", "secondary", "text2")
        self.stop = Button(tr("gui_detect.cancel"))
        self.stop.clicked.connect(self._stop)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        row = hbox(gap=8)
        row.addWidget(self.left, 1)
        row.addWidget(self.stop)
        column.addLayout(row)
        outer = vbox(self)
        outer.addStretch(1)
        middle = hbox()  # not an alignment: wrapped text must learn the width it really has
        for part in (None, inner, None):
            middle.addStretch(1) if part is None else middle.addWidget(part)
        outer.addLayout(middle)
        self.first = DrawnCard(tr("gui_detect.first"), tr("gui_detect.first_close"))
        outer.addSpacing(px(24))
        outer.addWidget(self.first)
        outer.addStretch(1)

    def show_job(self, job: Job, schema: Schema | None = None) -> None:
        """Show how a job stands, and the first ranking where it made one of a table with this schema."""
        self.job = job
        if schema is not None:
            self._show_first(job.preview, schema)
        self.title.setText(job.title)
        self.text.setText(job.text or tr("gui_detect.starting"))
        self.bar.set(job.fraction, fill="accent_line")
        self.bar.setAccessibleDescription(tr("gui_detect.share_done", share=job.fraction))
        self.left.setText(eta_text(job))

    def _show_first(self, found: dict[str, Any] | None, schema: Schema) -> None:
        if found is self._told:
            return
        self._told = found
        self.first.setVisible(found is not None)
        if found is not None:
            note = tr("gui_detect.first_note", learned=found["learned"])
            self.first.show_rows(tr("gui_detect.first"), note, found["columns"], found["cells"], schema, _SHOWN)

    def _stop(self) -> None:
        if self.job is not None:
            self.job.cancel()
