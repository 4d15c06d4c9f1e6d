"""Colours, type, icons and zoom. Tokens live in resources/theme.json; nothing else in the window names a colour.

A theme switch is one call, `set_scheme`: labels take their colour from a palette role, painted widgets ask `color`
while they paint, icons are drawn in the colour of the moment. Zoom multiplies every pixel value through `px`.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QIcon,
    QIconEngine,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QProxyStyle, QScrollBar, QToolTip

from core.paths import resources

__all__ = [
    "SCHEMES", "TONES", "Style", "Theme", "apply_theme", "color", "font", "icon", "icon_pixmap", "load_fonts",
    "palette", "px", "scheme", "set_scheme", "set_zoom", "zoom",
]

SCHEMES: Final = ("light", "dark", "contrast")

# (pixels, weight, letter spacing in percent, family)
_ROLES: Final[dict[str, tuple[int, QFont.Weight, float, str]]] = {
    "display": (28, QFont.Weight.DemiBold, 98.5, "Inter"),
    "title": (20, QFont.Weight.DemiBold, 98.5, "Inter"),
    "section": (15, QFont.Weight.DemiBold, 100, "Inter"),
    "strong": (13, QFont.Weight.DemiBold, 100, "Inter"),
    "body": (13, QFont.Weight.Normal, 100, "Inter"),
    "lead": (15, QFont.Weight.Normal, 100, "Inter"),
    "button": (13, QFont.Weight.Medium, 100, "Inter"),
    "button_small": (12, QFont.Weight.Medium, 100, "Inter"),
    "secondary": (12, QFont.Weight.Normal, 100, "Inter"),
    "secondary_strong": (12, QFont.Weight.DemiBold, 100, "Inter"),
    "micro": (11, QFont.Weight.Normal, 100, "Inter"),
    "micro_strong": (11, QFont.Weight.DemiBold, 100, "Inter"),
    "mono": (12, QFont.Weight.Normal, 100, "JetBrains Mono"),
    "mono_small": (11, QFont.Weight.Normal, 100, "JetBrains Mono"),
}

# Palette roles that Fusion hardly draws with carry our text tones, so that one setPalette recolours every label.
TONES: Final[dict[str, tuple[QPalette.ColorRole, str]]] = {
    "text": (QPalette.ColorRole.WindowText, "text"),
    "text2": (QPalette.ColorRole.BrightText, "text2"),
    "text3": (QPalette.ColorRole.PlaceholderText, "text3"),
    "accent": (QPalette.ColorRole.Link, "accent_text"),
    "ember": (QPalette.ColorRole.LinkVisited, "ember"),
    "ok": (QPalette.ColorRole.Midlight, "ok"),
    "warn": (QPalette.ColorRole.Mid, "warn"),
    "bad": (QPalette.ColorRole.Shadow, "bad"),
}

_REST: Final[dict[QPalette.ColorRole, str]] = {
    QPalette.ColorRole.Window: "bg", QPalette.ColorRole.Base: "surface", QPalette.ColorRole.AlternateBase: "bg",
    QPalette.ColorRole.Text: "text", QPalette.ColorRole.Button: "surface", QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.Light: "raised", QPalette.ColorRole.Dark: "outline", QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Highlight: "accent_soft", QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.ToolTipBase: "raised", QPalette.ColorRole.ToolTipText: "text",
}


class Theme(QObject):
    """The scheme and zoom in force. `changed` fires after either did."""

    changed = Signal()
    _instance: Theme | None = None

    def __init__(self) -> None:
        super().__init__()
        self.wanted = "system"
        self.scheme = "light"
        self.zoom = 1.0

    @classmethod
    def instance(cls) -> Theme:
        """The one theme of this process."""
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance


@cache
def _tokens() -> dict[str, dict[str, str]]:
    return json.loads(resources("theme.json").read_text("utf-8"))


@cache
def _color(token: str, name: str) -> QColor:
    return QColor(_tokens()[name][token])


def scheme() -> str:
    """The scheme in force: light, dark or contrast."""
    return Theme.instance().scheme


def color(token: str) -> QColor:
    """The colour of a token now."""
    return QColor(_color(token, Theme.instance().scheme))


def palette(name: str) -> QPalette:
    """The palette of a scheme: a pure function, so that every scheme can be tested without a desktop."""
    made = QPalette()
    roles = {**_REST, **dict(TONES.values())}
    for role, token in roles.items():
        made.setColor(role, _color(token, name))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, role, _color("text3", name))
    return made


def set_scheme(name: str) -> None:
    """Choose light, dark, contrast, or system (what the desktop says, followed when it changes)."""
    theme = Theme.instance()
    theme.wanted = name
    hints = QGuiApplication.styleHints()
    dark = hints.colorScheme() == Qt.ColorScheme.Dark
    theme.scheme = name if name in SCHEMES else ("dark" if dark else "light")
    apply_theme()


def apply_theme() -> None:
    """Hand the palette and the base font to the application."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        app.setPalette(palette(scheme()))
        QToolTip.setPalette(palette(scheme()))
        if app.font() != font("body"):
            app.setFont(font("body"))
    Theme.instance().changed.emit()


def zoom() -> float:
    """Factor on every pixel value, 0.75 to 2."""
    return Theme.instance().zoom


def set_zoom(factor: float) -> None:
    """Change the zoom; the window rebuilds its pages when `changed` arrives."""
    Theme.instance().zoom = min(max(round(factor, 2), 0.75), 2.0)
    apply_theme()


def px(value: float) -> int:
    """A length of the design in pixels of this zoom."""
    return round(value * Theme.instance().zoom)


@cache
def load_fonts() -> bool:
    """Register the bundled fonts; False when none could be read (the system's sans serves instead)."""
    files = sorted(p for p in resources("fonts").glob("*") if p.suffix in {".otf", ".ttf"})
    added = [QFontDatabase.addApplicationFont(str(p)) for p in files]
    return bool(added) and min(added) >= 0


@cache
def _font(role: str, factor: float) -> QFont:
    load_fonts()
    size, weight, spacing, family = _ROLES[role]
    made = QFont([family, "monospace" if "mono" in role else "sans-serif"])
    made.setPixelSize(max(round(size * factor), 8))
    made.setWeight(weight)
    made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, spacing)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setFeature(QFont.Tag("tnum"), 1)
    if "mono" in role:
        made.setFeature(QFont.Tag("calt"), 0)  # a command shows two hyphens as two hyphens
    return made


def font(role: str, *, italic: bool = False) -> QFont:
    """The font of a role at the present zoom."""
    made = QFont(_font(role, Theme.instance().zoom))
    made.setItalic(italic)
    return made


@cache
def _svg(name: str) -> str:
    return resources("icons", f"{name}.svg").read_text("utf-8")


@cache
def _rendered(name: str, size: int, rgba: str, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(_svg(name).replace("currentColor", rgba).encode()).render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon_pixmap(name: str, size: int, token: str = "text2", ratio: float | None = None) -> QPixmap:
    """An icon drawn in the token's colour, `size` logical pixels wide (already zoomed)."""
    app = QGuiApplication.instance()
    scale = ratio or (app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0)
    return _rendered(name, size, color(token).name(), scale)


class _Engine(QIconEngine):
    """Draws in the token's colour at the moment of painting: a theme switch needs no new icons."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self.name, self.token = name, token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        token = "text3" if mode == QIcon.Mode.Disabled else self.token
        side = min(rect.width(), rect.height())
        pixmap = icon_pixmap(self.name, side, token, painter.device().devicePixelRatioF())
        corner = QRectF(rect).center()
        painter.drawPixmap(int(corner.x() - side / 2), int(corner.y() - side / 2), pixmap)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        token = "text3" if mode == QIcon.Mode.Disabled else self.token
        return icon_pixmap(self.name, min(size.width(), size.height()), token)

    def clone(self) -> QIconEngine:
        return _Engine(self.name, self.token)


def icon(name: str, token: str = "text2") -> QIcon:
    """An icon of resources/icons that follows the theme."""
    return QIcon(_Engine(name, token))


class Style(QProxyStyle):
    """Fusion, with scroll bars, menus and fields of our own.

    Each of these few widgets has a small sheet of its own. One sheet for the application would have every widget
    polished anew at a change of theme, 150 ms for all pages; without one a change is a palette, and takes a few.
    """

    def __init__(self) -> None:
        super().__init__("Fusion")

    def polish(self, polished: object) -> object:
        found = super().polish(polished)
        if isinstance(polished, QLineEdit):
            polished.setFrame(False)
        elif isinstance(polished, QScrollBar | QMenu) and not polished.styleSheet():
            polished.setStyleSheet(_bar_sheet() if isinstance(polished, QScrollBar) else _menu_sheet())
            polished.style().polish(polished)  # what polishes it now knows nothing of the sheet
        return found


def _bar_sheet() -> str:
    """Greys that serve on any ground: a scroll bar outlives many themes."""
    thick, handle, radius = px(10), px(24), px(3)
    return f"""
    QScrollBar {{ background: transparent; border: none; margin: 0; }}
    QScrollBar:vertical {{ width: {thick}px; }} QScrollBar:horizontal {{ height: {thick}px; }}
    QScrollBar::handle {{ background: rgba(127, 137, 155, 105); border-radius: {radius}px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: {handle}px; }} QScrollBar::handle:horizontal {{ min-width: {handle}px; }}
    QScrollBar::handle:hover {{ background: rgb(122, 132, 150); }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


def _menu_sheet() -> str:
    """A menu is made anew each time, in the colours of the moment."""
    values = {k: color(k).name() for k in ("raised", "border", "text", "text3", "sunken")}
    return f"""
    QMenu {{ background: {values["raised"]}; border: 1px solid {values["border"]}; padding: {px(4)}px; }}
    QMenu::item {{ padding: {px(6)}px {px(16)}px; border-radius: {px(4)}px; color: {values["text"]}; }}
    QMenu::item:disabled {{ color: {values["text3"]}; }}
    QMenu::item:selected {{ background: {values["sunken"]}; }}
    QMenu::separator {{ height: 1px; background: {values["border"]}; margin: {px(4)}px {px(8)}px; }}
    """
