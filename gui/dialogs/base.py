"""Sheets: dialogs that lie over the window behind a veil. Esc closes, Tab stays inside, Enter is the default button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QDialog, QGraphicsDropShadowEffect, QVBoxLayout, QWidget

from ..text import tr
from ..theme import color, px
from ..widgets import Glyph, IconButton, Label, box, hbox, painter_of, vbox

__all__ = ["Sheet", "Veil"]


class Sheet(QDialog):
    """A dialog inside the window. Put content into `.body`.

    Args:
        title: at the top, with a cross at the right; "" for neither.
        width: design pixels.
        icon, tone: a sign before the title.
    """

    def __init__(
        self, title: str = "", *, width: int = 600, icon: str | None = None, tone: str = "accent_text",
        margin: int = 24,
    ) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setModal(False)
        self.setAccessibleName(title)
        self.setFixedWidth(px(width))
        self.at_top = False
        self.body: QVBoxLayout = vbox(self, margin=margin, gap=12)
        if title:
            row = hbox(gap=10)
            if icon:
                row.addWidget(Glyph(icon, 20, tone), 0, Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(Label(title, "section", wrap=True), 1)
            cross = IconButton("x", tr("gui.close_sheet"), size=28)
            cross.clicked.connect(self.reject)
            row.addWidget(cross, 0, Qt.AlignmentFlag.AlignTop)
            self.body.addLayout(row)
        shade = QGraphicsDropShadowEffect(self)
        shade.setBlurRadius(px(48))
        shade.setOffset(0, px(16))
        shade.setColor(QColor(0, 0, 0, 90))
        self.setGraphicsEffect(shade)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round inside the sheet."""
        stops = self._stops()
        focus = self.focusWidget()
        if not stops:
            return False
        at = stops.index(focus) if focus in stops else -1 if forward else 0
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        stops[(at + (1 if forward else -1)) % len(stops)].setFocus(reason)
        return True

    def _stops(self) -> list[QWidget]:
        """What Tab can reach in here, in order."""
        found: list[QWidget] = []
        widget = self.nextInFocusChain()
        while widget is not self:
            able = self.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled()
            if able and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                found.append(widget)
            widget = widget.nextInFocusChain()
        return found

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.reject()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        box(painter, self.rect(), px(12), color("raised"), color("border"))
        painter.end()


class Veil(QWidget):
    """Darkens the window behind a sheet and keeps the sheet in its place."""

    closed = Signal()

    def __init__(self, window: QWidget, sheet: Sheet) -> None:
        super().__init__(window)
        self.sheet = sheet
        self._before = window.focusWidget()
        sheet.setParent(self)
        sheet.finished.connect(self._finished)
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        sheet.show()
        self.place()
        first = sheet.property("first")
        target = first if isinstance(first, QWidget) else sheet
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def place(self) -> None:
        """Centre the sheet, a little above the middle; or hang it from the top bar."""
        self.setGeometry(self.parentWidget().rect())
        sheet = self.sheet
        most = self.height() - px(64)
        high = sheet.heightForWidth(sheet.width()) if sheet.hasHeightForWidth() else sheet.sizeHint().height()
        sheet.resize(sheet.width(), min(max(high, sheet.minimumHeight()), most))
        top = px(8) if sheet.at_top else max((self.height() - sheet.height()) * 2 // 5, px(32))
        sheet.move((self.width() - sheet.width()) // 2, top)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.sheet.geometry().contains(event.position().toPoint()):
            self.sheet.reject()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.fillRect(self.rect(), color("veil"))
        painter.end()

    def _finished(self) -> None:
        self.parentWidget().removeEventFilter(self)
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()
        self.deleteLater()
