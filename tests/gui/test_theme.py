"""Colours that can be told apart, in every scheme; fonts and icons that are there."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QScrollArea

from core.paths import resources
from gui.theme import SCHEMES, TONES, color, font, icon, icon_pixmap, load_fonts, palette, px, set_scheme, set_zoom

TOKENS = json.loads(resources("theme.json").read_text("utf-8"))

TEXT = [
    *[(ink, ground) for ink in ("text", "text2", "text3")
      for ground in ("bg", "surface", "sunken", "raised", "accent_soft")],
    ("accent_text", "surface"), ("accent_text", "accent_soft"), ("accent_text", "bg"), ("accent_text", "raised"),
    ("on_accent", "accent"), ("on_accent", "accent_hover"), ("on_accent", "accent_press"),
    ("ember", "surface"), ("ember", "ember_soft"), ("ember", "accent_soft"), ("surface", "ember"),
    *[(t, g) for t in ("ok", "warn", "bad") for g in ("surface", f"{t}_soft")],
]
SHAPES = [
    ("control", "surface"), ("control", "bg"), ("accent_line", "surface"), ("accent_line", "bg"),
    ("accent_line", "sunken"), ("accent_line", "accent_soft"), ("accent_line", "raised"), ("ember_fill", "surface"),
    ("ember_fill", "bg"), ("ember_fill", "sunken"), ("ember_fill", "accent_soft"), ("neutral_fill", "surface"),
    ("neutral_fill", "bg"), ("neutral_fill", "sunken"), ("accent", "surface"),
]


def luminance(colour: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str, scheme: str) -> float:
    low, high = sorted(luminance(QColor(TOKENS[scheme][t])) for t in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_what_must_be_read_can_be_read(scheme, pairs, least):
    poor = {p: round(contrast(*p, scheme), 2) for p in pairs if contrast(*p, scheme) < least}
    assert not poor


def test_every_scheme_knows_every_token():
    assert len({frozenset(TOKENS[s]) for s in SCHEMES}) == 1


@pytest.mark.parametrize("scheme", SCHEMES)
def test_palette_is_a_pure_function_of_the_scheme(scheme):
    made = palette(scheme)
    assert made.color(QPalette.ColorRole.Window) == QColor(TOKENS[scheme]["bg"])
    for role, token in TONES.values():
        assert made.color(role) == QColor(TOKENS[scheme][token])


def test_switching_the_theme_recolours_the_application():
    set_scheme("dark")
    assert color("surface") == QColor(TOKENS["dark"]["surface"])
    assert QApplication.palette().color(QPalette.ColorRole.Window) == QColor(TOKENS["dark"]["bg"])
    set_scheme("light")
    assert QApplication.palette().color(QPalette.ColorRole.Window) == QColor(TOKENS["light"]["bg"])


def test_a_change_of_theme_is_a_palette_and_polishes_no_widget_anew(qtbot):
    class Ear(QObject):
        polished = 0

        def eventFilter(self, watched, event):  # noqa: N802 (Qt)
            self.polished += event.type() in (QEvent.Type.StyleChange, QEvent.Type.Polish)
            return False

    set_scheme("light")
    area, ear = QScrollArea(), Ear()
    qtbot.addWidget(area)
    area.setWidget(QLabel("a line"))
    area.show()
    for widget in (area, area.widget(), area.verticalScrollBar()):
        widget.installEventFilter(ear)
    set_scheme("dark")
    label = area.widget()
    qtbot.waitUntil(
        lambda: label.palette().color(QPalette.ColorRole.WindowText) == QColor(TOKENS["dark"]["text"]), timeout=30_000)
    assert not ear.polished, "with all pages there are 1,600 widgets: a wait that one sees"
    menu = QMenu(area)
    menu.addAction("an action")
    menu.ensurePolished()
    menu.resize(menu.sizeHint())
    assert menu.grab().toImage().pixelColor(px(8), px(2)) == QColor(TOKENS["dark"]["raised"])
    set_scheme("light")


def test_bundled_fonts_are_used():
    assert load_fonts()
    assert QFontInfo(font("body")).family().startswith("Inter")
    assert "JetBrains" in QFontInfo(font("mono")).family()


def test_zoom_multiplies_lengths_and_type():
    before = font("body").pixelSize()
    set_zoom(2.0)
    assert px(8) == 16
    assert font("body").pixelSize() == 2 * before
    set_zoom(9)
    assert px(1) == 2, "zoom ends at 200 %"


@pytest.mark.parametrize("name", sorted(p.stem for p in resources("icons").glob("*.svg")))
def test_every_icon_draws_something_in_the_colour_asked_for(name):
    image = icon_pixmap(name, 24, "bad", 1.0).toImage()
    inked = [image.pixelColor(x, y) for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() > 120]
    assert inked
    assert any(abs(c.red() - color("bad").red()) < 8 for c in inked)
    assert not icon(name).pixmap(16, 16).isNull()
