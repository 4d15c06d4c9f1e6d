"""The jobs panel: every calculation with its state, progress, time left and one action, its command and its log."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ..text import tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import Badge, Button, IconButton, Label, divider, hbox, painter_of, pill, vbox
from ..worker import Job, Worker
from .job_detail import JobDetail
from .jobs_model import JobsModel

__all__ = ["JobsPanel", "time_left"]

_SIGNS = {
    "running": ("jobs", "accent_text"), "waiting": ("wait", "text2"), "done": ("okc", "ok"),
    "failed": ("badc", "bad"), "cancelled": ("stop", "text2"),
}
_INK = {"running": "accent_text", "waiting": "text2", "done": "ok", "failed": "bad", "cancelled": "text2"}


def time_left(seconds: float | None) -> str:
    """The time left as a person says it; "" while it is not known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return tr("jobs.left.seconds", seconds=max(round(seconds), 1))
    return tr("jobs.left.minutes", minutes=round(seconds / 60))


def aside(job: Job) -> str:
    """What stands at the right of a job's state."""
    if job.state == "running":
        left = "" if job.wants_pause else time_left(job.eta)
        share = tr("jobs.share", share=int(100 * job.fraction) / 100)
        return tr("jobs.share_left", share=share, left=left) if left else share
    if job.state in ("done", "cancelled") and job.seconds:
        return tr("jobs.at_after", clock=job.clock, seconds=f"{job.seconds:.1f}")
    return job.clock


def action_of(job: Job) -> str:
    """The one thing that can be done with a job."""
    return {"running": "cancel", "waiting": "remove", "failed": "retry"}.get(job.state, "again")


class _Rows(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(px(320), px(52))

    @staticmethod
    def action_rect(rect: QRectF) -> QRectF:
        """Where the row's action lies."""
        return QRectF(rect.right() - px(96), rect.top() + px(10), px(88), px(32))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        job: Job = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, color("accent_soft"))
            painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), color("accent_line"))
        sign, ink = _SIGNS[job.state]
        painter.drawPixmap(int(rect.left()) + px(17), int(rect.top()) + px(9), icon_pixmap(sign, px(16), ink))
        bars = min(px(200), rect.width() * 0.27)
        left = rect.right() - px(108) - bars
        self._paint_words(painter, job, QRectF(rect.left() + px(44), rect.top(), left - rect.left() - px(60), 0))
        self._paint_state(painter, job, QRectF(left, rect.top(), bars, rect.height()), chosen=chosen)
        painter.setFont(font("button_small"))
        painter.setPen(color("accent_text"))
        painter.drawText(self.action_rect(rect), Qt.AlignmentFlag.AlignCenter, tr(f"jobs.action.{action_of(job)}"))
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), color("divider"))
        painter.restore()

    @staticmethod
    def _paint_words(painter: QPainter, job: Job, room: QRectF) -> None:
        for role, ink, text, y in (("strong", "text", job.title, px(6)), ("secondary", "text2", job.text, px(26))):
            painter.setFont(font(role))
            painter.setPen(color(ink))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
            line = QRectF(room.left(), room.top() + y, room.width(), px(20))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)

    @staticmethod
    def _paint_state(painter: QPainter, job: Job, room: QRectF, *, chosen: bool) -> None:
        line = QRectF(room.left(), room.top() + px(6), room.width(), px(20))
        painter.setFont(font("secondary_strong"))
        painter.setPen(color(_INK[job.state]))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, tr(f"jobs.state.{job.stage}"))
        painter.setFont(font("secondary"))
        painter.setPen(color("text2"))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, aside(job))
        if job.state in ("running", "waiting"):
            y = room.top() + px(31)
            pill(painter, room.left(), y, room.width(), px(6), color("surface" if chosen else "sunken"))
            pill(painter, room.left(), y, room.width() * job.fraction, px(6), color("accent_line"))


class _List(QListView):
    """The rows; the action acts by click, and Delete or Enter by key; P pauses or resumes, K stops and keeps."""

    acted = Signal(object)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and _Rows.action_rect(QRectF(self.visualRect(index))).contains(event.position()):
            self.acted.emit(index.data(Qt.ItemDataRole.UserRole))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        job = self.currentIndex().data(Qt.ItemDataRole.UserRole) if self.currentIndex().isValid() else None
        if job and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete):
            self.acted.emit(job)
        elif job and event.key() == Qt.Key.Key_P:
            job.pause_or_resume()
        elif job and event.key() == Qt.Key.Key_K:
            job.stop_and_keep()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        over = index.isValid() and _Rows.action_rect(QRectF(self.visualRect(index))).contains(event.position())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)


class JobsPanel(QFrame):
    """Jobs at the left, the chosen one at the right."""

    closed = Signal()

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.worker = worker
        self.setAccessibleName(tr("gui.jobs"))
        self.setMinimumHeight(px(160))
        column = vbox(self, gap=0)
        column.addWidget(self._head())
        column.addWidget(divider(token="border"))
        self.model = JobsModel(worker, self)
        self.list = _List()
        self.list.setAccessibleName(tr("jobs.list"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        row = hbox(gap=0)
        row.addWidget(self.list, 11)
        row.addWidget(divider(vertical=True, token="border"))
        self.detail = JobDetail(worker)
        row.addWidget(self.detail, 10)
        column.addLayout(row, 1)
        self.list.selectionModel().currentChanged.connect(self._chosen)
        self.list.acted.connect(self._act)
        self.model.rowsInserted.connect(self._newest)
        worker.jobs_changed.connect(self._count)
        worker.job_changed.connect(self._job_changed)
        self._count()
        self._newest()

    def _head(self) -> QWidget:
        head = QWidget()
        head.setFixedHeight(px(44))
        row = hbox(head, margin=(16, 0, 12, 0), gap=8)
        row.addWidget(Label(tr("gui.jobs"), "section"))
        row.addSpacing(px(4))
        self.running, self.failed = Badge("", "accent"), Badge("", "bad")
        row.addWidget(self.running)
        row.addWidget(self.failed)
        self.note = Label(tr("jobs.note"), "secondary", "text2", elide=True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.note, 1)
        self.clear = Button(tr("jobs.clear"), kind="quiet", small=True)
        self.clear.clicked.connect(self.worker.clear_finished)
        row.addWidget(self.clear)
        close = IconButton("down", tr("jobs.close"), size=28)
        close.clicked.connect(self.closed)
        row.addWidget(close)
        return head

    def _count(self) -> None:
        open_jobs = len(self.worker.running)
        running, failed = (sum(j.state == s for j in self.worker.jobs) for s in ("running", "failed"))
        waiting = open_jobs - running
        self.running.set(tr("jobs.running_waiting" if waiting else "jobs.running", count=running, waiting=waiting))
        self.running.setVisible(open_jobs > 0)
        self.failed.set(tr("jobs.failed", count=failed))
        self.failed.setVisible(failed > 0)
        self.clear.setEnabled(len(self.worker.jobs) > open_jobs)

    def _newest(self) -> None:
        if self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(0, 0))
        else:
            self.detail.show_job(None)

    def _chosen(self, index: QModelIndex) -> None:
        self.detail.show_job(index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None)

    def _job_changed(self, job: Job) -> None:
        self._count()
        self.detail.refresh(job)

    @property
    def target(self) -> Job | None:
        """The job that keys of the window mean: the running one."""
        return next((j for j in self.worker.running if j.state == "running"), None)

    def pause_or_resume(self) -> None:
        """Let the running job stand still, or go on."""
        if self.target:
            self.target.pause_or_resume()

    def stop_and_keep(self) -> None:
        """End the running job early with what it has."""
        if self.target:
            self.target.stop_and_keep()

    @staticmethod
    def _act(job: Job) -> None:
        if action_of(job) in ("cancel", "remove"):
            job.cancel()
        else:
            job.retry()

    def focus(self) -> None:
        """Put the focus into the list."""
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.fillRect(self.rect(), color("surface"))
        painter.fillRect(0, 0, self.width(), 1, color("border"))
        painter.end()
