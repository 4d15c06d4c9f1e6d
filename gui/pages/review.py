"""Review: one case at a time, one key a verdict, every verdict in the journal before the next case shows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QStackedLayout,
    QWidget,
)

from core.errors import LikenessError
from core.review.queue import Case
from core.review.session import Session

from .. import requests
from ..actions import Action
from ..items.pages_model import Page as Rows
from ..items.queue_model import QueueModel, QueueView
from ..panels.case import CaseCard
from ..panels.learned import LearnedLine
from ..panels.progress import ProgressStrip
from ..panels.verdict import VerdictPanel
from ..state import AppState
from ..text import tr
from ..theme import px
from ..widgets import Button, Card, EmptyState, FileDialog, Glyph, IconButton, Label, Search, divider, hbox, vbox
from ._beside import Beside
from ._desk import DeskActs
from ._eyes import Eyes
from ._learning import Learning
from ._leaving import Leaving
from .base import Page

__all__ = ["PAGE", "ReviewPage"]

_AHEAD = 3
"""Cases explained ahead of the one on the desk, so that the next shows at once."""
_ABOVE = 2
"""Lines of the queue above the case on the desk."""
_NEAR = 100
"""Cases from the last one on from which the next rows of a long queue are made cases."""
_KEPT = 60
"""Explanations kept."""


class ReviewPage(Page):
    """Queue, case, verdicts."""

    key = "review"
    title_key = "gui_review.title"
    icon = "review"
    order = 50
    shortcut = "Ctrl+5"
    inspector_width = 304

    def __init__(self, state: AppState) -> None:
        super().__init__(state)
        self._explained: OrderedDict[int, dict[str, Any]] = OrderedDict()
        self._asked: set[int] = set()
        self._run = ""
        self._session: Session | None = None
        self._panel: VerdictPanel | None = None
        self._on_desk = ""
        self.snoozed = 0
        self.desk, self.eyes, self.learning = DeskActs(self), Eyes(self), Learning(self)
        self.leaving = Leaving(self)
        column = self.column()
        row, _, self.subtitle = self.header(tr("gui_review.title"), tr("gui_review.subtitle"))
        self.case_file = Button(tr("gui_review.case_file"), "export")
        self.case_file.clicked.connect(self._export)
        row.addWidget(self.case_file)
        self.more = Button(tr("gui_desk.more"), menu=True)
        self.more.clicked.connect(self._menu)
        row.addWidget(self.more)
        column.addLayout(row)
        self.stack = QStackedLayout()
        column.addLayout(self.stack, 1)
        self.stack.addWidget(self._empty())
        self.stack.addWidget(self._desk())
        self.beside = Beside(self)
        state.verdicts_changed.connect(self._refresh)
        state.run_changed.connect(self._rebuild)
        state.project_changed.connect(self._rebuild)
        self._refresh()

    # --- parts ------------------------------------------------------------------------------------------------------

    def _empty(self) -> QWidget:
        state = self.state
        steps = [
            ("data", tr("gui_review.step.open"), str((state.source or {}).get("name", "")), state.source is not None),
            ("model", tr("gui_review.step.fit"), str((state.fit or {}).get("model", "")), state.run is not None),
            ("detect", tr("gui_review.step.queue"), "", False),
        ]
        primary = Button(tr("gui_review.start"), "review", "primary", "Ctrl+Enter")
        primary.clicked.connect(self._start)
        text = tr("gui_review.empty_text", done=sum(s[3] for s in steps), total=len(steps))
        return EmptyState("review", tr("gui_review.empty"), text, steps, primary)

    def _desk(self) -> QWidget:
        desk = QWidget()
        column = vbox(desk, gap=12)
        self.strip = ProgressStrip()
        self.counters = self.strip.counters
        column.addWidget(self.strip)
        self.learned = LearnedLine()
        self.learned.asked.connect(self.learning.look_again)
        column.addWidget(self.learned)
        row = hbox(gap=12)
        row.addWidget(self._queue_card())
        self.card = CaseCard()
        row.addWidget(self.card, 1)
        column.addLayout(row, 1)
        return desk

    def _queue_card(self) -> Card:
        card = Card(margin=(1, 12, 1, 12), gap=8)
        card.setFixedWidth(px(280))
        head = hbox(margin=(16, 0, 14, 0), gap=8)
        head.addWidget(Label(tr("gui_review.queue"), "section"), 1)
        self.order_note = Button(tr("gui_review.order"), kind="quiet", small=True, menu=True)
        self.order_note.clicked.connect(lambda _=False: self.learning.menu(self.order_note))
        head.addWidget(self.order_note)
        card.body.addLayout(head)
        card.body.addLayout(self._filter_line())
        wrong = hbox(margin=(16, 0, 14, 0))
        self.wrong = Label("", "secondary", "bad", wrap=True)
        self.wrong.hide()
        wrong.addWidget(self.wrong)
        card.body.addLayout(wrong)
        card.body.addWidget(divider())
        self.queue = QueueView()
        self.queue.setAccessibleName(tr("gui_review.queue"))
        self.queue.clicked.connect(self._chosen)
        self.queue.activated.connect(self._chosen)
        card.body.addWidget(self.queue, 1)
        card.body.addWidget(divider())
        foot = hbox(margin=(14, 0, 14, 0), gap=8)
        foot.addWidget(Glyph("eye", 14), 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(Label(tr("gui_learn.control"), "secondary", "text2", wrap=True), 1)
        card.body.addLayout(foot)
        return card

    def _filter_line(self) -> QHBoxLayout:
        row = hbox(margin=(14, 0, 8, 0), gap=2)
        self.filter = Search(name=tr("gui_desk.filter"), placeholder=tr("gui_desk.filter_hint"), key="/")
        self.filter.textChanged.connect(lambda _: self._pause.start())
        self.filter.returnPressed.connect(self.queue_focus)
        self.filter.left.connect(self.queue_focus)
        self._pause = QTimer(self, singleShot=True, interval=250)
        self._pause.timeout.connect(self._filter)
        self.filters = IconButton("filter", tr("gui_desk.filters"))
        self.filters.clicked.connect(lambda _=False: self.desk.filters_menu(self.filters))
        row.addWidget(self.filter, 1)
        row.addWidget(self.filters)
        return row

    def focus_filter(self) -> None:
        """/: to the filter."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def set_filter(self, text: str) -> None:
        """Put a filter in, at once."""
        self.filter.setText(text)
        self._filter()

    def queue_focus(self) -> None:
        """Back to the cases, so that single keys work."""
        self._filter()
        self.queue.setFocus()

    def _filter(self) -> None:
        self._pause.stop()
        session, text = self.state.session, self.filter.text().strip()
        if session is None:
            return
        wrong = "" if session.filter.text == text else self.desk.filter_by(text)
        self.wrong.setText(wrong)
        self.wrong.setVisible(bool(wrong))
        self.filter.setAccessibleDescription(wrong)

    def inspector(self) -> QWidget | None:
        """The verdict panel, once there is a queue."""
        if self.state.session is None:
            return None
        if self._panel is None:
            self._panel = VerdictPanel(self.state.session.team)
            self._panel.decided.connect(self._decide)
            self._panel.note_given.connect(self._note)
            self._panel.undo_asked.connect(self.state.undo)
            self._panel.snooze_asked.connect(self.desk.snooze)
            self._panel.escalate_asked.connect(self.desk.escalate)
            self._panel.hide_asked.connect(self.desk.hide)
            self._panel.name_asked.connect(self.desk.ask_name)
            self._panel.show_case(self.state.session, can_write=not self.state.read_only)
        return self._panel

    def _menu(self) -> None:
        self.desk.menu(self.more, [
            self.eyes.actions()[0], *self.beside.actions()[1:], *self.desk.actions(), *self.leaving.actions()])

    def explained(self, row: int) -> dict[str, Any]:
        """What is known of a case beside its card; {} while it is asked for."""
        return self._explained.get(row, {})

    def renew_panel(self) -> None:
        """The team's words or reasons are others."""
        self._panel = None
        self.inspector_changed.emit()

    # --- actions ----------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:
        """Verdicts, moves, note, undo, case file."""
        def act(name: str, run: Callable[[], object], icon: str, *keys: str) -> Action:
            return Action(f"review.{name}", f"gui_review.do.{name}", run, icon, keys, self._has_case, "review")

        made = [
            act("fraud", lambda: self._decide("fraud"), "flag", "F"),
            act("normal", lambda: self._decide("normal"), "okc", "N"),
            act("unsure", lambda: self._decide("unsure"), "unsure", "U"),
            act("skip", lambda: self._decide("skip"), "skip", "Space"),
            act("undo", self.state.undo, "undo", "Backspace"),
            act("next", lambda: self._move(1), "dn", "J", "Down"),
            act("previous", lambda: self._move(-1), "up", "K", "Up"),
            act("note", self._focus_note, "note", "E"),
            act("case_file", self._export, "export", "Ctrl+Shift+E"),
        ]
        session = self.state.session
        for place, code in enumerate(session.team.codes if session else (), 1):
            made.append(Action(
                f"review.reason_{place}", "gui_review.reason_as", lambda p=place: self._reason(p), "check",
                (str(place),), self._has_case, "review", values={"word": code.word}))
        own = (self.beside, self.desk, self.eyes, self.learning, self.leaving)
        return [*made, *(action for part in own for action in part.actions())]

    def primary(self) -> Action | None:
        """Begin the queue where there is none."""
        if self.state.session is not None:
            return None
        return Action(
            "review.start", "gui_review.start", self._start, "review", ("Ctrl+Return",),
            lambda: self.state.source is not None, "review")

    def shown(self) -> None:
        """The focus belongs to the queue; verdict keys work at once."""
        self.queue.setFocus()
        session = self.state.session
        if session is not None and not self.state.settings.reviewer and not self.state.read_only:
            self.desk.ask_name()

    def _has_case(self) -> bool:
        return self.state.session is not None and self.state.session.position is not None

    def _start(self) -> None:
        if self.state.run is not None:
            self.state.start_review()
        elif self.state.source is not None:
            self.state.page_wanted.emit("detect")
        else:
            self.state.page_wanted.emit("start")

    def _decide(self, verdict: str) -> None:
        session = self.state.session
        if session is None or session.position is None or self._panel is None:
            return
        case = session.current
        if session.team.needs_reason(verdict) and verdict != "skip" and not self._panel.reasons():
            self._panel.show_needed(on=True)
            return
        self._panel.buttons[verdict].tint()
        try:
            if verdict == "skip":
                session.skip(case.key)
            else:
                self.learning.foresee(verdict)
                session.decide(case.key, verdict, self._panel.reasons(), self._unsaved_note())
        except LikenessError as error:
            self.state.failed.emit(error)
            return
        word = tr("gui_review.verdict.skip") if verdict == "skip" else session.team.of(verdict)
        self.state.verdict_given(tr("gui_review.did", title=case.title, verdict=word))

    def _unsaved_note(self) -> str:
        """What stands in the note field but is not in the journal yet goes with the verdict."""
        session, panel = self.state.session, self._panel
        text = panel.note.text().strip() if panel else ""
        return "" if session is None or text == session.state(session.position).note else text

    def _note(self, text: str) -> None:
        session = self.state.session
        if session is None or session.position is None or text == session.state(session.position).note:
            self.queue.setFocus()
            return
        try:
            session.note(session.position, text)
        except LikenessError as error:
            self.state.failed.emit(error)
            return
        self.state.verdict_given(tr("gui_review.did_note", title=session.current.title))
        self.queue.setFocus()

    def _focus_note(self) -> None:
        if self._panel is not None:
            self._panel.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _reason(self, place: int) -> None:
        if self._panel is not None:
            self._panel.toggle_reason(place)

    def _move(self, step: int) -> None:
        if self.state.session is not None:
            self.state.session.move(step)
            self.show_desk()

    def _chosen(self, index: QModelIndex) -> None:
        session = self.state.session
        if session is not None and index.isValid():
            case = self.queue.model().case(index.row())
            if case is not None:
                session.meet(case)
                self.queue.model().refresh()
                self.show_desk()

    def _fetch(
        self, start: int, count: int, on_done: Callable[[Rows], None], on_failed: Callable[[LikenessError], None],
    ) -> None:
        """Rows of the ranking behind the cases."""
        request = requests.make(
            "ranked", project=str(self.state.path), run=self.state.run["id"], start=start, count=count)
        self.state.worker.ask(request, "behind", lambda answer: on_done(
            Rows(answer["total"], [Case.from_json(item) for item in answer["items"]])), on_failed)

    def _export(self) -> None:
        folder = FileDialog.getExistingDirectory(self, tr("gui_review.case_file_where"))
        if folder:
            self.state.export_case_file(folder)

    # --- showing ----------------------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        """Another project or run: what was explained is void."""
        self._explained.clear()
        self._asked.clear()
        self.beside.clear()
        old = self.stack.widget(0)
        self.stack.insertWidget(0, self._empty())
        self.stack.removeWidget(old)
        old.deleteLater()
        self._refresh()

    def _refresh(self) -> None:
        session = self.state.session
        self.case_file.setEnabled(session is not None)
        self.stack.setCurrentIndex(0 if session is None else 1)
        if session is not self._session:
            self._session = session
            self._explained.clear()
            self._asked.clear()
            self.beside.clear()
            self.learning.reset()
            if session is not None:
                self.queue.setModel(QueueModel(session, self._fetch))
            self._panel = None
            self.inspector_changed.emit()
        if session is None:
            return
        self.snoozed = session.away["snoozed"]
        seat = "" if session.view == "first" else f".{session.view}"
        self.subtitle.setText(tr(f"gui_review.subtitle{seat}", by=session.reviewer))
        self.queue.model().refresh()
        self._show_learned(session)
        self.show_desk()
        self.learning.ask()

    def show_desk(self) -> None:
        """Put the case on the desk: at once what is known, then what the worker answers."""
        session = self.state.session
        case = session.current if session else None
        if session is None or case is None:
            return
        place, self._on_desk = self._select(session), case.key
        self.card.show_case(case, place + 1)
        if case.row in self.state.told:
            self._explained.setdefault(case.row, self.state.told[case.row])
        if case.row in self._explained:
            self.card.show_explained(self._explained[case.row], is_blind=session.is_blind)
        self._ask(place)
        self.beside.show(case)
        if session.behind and place > len(session.shown) - _NEAR:
            self.state.more_cases()
        if self._panel is not None:
            self._panel.show_case(session, can_write=not self.state.read_only)
        self.state.remember("review", case=case.key, length=session.length)

    def _ask(self, place: int) -> None:
        """Have this case and the next few explained."""
        cases = self.state.session.shown[max(place, 0) : place + 1 + _AHEAD]
        ahead = dict.fromkeys([*(c.row for c in cases), *self.learning.ahead])
        wanted = [row for row in ahead if row not in self._explained and row not in self.state.told]
        if wanted and self.state.run is not None and wanted[0] not in self._asked:
            self._asked = set(wanted)  # what is under way is let come: asking anew would begin it anew
            rows = tuple(map(str, wanted))
            request = requests.make("explain", project=str(self.state.path), run=self.state.run["id"], rows=rows)
            self.state.worker.ask(request, "case", self._hear, self._not_told)

    def _hear(self, result: dict[str, Any]) -> None:
        for item in result["items"]:
            self._explained[int(item["row"])] = item
            self._asked.discard(int(item["row"]))
        while len(self._explained) > _KEPT:
            self._explained.popitem(last=False)
        session = self.state.session
        if session is not None and session.current is not None and session.current.row in self._explained:
            self.card.show_explained(self._explained[session.current.row], is_blind=session.is_blind)
            self._ask(self.queue.model().row_of(session.position))  # and on to the next ones

    def _not_told(self, error: LikenessError) -> None:
        self._asked.clear()
        self.state.failed.emit(error)

    def entity(self) -> dict[str, Any] | None:
        """Column and value of the entity of the case on the desk, where it has one."""
        session = self.state.session
        case = session.current if session is not None else None
        found: dict[str, Any] | None = self._explained.get(case.row, {}).get("entity") if case is not None else None
        return found

    def relearned(self) -> None:
        """Another order has come: nothing was decided, and the case on the desk stays."""
        session = self.state.session
        if session is not None:
            self.queue.model().refresh()
            self._show_learned(session)
            self.state.queue_changed.emit()
            if session.position == self._on_desk:
                place = self._select(session)
                self.card.show_place(place + 1)
                self._ask(place)
            else:  # where the user was when the window closed: only the order learned knows that case
                self.show_desk()

    def _show_learned(self, session: Session) -> None:
        """Figures, proposals and the head of the queue."""
        result = self.learning.told
        self.strip.show_session(session, (result or {}).get("left"))
        self.learned.show_result(session, result)
        if self._panel is not None:
            self._panel.moved.show_told(None if session.is_blind else (result or {}).get("told"))
        words = tr("gui_review.order_blind") if session.is_blind else self.learning.order_words
        if len(session.shown) < len(session.cases):
            key = "gui_desk.filtered_first" if session.behind else "gui_desk.filtered"
            words = tr(key, shown=len(session.shown), total=len(session.cases))
        self.order_note.setText(words)
        self.order_note.setToolTip("" if session.is_blind else self.learning.order_tip)
        self.order_note.setAccessibleDescription(self.order_note.toolTip())

    def _select(self, session: Session) -> int:
        """Mark the case on the desk in the queue; its place."""
        model = self.queue.model()
        place: int = model.row_of(session.position)
        self.queue.setCurrentIndex(model.index(place))
        above = model.index(max(place - _ABOVE, 0))  # what comes next is more than what is done
        self.queue.scrollTo(above, QAbstractItemView.ScrollHint.PositionAtTop)
        self.queue.viewport().update()
        return place


PAGE = ReviewPage
