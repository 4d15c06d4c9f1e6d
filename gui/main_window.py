"""The window: rail, top bar, page, inspector, jobs panel, status bar; sheets over all of it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from . import window_actions
from .actions import Action, Keys, run_action
from .pages.base import PAGES, Page
from .panels.bars import StatusBar, TopBar
from .panels.inspector import Inspector
from .panels.jobs import JobsPanel, time_left
from .panels.rail import Rail
from .state import AppState
from .text import local_clock, say, tr
from .theme import Theme, px, zoom
from .window_commands import WindowCommands

__all__ = ["MainWindow"]

_NARROW = 1280


class MainWindow(WindowCommands):
    """Shows pages over one state. Pages are made when first shown, and anew after the zoom changed."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.kinds: dict[str, type[Page]] = dict(sorted(PAGES.items(), key=lambda kv: kv[1].order))
        self.page_key = "start"
        self._zoom = zoom()
        self.setWindowTitle("Likeness")
        self.setAcceptDrops(True)
        self.setMinimumSize(900, 560)
        self.keys = Keys(self, lambda: self.state.settings.single_keys)
        self._build()
        self._listen()
        self.resize(1440, 900)
        self.go("start")

    # --- building ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.pages: dict[str, Page] = {}
        root = QWidget()
        whole = QVBoxLayout(root)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        kinds = [(k, p.icon, tr(p.title_key), p.shortcut) for k, p in self.kinds.items()]
        self.rail, self.top, self.status = Rail(kinds), TopBar(), StatusBar()
        self.stack, self.inspector = QStackedWidget(), Inspector()
        self.jobs = JobsPanel(self.state.worker)
        desk = QWidget()
        self.desk = QHBoxLayout(desk)
        self.desk.setContentsMargins(0, 0, 0, 0)
        self.desk.setSpacing(0)
        self.desk.addWidget(self.stack, 1)
        self.desk.addWidget(self.inspector)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(desk)
        self.splitter.addWidget(self.jobs)
        self.splitter.setStretchFactor(0, 1)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.top)
        right.addWidget(self.splitter, 1)
        upper.addWidget(self.rail)
        upper.addLayout(right, 1)
        whole.addLayout(upper, 1)
        whole.addWidget(self.status)
        self.setCentralWidget(root)
        self.jobs.setVisible(self.state.settings.jobs_open)
        self._connect_parts()

    def _connect_parts(self) -> None:
        self.rail.page_chosen.connect(self.go)
        self.rail.jobs_toggled.connect(self.toggle_jobs)
        self.rail.settings_wanted.connect(self.show_settings)
        self.top.search.clicked.connect(self.show_palette)
        self.top.undo.clicked.connect(self.state.undo)
        self.top.redo.clicked.connect(self.state.redo)
        self.top.theme.clicked.connect(self.next_theme)
        self.top.help.clicked.connect(self.show_keys)
        self.top.inspector.clicked.connect(self.toggle_inspector)
        self.jobs.closed.connect(self.toggle_jobs)
        self.splitter.splitterMoved.connect(self._sizes_changed)
        self.show_facts()
        self._show_history()
        self._jobs_changed()

    def _listen(self) -> None:
        state = self.state
        state.project_changed.connect(self._project_changed)
        for signal in (state.source_changed, state.fit_changed, state.schema_changed):
            signal.connect(self.show_facts)
        for signal in (state.verdicts_changed, state.queue_changed):
            signal.connect(self._show_badges)
        state.verdicts_changed.connect(self._jobs_changed)  # what was said last is over
        state.run_changed.connect(self._show_badges)
        for signal in (state.history_changed, state.verdicts_changed):
            signal.connect(self._show_history)
        state.saved.connect(self._show_saved)
        state.page_wanted.connect(self.go)
        state.failed.connect(self.show_error)
        state.said.connect(lambda text: self.status.set_job(text, "info"))
        state.sheet_wanted.connect(self.show_sheet)
        state.worker.jobs_changed.connect(self._jobs_changed)
        state.worker.job_changed.connect(self._jobs_changed)
        Theme.instance().changed.connect(self._theme_changed)

    def _theme_changed(self) -> None:
        """Colours follow by themselves; another zoom needs every part anew."""
        if zoom() == self._zoom:
            self.update()
            return
        self._zoom = zoom()
        if self.veil is not None:
            self.veil.sheet.reject()
        QTimer.singleShot(0, self.rebuild)

    def rebuild(self) -> None:
        """Make every part again at the present zoom; the pages read where they were from the state."""
        for page in self.pages.values():
            page.setParent(None)
            page.deleteLater()
        key = self.page_key
        self._build()
        self.go(key)

    # --- pages ------------------------------------------------------------------------------------------------------

    def page(self) -> Page:
        """The page on top."""
        return self.pages[self.page_key]

    def go(self, key: str) -> None:
        """Bring a page to the top."""
        if key not in self.kinds:
            return
        if key not in self.pages:
            page = self.kinds[key](self.state)
            page.inspector_changed.connect(self._show_inspector)
            page.sheet_wanted.connect(self.show_sheet)
            page.inspector_wanted.connect(self.inspector.show_over)
            if hasattr(page, "continue_wanted"):
                page.continue_wanted.connect(self.go_on)
            self.pages[key] = page
            self.stack.addWidget(page)
        self.page_key = key
        self.stack.setCurrentWidget(self.pages[key])
        self.rail.set_page(key)
        self.state.set_page(key)
        self._show_inspector()
        self.show_facts()
        self.bind_keys()
        self.pages[key].shown()

    def go_on(self) -> None:
        """Continue where the user stopped."""
        if self.state.project is None and self.state.settings.last:
            self.state.open_project(self.state.settings.last)
        elif self.state.project is not None:
            self.go(self.state.page)

    def actions_here(self) -> list[Action]:
        """Actions of the page on top, its primary one first."""
        page = self.page()
        primary = page.primary()
        own = page.actions()
        if primary is None:
            return own
        keys = (*[k for k in primary.keys if k != "Ctrl+Return"], "Ctrl+Return")
        first = Action(**{**vars(primary), "keys": keys})
        return [first, *[a for a in own if a.id != primary.id]]

    def bind_keys(self) -> None:
        """Bind the keys of the page on top and of the window."""
        self.keys.set([*self.actions_here(), *window_actions.of(self)])

    def _show_inspector(self) -> None:
        page = self.pages.get(self.page_key)
        if page is not None and page is self.stack.currentWidget():
            self.inspector.show_panel(page.inspector(), page.inspector_width)
            self._place_inspector()
            self.bind_keys()

    def _place_inspector(self) -> None:
        narrow = self.width() < _NARROW * min(zoom(), 1.25)
        has = self.inspector.panel is not None
        self.top.inspector.setVisible(has and narrow)
        self.inspector.dock(self.desk, overlay=narrow)
        if self.page_key in self.pages:
            self.pages[self.page_key].set_narrow(narrow)

    def toggle_inspector(self) -> None:
        """Show or hide the panel when the window is narrow."""
        self.inspector.toggle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_inspector()

    # --- jobs -------------------------------------------------------------------------------------------------------

    def toggle_jobs(self) -> None:
        """Show or hide the jobs panel."""
        shown = not self.jobs.isVisible()
        self.jobs.setVisible(shown)
        self.rail.jobs.setChecked(shown)
        self.rail.update()
        self.state.settings.jobs_open = shown
        self.state.settings.save()
        if shown:
            self._size_jobs()
            self.jobs.focus()

    def _size_jobs(self) -> None:
        """As high as the user left the panel, but never more than two thirds of the window."""
        whole = self.splitter.height()
        high = min(self.state.settings.sizes.get("jobs", [px(310)])[-1], whole * 2 // 3)
        self.splitter.setSizes([whole - high, high])

    def _sizes_changed(self) -> None:
        self.state.settings.sizes["jobs"] = self.splitter.sizes()

    def _jobs_changed(self, _job: object = None) -> None:
        running = self.state.worker.running
        self.rail.jobs.set_badge(str(len(running)) if running else "")
        self.rail.jobs.setChecked(self.state.settings.jobs_open)
        job = next((j for j in running if j.state == "running"), None)
        if job is None:
            self._say_written()
            return
        left = tr(f"jobs.state.{job.stage}") if job.wants_pause else time_left(job.eta)
        share = tr("jobs.share", share=int(100 * job.fraction) / 100)
        self.status.set_job(", ".join(p for p in (job.title, share, left) if p))

    def _say_written(self) -> None:
        """After an export nothing else on the page would tell that the file is there."""
        last = next(iter(self.state.worker.jobs), None)
        is_written = last is not None and last.icon == "export" and last.state == "done"
        self.status.set_job(tr("jobs.written", title=last.title, clock=last.clock) if is_written else "", "okc", "ok")

    # --- facts ------------------------------------------------------------------------------------------------------

    def _project_changed(self) -> None:
        for key in [k for k in self.pages if k != self.page_key]:
            page = self.pages.pop(key)
            self.stack.removeWidget(page)
            page.deleteLater()
        self.show_facts()
        self._show_badges()
        if self.state.project is not None:
            self.go(self.state.page)
            if self.state.project.notice:
                self.top.badge.setToolTip(say(self.state.project.notice))

    def show_facts(self) -> None:
        """Name, state and size of what is open, in the title, the top bar and the status bar."""
        state, source = self.state, self.state.source
        name = state.path.name if state.path else ""
        self.top.title.setText(name or tr(self.kinds[self.page_key].title_key))
        self.top.badge.setVisible(state.read_only)
        self.setWindowTitle(f"{name} - Likeness" if name else "Likeness")
        if source is None:
            facts = [name, tr("gui.no_table")] if name else [tr("gui.no_project"), tr("gui.engine_ready")]
            self.status.set_facts("info", facts)
            return
        facts = [source["name"], tr("gui.rows", rows=source["rows"]), tr("gui.columns", columns=len(state.schema))]
        if state.fit:
            facts.append(tr("gui.fitted", clock=local_clock(str(state.fit.get("added", "")))))
        self.status.set_facts("image" if source["kind"] == "images" else "data", facts)

    def _show_badges(self) -> None:
        button = self.rail.buttons.get("review")
        session = self.state.session
        if button is not None:
            button.set_badge(_short(session.counts.left) if session else "")

    def _show_history(self) -> None:
        state = self.state
        for button, able, command, key in (
            (self.top.undo, state.can_undo, state.history.undoable, "gui.undo"),
            (self.top.redo, state.can_redo, state.history.redoable, "gui.redo"),
        ):
            button.setEnabled(able)
            button.setToolTip(tr(f"{key}_of", what=command.text) if command else tr(f"{key}_any"))

    def _show_saved(self) -> None:
        self.status.set_saved(f"{datetime.now().astimezone():%H:%M}")

    # --- the end ----------------------------------------------------------------------------------------------------

    def restore_size(self) -> None:
        """As large, and where, the window was."""
        if kept := self.state.settings.geometry:
            self.restoreGeometry(QByteArray.fromBase64(kept.encode()))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.state.settings.geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.state.settings.save()
        Theme.instance().changed.disconnect(self._theme_changed)
        self.state.close()
        super().closeEvent(event)

    def do(self, action: Action) -> None:
        """Run an action, on its page."""
        if action.page and action.page != self.page_key:
            self.go(action.page)
        run_action(action)


def _short(count: int) -> str:
    """A count that fits a badge: 163, 12k, 1M; "" for none."""
    return f"{count // 10**6}M" if count >= 10**6 else f"{count // 1_000}k" if count >= 1_000 else str(count or "")
