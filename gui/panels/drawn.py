"""Rows the model made: ten like the set cells, or the likeliest value of every column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from core.data.schema import ColumnSpec, Schema
from core.errors import LikenessError

from ..items.columns import GridColumn, grid_columns, text_width
from ..items.grid import GridView
from ..items.header import GridHeader
from ..items.pages_model import Page, PagesModel
from ..text import tr
from ..theme import px
from ..widgets import Banner, Card, IconButton, Label, hbox

__all__ = ["DrawnCard"]

_WIDEST = 220


class DrawnCard(Card):
    """A small table with its own close button. Hidden until there is something to show.

    Args:
        name: of the table, for screen readers.
        close: what its button does.
    """

    def __init__(self, name: str = "", close: str = "") -> None:
        super().__init__(margin=(1, 1, 1, 8), gap=0)
        self._rows: list[list[Any]] = []
        head = hbox(margin=(15, 8, 8, 8), gap=8)
        self.title, self.note = Label("", "section"), Label("", "secondary", "text2", elide=True)
        self.close_button = IconButton("x", close or tr("gui_model.close_rows"), size=28, glyph=14)
        self.close_button.clicked.connect(self.hide)
        head.addWidget(self.title)
        head.addWidget(self.note, 1)
        head.addWidget(self.close_button)
        self.model = PagesModel(self._fetch)
        self.grid = GridView(self.model, GridHeader, name=name or tr("gui_model.rows"))
        self.problem = Banner("", "", "warn")
        self.body.addLayout(head)
        self.body.addWidget(self.problem)
        self.body.addWidget(self.grid)
        self.hide()

    def show_rows(self, title: str, note: str, columns: Sequence[str], rows: Sequence[Sequence[Any]],
                  schema: Schema, most: int = 100) -> None:
        """Show rows of texts, `most` of them without scrolling."""
        places = [i for i, name in enumerate(columns) if name in schema.names]
        specs = [schema[columns[i]] for i in places]
        self.title.setText(title)
        self.note.setText(note)
        self.problem.hide()
        self._rows = [[row[i] for i in places] for row in rows]
        self.model.set_columns(_columns(specs, self._rows))
        self.model.restart()
        self.grid.show()
        self.grid.fit_columns()
        bar = self.grid.horizontalScrollBar().sizeHint().height()
        self.grid.setFixedHeight(self.grid.head.height() + min(len(rows), most) * self.grid.row_height() + bar + px(2))
        self.show()

    def show_refusal(self, title: str, what: str, fix: str) -> None:
        """Say why there are no rows."""
        self.title.setText(title)
        self.note.setText("")
        self.grid.hide()
        self.problem.set(what, fix)
        self.problem.show()
        self.show()

    def _fetch(
        self, start: int, count: int, on_done: Callable[[Page], None], _failed: Callable[[LikenessError], None],
    ) -> None:
        on_done(Page(len(self._rows), self._rows[start : start + count]))


def _columns(specs: Sequence[ColumnSpec], rows: Sequence[Sequence[Any]]) -> list[GridColumn]:
    """Columns as wide as what they hold."""
    made = grid_columns(specs, {})
    texts = [[row[i] for row in rows if isinstance(row[i], str)] for i in range(len(specs))]
    widest = [max((text_width(t, "body") for t in own), default=0.0) + 24 for own in texts]
    return [replace(c, width=round(min(max(c.width, w), _WIDEST))) for c, w in zip(made, widest, strict=True)]
