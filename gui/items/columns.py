"""What a grid shows in each column, and what a table's profile says about one: data, no widgets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from PySide6.QtGui import QFontMetricsF

from core.data.schema import ColumnSpec, Kind, Role

from ..dates import dated, month
from ..text import tr
from ..theme import font, zoom
from ..widgets.axis import Axis, short

__all__ = [
    "Facts", "GridColumn", "brief", "clock", "compact", "facts_of", "grid_columns", "icon_of", "is_right", "missing_of",
    "parse_number", "rows_of", "text_width",
]

_ICONS: Final = {
    Kind.NUMBER: "num", Kind.INTEGER: "num", Kind.CATEGORY: "cat", Kind.BOOLEAN: "bool", Kind.DATETIME: "time",
    Kind.TEXT: "note", Kind.ID: "id",
}
_NUMBERS: Final = frozenset({Kind.NUMBER, Kind.INTEGER})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class GridColumn:
    """One column of a grid.

    Args:
        name: the table's column, or the grid's own: rank, score, reason.
        title: what its header says.
        style: how a cell is painted: text, bar (a data bar and a number), icon (and a text), rank,
            score, reason.
        is_right: numbers stand at the right.
        width: in design pixels.
        axis: where a number lies on its data bar.
        is_quiet: identifies rather than tells: keys, moments.
        hint: what a tool tip and a screen reader say of the column; "" for its title.
    """

    name: str
    title: str
    style: str = "text"
    is_right: bool = False
    width: int = 96
    axis: Axis | None = None
    is_quiet: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Facts:
    """What the profile header shows above a column.

    Args:
        icon, name, note: its first two lines.
        bars: heights of a histogram, 0 to 1.
        shares: shares of the largest categories.
        is_flat: all values differ, so there is nothing to draw.
        warnings: how many things there are to look at.
        spoken: the same for a screen reader.
    """

    icon: str
    name: str
    note: str
    bars: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    is_flat: bool = False
    warnings: int = 0
    spoken: str = field(default="", compare=False)


def icon_of(column: ColumnSpec) -> str:
    """The picture of a column: what it is for where that says more than what it holds."""
    if column.role is Role.ENTITY:
        return "user"
    if column.role is Role.ID:
        return "id"
    return _ICONS[column.kind]


def is_right(column: ColumnSpec) -> bool:
    """Whether its cells stand at the right, as quantities do."""
    return column.kind in _NUMBERS and column.role not in (Role.ID, Role.ENTITY)


def parse_number(text: Any) -> float | None:
    """The number a cell shows, or None."""
    if not isinstance(text, str):
        return None
    try:
        found = float(text.replace(",", ""))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def compact(value: float, column: ColumnSpec | None = None) -> str:
    """A number as it reads beside others: with the column's decimals, or as short as it goes."""
    if not math.isfinite(value):
        return str(value)
    if column is not None and column.decimals is not None and abs(value) < 1e9:
        return f"{value:,.{column.decimals}f}"
    if float(value).is_integer() or abs(value) >= 1e5:
        return short(value) if abs(value) >= 1e7 else f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 10 else f"{value:.3g}"


_FORMS = {1: "year", 2: "month", 3: "date", 4: "clock", 5: "moment"}


def clock(micros: float, *, parts: int = 5) -> str:
    """A moment as the grid writes it, down to `parts` of year, month, day, hour and minute, second."""
    try:
        moment = _EPOCH + timedelta(microseconds=float(micros))
    except (OverflowError, ValueError):
        return ""
    return dated(moment, _FORMS[parts])


def _span(low: float, high: float) -> str:
    """First and last day, as short as it reads: 1–31 Mar."""
    try:
        first, last = (_EPOCH + timedelta(microseconds=float(v)) for v in (low, high))
    except (OverflowError, ValueError):
        return ""
    if (first.year, first.month) == (last.year, last.month):
        days = {"first": str(first.day), "last": str(last.day), "month": month(last)}
        return tr("gui.date.days", **days) if first.day != last.day else dated(last, "day")
    if first.year == last.year:
        return tr("gui.date.months", first=month(first), last=month(last), year=str(last.year))
    return f"{first.year}–{last.year}"


def missing_of(profile: Mapping[str, Any]) -> int:
    """Cells of a column without a value, of every sort."""
    return sum(int(v) for v in (profile.get("missing") or {}).values())


def rows_of(profile: Mapping[str, Any]) -> int:
    """Rows of the table, as one column counts them."""
    return int(profile.get("count") or 0) + missing_of(profile)


def facts_of(column: ColumnSpec, profile: Mapping[str, Any] | None) -> Facts:
    """What the header shows of a column; without a profile, what it is."""
    kind = tr(f"data.kind.{column.kind}")
    if profile is None:
        return Facts(icon_of(column), column.name, kind, spoken=f"{column.name}, {kind}")
    rows, gone = rows_of(profile), missing_of(profile)
    note = _note(column, profile, kind)
    if gone and rows:
        note = tr("gui_data.head.missing", share=gone / rows)
    is_flat = bool(rows) and profile.get("distinct") == profile.get("count") and column.kind in (Kind.ID, Kind.TEXT)
    histogram, top = profile.get("histogram"), profile.get("top") or []
    bars, shares = (), ()
    if histogram and not is_flat and column.kind is not Kind.BOOLEAN:
        bars = _heights(histogram["counts"])
    elif top and not is_flat and rows:
        shares = tuple(count / rows for _, count in top[:5])
    warnings = len(profile.get("warnings") or [])
    return Facts(
        icon_of(column), column.name, note, bars, shares, is_flat, warnings, spoken=f"{column.name}, {kind}, {note}",
    )


def _note(column: ColumnSpec, profile: Mapping[str, Any], kind: str) -> str:
    distinct, quantiles = int(profile.get("distinct") or 0), profile.get("quantiles") or {}
    low, high = quantiles.get("0"), quantiles.get("1")
    if column.role is Role.LABEL:
        return tr("gui_data.head.role_count", role=tr("data.role.label"), count=distinct)
    if column.role is Role.ENTITY:
        return tr("gui_data.head.role_count", role=tr("data.role.entity"), count=distinct)
    if column.kind is Kind.ID and distinct and distinct == profile.get("count"):
        return tr("gui_data.head.distinct", kind=kind)
    if column.kind is Kind.DATETIME and low is not None:
        return tr("gui_data.head.span", kind=kind, span=_span(low, high))
    if column.kind in _NUMBERS and low is not None:
        return tr("gui_data.head.span", kind=kind, span=f"{brief(low)}{'–' if low >= 0 else ' … '}{brief(high)}")
    return tr("gui_data.head.role_count", role=kind, count=distinct)


def brief(value: float) -> str:
    """An end of a range, rounded until it reads at a glance."""
    return short(round(value)) if abs(value) >= 100 else short(float(f"{value:.2g}"))


def _heights(counts: Sequence[float], most: int = 16) -> tuple[float, ...]:
    """At most `most` bars, neighbours joined, as shares of the tallest."""
    step = max(1, math.ceil(len(counts) / most))
    joined = [sum(counts[i : i + step]) for i in range(0, len(counts), step)]
    if len(counts) % step and len(joined) > 1:  # a last bar of fewer bins would look like a cliff
        joined[-1] *= step / (len(counts) % step)
    tallest = max(joined, default=0) or 1
    return tuple(c / tallest for c in joined)


def grid_columns(
    columns: Sequence[ColumnSpec], profiles: Mapping[str, Mapping[str, Any]], chosen: str | None = None,
) -> list[GridColumn]:
    """The columns of the data grid; amounts and the chosen number carry a data bar."""
    made = []
    for column in columns:
        profile = profiles.get(column.name)
        axis = _bar_axis(profile) if is_right(column) else None
        bar = axis is not None and (column.role is Role.AMOUNT or column.name == chosen)
        width = _width(column, profile) + (16 if bar else 0)
        is_quiet = column.kind in (Kind.ID, Kind.DATETIME) or column.role in (Role.ID, Role.ENTITY, Role.IGNORE)
        style = "bar" if bar else "text"
        made.append(GridColumn(column.name, column.name, style, is_right(column), width, axis, is_quiet))
    return made


def _bar_axis(profile: Mapping[str, Any] | None) -> Axis | None:
    histogram = (profile or {}).get("histogram")
    if not histogram or len(histogram["edges"]) < 2:
        return None
    return Axis.over(histogram["edges"], log=bool(histogram.get("log")))


def _width(column: ColumnSpec, profile: Mapping[str, Any] | None) -> int:
    """Room for the name and for what the cells mostly hold, in design pixels."""
    name = text_width(column.name, "secondary_strong") + 42
    note = text_width(facts_of(column, profile).note, "micro") + 18
    cells = max(text_width(text, "body") for text in _samples(column, profile)) + 20
    return math.ceil(min(max(name, cells, note, 80), 200))


def text_width(text: str, role: str) -> float:
    """Design pixels that a text takes."""
    return QFontMetricsF(font(role)).horizontalAdvance(text) / zoom()


def _samples(column: ColumnSpec, profile: Mapping[str, Any] | None) -> list[str]:
    """Texts as long as most cells of a column."""
    if column.kind is Kind.DATETIME:
        return ["2026-12-30" if column.storage.startswith("date") else "2026-12-30 20:40:50"]
    q = (profile or {}).get("quantiles") or {}
    if q:
        return [compact(q[k], column) for k in ("0.01", "0.99", "1")]
    return [str(text) for text, _ in (profile or {}).get("top") or []] or ["12345678"]
