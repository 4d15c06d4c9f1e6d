"""How the file was read, and how to read it otherwise: what sniffing got wrong is said here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ..text import say, tr
from ..theme import px
from ..widgets import Button, Card, Combo, Field, Glyph, Label, hbox, vbox
from ._parts import drop_all

__all__ = ["ReadingPanel"]

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "delimiter": ("", ",", ";", "\t", "|", " "),
    "encoding": ("", "utf-8", "utf-16", "cp1252", "latin-1"),
    "decimal": ("", ".", ","),
    "header": ("", "yes", "no"),
}
_NAMES: Final = {
    "": "auto", ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space", ".": "point", "yes": "yes",
    "no": "no",
}
_TEXTS: Final = ("sheet", "table", "date_format", "missing")
_OF_TEXT_FILES: Final = ("delimiter", "encoding", "decimal", "header", "date_format", "missing")
_OF: Final = {
    ".xlsx": ("sheet", "header", "missing"), ".xls": ("sheet", "header", "missing"), ".sqlite": ("table", "missing"),
    ".db": ("table", "missing"), ".duckdb": ("table", "missing"), ".parquet": ("missing",), ".feather": ("missing",),
    ".arrow": ("missing",), ".jsonl": ("date_format", "missing"), ".ndjson": ("date_format", "missing"),
}


class ReadingPanel(Card):
    """A form of reader options with what the reader decided by itself.

    Signals:
        wanted: options as `describe` takes them; those left to the reader are None.
    """

    wanted = Signal(dict)

    def __init__(self) -> None:
        super().__init__(margin=(20, 16, 20, 16), gap=12)
        self.kept: dict[str, Any] = {}
        self.body.addWidget(Label(tr("gui_data.reading.title"), "section"))
        self.body.addWidget(Label(tr("gui_data.reading.text"), "body", "text2", wrap=True))
        self.notes = vbox(gap=6)
        self.body.addLayout(self.notes)
        self.fields: dict[str, Combo | Field] = {}
        self.labels: dict[str, Label] = {}
        row = hbox()
        row.addWidget(self._form())
        row.addStretch(1)
        self.body.addLayout(row)
        self.again = Button(tr("gui_data.reading.again"), "redo")
        self.again.clicked.connect(lambda _=False: self.wanted.emit(self.options()))
        line = hbox(gap=12)
        line.addWidget(self.again)
        line.addWidget(Label(tr("gui_data.reading.after"), "secondary", "text2"), 1)
        self.body.addLayout(line)
        self.body.addStretch(1)

    def _form(self) -> QWidget:
        form = QWidget()
        grid = QGridLayout(form)
        grid.setContentsMargins(0, px(4), 0, px(4))
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(8))
        for i, name in enumerate((*_CHOICES, *_TEXTS)):
            words = tr(f"gui_data.reading.{name}")
            field = self._field(name, words)
            field.setFixedWidth(px(260))
            label = Label(words, "body", "text2")
            label.setBuddy(field)
            grid.addWidget(label, i, 0)
            grid.addWidget(field, i, 1)
            self.fields[name], self.labels[name] = field, label
        return form

    def _field(self, name: str, words: str) -> Combo | Field:
        if name not in _CHOICES:
            return Field(name=words, placeholder=tr(f"gui_data.reading.{name}_hint"))
        items = [(v, tr(f"gui_data.reading.value.{_NAMES[v]}") if v in _NAMES else v, None) for v in _CHOICES[name]]
        return Combo(items, "", name=words)

    def show_source(self, source: Mapping[str, Any]) -> None:
        """Show how a source was read."""
        self.kept = dict(source.get("options") or {})
        used = _OF.get(Path(str(source["path"])).suffix.lower(), _OF_TEXT_FILES)
        for name, field in self.fields.items():
            for part in (field, self.labels[name]):
                part.setVisible(name in used)
            text = _text(self.kept.get(name))
            field.set_value(text) if isinstance(field, Combo) else field.setText(text)
        drop_all(self.notes)
        for note in source.get("notes") or []:
            line = QWidget()
            row = hbox(line, gap=8)
            row.addWidget(Glyph("info", 14, "text2"))
            row.addWidget(Label(say(note), "body", "text", wrap=True), 1)
            self.notes.addWidget(line)

    def options(self) -> dict[str, Any]:
        """What is said in the form; kinds that were set before stay."""
        said: dict[str, Any] = {"kinds": self.kept.get("kinds") or ()}
        for name, field in self.fields.items():
            text = field.value() if isinstance(field, Combo) else field.text().strip()
            said[name] = text or None
        missing = [part.strip() for part in (said["missing"] or "").split(",")]
        said["missing"] = tuple(p for p in missing if p)
        return said


def _text(value: Any) -> str:
    """An option as its field shows it."""
    if isinstance(value, list | tuple):
        return ", ".join(value)
    return {True: "yes", False: "no", None: ""}.get(value, str(value))
