"""Actions as data: menus, shortcuts, the palette and the `?` sheet are all made from the same list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from .text import tr

__all__ = ["Action", "Keys", "is_single", "is_typing", "key_text", "run_action"]


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """One thing the user can do.

    Args:
        id: dotted name, unique: "detect.find".
        text_key: catalogue key of its words.
        run: called without arguments.
        icon: of resources/icons.
        keys: shortcuts; a single character acts only while no field has the focus.
        enabled: asked before every run and whenever the action is listed.
        page: key of the page it belongs to; None = everywhere.
        why_key: catalogue key of the sentence that says why it cannot run now.
        values: what the templates of the words name.
    """

    id: str
    text_key: str
    run: Callable[[], object]
    icon: str = "right"
    keys: tuple[str, ...] = ()
    enabled: Callable[[], bool] = _always
    page: str | None = None
    why_key: str | None = None
    values: dict[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Its words."""
        return tr(self.text_key, **self.values)


def key_text(keys: str) -> str:
    """A shortcut as it is printed on the caps: `Ctrl+Shift+P`, `Space`, `?`."""
    return "?" if keys == "Question" else keys.replace("Return", "Enter")


def is_single(keys: str) -> bool:
    """Whether a shortcut is one key without a modifier, hence silent while a field has the focus."""
    return ("+" not in keys.rstrip("+") and not keys.startswith("F")) or keys == "F"


def is_typing() -> bool:
    """Whether the focus is where letters are text."""
    widget = QApplication.focusWidget()
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    if isinstance(widget, QAbstractItemView):
        return widget.state() == QAbstractItemView.State.EditingState
    return isinstance(widget, QLineEdit | QTextEdit | QPlainTextEdit | QAbstractSpinBox)


def run_action(action: Action) -> bool:
    """Run it when it may; False when it may not now."""
    if not action.enabled():
        return False
    action.run()
    return True


class Keys(QObject):
    """The shortcuts of a window: those that hold everywhere and those of the page on top, one per key.

    Text fields keep their letters (Qt asks the field first); a focused button keeps Space and Enter.

    Args:
        window: where the shortcuts hold.
        single_keys: whether the user wants keys without a modifier.
    """

    def __init__(self, window: QWidget, single_keys: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window, self._single_keys = window, single_keys
        self._made: list[tuple[str, QShortcut]] = []
        self._silent = False
        QApplication.instance().focusChanged.connect(self._focus_changed)

    def set(self, actions: Iterable[Action]) -> None:
        """Bind these actions instead; of two with the same key the first holds."""
        for _, shortcut in self._made:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._made = []
        taken: set[str] = set()
        for action in actions:
            for keys in action.keys:
                if keys not in taken:
                    taken.add(keys)
                    self._made.append((keys, self._bound(keys, action)))
        self.refresh()

    def _bound(self, keys: str, action: Action) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self._window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(lambda: run_action(action))
        return shortcut

    def silence(self, on: bool) -> None:
        """Let no key through: a dialog is open."""
        self._silent = on
        self.refresh()

    def refresh(self) -> None:
        """Switch each key on or off by what has the focus."""
        focus = QApplication.focusWidget()
        typing, pressing = is_typing(), isinstance(focus, QAbstractButton | QComboBox)
        wanted = self._single_keys()
        for keys, shortcut in self._made:
            held = is_single(keys) and (typing or not wanted or (pressing and keys in ("Space", "Return")))
            shortcut.setEnabled(not self._silent and not held)

    def _focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        self.refresh()  # nothing has the focus once Esc has left a field: then letters are keys again
