"""The inspector of the Detect page: one row, its score, why, among which others, what it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ..items.columns import clock
from ..items.ranked import score_text
from ..text import say, tr
from ..theme import px
from ..widgets import (
    Badge,
    Button,
    CategoryBars,
    IconButton,
    Label,
    PeersStrip,
    ScoreBar,
    divider,
    hbox,
    vbox,
)
from ._parts import Inspector, Section, drop_all
from .change import ChangeSection
from .readings import ReadingLines
from .reasons import ReasonBars, cell_text, rich_reason

__all__ = ["RowPanel"]

_EVENTS = 4


class RowPanel(Inspector):
    """About the selected row. It shows at once what the grid knows, and the rest when the answer comes.

    Signals:
        closed: the user closed it. review_wished: add this row to the review. row_wished: (row, rank) of another row.
    """

    closed = Signal()
    review_wished = Signal()
    row_wished = Signal(int, int)

    def __init__(self) -> None:
        super().__init__(tr("gui_detect.panel"))
        self.item: dict[str, Any] | None = None
        self.rows = 0
        self._make_head()
        self._make_score()
        self._make_why()
        self.change = ChangeSection()
        self.entity = Section(" ", gap=4)
        self.entity_rows = vbox(gap=0)
        self.entity.body.addLayout(self.entity_rows)
        self.nearest = Section(tr("gui_detect.nearest"), tr("gui_detect.differs_in"), gap=4)
        self.nearest_rows = vbox(gap=4)
        self.nearest.body.addLayout(self.nearest_rows)
        for section in (self.score, self.why, self.change, self.entity, self.nearest):
            self.add(section)
        self.column.addStretch(1)
        self.column.itemAt(0).widget().hide()  # the head has its own line
        self._make_foot()
        self.clear()

    # building

    def _make_head(self) -> None:
        column = vbox(self.head, margin=(16, 12, 10, 0), gap=4)
        row = hbox(gap=8)
        self.title = Label("", "section", elide=True)
        self.badge = Badge("", "ember")
        self.close_button = IconButton("x", tr("gui_detect.close_panel"), size=28, glyph=14)
        self.close_button.clicked.connect(self.closed)
        row.addWidget(self.title)
        row.addWidget(self.badge)
        row.addStretch(1)
        row.addWidget(self.close_button)
        self.subtitle = Label("", "secondary", "text2", elide=True)
        column.addLayout(row)
        column.addWidget(self.subtitle)
        column.addSpacing(px(8))

    def _make_score(self) -> None:
        self.score = Section(gap=6)
        row = hbox(gap=8)
        self.number, self.unit = Label("", "display"), Label("", "body", "text2", elide=True)
        self.typical = Label("", "secondary", "text2")
        row.addWidget(self.number, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.unit, 1, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.typical, 0, Qt.AlignmentFlag.AlignBottom)
        self.bar = ScoreBar(tr("gui_detect.score_bar"))
        self.meaning = Label("", "secondary", "text2", wrap=True)
        self.score.body.addLayout(row)
        self.score.body.addWidget(self.bar)
        self.score.body.addWidget(self.meaning)
        self.readings = ReadingLines()
        self.score.body.addWidget(self.readings)

    def _make_why(self) -> None:
        self.why = Section(tr("gui_detect.why"), gap=8)
        self.reason = Label("", "body", "text", wrap=True)
        self.broken = Label("", "body", "ember", wrap=True)
        self.strip = PeersStrip(tr("gui_detect.peers"))
        self.shares = CategoryBars(tr("gui_detect.shares"), label_width=120)
        self.bars = ReasonBars()
        self.engines = Label("", "secondary", "text3", wrap=True)
        self.waiting = Label(tr("gui_detect.asking"), "secondary", "text3")
        for part in (self.broken, self.reason, self.strip, self.shares, self.bars, self.engines, self.waiting):
            self.why.body.addWidget(part)

    def _make_foot(self) -> None:
        column = vbox(self.foot, gap=0)
        column.addWidget(divider())
        row = hbox(margin=(16, 12, 16, 12), gap=8)
        self.review = Button(tr("gui_detect.add_to_review"), "plus", "plain", "A")
        self.review.clicked.connect(lambda _=False: self.review_wished.emit())
        self.review_note = Label("", "secondary", "text2", elide=True)
        row.addWidget(self.review)
        row.addWidget(self.review_note, 1)
        column.addLayout(row)
        self.foot.show()

    # showing

    def clear(self) -> None:
        """No row is selected."""
        self.item = None
        for part in (self.head, self.foot):
            part.hide()
        for section in (self.score, self.why, self.change, self.entity, self.nearest):
            self.show_section(section, on=False)

    def show_item(self, item: Mapping[str, Any], scale: tuple[float, float], typical: float | None, unit: str) -> None:
        """What the grid knows of a row: name, score, reason.

        Args:
            item: of `ranked`.
            scale: smallest and largest score of the run.
            typical: median score.
            unit: what scores are measured in, in words.
        """
        if self.item is None or self.item["row"] != item["row"]:
            self.change.forget()
        self.item = dict(item)
        self.head.show()
        self.foot.show()
        key, title = str(item["key"]), say(item["title"])
        self.title.setText(title)
        self.badge.set(tr("gui_detect.rank", rank=item["rank"]))
        parts = [str(item.get("subtitle") or "")]
        name = tr("gui_detect.row", row=int(item["row"]) + 1) if key.startswith("#") else key
        if name not in title and name not in parts[0].split(" · "):
            parts.insert(0, name)
        self.subtitle.setText(" · ".join(p for p in parts if p))
        low, high = scale
        span = max(high - low, 1e-12)
        self.number.setText(score_text(item["score"], high))
        self.unit.setText(unit)
        self.typical.setText(tr("gui_detect.typical", score=score_text(typical, high)) if typical is not None else "")
        at = (typical - low) / span if typical is not None else None
        self.bar.set((item["score"] - low) / span, at)
        self.meaning.setText(self._meaning(item))
        self.readings.show_readings(item.get("readings") or {}, self.rows)
        self.reason.rich(rich_reason(item["reason"]))
        broken = [tr("gui_detect.breaks", rule=say(rule)) for rule in item.get("broken") or ()]
        self.broken.setText("\n".join(broken))
        self.broken.setVisible(bool(broken))
        for part in (self.strip, self.shares, self.bars, self.engines):
            part.hide()
        self.waiting.show()
        self.show_section(self.score, on=True)
        self.show_section(self.why, on=True)
        for section in (self.change, self.entity, self.nearest):
            self.show_section(section, on=False)
        self.area.verticalScrollBar().setValue(0)

    def _meaning(self, item: Mapping[str, Any]) -> str:
        """How rare such a score is, first in rows of this table, then as a p-value."""
        every = max(self.rows // max(int(item["rank"]), 1), 1)
        said = [tr("gui_detect.one_in", every=every)]
        if item.get("p_value") is not None:
            said.append(tr("gui_detect.p", p=float(item["p_value"])))
        if item.get("in_sample"):
            said.append(tr("gui_detect.in_sample"))
        return " ".join(said)

    def show_details(self, answer: Mapping[str, Any]) -> None:
        """The answer about the row on show: cells, nearest rows, history."""
        if self.item is None or answer["row"] != self.item["row"]:
            return
        self.waiting.hide()
        self.reason.rich(rich_reason(answer["reason"]))
        cells = answer["cells"]
        self._show_picture(cells[0] if cells else None)
        self.bars.show()
        self.bars.show_cells(cells)
        self._show_engines(answer.get("engines") or {})
        self.show_section(self.change, on=True)
        self._show_entity(answer.get("entity"))
        self._show_nearest(answer.get("nearest") or [])

    def _show_picture(self, cell: Mapping[str, Any] | None) -> None:
        """The most surprising cell among those of other rows."""
        density, shares = (cell or {}).get("density"), (cell or {}).get("shares")
        has_no_axis = cell is not None and (cell["kind"] == "datetime" or bool(cell.get("unit")))
        self.strip.setVisible(bool(density) and not has_no_axis)
        self.shares.setVisible(bool(shares))
        if cell is None:
            return
        if density and not has_no_axis:
            self.strip.set(
                density["edges"], density["counts"], cell["number"], cell_text(cell["value"]), cell["low"],
                cell["high"], log=bool(cell["log"]),
            )
        elif shares:
            self.shares.set([(str(text), float(p), None) for text, p in shares[:5]])

    def _show_engines(self, engines: Mapping[str, Any]) -> None:
        """Who ranked and who explained, where these are two."""
        names = {duty: say(title) for duty, title in engines.items()}
        self.engines.setVisible(names.get("ranks") != names.get("explains"))
        self.engines.setText(tr("gui_detect.engines", **names) if len(names) == 2 else "")

    def _show_entity(self, entity: Mapping[str, Any] | None) -> None:
        events = (entity or {}).get("events") or []
        others = [e for e in events if self.item is not None and e["row"] != self.item["row"]]
        self.show_section(self.entity, on=bool(others))
        drop_all(self.entity_rows)
        if entity is None or not others:
            return
        flagged = sum(bool(e["flagged"]) for e in events)
        self.entity.title.setText(tr("gui_detect.same", column=entity["column"], value=entity["value"]))
        self.entity.note.setText(tr("gui_detect.same_note", total=entity["total"], flagged=flagged))
        for event in self._closest(events, others):
            self.entity_rows.addWidget(self._event(event))

    def _closest(self, events: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Flagged rows first, then those next to this one in time; shown in the order of time."""
        own = next((e for e in events if self.item is not None and e["row"] == self.item["row"]), None)
        places = {e["row"]: i for i, e in enumerate(events)}
        here = places.get(own["row"], 0) if own else 0
        best = sorted(others, key=lambda e: (not e["flagged"], abs(places[e["row"]] - here)))[:_EVENTS]
        return sorted(best, key=lambda e: places[e["row"]])

    def _event(self, event: Mapping[str, Any]) -> QWidget:
        line = QWidget()
        row = hbox(line, gap=6)
        if event["flagged"]:
            name = tr("gui_detect.go_to", rank=event.get("rank", 0))
            link = Button(tr("gui_detect.rank", rank=event.get("rank", 0)), kind="link", small=True, name=name)
            link.clicked.connect(lambda _=False: self.row_wished.emit(event["row"], int(event.get("rank") or 0)))
        else:
            link = Label(tr("gui_detect.not_flagged"), "secondary", "text3")
        row.addWidget(Label(_brief(event), "secondary", "text" if event["flagged"] else "text2", elide=True), 1)
        row.addWidget(link)
        line.setFixedHeight(px(28 if event["flagged"] else 24))
        return line

    def _show_nearest(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.show_section(self.nearest, on=bool(rows))
        drop_all(self.nearest_rows)
        for near in rows:
            line = QWidget()
            row = hbox(line, gap=8)
            row.addWidget(Label(" · ".join(map(say, near["parts"][:2])), "secondary", "text2", elide=True), 1)
            row.addWidget(Label(_differs(near["differs"]), "button_small", "text", elide=True))
            self.nearest_rows.addWidget(line)

    def show_review(self, *, can_add: bool, note: str) -> None:
        """Whether this row can join the queue, and what stands in the way or that it is there."""
        self.review.setEnabled(can_add)
        self.review_note.setText(note)


def _brief(event: Mapping[str, Any]) -> str:
    """An event in a line: what, how much, and when as short as it reads."""
    parts = [say(part) for part in event["parts"]]
    if event.get("time") is None or len(parts) < 2:
        return " · ".join(parts)
    return " · ".join([*parts[:-1], clock(event["time"], parts=4)])


def _differs(columns: Sequence[str]) -> str:
    """The columns in which a row differs, two by name."""
    if not columns:
        return tr("gui_detect.nothing")
    named = ", ".join(columns[:2])
    return named if len(columns) <= 2 else tr("gui_detect.and_more", named=named, count=len(columns) - 2)
