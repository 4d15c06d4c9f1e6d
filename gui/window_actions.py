"""What can be done everywhere, as data: the window's actions, the palette's lines, the ways out of an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

from core.errors import DamagedProject, JobError, LikenessError, ReadError

from .actions import Action
from .dialogs.palette import Entry
from .text import tr
from .widgets import FileDialog

if TYPE_CHECKING:
    from .main_window import MainWindow
    from .worker import Job

__all__ = ["entries", "fixes_for", "of", "searches"]


def of(window: MainWindow) -> list[Action]:
    """The actions of the window itself."""
    state = window.state
    return [
        *(_page_action(window, key) for key in window.kinds),
        Action("jobs.toggle", "gui.action.jobs", window.toggle_jobs, "jobs", ("Ctrl+J",)),
        *_job_actions(window),
        Action("palette", "gui.palette", window.show_palette, "search", ("Ctrl+Shift+P", "Ctrl+K")),
        Action("keys", "gui.action.keys", window.show_keys, "help", ("?",)),
        Action("open", "gui.open", window.choose_file, "folder", ("Ctrl+O",)),
        Action("open_folder", "gui.open_folder", window.choose_folder, "image", ("Ctrl+Shift+O",)),
        Action("save_copy", "gui.save_copy", window.save_copy, "export", ("Ctrl+S",),
               lambda: state.project is not None),
        Action("undo", "gui.undo", state.undo, "undo", ("Ctrl+Z",), lambda: state.can_undo),
        Action("redo", "gui.redo", state.redo, "redo", ("Ctrl+Shift+Z",), lambda: state.can_redo),
        Action("settings", "gui.settings", window.show_settings, "settings", ("Ctrl+,",)),
        Action("theme", "gui.theme", window.next_theme, "sun"),
        Action("zoom.in", "gui.zoom.in", lambda: window.zoom_by(1.1), "plus", ("Ctrl++", "Ctrl+=")),
        Action("zoom.out", "gui.zoom.out", lambda: window.zoom_by(1 / 1.1), "down", ("Ctrl+-",)),
        Action("zoom.reset", "gui.zoom.reset", lambda: window.zoom_by(0), "eye", ("Ctrl+0",)),
        Action("pane.next", "gui.pane.next", lambda: _next_pane(window, 1), "right", ("F6",)),
        Action("pane.previous", "gui.pane.previous", lambda: _next_pane(window, -1), "left", ("Shift+F6",)),
        Action("quit", "gui.quit", window.close, "x", ("Ctrl+Q",)),
        *_recent(window),
    ]


def _job_actions(window: MainWindow) -> list[Action]:
    """For the calculation that runs, from wherever the focus is."""
    jobs = window.jobs
    return [
        Action("jobs.pause", "gui.action.pause", jobs.pause_or_resume, "wait", ("Ctrl+Shift+J",),
               lambda: jobs.target is not None, why_key="gui.action.pause_why"),
        Action("jobs.keep", "gui.action.keep", jobs.stop_and_keep, "stop", ("Ctrl+Shift+K",),
               lambda: jobs.target is not None and jobs.target.can_keep, why_key="gui.action.keep_why"),
    ]


def _page_action(window: MainWindow, key: str) -> Action:
    kind = window.kinds[key]
    return Action(f"go.{key}", "gui.go", lambda: window.go(key), kind.icon, (kind.shortcut,),
                  values={"page": tr(kind.title_key)})


def _recent(window: MainWindow) -> list[Action]:
    return [
        Action(f"recent.{i}", "gui.open_recent", lambda entry=entry: window.state.open_recent(entry), "file",
               (f"Alt+{i}",), values={"name": Path(entry.path).name})
        for i, entry in enumerate(window.state.settings.recent, start=1)
    ]


def _next_pane(window: MainWindow, step: int) -> None:
    """Put the focus into the next pane: rail, page, inspector, jobs."""
    panes: list[QWidget] = [window.rail, window.page(), window.inspector, window.jobs]
    panes = [p for p in panes if p.isVisible() and _first(p)]
    focus = QApplication.focusWidget()
    now = next((i for i, p in enumerate(panes) if focus is not None and p.isAncestorOf(focus)), -1)
    target = _first(panes[(now + step) % len(panes)])
    if target is not None:
        from PySide6.QtCore import Qt

        target.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _first(pane: QWidget) -> QWidget | None:
    from PySide6.QtCore import Qt

    able = (w for w in pane.findChildren(QWidget) if w.isVisible() and w.isEnabled())
    return next((w for w in able if w.focusPolicy() & Qt.FocusPolicy.TabFocus), None)


def entries(window: MainWindow) -> list[Entry]:
    """Lines of the palette: what can be done here, everywhere, columns, recent files."""
    here = tr(window.page().title_key)
    lines = [_entry(window, a, here) for a in window.actions_here()]
    lines += [_entry(window, a, tr("gui.palette.window")) for a in of(window) if a.id != "palette"]
    lines += [_entry(window, a, tr(p.title_key)) for k, p in window.pages.items() if k != window.page_key
              for a in p.actions()]
    lines += [
        Entry(c.name, tr("gui.palette.column"), "data", lambda name=c.name: _show_column(window, name))
        for c in window.state.schema
    ]
    return lines


def _entry(window: MainWindow, action: Action, group: str) -> Entry:
    able = action.enabled()
    why = tr(action.why_key) if action.why_key and not able else ""
    return Entry(
        action.text, group, action.icon, lambda: window.do(action), action.keys[0] if action.keys and able else "",
        able, why)


def _show_column(window: MainWindow, name: str) -> None:
    window.go("data")
    page = window.page()
    if hasattr(page, "show_column"):
        page.show_column(name)


def searches(window: MainWindow) -> Callable[[str], list[Entry]]:
    """Lines that depend on what was typed: find it in the rows."""

    def make(text: str) -> list[Entry]:
        if window.state.source is None:
            return []
        return [Entry(tr("gui.palette.rows", text=text), tr("page.data"), "search", lambda: _find_rows(window, text))]

    return make


def _find_rows(window: MainWindow, text: str) -> None:
    window.go("data")
    page = window.page()
    if hasattr(page, "find"):
        page.find(text)


def fixes_for(
    window: MainWindow, error: LikenessError, job: Job | None,
) -> list[tuple[str, Callable[[], object]]]:
    """What the error dialog offers; the last is its default button. Empty: there is only to read it."""
    if isinstance(error, JobError) and job is not None:
        return [(tr("gui.fix.again"), job.retry)]
    if isinstance(error, ReadError) and job is not None and not Path(str(getattr(job.request, "file", ""))).exists():
        return [(tr("gui.fix.locate"), lambda: _locate(window))]
    if isinstance(error, DamagedProject) and (path := window.state.wanted):
        return [(tr("gui.fix.read_only"), lambda: window.state.open_project(path, read_only=True))]
    return []


def _locate(window: MainWindow) -> None:
    """The file was moved: the user shows where it is."""
    path, _ = FileDialog.getOpenFileName(window, tr("gui.fix.locate"), "", tr("gui.files.tables"))
    if path:
        window.state.open_moved(Path(path))


