"""Groups of a score run: whose rows they are, how many, when, how far from chance, and the strongest row's reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..text import say, tr
from .columns import GridColumn, clock
from .pages_model import Fetch, PagesModel
from .ranked import split_reason

__all__ = ["GroupsModel", "between", "named", "odds"]


def named(item: Mapping[str, Any]) -> str:
    """Whose rows a group holds."""
    if not item["column"]:
        return tr("gui_detect.groups.series")
    return tr("gui_detect.groups.of", column=item["column"], value=item["entity"])


def between(item: Mapping[str, Any]) -> str:
    """When it began and ended; one moment where both read alike."""
    ends = [clock(moment, parts=4) for moment in item["moments"]]
    return " – ".join(dict.fromkeys(ends))


def odds(item: Mapping[str, Any]) -> str:
    """The p-value as one in so many, in two figures: it was counted, not calculated."""
    return tr("gui_detect.groups.one_in", every=float(f"{1 / item['p_value']:.2g}"))


class GroupsModel(PagesModel):
    """Items of `groups`, page by page."""

    def __init__(self, fetch: Fetch) -> None:
        super().__init__(fetch, block=40)
        self.set_columns([
            GridColumn("group", tr("gui_detect.col.rank"), "rank", is_right=True, width=56),
            GridColumn("entity", tr("gui_detect.groups.col.entity"), width=188),
            GridColumn("rows", tr("gui_detect.groups.col.rows"), is_right=True, width=84),
            GridColumn("chance", tr("gui_detect.groups.col.chance"), is_right=True, width=104,
                       hint=tr("gui_detect.groups.col.chance_hint")),
            GridColumn("reason", tr("gui_detect.groups.col.reason"), "reason", width=320),
            GridColumn("when", tr("gui_detect.groups.col.when"), width=216, is_quiet=True),
        ])

    def cell(self, record: dict[str, Any], column: int) -> Any:
        name = self.columns[column].name
        told = {
            "group": lambda: f"{record['group']:,}", "entity": lambda: named(record),
            "rows": lambda: tr("gui_detect.groups.rows", count=record["count"], rows=record["window"]),
            "chance": lambda: odds(record), "reason": lambda: split_reason(record["reason"]),
            "when": lambda: between(record),
        }
        return told[name]()

    def text(self, record: dict[str, Any], column: int) -> str:
        cell = self.cell(record, column)
        return say(record["reason"]) if isinstance(cell, tuple) else str(cell)
