"""The inspector of the Data page: what a column is and why we think so, how its values lie, and the table's checks."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QMenu, QWidget

from core.data.schema import ColumnSpec, Kind, Role

from ..items.columns import brief, clock, compact, icon_of, missing_of, rows_of
from ..state import AppState
from ..text import say, tr
from ..theme import icon, px
from ..widgets import Bars, Button, CategoryBars, Combo, Glyph, IconButton, Label, hbox, vbox
from ._parts import Figures, Inspector, Section, drop_all
from .checks import Check, checks_of

__all__ = ["ColumnPanel"]

_SIGN = {"ok": ("okc", "ok"), "warn": ("warnt", "warn"), "bad": ("badc", "bad"), "note": ("info", "text2")}
_ROLE_ICONS = {
    Role.FEATURE: "data", Role.LABEL: "flag", Role.ID: "id", Role.TIME: "time", Role.ENTITY: "user",
    Role.AMOUNT: "num", Role.CONTEXT: "info", Role.SENSITIVE: "lock", Role.IGNORE: "eye",
}
_KIND_ICONS = {
    Kind.NUMBER: "num", Kind.INTEGER: "num", Kind.CATEGORY: "cat", Kind.BOOLEAN: "bool", Kind.DATETIME: "time",
    Kind.TEXT: "note", Kind.ID: "id",
}


class ColumnPanel(Inspector):
    """About the chosen column. Kind and role are changed here, and every change can be undone.

    Signals:
        sort_wished: (column, descending). filter_wished: text of a condition. column_wished: name of another column.
    """

    sort_wished = Signal(str, bool)
    filter_wished = Signal(str)
    column_wished = Signal(str)

    def __init__(self, state: AppState) -> None:
        super().__init__(tr("gui_data.panel"))
        self.state = state
        self.name: str | None = None
        self._make_head()
        self._make_what()
        self._make_shape()
        self.checks = Section(tr("gui_data.checks"), gap=10)
        self.lines = vbox(gap=10)
        self.checks.body.addLayout(self.lines)
        self.add(self.checks)
        self.column.addStretch(1)
        self.column.itemAt(0).widget().hide()  # the head has its own line
        self._shown_checks: list[Check] | None = None

    def _make_head(self) -> None:
        row = hbox(self.head, margin=(16, 14, 12, 14), gap=8)
        self.glyph = Glyph("num", 16, "accent_text")
        self.title = Label("", "section", elide=True)
        self.more = IconButton("more", tr("gui_data.column_menu"), size=28, glyph=16)
        self.more.clicked.connect(self._menu)
        row.addWidget(self.glyph)
        row.addWidget(self.title, 1)
        row.addWidget(self.more)

    def _make_what(self) -> None:
        self.what = Section(gap=8)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(8))
        kinds = [(str(k), tr(f"data.kind.{k}"), _KIND_ICONS[k]) for k in Kind]
        roles = [(str(r), tr(f"data.role.{r}"), _ROLE_ICONS[r]) for r in Role]
        self.kind = Combo(kinds, name=tr("gui_data.kind_of"))
        self.role = Combo(roles, name=tr("gui_data.role_of"))
        for i, (key, combo) in enumerate((("gui_data.kind_word", self.kind), ("gui_data.role_word", self.role))):
            label = Label(tr(key), "body", "text2")
            label.setBuddy(combo)
            grid.addWidget(label, i, 0)
            grid.addWidget(combo, i, 1)
        grid.setColumnStretch(1, 1)
        self.kind.activated.connect(lambda _: self._set(kind=self.kind.value()))
        self.role.activated.connect(lambda _: self._set(role=self.role.value()))
        for role in Role:
            at = self.role.findData(str(role))
            self.role.setItemData(at, tr(f"gui_data.role_text.{role}"), Qt.ItemDataRole.ToolTipRole)
        self.what.body.addLayout(grid)
        line = hbox(margin=(56, 0, 0, 0), gap=8)
        line.addWidget(Glyph("info", 14, "text2"), 0, Qt.AlignmentFlag.AlignTop)
        self.reason = Label("", "secondary", "text2", wrap=True)
        line.addWidget(self.reason, 1)
        self.what.body.addLayout(line)
        self.add(self.what)

    def _make_shape(self) -> None:
        self.shape = Section(tr("gui_data.distribution"))
        self.bars = Bars(tr("gui_data.distribution_of"), height=132)
        self.shares = CategoryBars(tr("gui_data.shares_of"), label_width=120)
        self.figures = Figures()
        for part in (self.bars, self.shares, self.figures):
            self.shape.body.addWidget(part)
        self.warnings = Label("", "secondary", "warn", wrap=True)
        self.shape.body.addWidget(self.warnings)
        self.add(self.shape)

    # what is shown

    def show_column(self, name: str | None) -> None:
        """Show a column of the state's schema; None shows the table's checks alone."""
        self.name = name if name in self.state.schema.names else None
        self.refresh()

    def refresh(self) -> None:
        """Read everything from the state again."""
        if self.name not in self.state.schema.names:
            self.name = None
        for section in (self.what, self.shape):
            self.show_section(section, on=self.name is not None)
        self.head.setVisible(self.name is not None)
        self._show_checks()
        if self.name is None:
            return
        spec = self.state.schema[self.name]
        self.glyph.set(icon_of(spec))
        self.title.setText(spec.name)
        self.kind.set_value(str(spec.kind))
        self.role.set_value(str(spec.role))
        for combo in (self.kind, self.role):
            combo.setEnabled(not self.state.read_only)
        said = say(spec.reason) if spec.reason else tr("gui_data.set_by_you")
        self.reason.setText(tr("gui_data.guessed", reason=said) if spec.reason else said)
        self._show_shape(spec, self._profile())

    def _profile(self) -> dict[str, Any] | None:
        columns = (self.state.profile or {}).get("columns", [])
        return next((c for c in columns if c["name"] == self.name), None)

    def _show_shape(self, spec: ColumnSpec, found: dict[str, Any] | None) -> None:
        histogram = (found or {}).get("histogram")
        top, rows = (found or {}).get("top") or [], rows_of(found or {})
        show_bars = bool(histogram) and spec.kind is not Kind.BOOLEAN
        is_flat = found is not None and found.get("distinct") == found.get("count")
        show_shares = not show_bars and bool(top) and rows > 0 and not is_flat
        self.bars.setVisible(show_bars)
        self.shares.setVisible(show_shares)
        self.shape.note.setText(tr("gui_data.all_distinct") if is_flat and not show_bars else "")
        if show_bars:
            self._show_bars(spec, histogram)
        elif show_shares:
            shown = [(text, count / rows, None) for text, count in top[:8]]
            self.shares.set(shown)
            rest = int(found.get("distinct") or 0) - len(shown) if found else 0
            self.shape.note.setText(tr("gui_data.more_values", count=rest) if rest > 0 else "")
        self.figures.set(_figures(spec, found) if found else [])
        self.figures.setVisible(found is not None)
        warnings = [say(w) for w in (found or {}).get("warnings", [])]
        is_table = (self.state.source or {}).get("kind") == "table"
        waiting = tr("gui_data.profiling" if is_table else "gui_data.no_figures")
        self.warnings.setText("\n".join(warnings) if found else waiting)
        self.warnings.set_tone("warn" if found else "text3")
        self.warnings.setVisible(bool(warnings) or found is None)

    def _show_bars(self, spec: ColumnSpec, histogram: dict[str, Any]) -> None:
        edges, is_log = histogram["edges"], bool(histogram.get("log"))
        self.bars.dates = spec.kind is Kind.DATETIME
        if self.bars.dates:
            days = (edges[-1] - edges[0]) / 86_400e6
            parts = next(p for p, least in ((1, 1500), (2, 90), (3, 4), (4, -1)) if days > least)
            self.bars.tick_text = lambda v: clock(v, parts=parts)
        else:
            self.bars.tick_text = compact
        self.bars.set(edges, histogram["counts"], fill="accent_line", log=is_log)
        self.shape.note.setText(tr("gui_data.log_scale") if is_log else "")

    # checks

    def _show_checks(self) -> None:
        notes = (self.state.source or {}).get("notes") or []
        found = checks_of(self.state.schema, self.state.profile, notes) if self.state.source else []
        if found == self._shown_checks:
            return
        self._shown_checks = found
        drop_all(self.lines)
        passed, alarms = (sum(c.tone in tones for c in found) for tones in (("ok",), ("warn", "bad")))
        self.checks.note.setText(tr("gui_data.check.count", passed=passed, alarms=alarms))
        for check in found:
            self.lines.addWidget(self._line(check))

    def _line(self, check: Check) -> QWidget:
        line = QWidget()
        row = hbox(line, gap=10)
        sign, token = _SIGN[check.tone]
        row.addWidget(Glyph(sign, 16, token), 0, Qt.AlignmentFlag.AlignTop)
        words = vbox(gap=1)
        words.addWidget(Label(check.title, "button" if check.text else "body", wrap=True))
        if check.text:
            words.addWidget(Label(check.text, "secondary", "text2", wrap=True))
        row.addLayout(words, 1)
        if check.column:
            name = tr("gui_data.show_column", column=check.column)
            show = Button(tr("gui_data.show"), kind="link", small=True, name=name)
            show.clicked.connect(lambda _=False: self._go(check))
            row.addWidget(show, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _go(self, check: Check) -> None:
        self.column_wished.emit(check.column)
        if check.where:
            self.filter_wished.emit(check.where)

    # what is done

    def _set(self, **changes: str) -> None:
        if self.name is not None:
            self.state.set_column(self.name, **changes)

    def _menu(self) -> None:
        menu = QMenu(self)
        name = self.name or ""
        quoted = '"' + name.replace('"', '""') + '"'
        items = (
            ("up", "gui_data.sort_up", lambda: self.sort_wished.emit(name, False)),
            ("dn", "gui_data.sort_down", lambda: self.sort_wished.emit(name, True)),
            ("filter", "gui_data.only_missing", lambda: self.filter_wished.emit(f"{quoted} is missing")),
            ("eye", "gui_data.leave_out", lambda: self._set(role=str(Role.IGNORE))),
        )
        for picture, key, act in items:
            menu.addAction(icon(picture), tr(key)).triggered.connect(act)
        menu.exec(self.more.mapToGlobal(QPoint(0, self.more.height())))


def _figures(spec: ColumnSpec, found: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and numbers of a column, as its kind allows."""
    rows, gone = rows_of(found), missing_of(found)
    missing = f"{gone:,} ({100 * gone / rows:.2g}%)" if gone and rows else "0"
    tail = [(tr("gui_data.figure.distinct"), f"{int(found.get('distinct') or 0):,}"),
            (tr("gui_data.figure.missing"), missing)]
    tail += _sorts_of_missing(found)
    q = found.get("quantiles")
    if not q:
        return tail
    if spec.kind is Kind.DATETIME:
        first, last, middle = (clock(q[k]) for k in ("0", "1", "0.5"))
        return [(tr("gui_data.figure.first"), first), (tr("gui_data.figure.last"), last),
                (tr("gui_data.figure.median"), middle), *tail]
    mean = found.get("mean")
    middle = tr("gui_data.figure.range", low=brief(q["0.01"]), high=brief(q["0.99"]))
    top = found.get("top") or []
    spikes = [text for text, count in top[:2] if rows and count / rows >= 0.01]
    more = [(tr("gui_data.figure.spikes"), ", ".join(spikes))] if spikes else []
    return [
        (tr("gui_data.figure.median"), compact(q["0.5"], spec)),
        (tr("gui_data.figure.mean"), compact(mean) if mean is not None else ""),
        (tr("gui_data.figure.smallest"), compact(q["0"], spec)), (tr("gui_data.figure.largest"), compact(q["1"], spec)),
        (tr("gui_data.figure.middle"), middle), tail[0], tail[1], *(more or tail[2:]),
    ][:8]


def _sorts_of_missing(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Missing cells by sort, when there is more than one sort or one that is not plain NULL."""
    sorts = {k: int(v) for k, v in (found.get("missing") or {}).items() if v}
    if not sorts or set(sorts) == {"null"}:
        return []
    return [(tr(f"gui_data.figure.{k}"), f"{v:,}") for k, v in sorts.items()]
