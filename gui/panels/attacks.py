"""What attacks on a copy found: each with its interval between unseen rows and a copy of the training rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ..pictures import picture_button
from ..text import tr
from ..theme import px
from ..widgets import Card, Glyph, Label, MetricRuler, hbox, vbox
from ._parts import drop_all, right

__all__ = ["AttackCard", "AttackSummary"]


def _attacks(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [m for m in report["metrics"] if m["group"] == "privacy"]


def _leaks(report: Mapping[str, Any]) -> set[str]:
    """Attacks that found more than is tolerated; reports of an earlier version say so in their notes alone."""
    noted = {str(note["key"]).split(".")[1] for note in report.get("notes", ()) if str(note["key"]).endswith(".leak")}
    return set(report.get("leaks", ())) | noted


def _figure(metric: Mapping[str, Any], value: float) -> str:
    return tr("gui_synth.percent", share=value) if metric.get("share") else f"{value:.3f}"


class AttackCard(Card):
    """Every attack on a line, safer to the right: its interval, unseen rows as a thick tick, a full copy as a thin."""

    def __init__(self) -> None:
        super().__init__(gap=6)
        self.head = Label(tr("gui_attacks.title"), "section")
        head = hbox(gap=10)
        head.addWidget(self.head)
        head.addWidget(Label(tr("gui_attacks.right_is_safer"), "secondary", "text2"))
        head.addWidget(right(Label(tr("gui_attacks.legend"), "secondary", "text2", elide=True)), 1)
        head.addWidget(picture_button(self, tr("gui_attacks.title")))
        self.body.addLayout(head)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(px(16))
        self.grid.setColumnStretch(2, 1)
        self.body.addLayout(self.grid)

    def show_report(self, report: Mapping[str, Any]) -> None:
        """Fill the card from the result of `evaluate`."""
        drop_all(self.grid)
        leaks = _leaks(report)
        for row, metric in enumerate(_attacks(report)):
            self._add(row, metric, report, is_leak=metric["key"] in leaks)

    def _add(self, row: int, metric: Mapping[str, Any], report: Mapping[str, Any], *, is_leak: bool) -> None:
        key, value = metric["key"], report["privacy"].get(metric["key"])
        name = tr(f"evaluate.{key}.title")
        glyph = Glyph("warnt" if is_leak else "okc", 16, "warn" if is_leak else "ok")
        self.grid.addWidget(glyph, row, 0)
        label = Label(name, "strong" if is_leak else "body")
        label.setToolTip(tr(f"evaluate.{key}.help"))
        self.grid.addWidget(label, row, 1)
        known = report["references"]
        full, unseen, half = (known.get(name, {}).get(key) for name in ("training_copy", "holdout", "half_copied"))
        chance = metric.get("chance")  # where unseen rows in the copy's place say nothing about it
        unseen = unseen if chance is None else chance
        if value is None:
            self.grid.addWidget(Label(tr("gui_synth.not_measured"), "secondary", "text2"), row, 2)
            return
        low, high = report["intervals"].get(key) or (None, None)
        between = None if low is None or high is None else (low, high)
        if full is not None and unseen is not None:
            ruler = MetricRuler(name)
            ruler.set(value, full, unseen, interval=between, lower_is_better=True, half=half)
            self.grid.addWidget(ruler, row, 2)
        self.grid.addWidget(right(Label(_figure(metric, value), "strong", "warn" if is_leak else "text")), row, 3)
        said = "" if between is None else tr(
            "gui_attacks.interval", low=_figure(metric, between[0]), high=_figure(metric, between[1]))
        self.grid.addWidget(right(Label(said, "secondary", "text2")), row, 4)
        unseen_said = "" if unseen is None else tr(
            "gui_attacks.unseen" if chance is None else "gui_attacks.chance", value=_figure(metric, unseen))
        self.grid.addWidget(right(Label(unseen_said, "secondary", "text2")), row, 5)


class AttackSummary(QWidget):
    """In a few words: how many attacks found nothing beyond what is tolerated, and those that did."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        super().__init__()
        column = vbox(self, gap=10)
        attacks, leaks = _attacks(report), _leaks(report)
        fine = sum(m["key"] not in leaks for m in attacks)
        for metric in attacks:
            if metric["key"] in leaks:
                value = report["privacy"].get(metric["key"])
                shown = tr("gui_synth.not_measured") if value is None else _figure(metric, value)
                column.addWidget(_line("warnt", "warn", tr(f"evaluate.{metric['key']}.title"), shown))
        if fine:
            column.addWidget(_line("okc", "ok", tr("gui_attacks.fine", count=fine, all=len(attacks)), ""))


def _line(sign: str, token: str, text: str, value: str) -> QWidget:
    line = QWidget()
    row = hbox(line, gap=8)
    row.addWidget(Glyph(sign, 18, token), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(Label(text, "body" if token == "ok" else "strong", wrap=True), 1)
    if value:
        row.addWidget(Label(value, "strong", token), 0, Qt.AlignmentFlag.AlignTop)
    return line
