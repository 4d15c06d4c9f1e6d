"""The chosen job: what it is, what can be done with it, its command and its log."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from ..text import tr
from ..theme import font, px
from ..widgets import Button, Card, IconButton, Label, hbox, vbox
from ..worker import Job, Worker

__all__ = ["JobDetail"]


class JobDetail(QWidget):
    """Title, pause and stop, command with copy, log.

    The log ends in what, why and fix of a failure, and scrolls when the panel is low.
    """

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.worker = worker
        self.job: Job | None = None
        column = vbox(self, margin=(16, 10, 16, 10), gap=8)
        head = hbox()
        self.title = Label("", "strong", elide=True)
        self.facts = Label("", "secondary", "text2")
        head.addWidget(self.title, 1)
        head.addWidget(self.facts)
        self.pause = Button(tr("jobs.pause"), small=True)
        self.pause.clicked.connect(lambda: self.job and self.job.pause_or_resume())
        self.keep = Button(tr("jobs.keep"), small=True)
        self.keep.clicked.connect(lambda: self.job and self.job.stop_and_keep())
        head.addWidget(self.pause)
        head.addWidget(self.keep)
        column.addLayout(head)
        self.box = Card(margin=(10, 2, 4, 2), token="sunken")
        row = hbox(gap=4)
        self.command = Label("", "mono_small", elide=True)
        row.addWidget(self.command, 1)
        self.copy = IconButton("copy", tr("jobs.copy"), size=28, glyph=16)
        self.copy.clicked.connect(self.copy_command)
        row.addWidget(self.copy)
        self.box.body.addLayout(row)
        column.addWidget(self.box)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setAccessibleName(tr("jobs.log"))
        self.log.setFrameShape(QFrame.Shape.NoFrame)
        self.log.setFont(font("mono"))
        self.log.document().setDocumentMargin(0)
        self.log.setMaximumBlockCount(2000)
        self.log.setMinimumHeight(px(24))
        self.log.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        column.addWidget(self.log, 1)
        self.empty = Label(tr("jobs.empty"), "body", "text2", wrap=True)
        column.addWidget(self.empty)
        column.addStretch(0)
        self.show_job(None)

    def show_job(self, job: Job | None) -> None:
        """Another job."""
        self.job = job
        for part in (self.title, self.facts, self.box, self.log):
            part.setVisible(job is not None)
        self.empty.setVisible(job is None)
        self.log.clear()
        self._lines = 0
        if job is not None:
            self.refresh(job)
        else:
            self.pause.hide()
            self.keep.hide()

    def refresh(self, job: Job) -> None:
        """The job moved on."""
        if job is not self.job:
            return
        self.title.setText(job.title)
        self.command.setText(job.command)
        pid = self.worker.pid
        self.facts.setText(tr("jobs.pid", pid=str(pid)) if job.state == "running" and pid else "")
        for clock, text in job.log[self._lines :]:
            self.log.appendPlainText(f"{clock}  {text}")
        self._lines = len(job.log)
        self._offer(job)

    def _offer(self, job: Job) -> None:
        """What can be done with it; greyed out where the task cannot, and saying so."""
        self.pause.setVisible(not job.is_over)
        self.keep.setVisible(not job.is_over)
        self.pause.setText(tr("jobs.resume" if job.wants_pause else "jobs.pause"))
        self.pause.setToolTip(tr("jobs.pause_tip"))
        self.pause.setEnabled(job.can_pause)
        self.keep.setEnabled(job.can_keep)
        self.keep.setToolTip(tr("jobs.keep_tip" if job.request.keeps else "jobs.keep_why"))

    def copy_command(self) -> None:
        """Put the command on the clipboard."""
        if self.job is not None:
            QGuiApplication.clipboard().setText(self.job.command)
