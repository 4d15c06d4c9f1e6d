"""What the window does on command: sheets over it, theme and zoom, files in and out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow

from core.errors import LikenessError

from . import window_actions
from .actions import Action, Keys
from .dialogs.base import Sheet, Veil
from .dialogs.error import ErrorSheet
from .dialogs.keys import KeysSheet
from .dialogs.palette import PaletteSheet
from .dialogs.settings import SettingsSheet
from .pages.base import Page
from .panels.bars import TopBar
from .state import SUFFIX, AppState
from .text import tr
from .theme import SCHEMES, scheme, set_scheme, set_zoom, zoom
from .widgets import FileDialog

__all__ = ["WindowCommands"]


class WindowCommands(QMainWindow):
    """The commands of `MainWindow`, which has the parts they act on."""

    state: AppState
    keys: Keys
    top: TopBar
    veil: Veil | None = None

    def page(self) -> Page:
        """The page on top."""
        raise NotImplementedError

    def actions_here(self) -> list[Action]:
        """Actions of the page on top."""
        raise NotImplementedError

    def show_facts(self) -> None:
        """Show anew what is open."""
        raise NotImplementedError

    # --- sheets -----------------------------------------------------------------------------------------------------

    def show_sheet(self, sheet: Sheet) -> Sheet:
        """Lay a dialog over the window."""
        if self.veil is not None:
            self.veil.sheet.reject()
        self.keys.silence(True)
        self.veil = Veil(self, sheet)
        self.veil.closed.connect(self._sheet_closed)
        return sheet

    def _sheet_closed(self) -> None:
        if self.sender() is self.veil:
            self.veil = None
            self.keys.silence(False)

    def show_error(self, error: LikenessError) -> None:
        """What happened, why, and what to do."""
        job = next((j for j in self.state.worker.jobs if j.error is error), None)
        fixes = window_actions.fixes_for(self, error, job)
        self.show_sheet(ErrorSheet(error, job.title if job else "", job.command if job else "", fixes))

    def show_keys(self) -> None:
        """The `?` sheet."""
        page = self.page()
        self.show_sheet(KeysSheet(
            tr(page.title_key), self.actions_here(), page.keys(), window_actions.of(self)))

    def show_palette(self) -> None:
        """Find and do anything."""
        self.show_sheet(PaletteSheet(window_actions.entries(self), window_actions.searches(self)))

    def show_settings(self) -> None:
        """The settings."""
        sheet = SettingsSheet(self.state.settings)
        sheet.cache_cleared.connect(self.state.forget_copies)
        self.show_sheet(sheet)

    def next_theme(self) -> None:
        """Light, dark, light ... (the settings also know system and high contrast)."""
        following = {"light": "dark", "dark": "light"}.get(scheme(), SCHEMES[0])
        self.state.settings.theme = following
        self.state.settings.save()
        set_scheme(following)

    def zoom_by(self, factor: float) -> None:
        """Larger or smaller; 0 is back to 100 %."""
        set_zoom(zoom() * factor if factor else 1.0)
        self.state.settings.zoom = zoom()
        self.state.settings.save()

    # --- files ------------------------------------------------------------------------------------------------------

    def choose_file(self) -> None:
        """Open a table or project."""
        path, _ = FileDialog.getOpenFileName(self, tr("gui.open"), "", tr("gui.files.all"))
        if path:
            self.state.open_any(path)

    def choose_folder(self) -> None:
        """Open a folder of images."""
        if path := FileDialog.getExistingDirectory(self, tr("gui.open_folder")):
            self.state.open_any(path)

    def save_copy(self) -> None:
        """Save a copy of the project (the project itself is always saved)."""
        if self.state.path is None:
            return
        path, _ = FileDialog.getSaveFileName(self, tr("gui.save_copy"), self.state.path.name, tr("gui.files.projects"))
        if path:
            self.state.save_copy(Path(path).with_suffix(SUFFIX))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(u.isLocalFile() for u in event.mimeData().urls()):
            event.acceptProposedAction()
            self.top.title.setText(tr("gui.drop_here"))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.show_facts()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [u.toLocalFile() for u in event.mimeData().urls() if u.isLocalFile()]
        self.show_facts()
        if files:
            self.state.open_any(files[0])
