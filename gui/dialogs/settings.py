"""The settings dialog: theme, zoom, single keys, what happens at the start, what is kept on this computer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ..settings import Settings
from ..text import tr
from ..theme import px, set_scheme, set_zoom
from ..widgets import Button, Combo, Label, Segmented, Switch, divider, hbox, vbox
from .base import Sheet

__all__ = ["SettingsSheet"]

_ZOOMS = (0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)


class SettingsSheet(Sheet):
    """Every change holds at once; there is nothing to confirm."""

    cache_cleared = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__(tr("gui.settings"), width=620, icon="settings")
        self.settings = settings
        self._row("theme", self._theme())
        self._row("zoom", self._zoom())
        self._row("start", self._start())
        self._row("single_keys", self._keys())
        clear = Button(tr("gui.settings.cache.clear"), small=True)
        clear.clicked.connect(self._clear_cache)
        self.clear = clear
        self._row("cache", clear)
        foot = hbox()
        foot.addStretch(1)
        done = Button(tr("gui.settings.done"), kind="primary", shortcut_hint="Esc")
        done.clicked.connect(self.accept)
        foot.addWidget(done)
        self.body.addLayout(foot)
        self.setProperty("first", done)

    def _row(self, key: str, control: QWidget) -> None:
        row = hbox(gap=16)
        words = vbox(gap=2)
        words.addWidget(Label(tr(f"gui.settings.{key}"), "strong"))
        words.addWidget(Label(tr(f"gui.settings.{key}.note"), "secondary", "text2", wrap=True))
        row.addLayout(words, 1)
        row.addWidget(control)
        self.body.addLayout(row)
        self.body.addWidget(divider())

    def _theme(self) -> QWidget:
        names = ("system", "light", "dark", "contrast")
        control = Segmented(
            [(n, tr(f"gui.theme.{n}")) for n in names], self.settings.theme, name=tr("gui.settings.theme"), small=True)
        control.chosen.connect(self._set_theme)
        return control

    def _set_theme(self, name: str) -> None:
        self.settings.theme = name
        self.settings.save()
        set_scheme(name)

    def _zoom(self) -> QWidget:
        items = [(str(z), f"{z:.0%}", None) for z in _ZOOMS]
        control = Combo(items, str(self.settings.zoom), name=tr("gui.settings.zoom"))
        control.setFixedWidth(px(110))
        control.activated.connect(lambda _: self._set_zoom(float(control.value())))
        return control

    def _set_zoom(self, factor: float) -> None:
        self.settings.zoom = factor
        self.settings.save()
        self.accept()
        set_zoom(factor)

    def _start(self) -> QWidget:
        choices = [("continue", tr("gui.settings.start.continue")), ("start", tr("gui.settings.start.start"))]
        control = Segmented(choices, self.settings.at_start, name=tr("gui.settings.start"), small=True)
        control.chosen.connect(self._set_start)
        return control

    def _set_start(self, value: str) -> None:
        self.settings.at_start = value
        self.settings.save()

    def _keys(self) -> QWidget:
        control = Switch(tr("gui.settings.single_keys"), on=self.settings.single_keys)
        control.toggled.connect(self._set_keys)
        return control

    def _set_keys(self, on: bool) -> None:
        self.settings.single_keys = on
        self.settings.save()

    def _clear_cache(self) -> None:
        self.cache_cleared.emit()
        self.clear.setText(tr("gui.settings.cache.cleared"))
        self.clear.setEnabled(False)
