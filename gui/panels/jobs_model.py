"""The list of jobs as Qt sees it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ..text import tr
from ..worker import Job, Worker

__all__ = ["JobsModel"]

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class JobsModel(QAbstractListModel):
    """Newest first; rows are `Job` objects under UserRole."""

    def __init__(self, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._jobs: list[Job] = list(worker.jobs)
        worker.jobs_changed.connect(self._list_changed)
        worker.job_changed.connect(self._job_changed)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        job = self._jobs[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return job
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{job.title}: {tr(f'jobs.state.{job.stage}')}. {job.text}"
        return None

    def _list_changed(self) -> None:
        fresh = [j for j in self._worker.jobs if j not in self._jobs]
        if fresh and len(self._worker.jobs) == len(self._jobs) + len(fresh):
            self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
            self._jobs = list(self._worker.jobs)
            self.endInsertRows()
            return
        self.beginResetModel()
        self._jobs = list(self._worker.jobs)
        self.endResetModel()

    def _job_changed(self, job: Job) -> None:
        if job in self._jobs:
            row = self.index(self._jobs.index(job), 0)
            self.dataChanged.emit(row, row)
