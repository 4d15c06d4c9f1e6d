"""Small widgets of the window: painted in the theme's tokens, real controls with accessible names."""

from __future__ import annotations

from .axis import Axis, short
from .bars import Bars, CategoryBars, ScoreBar, StackedShares, paint_bars, paint_shares
from .button import Button, Chip, IconButton, Segmented, Switch
from .field import Combo, Field, NumberField, Search
from .files import FileDialog
from .label import Glyph, KeyCap, Label, divider
from .paint import box, dot, line, painter_of, pill
from .rulers import MetricRuler, PeersStrip, RangeStrip, paint_choice, paint_range
from .surface import Badge, Banner, Card, EmptyState, FlowRow, Tile, hbox, vbox

__all__ = [
    "Axis", "Badge", "Banner", "Bars", "Button", "Card", "CategoryBars", "Chip", "Combo", "EmptyState", "Field",
    "FileDialog", "FlowRow", "Glyph", "IconButton", "KeyCap", "Label", "MetricRuler", "NumberField", "PeersStrip",
    "RangeStrip", "ScoreBar", "Search", "Segmented", "StackedShares", "Switch", "Tile", "box", "divider", "dot", "hbox",
    "line", "paint_bars", "paint_choice", "paint_range", "paint_shares", "painter_of", "pill", "short", "vbox",
]
