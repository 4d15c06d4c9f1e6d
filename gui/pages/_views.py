"""The ways to look at a run: a card each under the threshold, and a control in the bar of each to go to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from ..text import tr
from ..widgets import Segmented

__all__ = ["View", "Views"]


class View(Protocol):
    """What stands behind a card."""

    def inspector(self) -> QWidget | None:
        """The panel about what is chosen on the card; None where nothing is."""
        ...

    def chosen(self) -> Sequence[dict[str, Any]]:
        """The rows that can join the review, as a queue takes them."""
        ...

    def focus(self) -> None:
        """Put the focus where the work is."""
        ...


class Views(QStackedWidget):
    """Cards of which one is on show.

    Each card has a control of its own at the right end of its bar, always set to that card: nothing moves under the
    pointer when another card comes up. A new view is one key more, its words `gui_detect.view.<key>` and a call of
    `add`.

    Args:
        keys: of the cards, in the order of the control.
    """

    changed = Signal(str)
    """Another card is on show: its key."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__()
        self.keys = tuple(keys)
        self._cards: dict[str, tuple[QWidget, Segmented, View]] = {}
        self._makers: dict[str, Callable[[], tuple[QWidget, QHBoxLayout, View]]] = {}
        self._closed: dict[str, str] = {}

    def add(self, key: str, card: QWidget, bar: QHBoxLayout, view: View) -> None:
        """A card, with the bar that takes the control."""
        words = [(k, tr(f"gui_detect.view.{k}")) for k in self.keys]
        control = Segmented(words, key, name=tr("gui_detect.views"), small=True)
        control.chosen.connect(lambda chosen: self._pressed(key, chosen))
        self._cards[key] = card, control, view
        self.addWidget(card)
        if len(self.keys) > 1:
            bar.addWidget(control)
        for closed, why in self._closed.items():
            control.button(closed).setEnabled(not why)
            control.button(closed).setToolTip(why)

    def add_later(self, key: str, make: Callable[[], tuple[QWidget, QHBoxLayout, View]]) -> None:
        """A card that is made when it is first shown, as `add` takes it."""
        self._makers[key] = make

    def key(self) -> str:
        """Of the card on show."""
        return next(key for key, (card, _, _) in self._cards.items() if card is self.currentWidget())

    def view(self) -> View:
        """What stands behind the card on show."""
        return self._cards[self.key()][2]

    def go(self, key: str) -> None:
        """Show a card; an unknown one changes nothing."""
        if key in self._makers:
            self.add(key, *self._makers.pop(key)())
        if key in self._cards and key != self.key():
            self.setCurrentWidget(self._cards[key][0])
            self.changed.emit(key)

    def enable(self, key: str, why: str) -> None:
        """Let a card be chosen, or say in a tool tip why it cannot be; then the first one stands in for it."""
        self._closed[key] = why
        for _, control, _ in self._cards.values():
            control.button(key).setEnabled(not why)
            control.button(key).setToolTip(why)
        if why and self.key() == key:
            self.go(self.keys[0])

    def go_next(self) -> None:
        """Show the next card, ready to work."""
        keys = [k for k in self.keys if not self._closed.get(k)]
        self.go(keys[(keys.index(self.key()) + 1) % len(keys)])
        self.view().focus()

    def _pressed(self, own: str, chosen: str) -> None:
        """The control stays as it is, since its card goes; the focus goes along."""
        self._cards[own][1].set_value(own)
        self.go(chosen)
        self._cards[chosen][1].button(chosen).setFocus()
