"""Filling in: the missing cells of the table, or the rest of a row of which only some cells are known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from .. import requests
from ..state import AppState
from ..text import tr
from ..theme import px
from ..widgets import Button, Card, Combo, FileDialog, Label, Segmented, divider, hbox, vbox

__all__ = ["FillCard"]

_FORMATS = "CSV (*.csv);;Parquet (*.parquet);;Excel (*.xlsx);;SQLite (*.sqlite);;JSON Lines (*.jsonl)"


class FillCard(Card):
    """Which columns, how, and where to; what was filled is told below.

    Args:
        state: the table and the fit that fills.
    """

    def __init__(self, state: AppState) -> None:
        super().__init__(gap=10)
        self.state = state
        self.body.addWidget(Label(tr("gui_fill.title"), "section"))
        self._add_cells()
        self.body.addWidget(divider())
        self._add_row()
        self.refresh()

    def _add_cells(self) -> None:
        self.body.addWidget(Label(tr("gui_fill.cells"), "strong"))
        self.gaps = Label("", "secondary", "text2", wrap=True)
        self.body.addWidget(self.gaps)
        row = hbox(gap=8)
        self.column = Combo([], name=tr("gui_fill.column"))
        self.column.setMinimumWidth(px(160))
        self.how = Segmented([(k, tr(f"gui_fill.how.{k}")) for k in ("likely", "drawn")], name=tr("gui_fill.how"))
        for key in ("likely", "drawn"):
            self.how.button(key).setToolTip(tr(f"gui_fill.how.{key}.tip"))
        self.fill = Button(tr("gui_fill.fill"), "export")
        self.fill.clicked.connect(lambda _=False: self.ask())
        for part in (self.column, self.how, self.fill):
            row.addWidget(part)
        row.addStretch(1)
        self.body.addLayout(row)
        self.told = Label("", "secondary", "text", wrap=True)
        self.told.hide()
        self.body.addWidget(self.told)

    def _add_row(self) -> None:
        part = QWidget()
        row = hbox(part, gap=12)
        words = vbox(gap=1)
        words.addWidget(Label(tr("gui_fill.row"), "strong"))
        words.addWidget(Label(tr("gui_fill.row_text"), "secondary", "text2", wrap=True))
        row.addLayout(words, 1)
        self.go_on = Button(tr("gui_fill.go_on"), "model")
        self.go_on.clicked.connect(lambda _=False: self.state.page_wanted.emit("model"))
        row.addWidget(self.go_on, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addWidget(part)

    def gaps_of(self) -> dict[str, int]:
        """Missing cells of each modelled column that has any, as far as the profile knows."""
        columns = (self.state.profile or {}).get("columns", ())
        gone = {c["name"]: sum((c.get("missing") or {}).values()) for c in columns}
        return {c.name: gone[c.name] for c in self.state.schema if c.is_modelled and gone.get(c.name)}

    def refresh(self) -> None:
        """The table, its profile or its fit changed."""
        gaps, is_known = self.gaps_of(), self.state.profile is not None
        every = ("", tr("gui_fill.every", count=len(gaps)), None)
        self.column.set_items(
            [every, *((n, tr("gui_fill.one", column=n, cells=k), None) for n, k in gaps.items())], self.column.value())
        self.gaps.setText(tr("gui_fill.gaps" if gaps else "gui_fill.no_gaps", cells=sum(gaps.values()),
                             columns=list(gaps)[:4]) if is_known else tr("gui_fill.unknown"))
        for part in (self.column, self.how, self.fill):
            part.setEnabled(self.state.fit is not None and (bool(gaps) or not is_known))

    def ask(self) -> None:
        """Ask where to, and fill."""
        source = self.state.source
        if source is None or self.state.fit is None or not self.fill.isEnabled():
            return
        name = f"{Path(str(source['name'])).stem}-filled.csv"
        path, _ = FileDialog.getSaveFileName(self, tr("gui_fill.where"), name, _FORMATS)
        if path:
            self._submit(path)

    def _submit(self, path: str) -> None:
        source, fit = self.state.source or {}, self.state.fit or {}
        column = self.column.value()
        request = requests.make(
            "impute", file=source["path"], project=str(self.state.path), fit=fit["id"], out=path, how=self.how.value(),
            columns=(column,) if column else (), **requests.reading(source.get("options") or {}))
        self.state.worker.submit(
            request, tr("gui_fill.job", name=Path(path).name), icon="export", on_done=self._heard,
            on_failed=self.state.failed.emit)

    def _heard(self, result: Mapping[str, Any]) -> None:
        filled, left = sum(result["filled"].values()), sum(result["left"].values())
        self.told.setText(tr("gui_fill.done", cells=filled, left=left, file=Path(str(result["out"])).name))
        self.told.show()
