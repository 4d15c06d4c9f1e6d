"""What can be said of a window by looking at all of it: names that tell controls apart, texts that have no room."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QLabel, QLineEdit, QScrollBar, QWidget

__all__ = ["clipped", "controls", "names_twice", "said_by"]

_TAG = re.compile(r"<[^>]*>")


def said_by(widget: QWidget) -> list[str]:
    """What a widget tells: its text, whole and without markup, else its accessible name."""
    if isinstance(widget, QLabel):
        text = widget.whole() if hasattr(widget, "whole") else widget.text()
        return [unescape(_TAG.sub("", text)) if widget.textFormat() == Qt.TextFormat.RichText else text]
    if isinstance(widget, QAbstractButton):
        return [widget.text()]
    return [widget.accessibleName()]


def controls(window: QWidget) -> list[QWidget]:
    """Everything on show that takes the focus or a click."""
    shown = [w for w in window.findChildren(QWidget) if w.isVisible() and not w.objectName().startswith("qt_")]
    return [w for w in shown if w.focusPolicy() != Qt.FocusPolicy.NoFocus and not _is_part(w)]


def _is_part(widget: QWidget) -> bool:
    """Whether it belongs to another control: a scroll bar, the line of a spin box."""
    if isinstance(widget, QScrollBar):
        return True
    return isinstance(widget, QLineEdit) and isinstance(widget.parent(), QAbstractSpinBox)


def names_twice(window: QWidget) -> list[str]:
    """Accessible names that several controls on show have, and controls that have none."""
    names = [(w.accessibleName() or (w.text() if hasattr(w, "text") else ""), repr(w)) for w in controls(window)]
    counts = Counter(name for name, _ in names)
    return [name or widget for name, widget in names if counts[name] > 1 or not name]


def clipped(window: QWidget) -> list[str]:
    """Texts on show that have less room than they need; those shortened on purpose end in an ellipsis and pass."""
    labels = [w for w in window.findChildren(QLabel) if w.isVisible() and w.text()]
    return [said_by(label)[0] for label in labels if _is_clipped(label)]


def _is_clipped(label: QLabel) -> bool:
    if label.wordWrap():
        return label.height() < label.heightForWidth(label.width())
    if label.text().endswith("…"):
        return False
    needed = label.minimumSizeHint() if getattr(label, "_elide", False) else label.sizeHint()
    return label.width() < needed.width() or label.height() < label.fontMetrics().height()
