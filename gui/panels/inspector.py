"""The inspector: the page's panel about the selection, docked at the right, or over the page in a narrow window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ..text import tr
from ..theme import color, px
from ..widgets import painter_of

__all__ = ["Inspector"]


class Inspector(QFrame):
    """A fixed-width frame around the panel of the page on top. Long panels scroll."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("gui.inspector"))
        self.panel: QWidget | None = None
        self._is_overlay = False
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll.setAccessibleName(tr("gui.inspector"))
        self.scroll.viewport().setAutoFillBackground(False)
        column.addWidget(self.scroll)
        self.hide()

    def show_panel(self, panel: QWidget | None, width: int) -> None:
        """Another panel; the old one goes back to its page, which owns it."""
        if panel is not self.panel:
            if old := self.scroll.takeWidget():
                old.setParent(None)
            self.panel = panel
            if panel is not None:
                panel.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
                self.scroll.setWidget(panel)
                panel.setAutoFillBackground(False)  # the scroll area switches it on
                panel.show()
        self.setFixedWidth(px(width))
        self.setVisible(panel is not None and not self._is_overlay)

    def dock(self, desk: QHBoxLayout, *, overlay: bool) -> None:
        """Beside the page, or over it."""
        if overlay == self._is_overlay:
            self._place()
            return
        self._is_overlay = overlay
        host = desk.parentWidget()
        if overlay:
            desk.removeWidget(self)
            host.installEventFilter(self)
            self.hide()
            self._place()
        else:
            host.removeEventFilter(self)
            desk.addWidget(self)
            self.setVisible(self.panel is not None)

    def _place(self) -> None:
        host = self.parentWidget()
        if self._is_overlay and host is not None:
            self.setGeometry(host.width() - self.width(), 0, self.width(), host.height())
            self.raise_()

    def toggle(self) -> None:
        """Show or hide it in a narrow window."""
        if self._is_overlay and self.panel is not None:
            self.setVisible(not self.isVisible())
            self._place()

    def show_over(self, on: bool) -> None:
        """Show it over the page, or put it away; beside the page it stays."""
        if self._is_overlay and self.panel is not None and self.isVisible() != on:
            self.toggle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._is_overlay:
            self.hide()
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.fillRect(self.rect(), color("surface"))
        painter.fillRect(0, 0, 1, self.height(), color("border"))
        painter.end()
