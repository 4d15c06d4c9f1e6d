"""File dialogs: they look into no file they list, and answer with what was chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QTreeView

from core.project.project import Project
from gui.widgets import FileDialog

linux = pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the system does not list its locks")


def locks(path: Path) -> set[str]:
    """Locks that somebody holds on a file and on its log's index, as the system lists them."""
    nodes = {str(p.stat().st_ino) for p in path.parent.glob(path.name + "*")}
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return {" ".join(line[1:4] + line[5:]) for line in lines if line[5].rpartition(":")[2] in nodes}


def answer(name: str) -> None:
    """Write a name into the dialog and accept it, once it lists its folder."""
    dialog = QApplication.activeModalWidget()
    view = dialog.findChild(QTreeView, "treeView") if isinstance(dialog, QFileDialog) else None
    if view is None or not view.model().rowCount(view.rootIndex()):
        QTimer.singleShot(50, lambda: answer(name))
        return
    dialog.findChild(QLineEdit, "fileNameEdit").setText(name)
    QTimer.singleShot(200, dialog.accept)


def put_away() -> None:
    if (dialog := QApplication.activeModalWidget()) is not None:
        dialog.reject()
    else:
        QTimer.singleShot(50, put_away)


@linux
def test_a_project_on_show_keeps_its_locks_while_a_dialog_lists_it(qtbot, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Project.open(tmp_path / "mine.likeness", create=True) as project:
        project.set_setting("seen", 1)
        held = locks(project.path)
        assert held, "a project that is open is locked"
        QTimer.singleShot(0, lambda: answer("mine.likeness"))
        chosen, _ = FileDialog.getOpenFileName(None, "Open", str(tmp_path))
        assert Path(chosen) == project.path
        assert locks(project.path) == held


def test_the_answers_are_paths_and_nothing_where_it_was_put_away(qtbot, tmp_path):
    (tmp_path / "inner").mkdir()
    QTimer.singleShot(0, lambda: answer("copy.csv"))
    chosen, _ = FileDialog.getSaveFileName(None, "Save", str(tmp_path / "old.csv"))
    assert Path(chosen) == tmp_path / "copy.csv"
    QTimer.singleShot(0, lambda: answer("inner"))
    assert Path(FileDialog.getExistingDirectory(None, "Folder", str(tmp_path))) == tmp_path / "inner"
    QTimer.singleShot(0, put_away)
    assert FileDialog.getOpenFileName(None, "Open", str(tmp_path)) == ("", "")
