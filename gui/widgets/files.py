"""Dialogs for files that look into none of those they list.

A file dialog reads each file of a folder to choose its icon. POSIX ends all locks of a process on a file as soon as
anything in it closes that file: the project on show would lose its locks in this way, and the next process to close it
would take its log away.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QFileInfo
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QFileIconProvider, QWidget

__all__ = ["FileDialog"]


class _Blind(QFileIconProvider):
    """Folders and files, whatever they hold."""

    def icon(self, of: QFileInfo | QFileIconProvider.IconType) -> QIcon:
        if not isinstance(of, QFileInfo):
            return super().icon(of)
        return super().icon(self.IconType.Folder if of.isDir() else self.IconType.File)

    def type(self, info: QFileInfo) -> str:
        return "" if info.isDir() else info.suffix().upper()


class FileDialog(QFileDialog):
    """Asks for a file or folder; the answers are those of the functions of `QFileDialog` of the same names."""

    def __init__(self, parent: QWidget | None, title: str, folder: str = "", filters: str = "") -> None:
        super().__init__(parent, title, folder, filters)
        if sys.platform == "linux":  # the desktop's own may look into files within this process
            self.setOption(self.Option.DontUseNativeDialog)
        self._icons = _Blind()
        self.setIconProvider(self._icons)

    def _answer(self) -> tuple[str, str]:
        """The path and the filter, both "" when it was put away."""
        found = (self.selectedFiles()[0], self.selectedNameFilter()) if self.exec() else ("", "")
        self.deleteLater()
        return found

    @staticmethod
    def getOpenFileName(parent: QWidget | None, title: str, folder: str = "", filters: str = "") -> tuple[str, str]:
        """A file that is there."""
        asked = FileDialog(parent, title, folder, filters)
        asked.setFileMode(FileDialog.FileMode.ExistingFile)
        return asked._answer()

    @staticmethod
    def getSaveFileName(parent: QWidget | None, title: str, name: str = "", filters: str = "") -> tuple[str, str]:
        """A file to write; one that is there is asked about."""
        asked = FileDialog(parent, title, "", filters)
        asked.setAcceptMode(FileDialog.AcceptMode.AcceptSave)
        asked.setFileMode(FileDialog.FileMode.AnyFile)
        asked.selectFile(name)
        return asked._answer()

    @staticmethod
    def getExistingDirectory(parent: QWidget | None, title: str, folder: str = "") -> str:
        """A folder that is there, or one made in the dialog."""
        asked = FileDialog(parent, title, folder)
        asked.setFileMode(FileDialog.FileMode.Directory)
        asked.setOption(FileDialog.Option.ShowDirsOnly)
        return asked._answer()[0]
