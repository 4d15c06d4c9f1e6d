"""Rows beside the case: those that share a card or another key with it, ordinary ones near it, its look-alikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from core.review.session import Session

from ..items.brief import Brief, BriefList
from ..items.queue_model import VERDICTS
from ..text import say, tr
from ..theme import px
from ..widgets import Combo, Label, Segmented, hbox, vbox
from ..widgets.timeline import Timeline

__all__ = ["RelatedRows"]

_PARTS: Final = ("time", "rows", "nearest", "alike")
_HEIGHT: Final = 96  # four lines
_TIME: Final = 58


class RelatedRows(QWidget):
    """Four views in one place, one shown at a time.

    Signals:
        key_chosen: the column whose value the rows are to share.
    """

    key_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = vbox(self, gap=6)
        head = hbox(gap=8)
        self.parts = Segmented(
            [(p, tr(f"gui_desk.related.{p}")) for p in _PARTS], "time", name=tr("gui_desk.related"), small=True)
        self.parts.chosen.connect(self._chosen)
        self.keys = Combo([], name=tr("gui_desk.related.key"))
        self.keys.setFixedHeight(px(28))
        self.keys.activated.connect(lambda _: self.key_chosen.emit(self.keys.value()))
        self.note = Label("", "secondary", "text2", elide=True)
        head.addWidget(self.parts)
        head.addWidget(self.keys)
        head.addWidget(self.note, 1)
        column.addLayout(head)
        self.timeline = Timeline(tr("gui_review.timeline"))
        names = {p: tr(f"gui_desk.related.{p}.name") for p in _PARTS}
        self.lists = {p: BriefList(names[p], tr(f"gui_desk.related.{p}.none")) for p in _PARTS[1:]}
        self.held = QWidget()
        self.stack = QStackedLayout(self.held)
        self.stack.addWidget(self.timeline)
        for view in self.lists.values():
            self.stack.addWidget(view)
        column.addWidget(self.held)
        self._notes = dict.fromkeys(_PARTS, "")
        self._keys: list[str] = []
        self.clear(-1)

    def clear(self, row: int) -> None:
        """Another case, of which nothing is known yet."""
        self.row, self._keys = row, []
        self.timeline.set([], row)
        for view in self.lists.values():
            view.show_lines([])
        self._notes = dict.fromkeys(_PARTS, "")
        self.keys.hide()
        self._chosen(self.parts.value())

    @property
    def has_keys(self) -> bool:
        """Whether a column is known that ties rows together."""
        return bool(self._keys)

    def turn(self) -> None:
        """L: the next view."""
        self.go(_PARTS[(_PARTS.index(self.parts.value()) + 1) % len(_PARTS)])

    def go(self, part: str) -> None:
        """Show one of the views: "time", "rows", "nearest" or "alike"."""
        self.parts.set_value(part)
        self._chosen(part)

    def show_linked(self, found: Mapping[str, Any] | None, *, is_blind: bool) -> None:
        """Rows that share a value: of `explain` or of `linked`; nothing that says how unusual they are when blind."""
        events = [{**e, "flagged": e["flagged"] and not is_blind} for e in (found or {}).get("events", ())]
        self.timeline.set(events, self.row)
        self.lists["rows"].show_lines([_event(e, self.row, is_blind=is_blind) for e in events])
        if found and events:
            columns = found.get("columns") or self._keys or [found["column"]]
            self._keys = list(columns)
            words = {found["column"]: tr("gui_review.entity", column=found["column"], value=found["value"])}
            self.keys.set_items([(c, words.get(c, c), None) for c in columns], found["column"])
            flagged = sum(bool(e["flagged"]) for e in events)
            key = "gui_desk.related.total" if is_blind else "gui_review.entity_note"
            self._notes["time"] = self._notes["rows"] = tr(key, flagged=flagged, total=found["total"])
        self._chosen(self.parts.value())

    def show_nearest(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Ordinary rows, nearest first."""
        lines = [Brief(" · ".join(map(say, r["parts"])), _differs(r["differs"])) for r in rows]
        self.lists["nearest"].show_lines(lines)

    def show_alike(self, found: Sequence[Mapping[str, Any]], session: Session) -> None:
        """Cases unusual in the same way, with what was decided about them."""
        lines, decided = [], 0
        for item in found:
            state = session.state(item["key"])
            sign, tone = VERDICTS.get(str(state.verdict), ("wait", "text3"))
            decided += state.verdict is not None
            said = say(session.team.of(state.verdict)) if state.verdict else tr("gui_review.open")
            words = " · ".join(p for p in (say(item["title"]), item["amount"], item["time"]) if p)
            lines.append(Brief(words, f"{said}, {_differs(item['differs'])}", sign, tone))
        self.lists["alike"].show_lines(lines)
        self._notes["alike"] = tr("gui_desk.related.decided", decided=decided, total=len(lines)) if lines else ""
        text = tr("gui_desk.related.alike_n", n=len(lines)) if lines else tr("gui_desk.related.alike")
        button = self.parts.button("alike")
        button.setText(text)
        button.setAccessibleName(text)
        button.updateGeometry()
        self._chosen(self.parts.value())

    def _chosen(self, part: str) -> None:
        self.stack.setCurrentIndex(_PARTS.index(part))
        self.held.setFixedHeight(px(_TIME if part == "time" else _HEIGHT))  # what it leaves is for the cells
        self.note.setText(self._notes[part])
        self.keys.setVisible(part in ("time", "rows") and bool(self._keys))


def _differs(columns: Sequence[str]) -> str:
    return tr("gui_review.differs", columns=list(columns)) if columns else tr("gui_review.same")


def _event(event: Mapping[str, Any], row: int, *, is_blind: bool) -> Brief:
    rank = "" if is_blind else tr("gui_desk.related.rank", rank=event.get("rank", 0))
    sign = "flag" if event["flagged"] else ""
    return Brief(" · ".join(map(say, event["parts"])), rank, sign, "ember", event["row"] == row)
