"""The columns of a table as rows of a grid: kind, role, missing, distinct, values, and why we think so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.data.schema import ColumnSpec, Kind, Schema
from core.errors import LikenessError

from ..text import say, tr
from .columns import GridColumn, clock, compact, icon_of, missing_of, rows_of
from .pages_model import Page, PagesModel

__all__ = ["ColumnListModel"]


class ColumnListModel(PagesModel):
    """One row for each column of the schema; everything is here, so nothing is asked."""

    def __init__(self) -> None:
        self.schema = Schema(())
        self.profiles: Mapping[str, Mapping[str, Any]] = {}
        super().__init__(self._answer, block=2000)
        self.set_columns([
            GridColumn("name", tr("gui_data.col.name"), "icon", width=170),
            GridColumn("kind", tr("gui_data.col.kind"), width=84),
            GridColumn("role", tr("gui_data.col.role"), width=84),
            GridColumn("missing", tr("gui_data.col.missing"), is_right=True, width=76, is_quiet=True),
            GridColumn("distinct", tr("gui_data.col.distinct"), is_right=True, width=80, is_quiet=True),
            GridColumn("values", tr("gui_data.col.values"), width=190),
            GridColumn("reason", tr("gui_data.col.reason"), width=240, is_quiet=True),
        ])

    def show(self, schema: Schema, profiles: Mapping[str, Mapping[str, Any]]) -> None:
        """Show these columns."""
        self.schema, self.profiles = schema, profiles
        self.restart()

    def _answer(
        self, start: int, count: int, on_done: Callable[[Page], None], on_failed: Callable[[LikenessError], None],
    ) -> None:
        rows = [self._row(c) for c in self.schema.columns[start : start + count]]
        on_done(Page(len(self.schema), rows))

    def _row(self, column: ColumnSpec) -> list[Any]:
        found = self.profiles.get(column.name)
        kind, role = tr(f"data.kind.{column.kind}"), tr(f"data.role.{column.role}")
        reason = say(column.reason) if column.reason else tr("gui_data.set_by_you")
        name = {"icon": icon_of(column), "text": column.name}
        if found is None:
            return [name, kind, role, "", "", "", reason]
        gone, rows = missing_of(found), rows_of(found)
        missing = tr("gui_data.share", share=gone / rows) if gone and rows else "0"
        return [name, kind, role, missing, f"{int(found.get('distinct') or 0):,}", _values(column, found), reason]

    def text(self, record: Any, column: int) -> str:
        cell = record[column]
        return cell["text"] if isinstance(cell, dict) else str(cell)


def _values(column: ColumnSpec, found: Mapping[str, Any]) -> str:
    """What the cells mostly hold: a range, or the commonest texts."""
    q = found.get("quantiles")
    if q and column.kind is Kind.DATETIME:
        return tr("gui_data.figure.range", low=clock(q["0"], parts=3), high=clock(q["1"], parts=3))
    if q:
        return tr("gui_data.figure.range", low=compact(q["0"], column), high=compact(q["1"], column))
    return ", ".join(str(text) for text, _ in (found.get("top") or [])[:4])
