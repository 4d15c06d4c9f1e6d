"""The top bar (project, search, undo, theme, help) and the status bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QWidget

from ..text import tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import Badge, Glyph, IconButton, Label, box, divider, hbox, painter_of
from ..widgets.paint import Ringed

__all__ = ["SearchButton", "StatusBar", "TopBar"]


class SearchButton(Ringed, QAbstractButton):
    """Looks like a field, opens the palette."""

    def __init__(self) -> None:
        super().__init__()
        self.setText(tr("gui.search"))
        self.setAccessibleName(tr("gui.search"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(px(180))
        self.setMaximumWidth(px(400))
        self.setCursor(Qt.CursorShape.IBeamCursor)

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        box(painter, self.rect(), px(6), color("sunken" if self.underMouse() else "bg"), color("outline"))
        side = px(16)
        picture = icon_pixmap("search", side, "text2", self.devicePixelRatioF())
        painter.drawPixmap(px(10), (self.height() - side) // 2, picture)
        keys = "Ctrl+Shift+P"
        painter.setFont(font("micro_strong"))
        width = QFontMetricsF(painter.font()).horizontalAdvance(keys) + px(12)
        cap = QRectF(self.width() - width - px(7), (self.height() - px(20)) / 2, width, px(20))
        box(painter, cap, px(4), color("sunken"), color("border"))
        painter.setPen(color("text2"))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, keys)
        painter.setFont(font("body"))
        room = QRectF(px(34), 0, cap.left() - px(40), self.height())
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class TopBar(QFrame):
    """What is open, the search that is also the palette, undo, redo, theme, help."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(px(48))
        self.title = Label("", "strong", elide=True)
        self.badge = Badge(tr("gui.read_only"), "warn", icon="lock")
        self.badge.hide()
        self.search = SearchButton()
        self.undo = IconButton("undo", tr("gui.undo_any"))
        self.redo = IconButton("redo", tr("gui.redo_any"))
        self.theme = IconButton("sun", tr("gui.theme"))
        self.help = IconButton("help", tr("gui.help"))
        self.inspector = IconButton("info", tr("gui.inspector"))
        left, right = QWidget(), QWidget()
        row = hbox(left, gap=8)
        row.addWidget(self.title)
        row.addWidget(self.badge)
        row.addStretch(1)
        row = hbox(right, gap=4)
        row.addStretch(1)
        for button in (self.inspector, self.undo, self.redo):
            row.addWidget(button)
        line = divider(vertical=True, token="border")
        line.setFixedHeight(px(30))
        row.addWidget(line)
        for button in (self.theme, self.help):
            row.addWidget(button)
        whole = hbox(self, margin=(24, 0, 16, 1), gap=16)
        whole.addWidget(left, 1)
        whole.addWidget(self.search, 1)
        whole.addWidget(right, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.fillRect(self.rect(), color("surface"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, color("border"))
        painter.end()


class StatusBar(QFrame):
    """Facts at the left, saved and offline at the right."""

    jobs_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(px(28))
        self.setAccessibleName(tr("gui.status"))
        self.glyph = Glyph("info", 14, "text2")
        self.facts = Label("", "secondary", "text2", elide=True)
        self.job_glyph = Glyph("jobs", 14, "accent_text")
        self.job = Label("", "secondary", "text2", elide=True)
        self.saved_glyph = Glyph("check", 14, "ok")
        self.saved = Label("", "secondary", "text2")
        row = hbox(self, margin=(24, 1, 16, 0), gap=6)
        row.addWidget(self.glyph)
        row.addWidget(self.facts)
        row.addSpacing(px(6))
        row.addWidget(self.job_glyph)
        row.addWidget(self.job, 1)
        row.addStretch(1)
        row.addWidget(self.saved_glyph)
        row.addWidget(self.saved)
        row.addSpacing(px(10))
        row.addWidget(Glyph("lock", 14, "text2"))
        row.addWidget(Label(tr("gui.offline"), "secondary", "text2"))
        self.set_job("")
        self.set_saved("")

    def set_facts(self, icon: str, facts: list[str]) -> None:
        """What is open, in a few words."""
        self.glyph.set(icon)
        self.facts.setText("  ·  ".join(facts))

    def set_job(self, text: str, icon: str = "jobs", token: str = "accent_text") -> None:
        """What runs now, or was just written; "" hides it."""
        self.job_glyph.set(icon, token)
        self.job.setText(text)
        self.job.setVisible(bool(text))
        self.job_glyph.setVisible(bool(text))

    def set_saved(self, clock: str) -> None:
        """When the project was last written."""
        self.saved.setText(tr("gui.saved", clock=clock) if clock else "")
        self.saved.setVisible(bool(clock))
        self.saved_glyph.setVisible(bool(clock))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.facts.setMaximumWidth(max(self.width() // 2, px(200)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.fillRect(self.rect(), color("surface"))
        painter.fillRect(0, 0, self.width(), 1, color("border"))
        painter.end()
