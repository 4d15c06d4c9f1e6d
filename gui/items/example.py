"""Rows to begin a question with: the one selected on Data or Detect, or the case under review."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from core.data.schema import ColumnSpec, Kind

from .. import requests
from ..state import AppState
from ..text import tr
from .columns import compact, parse_number
from .question import is_coded

__all__ = ["Example", "cells_of", "examples", "fetch"]

Took = Callable[[Sequence[str], Sequence[Any], str | None], object]


@dataclass(frozen=True)
class Example:
    """A row somewhere in the window.

    Args:
        page: where it is selected: data, detect or review. text: what a menu calls it.
        row: its place in that page's list, for review its row in the table.
        column: what the review says its reason is about: left open, so that the model says what was expected there.
    """

    page: str
    text: str
    row: int
    column: str | None = None


def examples(state: AppState) -> list[Example]:
    """The rows there are to choose from."""
    found = []
    if state.session is not None and state.session.current is not None:
        case = state.session.current
        found.append(Example("review", tr("gui_model.from_review", title=case.title), case.row, case.column))
    detect = state.position("detect")
    if state.run is not None and detect.get("run") == state.run["id"]:
        row = int(detect.get("row", 0))
        found.append(Example("detect", tr("gui_model.from_detect", place=row + 1), row))
    if state.source is not None:
        row = int(state.position("data").get("row", 0))
        found.append(Example("data", tr("gui_model.from_data", place=row + 1), row))
    return found


def fetch(state: AppState, example: Example, took: Took) -> None:
    """Ask for the cells of a row; `took` gets the columns' names, their cells, and the column to leave open."""
    if example.page == "detect":
        kept = state.position("detect")
        request = requests.make(
            "ranked", project=str(state.path), run=state.run["id"] if state.run else None, where=kept.get("where", ""),
            inside=kept.get("inside", ""), sort=kept.get("sort", "score"), flagged=kept.get("flagged", 0),
            start=example.row, count=1)

        def ranked(answer: dict[str, Any]) -> None:
            if answer["items"]:
                item = answer["items"][0]
                _rows(state, {}, item["row"], lambda names, row, _: took(names, row, item.get("column")))

        state.worker.ask(request, "example", ranked, state.failed.emit)
        return
    view = state.position("data") if example.page == "data" else {}
    _rows(state, view, example.row, lambda names, row, _: took(names, row, example.column))


def _rows(state: AppState, view: Mapping[str, Any], row: int, took: Took) -> None:
    """One row of the table, in the order that the Data page shows it in."""
    source = state.source or {}
    sort, descending = view.get("sort") or (None, False)
    request = requests.make(
        "rows", file=source["path"], project=str(state.path), where=view.get("where", ""), find=view.get("find", ""),
        sort=sort, descending=bool(descending), start=row, count=1, **requests.reading(source.get("options") or {}))

    def arrived(answer: dict[str, Any]) -> None:
        if answer["rows"]:
            took(answer["columns"], answer["rows"][0], None)

    state.worker.ask(request, "example", arrived, state.failed.emit)


def cells_of(
    names: Sequence[str], row: Sequence[Any], columns: Mapping[str, Mapping[str, Any]],
    specs: Mapping[str, ColumnSpec],
) -> dict[str, str]:
    """Set cells that describe a row: its categories, and the bars in which its numbers and dates lie.

    A number alone is hardly ever met again; rows with numbers like it are.
    """
    texts = {n: _cell(cell, columns[n], specs[n]) for n, cell in zip(names, row, strict=True) if n in columns}
    return {name: texts[name] for name in columns if texts.get(name)}


def _cell(cell: Any, column: Mapping[str, Any], spec: ColumnSpec) -> str:
    if isinstance(cell, Mapping):
        return tr("gui_model.missing") if column["missing"][1] else ""
    if is_coded(spec):
        return str(cell)
    if spec.kind is Kind.DATETIME:
        return str(cell)[:10]
    number = parse_number(cell)
    if number is None:
        return ""
    edges = column["edges"]
    ends = next(((a, b) for a, b in pairwise(edges) if a <= number <= b), None)
    if ends is None or column["shape"] == "values":
        return f"{number:.15g}"
    low, high = ends
    if spec.kind is Kind.INTEGER:  # bars of whole numbers end half-way between two of them
        return f"{math.ceil(low)}..{math.floor(high)}"
    return "..".join(compact(e, spec if spec.decimals else None).replace(",", "") for e in ends)
