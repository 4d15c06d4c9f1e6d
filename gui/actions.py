"""Actions as data: menus, shortcuts, the palette and the `?` sheet are all made from the same list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
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

__all__ = ["Action", "bind", "is_single", "is_typing", "key_text", "run_action"]


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
    return {"Return": "Enter", "Question": "?"}.get(keys, keys)


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


class _Keys(QShortcut):
    """A shortcut that lets go of its key while someone types."""

    def __init__(self, keys: str, action: Action, parent: QWidget, allowed: Callable[[], bool]) -> None:
        super().__init__(QKeySequence(keys), parent)
        self.action, self.allowed = action, allowed
        self.setContext(Qt.ShortcutContext.WindowShortcut)
        self.activated.connect(self._fire)
        self.activatedAmbiguously.connect(self._fire)

    def _fire(self) -> None:
        if self.allowed():
            run_action(self.action)


def bind(
    actions: Iterable[Action], window: QWidget, *, page: Callable[[], str],
) -> list[QShortcut]:
    """Bind the shortcuts of `actions` to a window.

    Single keys are not bound here (a QShortcut would take them from text fields); the window's key filter asks
    `is_typing` first. `page` names the page on top: actions of other pages stay silent.
    """
    made: list[QShortcut] = []
    for action in actions:
        for keys in action.keys:
            if not is_single(keys):
                here = action.page
                made.append(_Keys(keys, action, window, lambda here=here: here is None or here == page()))
    return made
