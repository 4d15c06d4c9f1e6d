"""A calculation in the middle of a page: what it does now, how far it is, how long it takes, and a way to stop it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ..text import tr
from ..theme import px
from ..widgets import Button, Label, ScoreBar, Tile, hbox, vbox
from ..worker import Job

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


class BusyPanel(QWidget):
    """Shows one job; which one may change, such as from learning to scoring."""

    def __init__(self) -> None:
        super().__init__()
        self.job: Job | None = None
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
        outer.addStretch(1)

    def show_job(self, job: Job) -> None:
        """Show how a job stands."""
        self.job = job
        self.title.setText(job.title)
        self.text.setText(job.text or tr("gui_detect.starting"))
        self.bar.set(job.fraction, fill="accent_line")
        self.bar.setAccessibleDescription(tr("gui_detect.share_done", share=job.fraction))
        self.left.setText(eta_text(job))

    def _stop(self) -> None:
        if self.job is not None:
            self.job.cancel()
