"""Parts of the Synthesize page: one side of the comparison, and the metrics between their reference rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ..items.cells_model import cell_text
from ..items.columns import clock
from ..pictures import picture_button
from ..text import tr
from ..theme import color, px
from ..widgets import (
    Badge,
    Bars,
    Card,
    CategoryBars,
    Glyph,
    Label,
    MetricRuler,
    hbox,
    painter_of,
    short,
    vbox,
)
from ._parts import drop_all, right

__all__ = ["FaithfulCard", "SideCard"]

_SIDES = {"real": ("data", "neutral_fill", "plain"), "synthetic": ("synth", "accent_line", "accent")}
_REFERENCES = ("independent", "holdout", "half_copied", "training_copy")


class _Sample(QWidget):
    """A few rows as a plain table."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], numeric: set[str]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(px(16), 0, px(16), 0)
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(0)
        for j, name in enumerate(columns):
            side = Qt.AlignmentFlag.AlignRight if name in numeric else Qt.AlignmentFlag.AlignLeft
            head = Label(name, "secondary_strong", "text2", elide=True)
            head.setFixedHeight(px(28))
            head.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(head, 0, j)
            for i, row in enumerate(rows, 1):
                is_missing = isinstance(row[j], Mapping)
                tone = "text3" if is_missing else "text"
                cell = Label(cell_text(row[j]), "body", tone, elide=True, italic=is_missing)
                cell.setFixedHeight(px(28))
                cell.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                grid.addWidget(cell, i, j)
            grid.setColumnStretch(j, 1)
        self._lines = len(rows)

    def paintEvent(self, event: object) -> None:
        painter = painter_of(self)
        inner = self.width() - 2  # the card's edge stays whole
        painter.fillRect(1, 0, inner, px(28), color("bg"))
        for i in range(1, self._lines + 1):
            painter.fillRect(1, px(28) * (i + 1) - 1, inner, 1, color("divider"))
        painter.end()


class SideCard(Card):
    """Real or synthetic: its rows, a few of them, and each chosen column's distribution on the shared axis."""

    def __init__(self, side: str) -> None:
        super().__init__(margin=(0, 12, 0, 12), gap=8)
        self.side = side
        icon, self.fill, tone = _SIDES[side]
        head = hbox(margin=(16, 0, 16, 0), gap=8)
        head.addWidget(Glyph(icon, 18, "accent_text" if side == "synthetic" else "text2"))
        head.addWidget(Label(tr(f"gui_synth.{side}"), "section"))
        overlay = tr("gui_synth.overlay") if side == "synthetic" else ""
        legend = Label(overlay, "secondary", "text2", elide=True)  # or one card would need more room than the other
        legend.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(legend, 1)
        self.count = Badge("", tone)
        head.addWidget(self.count)
        head.addWidget(picture_button(self, tr(f"gui_synth.{side}")))
        self.body.addLayout(head)
        self.rows = vbox(gap=4)
        self.body.addLayout(self.rows)
        self.body.addStretch(1)

    def show_columns(self, compared: Mapping[str, Any], names: Sequence[str]) -> None:
        """Fill the card from the result of `compare`."""
        drop_all(self.rows)
        self.count.set(tr("gui_synth.rows", n=compared[f"{self.side}_rows"]))
        columns = [c for c in compared["columns"] if c["name"] in names]
        sample = compared[f"{self.side}_sample"]
        chosen = [c["name"] for c in columns][:5]
        places = [sample["columns"].index(n) for n in chosen if n in sample["columns"]]
        numeric = {c["name"] for c in columns if c["kind"] in ("number", "integer")}
        shown = [sample["columns"][p] for p in places]
        self.rows.addWidget(_Sample(shown, [[row[p] for p in places] for row in sample["rows"][:3]], numeric))
        for column in columns:
            self.rows.addWidget(self._distribution(column))

    def _distribution(self, column: Mapping[str, Any]) -> QWidget:
        part = QWidget()
        box = vbox(part, margin=(16, 6, 16, 0), gap=2)
        head = hbox(gap=8)
        head.addWidget(Label(column["name"], "strong", elide=True), 1)
        median = column.get(f"{self.side}_median")
        if median and not column.get("labels"):
            head.addWidget(Label(tr("gui_synth.median", value=median), "secondary", "text2"))
        box.addLayout(head)
        name = tr(f"gui_synth.bars.{self.side}", column=column["name"])
        box.addWidget(self._categories(column, name) if column.get("labels") else self._histogram(column, name))
        return part

    def _categories(self, column: Mapping[str, Any], name: str) -> QWidget:
        bars = CategoryBars(name, label_width=110)
        own, real = column[self.side], column["real"]
        all_own, all_real = max(sum(own), 1), max(sum(real), 1)
        rows = []
        for text, n, other in zip(column["labels"], own, real, strict=True):
            rows.append((text, n / all_own, other / all_real if self.side == "synthetic" else None))
        bars.set(rows, self.fill)
        return bars

    def _histogram(self, column: Mapping[str, Any], name: str) -> QWidget:
        bars = Bars(name, height=92, tick_text=_tick(column), dates=column["kind"] == "datetime")
        real, own = column["real"], column[self.side]
        scale = sum(own) / max(sum(real), 1)
        overlay = [n * scale for n in real] if self.side == "synthetic" else ()
        bars.set(column["edges"], own, fill=self.fill, log=bool(column.get("log")), overlay=overlay)
        return bars


def _tick(column: Mapping[str, Any]) -> Any:
    """How the ticks of a column read: dates as dates."""
    if column["kind"] != "datetime":
        return short
    days = (column["edges"][-1] - column["edges"][0]) / 86_400e6
    parts = 1 if days > 1500 else 2 if days > 90 else 3
    return lambda value: clock(value, parts=parts)


class FaithfulCard(Card):
    """Metrics of the copy, each a dot between independent columns and a holdout of real rows."""

    def __init__(self) -> None:
        super().__init__(gap=6)
        head = hbox(gap=10)
        head.addWidget(Label(tr("gui_synth.faithful"), "section"))
        head.addWidget(Label(tr("gui_synth.right_is_better"), "secondary", "text2"))
        head.addWidget(right(Label(tr("gui_synth.legend"), "secondary", "text2", elide=True)), 1)
        head.addWidget(picture_button(self, tr("gui_synth.faithful")))
        self.body.addLayout(head)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(px(16))
        self.grid.setColumnStretch(1, 1)
        self.body.addLayout(self.grid)

    def show_report(self, report: Mapping[str, Any]) -> None:
        """Fill the card from the result of `evaluate`."""
        drop_all(self.grid)
        measured = [m for m in report["metrics"] if m["group"] in ("fidelity", "utility") or (
            m["group"] == "fairness" and report["fairness"].get(m["key"]) is not None)]
        for row, metric in enumerate(measured):
            self._add(row, metric, report)

    def _add(self, row: int, metric: Mapping[str, Any], report: Mapping[str, Any]) -> None:
        key = metric["key"]
        value = report[metric["group"]].get(key)
        floor, ceiling, half, leak = (report["references"].get(name, {}).get(key) for name in _REFERENCES)
        name = tr(f"evaluate.{key}.title")
        self.grid.addWidget(Label(name, "body"), row, 0)
        if value is None or floor is None or ceiling is None:
            self.grid.addWidget(Label(tr("gui_synth.not_measured"), "secondary", "text2"), row, 1)
            return
        ruler = MetricRuler(name)
        low, high = report["intervals"].get(key) or (None, None)
        ruler.set(value, floor, ceiling, interval=None if low is None or high is None else (low, high),
                  lower_is_better=metric.get("better") == "lower", half=half)
        ruler.setToolTip(tr("gui_synth.ruler", **{
            name: "–" if v is None else _figure(metric, v)
            for name, v in zip(("floor", "ceiling", "half", "leak"), (floor, ceiling, half, leak), strict=True)}))
        between = tr("gui_synth.between", floor=_figure(metric, floor), ceiling=_figure(metric, ceiling))
        self.grid.addWidget(ruler, row, 1)
        self.grid.addWidget(right(Label(_figure(metric, value), "strong")), row, 2)
        self.grid.addWidget(right(Label(between, "secondary", "text2")), row, 3)


def _figure(metric: Mapping[str, Any], value: float) -> str:
    return tr("gui_synth.percent", share=value) if metric.get("share") else f"{value:.3f}"
