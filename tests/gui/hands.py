"""What a person does at the keyboard, for the tests of the window."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gui.widgets import Button

__all__ = ["CTRL", "SHIFT", "buttons", "press"]

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    """Press a key where the focus is."""
    window.activateWindow()
    qtbot.keyClick(window.focusWidget() or window, key, modifier)


def buttons(sheet):
    """Buttons by their words."""
    return {b.text(): b for b in sheet.findChildren(Button)}
