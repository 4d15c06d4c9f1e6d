"""A part of the window as a picture in a file: PNG at twice its size, or SVG."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from .text import tr
from .theme import color
from .widgets import FileDialog, IconButton

__all__ = ["ask_picture", "picture_button", "save_picture"]

_SCALE = 2


def picture_button(widget: QWidget, what: str) -> IconButton:
    """A button in the head of a card that saves it as a picture, without the button.

    Args:
        widget: the card.
        what: its title.
    """
    made = IconButton("image", tr("gui_synth.save_picture_of", what=what), size=28, glyph=16)

    def save() -> None:
        made.hide()
        try:
            ask_picture(widget, f"{what}.png")
        finally:
            made.show()
            made.setFocus()

    made.clicked.connect(save)
    return made


def ask_picture(widget: QWidget, name: str) -> str:
    """Ask where to, and save; the path, or "" where the user left."""
    path, _ = FileDialog.getSaveFileName(
        widget, tr("gui_synth.picture_where"), name, "PNG (*.png);;SVG (*.svg)")
    if path:
        save_picture(widget, path)
    return path


def save_picture(widget: QWidget, path: str) -> None:
    """Write what the widget shows; the file's ending says the format, anything but .svg is PNG."""
    if Path(path).suffix.lower() == ".svg":
        _svg(widget, path)
        return
    image = QImage(widget.size() * _SCALE, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(_SCALE)
    image.fill(color("bg"))
    painter = QPainter(image)
    widget.render(painter, QPoint())
    painter.end()
    image.save(path, "PNG")


def _svg(widget: QWidget, path: str) -> None:
    from PySide6.QtSvg import QSvgGenerator

    made = QSvgGenerator()
    made.setFileName(path)
    made.setSize(QSize(widget.width(), widget.height()))
    made.setViewBox(widget.rect())
    painter = QPainter(made)
    painter.fillRect(widget.rect(), color("bg"))
    widget.render(painter, QPoint())
    painter.end()
