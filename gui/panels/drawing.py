"""What to draw: the settings of a copy, what it gives away in short, and the draft's way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from core.data.conditions import Either
from core.errors import LikenessError

from ..state import AppState
from ..text import say, tr
from ..theme import px
from ..widgets import Banner, Button, Field, Label, NumberField, divider, hbox, vbox
from ._parts import drop_all
from .attacks import AttackSummary
from .shaping import LABELS, PLAIN, Shaping

__all__ = ["CopyPanel"]


class CopyPanel(QWidget):
    """The settings of the copy, its privacy checks, and the export.

    Args:
        state: the fit to draw from and the copy on show.
        off: names of the rules that are switched off.

    Signals:
        drawn: the settings, as `AppState.draw_copy` takes them.
        changed: any of them.
    """

    drawn = Signal(dict)
    changed = Signal()
    export_asked = Signal()
    report_asked = Signal()

    def __init__(self, state: AppState, off: Callable[[], list[str]] = list) -> None:
        super().__init__()
        self.state, self._off = state, off
        column = vbox(self, margin=16, gap=10)
        column.addWidget(Label(tr("gui_synth.settings"), "section"))
        self._add_fields(column)
        self.draw = Button(tr("gui_synth.draw"), "dice", "primary", "Ctrl+Enter")
        self.draw.clicked.connect(self.ask)
        column.addWidget(self.draw)
        column.addWidget(divider())
        column.addWidget(Label(tr("gui_synth.privacy"), "section"))
        self.checks = vbox(gap=10)
        column.addLayout(self.checks)
        column.addStretch(1)
        column.addWidget(divider())
        self.draft = Banner("", tone="warn")
        column.addWidget(self.draft)
        self._add_buttons(column)
        self.refresh()

    # --- fields -----------------------------------------------------------------------------------------------------

    def _add_fields(self, column: Any) -> None:
        copy, learned = self.state.copy or {}, (self.state.fit or {}).get("train_rows")  # more of them no gate lets out
        table = (self.state.source or {}).get("rows")
        rows = int(copy.get("rows") or min(learned or table or 1000, 1_000_000))
        self.rows = NumberField(rows, 1, 10_000_000, name=tr("gui_synth.rows_field"), step=1000)
        self.seed = NumberField(int(copy.get("seed") or 0), 0, 2**31 - 1, name=tr("gui_synth.seed"))
        for field in (self.rows, self.seed):
            field.valueChanged.connect(lambda _value: self.changed.emit())
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(8))
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, px(LABELS))
        for i, (key, field) in enumerate((("rows_field", self.rows), ("seed", self.seed))):
            label = Label(tr(f"gui_synth.{key}"), "body", "text2")
            label.setBuddy(field)
            grid.addWidget(label, i, 0)
            grid.addWidget(field, i, 1)
        column.addLayout(grid)
        self._add_condition(column, str(copy.get("where") or ""))
        self.shaping = Shaping(self.state, copy.get("asked") or PLAIN)
        self.shaping.changed.connect(self._edited)
        column.addWidget(self.shaping)
        self.problem = Label("", "secondary", "bad", wrap=True)
        self.problem.hide()
        column.addWidget(self.problem)

    def _add_condition(self, column: Any, text: str) -> None:
        self.where = Field(
            text, name=tr("gui_synth.where"), placeholder=tr("gui_synth.where_hint"), icon_name="filter")
        self.where.setToolTip(tr("gui_synth.where_tip"))
        self.where.textChanged.connect(self._edited)
        self.where.returnPressed.connect(self.ask)
        label = Label(tr("gui_synth.where"), "body", "text2")
        label.setBuddy(self.where)
        column.addWidget(label)
        column.addWidget(self.where)

    def _add_buttons(self, column: Any) -> None:
        self.export = Button(tr("gui_synth.export"), "export")
        self.report = Button(tr("gui_synth.open_report"), "file", "quiet")
        self.export.clicked.connect(self.export_asked)
        self.report.clicked.connect(self.report_asked)
        row = hbox(gap=8)
        row.addWidget(self.export)
        row.addWidget(self.report)
        row.addStretch(1)
        column.addLayout(row)

    # --- asking -----------------------------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """What stands in the fields, as `AppState.draw_copy` takes it.

        Raises:
            LikenessError: a field holds what cannot be read.
        """
        where = self.where.text().strip()
        Either.parse(where).check(self.state.schema)
        return {"rows": self.rows.value(), "where": where, "seed": self.seed.value(), "without": self._off(),
                **self.shaping.values()}

    def ask(self) -> None:
        """Draw with these settings, when they can be read."""
        if (asked := self._readable()) is not None:
            self.drawn.emit(asked)

    def _readable(self) -> dict[str, Any] | None:
        try:
            found = self.settings()
        except LikenessError as error:
            self.problem.setText(" ".join(say(part) for part in error.messages))
            self.problem.show()
            return None
        self.problem.hide()
        return found

    def _edited(self, *_: object) -> None:
        self.shaping.show_state(is_conditioned=bool(self.where.text().strip()))
        self._readable()
        self.changed.emit()

    # --- showing ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Copy or report changed."""
        drop_all(self.checks)
        report = self.state.report
        if report is None:
            text = tr("gui_synth.no_report" if self.state.copy is None else "gui_synth.measuring")
            self.checks.addWidget(Label(text, "secondary", "text2", wrap=True))
        else:
            self.checks.addWidget(AttackSummary(report))
        self._show_draft(self.state.copy)
        self.export.setEnabled(self.state.copy is not None and not self.state.copy.get("foreign"))
        self.report.setEnabled(bool(report and report.get("report")))
        self.draw.setEnabled(self.state.fit is not None)
        self.shaping.show_state(is_conditioned=bool(self.where.text().strip()))

    def _show_draft(self, copy: dict[str, Any] | None) -> None:
        """Which model drew it and why, and what making it what was asked for gained and cost."""
        self.draft.setVisible(copy is not None)  # it speaks of figures
        by = (copy or {}).get("reason")  # copies of an earlier version lack it
        made = {key: (copy or {}).get(key) for key in ("anomalies", "refined")}
        told = [tr(f"gui_shape.{key}.told", **figures) for key, figures in made.items()
                if figures and None not in figures.values()]
        self.draft.set(
            tr("gui_synth.draft"), " ".join([tr("gui_synth.draft_text"), *([say(by)] if by else []), *told]))
