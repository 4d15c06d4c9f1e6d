"""A job's results on their way into the project: a thread stores their bytes, so that the window waits for no disk."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from core.errors import LikenessError
from core.project.bringing import bring
from core.project.staging import Staging

__all__ = ["Saving", "is_large"]

_AT_ONCE = 1024 * 1024  # bytes that are written faster than anybody notices


def is_large(staging: Path) -> bool:
    """Whether a window should not wait for these bytes."""
    return Staging(staging).size > _AT_ONCE


class Saving(QObject):
    """Stores bytes, then goes on in the window's thread.

    Args:
        project: the file.
        staging: what a job staged.
        then: what follows, whether or not the bytes could be stored: adopting stores what is missing, or says why not.
        parent: owner.
    """

    _brought = Signal()

    def __init__(self, project: Path, staging: Path, then: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._then = then
        self._stopped = threading.Event()
        self._brought.connect(self._go_on, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._bring, args=(project, staging), name="saving")
        self._thread.start()

    def _bring(self, project: Path, staging: Path) -> None:
        try:
            with contextlib.suppress(LikenessError, OSError):  # adopting meets the same obstacle, and says so
                bring(project, staging, self._stopped.is_set)
        finally:
            self._brought.emit()

    def _go_on(self) -> None:
        self._thread.join()
        if not self._stopped.is_set():
            self._then()
        self.deleteLater()

    def stop(self) -> None:
        """Leave it; returns once the chunk being written is."""
        self._stopped.set()
        self._thread.join()
