"""Data: the rows of the table under a profile of its columns; kinds and roles; what there is to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.errors import LikenessError

from .. import requests
from ..actions import Action
from ..items.column_list import ColumnListModel
from ..items.columns import facts_of, grid_columns
from ..items.grid import GridCard, GridView
from ..items.header import GridHeader, ProfileHeader
from ..items.pages_model import Page as Rows
from ..items.pages_model import PagesModel
from ..panels._parts import scrolled
from ..panels.column import ColumnPanel
from ..panels.reading import ReadingPanel
from ..state import AppState
from ..text import say, tr
from ..widgets import Banner, Button, EmptyState, Label, Segmented
from ..widgets.filters import FilterBar
from .base import Page

__all__ = ["PAGE", "DataPage"]


class DataPage(Page):
    """What is in the table, before any model."""

    key: ClassVar[str] = "data"
    title_key: ClassVar[str] = "gui_data.title"
    icon: ClassVar[str] = "data"
    order: ClassVar[int] = 2
    shortcut: ClassVar[str] = "Ctrl+2"

    def __init__(self, state: AppState) -> None:
        super().__init__(state)
        self.chosen: str | None = None
        self.sorted_by: tuple[str, bool] | None = None
        self._table, self._row = "", 0
        self.panel = ColumnPanel(state)
        self.stack = QStackedWidget()
        self._build_header()
        self._build_rows()
        self._build_columns()
        self._build()
        self._connect()
        self._source_changed()

    # building

    def _build_header(self) -> None:
        self.top, _, self.subtitle = self.header(tr("gui_data.title"))
        self.view = Segmented(
            [(key, tr(f"gui_data.{key}")) for key in ("rows", "columns", "reading")], name=tr("gui_data.view"))
        self.view.chosen.connect(self._view_chosen)
        self.find_button = Button(tr("gui_data.find_anomalies"), "detect", "primary", "Ctrl+Enter")
        self.find_button.clicked.connect(self._find_anomalies)
        self.top.addWidget(self.view)
        self.top.addWidget(self.find_button)

    def _build_rows(self) -> None:
        self.filters = FilterBar()
        self.filters.changed.connect(self._asked_anew)
        self.rows = PagesModel(self._fetch)
        self.rows.answered.connect(self._answered)
        self.rows.refused.connect(self._refused)
        self.grid = GridView(self.rows, ProfileHeader, name=tr("gui_data.grid"), chooses_columns=True)
        self.grid.nothing = tr("gui_data.none_match")
        self.grid.moved.connect(self._moved)
        self.grid.head.chosen.connect(self._header_pressed)
        self.grid.head.sort_wished.connect(self._sort_section)
        self.grid_card = GridCard(self.grid, footer=tr("gui_data.foot.hint"))

    def _build_columns(self) -> None:
        self.list = ColumnListModel()
        self.list_view = GridView(self.list, GridHeader, name=tr("gui_data.list"))
        self.list_view.moved.connect(self._listed)
        self.list_view.stretch = "reason"
        self.list_card = GridCard(self.list_view, footer=tr("gui_data.list_hint"), place="gui_data.foot.columns")
        self.list_title, self.list_note = Label("", "section"), Label("", "body", "text2")
        self.list_card.show_top(self.list_title, self.list_note, 1)

    def _build(self) -> None:
        column = self.column()
        column.addLayout(self.top)
        self.problem = Banner("", "", "warn")
        self.problem.hide()
        column.addWidget(self.problem)
        column.addWidget(self.filters)
        column.addWidget(self.stack, 1)
        self.empty = QWidget()
        self.reading = ReadingPanel()
        self.reading.wanted.connect(self._read_again)
        self.reading_area = scrolled(self.reading, tr("gui_data.reading"))
        for part in (self.grid_card, self.list_card, self.reading_area, self.empty):
            self.stack.addWidget(part)

    def _connect(self) -> None:
        state, panel = self.state, self.panel
        state.source_changed.connect(self._source_changed)
        state.profile_changed.connect(self._profile_changed)
        state.schema_changed.connect(self._schema_changed)
        panel.sort_wished.connect(self._sort)
        panel.filter_wished.connect(self._filter)
        panel.column_wished.connect(self.choose)

    # the contract of a page

    def actions(self) -> list[Action]:
        return [
            Action("data.find_anomalies", "gui_data.find_anomalies", self._find_anomalies, "detect",
                   enabled=self._is_table, page=self.key, why_key="gui_data.why_closed"),
            Action("data.find", "gui_data.find", self._to_search, "search", ("/",), self._is_open, self.key),
            Action("data.filter", "gui_data.add_filter", self.filters.toggle_form, "filter", ("F",), self._is_open,
                   self.key),
            Action("data.all_rows", "gui_data.all_rows", self.filters.clear, "x", (), self._is_filtered, self.key),
            Action("data.sort", "gui_data.sort_action", self._cycle_sort, "up", ("S",), self._has_column, self.key),
            Action("data.columns", "gui_data.switch_view", self._switch_view, "data", ("C",), self._is_open, self.key),
            Action("data.kind", "gui_data.edit_column", self._to_kind, "settings", ("E",), self._has_column, self.key),
        ]

    def primary(self) -> Action:
        return self.actions()[0]

    def inspector(self) -> QWidget | None:
        return self.panel if self.state.source else None

    def keys(self) -> list[tuple[str, str]]:
        return [("J / K", tr("gui_data.key.rows")), ("← / →", tr("gui_data.key.columns")),
                ("Ctrl+C", tr("gui_data.key.copy"))]

    def shown(self) -> None:
        (self.list_view if self.view.value() == "columns" else self.grid).setFocus()

    def _is_open(self) -> bool:
        return self.state.source is not None

    def _is_table(self) -> bool:
        """Images have no family that learns from them yet."""
        return self.state.source is not None and self.state.source.get("kind") == "table"

    def _is_filtered(self) -> bool:
        return self._is_open() and not self.filters.is_empty

    def _has_column(self) -> bool:
        return self._is_open() and self.chosen is not None

    # the table

    def _source_changed(self) -> None:
        source = self.state.source
        for part in (self.filters, self.view, self.find_button):
            part.setVisible(source is not None)
        self.find_button.setEnabled(self._is_table())
        self.find_button.setToolTip("" if self._is_table() or source is None else tr("gui_data.why_images"))
        if source is None:
            self._table = ""
            self._show_empty()
        else:
            self._show_table(source)
        self.panel.refresh()
        self.inspector_changed.emit()

    def _show_empty(self) -> None:
        self.subtitle.setText(tr("gui_data.no_table"))
        self.rows.clear()
        open_one = Button(tr("gui_data.open"), "folder", "primary")
        open_one.clicked.connect(lambda _=False: self.state.page_wanted.emit("start"))
        fresh = EmptyState("data", tr("gui_data.empty"), tr("gui_data.empty_text"), primary=open_one)
        self.stack.removeWidget(self.empty)
        self.empty.deleteLater()
        self.empty = fresh
        self.stack.addWidget(fresh)
        self.stack.setCurrentWidget(fresh)

    def _show_table(self, source: dict[str, Any]) -> None:
        if source["source"] == self._table:
            self._say_subtitle()
            return
        self._table = source["source"]
        self.reading.show_source(source)
        kept = self.state.position(self.key)
        self._row = int(kept.get("row", 0))
        self._set_columns()
        self._offer()
        self.filters.set(str(kept.get("find", "")), str(kept.get("where", "")))
        wanted = kept.get("sort")
        self.sorted_by = (wanted[0], bool(wanted[1])) if wanted and wanted[0] in self.state.schema.names else None
        self.choose(kept.get("column") or self._first_column())
        self.view.set_value(kept.get("view", "rows"))
        self._view_chosen(self.view.value())
        self._say_subtitle()
        self._asked()

    def _first_column(self) -> str | None:
        """The column one asks about first: the amount, else the first number."""
        names = [c for c in self.state.schema if c.is_modelled]
        best = sorted(names, key=lambda c: (c.role != "amount", c.kind not in ("number", "integer")))
        return best[0].name if best else next(iter(self.state.schema.names), None)

    def _profiles(self) -> dict[str, Any]:
        return {c["name"]: c for c in (self.state.profile or {}).get("columns", [])}

    def _read_again(self, options: dict[str, Any]) -> None:
        if self.state.source is not None:
            self.state.open_moved(Path(self.state.source["path"]), options)

    def _set_columns(self) -> None:
        found = self._profiles()
        columns = grid_columns(self.state.schema.columns, found, self.chosen)
        names = [c.name for c in self.rows.columns]
        facts = {c.name: facts_of(c, found.get(c.name)) for c in self.state.schema}
        self.rows.set_columns(columns, facts)
        if names != [c.name for c in columns]:
            self.grid.fit_columns()
        self.list.show(self.state.schema, found)
        self._select_listed()
        features = sum(c.is_modelled for c in self.state.schema)
        self.list_title.setText(tr("gui_data.list_title", count=len(self.state.schema)))
        self.list_note.setText(tr("gui_data.list_note", count=features))

    def _offer(self) -> None:
        top = {name: [str(t) for t, _ in p.get("top") or []] for name, p in self._profiles().items()}
        self.filters.offer(self.state.schema, top, self.chosen)

    def _profile_changed(self) -> None:
        if self.state.source is not None:
            self._set_columns()
            self.grid.fit_columns()
            self._offer()
            self.panel.refresh()

    def _schema_changed(self) -> None:
        if self.state.source is not None:
            self._set_columns()
            self._offer()
            self.panel.refresh()
            self._say_subtitle()
            self.rows.restart()

    def _say_subtitle(self) -> None:
        source, schema = self.state.source, self.state.schema
        if source is not None:
            edited = sum(c.reason is None for c in schema)
            roles = tr("gui_data.roles_edited", count=edited) if edited else tr("gui_data.roles_guessed")
            self.subtitle.setText(tr(
                "gui_data.subtitle", name=source["name"], rows=source["rows"], columns=len(schema), roles=roles))

    # rows

    def _fetch(
        self, start: int, count: int, on_done: Callable[[Rows], None], on_failed: Callable[[LikenessError], None],
    ) -> None:
        source = self.state.source
        if source is None:
            return
        sort, descending = self.sorted_by or (None, False)
        request = requests.make(
            "rows", file=source["path"], project=str(self.state.path), where=self.filters.where(),
            find=self.filters.text(), sort=sort, descending=descending, start=start, count=count,
            **requests.reading(source.get("options") or {}),
        )
        self.state.worker.ask(request, "rows", lambda r: on_done(Rows(r["total"], r["rows"])), on_failed)

    def _asked_anew(self) -> None:
        self._row = 0
        self._asked()

    def _asked(self) -> None:
        self.problem.hide()
        self.rows.restart()
        self._remember()

    def _answered(self, total: int) -> None:
        rows = self.state.source["rows"] if self.state.source else 0
        key = "gui_data.count_all" if total == rows else "gui_data.count_some"
        self.filters.count.setText(tr(key, count=total, rows=rows))
        across = self.grid.horizontalScrollBar().value()
        self.grid.select(min(self._row, max(total - 1, 0)), self._place())
        self.grid.horizontalScrollBar().setValue(across)
        self.grid_card.say_place()

    def _refused(self, error: LikenessError) -> None:
        self.problem.set(say(error.messages[0]), say(error.messages[2]))
        self.problem.show()

    # columns

    def choose(self, name: str | None) -> None:
        """Make a column the one in question: tinted in the grid, told about in the inspector."""
        if name == self.chosen and name == self.panel.name:
            return
        self.chosen = name if name in self.state.schema.names else None
        self.grid.paint_delegate.chosen = self.chosen
        self.rows.set_columns(grid_columns(self.state.schema.columns, self._profiles(), self.chosen))
        self.grid.head.set_marks(self.sorted_by, self.chosen)
        self.panel.show_column(self.chosen)
        self._offer()
        place = self._place()
        if place >= 0 and self.grid.currentIndex().isValid() and self.grid.currentIndex().column() != place:
            self.grid.select(self.grid.currentIndex().row(), place)
        self._select_listed()
        self._remember()

    def _select_listed(self) -> None:
        names = self.state.schema.names
        row = names.index(self.chosen) if self.chosen in names else -1
        if row >= 0 and self.list_view.currentIndex().row() != row:
            self.list_view.select(row)

    def _place(self) -> int:
        return self.rows.column_of(self.chosen) if self.chosen else -1

    def _moved(self, row: int, column: int) -> None:
        self._row = row
        self.choose(self.rows.columns[column].name)
        self._remember()

    def _listed(self, row: int, _column: int) -> None:
        if row < len(self.state.schema):
            self.choose(self.state.schema.columns[row].name)

    def _header_pressed(self, section: int) -> None:
        self.choose(self.rows.columns[section].name)

    def _sort_section(self, section: int) -> None:
        self._next_sort(self.rows.columns[section].name)

    def _next_sort(self, name: str) -> None:
        """Up, down, as in the file."""
        if self.sorted_by == (name, True):
            self._set_sort(None)
        else:
            self._set_sort((name, self.sorted_by == (name, False)))

    def _cycle_sort(self) -> None:
        if self.chosen:
            self._next_sort(self.chosen)

    def _sort(self, name: str, descending: bool) -> None:
        self._set_sort((name, descending))

    def _set_sort(self, wanted: tuple[str, bool] | None) -> None:
        self.sorted_by = wanted
        self.grid.head.set_marks(wanted, self.chosen)
        self._asked_anew()

    def _filter(self, where: str) -> None:
        self.view.set_value("rows")
        self._view_chosen("rows")
        self.filters.add_text(where)

    # what the keys do

    def _find_anomalies(self) -> None:
        self.state.page_wanted.emit("detect")

    def _to_search(self) -> None:
        self.filters.find.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.find.selectAll()

    def _to_kind(self) -> None:
        self.panel.kind.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _switch_view(self) -> None:
        other = "columns" if self.view.value() == "rows" else "rows"
        self.view.set_value(other)
        self._view_chosen(other)
        self.shown()

    def _view_chosen(self, key: str) -> None:
        self.stack.setCurrentWidget({"columns": self.list_card, "reading": self.reading_area}.get(key, self.grid_card))
        self.filters.setVisible(key == "rows" and self.state.source is not None)
        self._remember()

    def _remember(self) -> None:
        if self.state.source is not None and self._table:
            self.state.remember(
                self.key, row=self._row, column=self.chosen, find=self.filters.text(),
                where=self.filters.where(), sort=list(self.sorted_by) if self.sorted_by else None,
                view=self.view.value(),
            )


PAGE = DataPage
