"""Finds text that skipped the catalogue: the pseudo-locale marks what went through it, everything else must be data.

Widgets are asked for all they say; what delegates and painted widgets draw is heard at the painter.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from .looks import said_by

__all__ = ["Data", "Painted", "plain_texts"]

_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_CUT = re.compile(r"^.*⟧|⟦.*$", re.DOTALL)
"""What is left of marks in a text that was shortened or taken apart: all before a lone end, all after a lone start."""
_KEY = r"(Ctrl|Shift|Alt|Enter|Esc|Space|Backspace|Del|Up|Down|Left|Right|Home|End|PgUp|PgDown|F\d+|[^\w\s]|\w)"
_KEYS = re.compile(rf"{_KEY}( ?[+/] ?{_KEY})*")
_NO_WORDS = re.compile(
    r"\bLikeness\b|\b(Ctrl|Alt|Shift)\+\S+|\b\d+(px|k|M|e[-+]?\d+)\b|^python main\.py .*|(?<!\w)[~/][\w./~-]*")
"""Our name, chords, units, commands, paths."""
_ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)
_WORD = re.compile(r"[^\W\d_]{2,}")


class Data:
    """Texts that belong to the user: cells and column names of the open table, names of files and derived columns."""

    def __init__(self, file: Path, derived: tuple[str, ...] = ()) -> None:
        rows = list(csv.reader(file.open()))
        cells = {cell for row in rows for cell in row if cell}
        cells |= {line for cell in cells for line in _lines(cell)}
        self.texts = cells | {file.name, f"{file.stem}.likeness", *derived}
        longest_first = sorted({t for t in self.texts if _WORD.search(t)}, key=len, reverse=True)
        self._known = re.compile(rf"\b({'|'.join(re.escape(t) for t in longest_first)})\b")

    def without(self, text: str) -> str:
        """What is left of a text when the data in it are taken out, also those cut short by an ellipsis."""
        whole, _, cut = text.rstrip("…").rpartition(", ")
        if text.endswith("…") and any(t.startswith(cut) for t in self.texts):
            text = whole
        return self._known.sub(" ", text)


def _lines(cell: str) -> list[str]:
    """A cell as two lines, broken at any of its spaces."""
    words = cell.split()
    return [" ".join(part) for at in range(1, len(words)) for part in (words[:at], words[at:])]


class Painted:
    """Hears every text that is drawn by our own painting."""

    def __init__(self, monkeypatch) -> None:
        self.texts: set[str] = set()
        draw = QPainter.drawText

        def heard(painter: QPainter, *args):
            self.texts.update(a for a in args if isinstance(a, str))
            return draw(painter, *args)

        monkeypatch.setattr(QPainter, "drawText", heard)


def plain_texts(window: QWidget, painted: Painted, data: Data) -> list[str]:
    """What widgets on show say, or was drawn since the last call, and is neither from the catalogue nor data."""
    shown = [window, *(w for w in window.findChildren(QWidget) if w.isVisible())]
    said = {window.windowTitle(), *painted.texts, *(text for widget in shown for text in _all_said(widget))}
    painted.texts = set()
    return sorted(text for text in said if text and _is_plain(text, data))


def _all_said(widget: QWidget) -> list[str]:
    texts = [*said_by(widget), widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        texts.append(widget.placeholderText())
    if isinstance(widget, QComboBox):
        texts += [widget.itemText(i) for i in range(widget.count())]
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        texts += _all_held(widget.model())
    return texts


def _all_held(model: QAbstractItemModel) -> list[str]:
    """What the first rows of a view say to a screen reader and show at their own, and its headings."""
    columns = range(model.columnCount() if isinstance(model, QAbstractTableModel) else 1)
    cells = [model.index(row, column) for row in range(min(model.rowCount(), 20)) for column in columns]
    held = [cell.data(role) for cell in cells for role in _ROLES]
    held += [model.headerData(column, Qt.Orientation.Horizontal, role) for column in columns for role in _ROLES]
    return [text for text in held if isinstance(text, str)]


def _is_plain(text: str, data: Data) -> bool:
    rest = "" if _KEYS.fullmatch(text) else text
    while (shorter := _MARKED.sub(" ", rest)) != rest:
        rest = shorter
    rest = _NO_WORDS.sub(" ", _CUT.sub(" ", rest))
    return bool(_WORD.search(data.without(rest)))
