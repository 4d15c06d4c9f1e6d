"""Rows of a score run in rank order: score with its bar, the table's own columns, and the main reason in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.data.schema import Kind, Role, Schema
from core.words import Message

from ..text import say, tr
from .columns import GridColumn, is_right, text_width
from .pages_model import Fetch, PagesModel

__all__ = ["READINGS", "RankedModel", "ranked_columns", "score_text", "split_reason"]


def score_text(score: float, largest: float) -> str:
    """A score with as many decimals as tell rows apart."""
    return f"{score:,.2f}" if abs(largest) < 10 else f"{score:,.1f}"


_PLAIN: Final = tuple(f"detect.reason.{key}" for key in ("outside", "inside", "gap", "gap_first", "habit"))


def split_reason(reason: Mapping[str, Any]) -> tuple[str, str]:
    """The first clause of a reason, and what was expected: short enough for a line of a grid."""
    message = Message.from_json(reason)
    while isinstance(message.values.get("first"), Message):
        message = message.values["first"]
    strong, mark, rest = say(message).partition("; ")
    if not mark:
        return strong, ""
    if message.key in _PLAIN:
        rest = tr("gui_detect.model_expected", expected=message.values["expected"])
    return f"{strong};", rest


def _told(record: Mapping[str, Any]) -> tuple[str, str]:
    """The reason of a row for a line of a grid; a rule that it breaks comes first, since that is certain."""
    strong, rest = split_reason(record["reason"])
    broken = record.get("broken") or ()
    if not broken:
        return strong, rest
    return tr("gui_detect.breaks", rule=say(broken[0])), f"{strong} {rest}".strip()


READINGS: Final = ("value", "combination", "context")


def ranked_columns(shown: Sequence[str], schema: Schema, readings: Sequence[str] = ()) -> list[GridColumn]:
    """Rank and score, what the row is, why, and the rest; keys last, since the inspector names them."""
    known = [n for n in shown if n in schema.names]
    ids = [n for n in known if schema[n].role is Role.ID]
    others = [n for n in known if n not in ids]
    first, rest = (others[:2], [*others[2:], *ids]) if others else (ids[:1], ids[1:])
    return [
        GridColumn("rank", tr("gui_detect.col.rank"), "rank", is_right=True, width=56),
        GridColumn("score", tr("gui_detect.col.score"), "score", width=116),
        *(_reading_column(name) for name in READINGS if name in readings),
        *(_table_column(n, schema) for n in first),
        GridColumn("reason", tr("gui_detect.col.reason"), "reason", width=380),
        *(_table_column(n, schema) for n in rest),
    ]


def _reading_column(name: str) -> GridColumn:
    title = tr(f"gui_detect.col.{name}")
    width = round(text_width(title, "secondary_strong")) + 36  # with room for the arrow
    return GridColumn(f"{name}:", title, is_right=True, width=width, hint=tr(f"gui_detect.reading.{name}"))


def _table_column(name: str, schema: Schema) -> GridColumn:
    spec = schema[name]
    is_quiet = spec.kind in (Kind.ID, Kind.DATETIME) or spec.role in (Role.ID, Role.ENTITY)
    title = text_width(name, "secondary_strong") + 20
    cells = {Kind.DATETIME: 156, Kind.CATEGORY: 132, Kind.TEXT: 140}.get(spec.kind, 84)
    return GridColumn(name, name, "text", is_right(spec), max(cells, min(round(title), 150)), is_quiet=is_quiet)


class RankedModel(PagesModel):
    """Items of `ranked`, page by page.

    Attributes:
        shown: names of the cells each item carries. readings: what it tells beside the total.
        wanted: names of the columns the user chose, in order; none: all.
        low, high: smallest and largest score of the run, the ends of the score bars.
        flagged: how many of the first ranks are flagged.
    """

    def __init__(self, fetch: Fetch) -> None:
        super().__init__(fetch, block=40)
        self.shown: tuple[str, ...] = ()
        self.readings: tuple[str, ...] = ()
        self.wanted: tuple[str, ...] = ()
        self.low, self.high, self.flagged = 0.0, 1.0, 0
        self.set_columns(ranked_columns((), Schema(())))

    def show(self, shown: Sequence[str], schema: Schema, readings: Sequence[str] = ()) -> None:
        """Take the columns and readings an answer carries."""
        if (tuple(shown), tuple(readings)) != (self.shown, self.readings):
            self.shown, self.readings = tuple(shown), tuple(readings)
            self.arrange(schema)

    def arrange(self, schema: Schema) -> None:
        """Show what is wanted of the columns there are."""
        there = {c.name: c for c in ranked_columns(self.shown, schema, self.readings)}
        self.set_columns([there[n] for n in self.wanted if n in there] or list(there.values()))

    def set_scale(self, low: float, high: float, flagged: int) -> None:
        """Ends of the score bars, and which ranks are in ember."""
        self.low, self.high, self.flagged = low, max(high, low + 1e-12), flagged
        if self.rowCount() and self.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(self.columns) - 1))

    def row_of(self, rank: int) -> int:
        """Where a rank is on show, among the pages that are here; -1 where it is not."""
        for number, page in self._pages.items():
            for at, item in enumerate(page):
                if item["rank"] == rank:
                    row = number * self.block + at
                    return row if row < self.rowCount() else -1
        return -1

    def cell(self, record: dict[str, Any], column: int) -> Any:
        name = self.columns[column].name
        if name == "rank":
            return f"{record['rank']:,}"
        if name == "score":
            share = (record["score"] - self.low) / (self.high - self.low)
            return {"text": score_text(record["score"], self.high), "share": min(max(share, 0.0), 1.0),
                    "flagged": record["rank"] <= self.flagged}
        if name == "reason":
            return _told(record)
        if name.endswith(":") and name[:-1] in self.readings:
            return f"{max(record['readings'][name[:-1]]['nats'], 0.0):,.1f}"
        return record["cells"][self.shown.index(name)]

    def text(self, record: dict[str, Any], column: int) -> str:
        cell = self.cell(record, column)
        if isinstance(cell, tuple):
            return " ".join([*(tr("gui_detect.breaks", rule=say(r)) for r in record.get("broken", ())),
                             say(record["reason"])])
        return str(cell.get("text", "")) if isinstance(cell, dict) else str(cell)
