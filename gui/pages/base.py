"""What a page is. A new page is one new file in this package that ends in `PAGE = ItsClass`."""

from __future__ import annotations

from typing import ClassVar, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.registry import Registry

from ..actions import Action
from ..state import AppState
from ..text import tr
from ..theme import color, px
from ..widgets import Label, hbox, painter_of, vbox

__all__ = ["PAGES", "Page"]


class Page(QWidget):
    """One page: a view over `AppState`. It keeps nothing that the state does not know.

    The window builds pages when they are first shown and may build them anew (zoom, another project), so a page
    reads everything from the state in its constructor, and connects bound methods to its signals, never lambdas.

    Class attributes:
        key: name of its file. title_key: catalogue key. icon: of the rail. order: place in the rail.
        shortcut: shown and bound by the window.
        inspector_width: design pixels of the panel at the right.
    """

    key: ClassVar[str]
    title_key: ClassVar[str]
    icon: ClassVar[str]
    order: ClassVar[int]
    shortcut: ClassVar[str]
    inspector_width: ClassVar[int] = 352

    inspector_changed = Signal()
    """The page has another inspector to show, or none."""

    inspector_wanted = Signal(bool)
    """Where the window is narrow and the inspector lies over the page: show it, or put it away."""

    sheet_wanted = Signal(object)
    """The page has a dialog to lay over the window."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.setObjectName(self.key)
        self.setAccessibleName(tr(self.title_key))

    def actions(self) -> list[Action]:
        """What can be done here. Listed in the palette and the `?` sheet, bound to keys while the page is on top."""
        return []

    def primary(self) -> Action | None:
        """What Ctrl+Enter does."""
        return None

    def inspector(self) -> QWidget | None:
        """The panel about the selection, at the right. The window takes it as a child."""
        return None

    def set_narrow(self, on: bool) -> None:
        """The inspector lies over the page, or stands beside it again: a page may offer a way to it."""

    def keys(self) -> list[tuple[str, str]]:
        """Further keys for the `?` sheet: (key, words), for what is no Action (arrows in a grid)."""
        return []

    def shown(self) -> None:
        """Called each time the page comes to the top: put the focus where the work is."""

    def header(self, title: str, subtitle: str = "") -> tuple[QHBoxLayout, Label, Label]:
        """The line on top: title over subtitle at the left; add buttons to the returned row."""
        row = hbox(gap=8)
        words = vbox(gap=2)
        name, below = Label(title, "title"), Label(subtitle, "body", "text2", elide=True)
        words.addWidget(name)
        words.addWidget(below)
        row.addLayout(words, 1)
        row.setAlignment(Qt.AlignmentFlag.AlignTop)
        return row, name, below

    def column(self) -> QVBoxLayout:
        """The page's own layout with its margins: 24 at the sides, 12 between cards."""
        return vbox(self, margin=(24, 16, 24, 16), gap=12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        painter.fillRect(self.rect(), color("bg"))
        painter.end()

    @staticmethod
    def px(value: float) -> int:
        """A length of the design at this zoom."""
        return px(value)


PAGES: Final[Registry[type[Page]]] = Registry("gui.pages", "PAGE")
