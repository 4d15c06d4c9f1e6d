"""The inspector of a group: whose rows, how far from chance, when, and each row with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ..items.columns import clock
from ..items.groups import between, named, odds
from ..items.ranked import split_reason
from ..text import say, tr
from ..theme import px
from ..widgets import Badge, Button, IconButton, Label, divider, hbox, vbox
from ..widgets.timeline import Timeline
from ._parts import Inspector, Section, drop_all

__all__ = ["GroupPanel"]

_SHOWN = 30


class GroupPanel(Inspector):
    """About the selected group. It shows at once what the grid knows, and its rows when the answer comes.

    Signals:
        closed: the user closed it. review_wished: add all its rows to the review. rank_wished: show the row of a rank.
    """

    closed = Signal()
    review_wished = Signal()
    rank_wished = Signal(int)

    def __init__(self) -> None:
        super().__init__(tr("gui_detect.groups.panel"))
        self.item: dict[str, Any] | None = None
        self.members: list[dict[str, Any]] = []
        self._make_head()
        self.chance = Section(gap=6)
        self.number, self.unit = Label("", "display"), Label("", "body", "text2", elide=True)
        row = hbox(gap=8)
        row.addWidget(self.number, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.unit, 1, Qt.AlignmentFlag.AlignBottom)
        self.says, self.meaning = Label("", "body", wrap=True), Label("", "secondary", "text2", wrap=True)
        self.chance.body.addLayout(row)
        self.chance.body.addWidget(self.says)
        self.chance.body.addWidget(self.meaning)
        self.times = Section(tr("gui_detect.groups.timeline"), " ", gap=4)
        self.timeline = Timeline(tr("gui_detect.groups.timeline"))
        self.times.body.addWidget(self.timeline)
        self.rows = Section(tr("gui_detect.groups.members"), " ", gap=6)
        self.lines = vbox(gap=8)
        self.waiting = Label(tr("gui_detect.asking"), "secondary", "text3")
        self.rows.body.addWidget(self.waiting)
        self.rows.body.addLayout(self.lines)
        for section in (self.chance, self.times, self.rows):
            self.add(section)
        self.column.addStretch(1)
        self.column.itemAt(0).widget().hide()  # the head has its own line
        self._make_foot()

    def _make_head(self) -> None:
        column = vbox(self.head, margin=(16, 12, 10, 0), gap=4)
        row = hbox(gap=8)
        self.title, self.badge = Label("", "section", elide=True), Badge("", "ember")
        self.close_button = IconButton("x", tr("gui_detect.groups.close"), size=28, glyph=14)
        self.close_button.clicked.connect(self.closed)
        row.addWidget(self.title)
        row.addWidget(self.badge)
        row.addStretch(1)
        row.addWidget(self.close_button)
        self.subtitle = Label("", "secondary", "text2", elide=True)
        column.addLayout(row)
        column.addWidget(self.subtitle)
        column.addSpacing(px(8))

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

    def clear(self) -> None:
        """No group is selected."""
        self.item, self.members = None, []

    def show_item(self, item: Mapping[str, Any], total: Mapping[str, Any]) -> None:
        """What the grid knows.

        Args:
            item: of `groups`.
            total: the answer it came with: how many were tested, and how many chance alone would show.
        """
        self.item, self.members = dict(item), []
        self.title.setText(named(item))
        self.badge.set(tr("gui_detect.groups.badge", rows=item["count"]))
        self.subtitle.setText(between(item))
        self.subtitle.setVisible(bool(item["moments"]))
        self.number.setText(odds(item))
        self.unit.setText(tr("gui_detect.groups.by_chance"))
        self.says.setText(say(item["says"]) + ".")
        self.meaning.setText(tr("gui_detect.groups.meaning", tested=total["tested"], chance=total["by_chance"]))
        drop_all(self.lines)
        self.waiting.show()
        self.show_section(self.times, on=False)
        self.rows.note.setText("")
        self.area.verticalScrollBar().setValue(0)

    def show_members(self, answer: Mapping[str, Any]) -> None:
        """The answer about the group on show: its rows with reasons, and what happened in between."""
        if self.item is None or answer["items"][0]["group"] != self.item["group"]:
            return
        self.members = list(answer["members"])
        self.waiting.hide()
        events = [{**e, "parts": [_brief(e)]} for e in answer["events"]]
        self.show_section(self.times, on=bool(self.item["moments"]) and len(events) > 1)
        self.times.note.setText(tr("gui_detect.same_note", total=len(events), flagged=self.item["count"]))
        self.timeline.set(events, -1)
        self._show_lines(self.members[:_SHOWN], {e["row"]: _line(e) for e in answer["events"]})
        hidden = self.item["count"] - min(len(self.members), _SHOWN)
        self.rows.note.setText(tr("gui_detect.groups.more", count=hidden) if hidden else "")

    def _show_lines(self, members: Sequence[Mapping[str, Any]], lines: Mapping[int, str]) -> None:
        for member in members:
            line = QWidget()
            column = vbox(line, gap=0)
            row = hbox(gap=6)
            words = lines.get(member["row"], say(member["title"]))
            row.addWidget(Label(words, "secondary_strong", elide=True), 1)
            name = tr("gui_detect.go_to", rank=member["rank"])
            link = Button(tr("gui_detect.rank", rank=member["rank"]), kind="link", small=True, name=name)
            link.clicked.connect(lambda _=False, rank=member["rank"]: self.rank_wished.emit(rank))
            row.addWidget(link)
            column.addLayout(row)
            column.addWidget(Label(" ".join(split_reason(member["reason"])), "secondary", "text2", elide=True))
            self.lines.addWidget(line)

    def show_review(self, *, can_add: bool, note: str) -> None:
        """Whether its rows can join the queue, and what stands in the way or that they are there."""
        self.review.setEnabled(can_add)
        self.review_note.setText(note)


def _brief(event: Mapping[str, Any]) -> str:
    """What a row is at its shortest: its amount, else its name."""
    parts = event["parts"]
    return say(parts[0] if event["amount"] is None or len(parts) < 2 else parts[1])


def _line(event: Mapping[str, Any]) -> str:
    """The same and when."""
    when = "" if event["time"] is None else clock(event["time"], parts=4)
    return " · ".join(part for part in (_brief(event), when) if part)
