"""What lies beside the case on the desk: rows linked to it, its look-alikes, its group; and one verdict for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from core.review.queue import Case
from core.review.session import Session

from .. import requests
from ..actions import Action
from ..dialogs.bulk import BulkSheet, Candidate
from ..text import say, tr

if TYPE_CHECKING:
    from .review import ReviewPage

__all__ = ["Beside"]

_PAUSE = 200  # milliseconds on a case before its look-alikes are looked for
_AMONG = 500


class Beside:
    """Asks for what is beside the case, once somebody stays on it.

    Args:
        page: the page; its card shows the answers.
    """

    def __init__(self, page: ReviewPage) -> None:
        self.page, self.state = page, page.state
        self._alike: dict[int, list[dict[str, Any]]] = {}
        self._waiting = self._is_untied = False
        self._pause = QTimer(page, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._ask_alike)
        page.card.related.key_chosen.connect(self._ask_linked)

    def actions(self) -> list[Action]:
        """L, B and G."""
        may = self.page.desk.may_write
        return [
            Action("review.linked", "gui_desk.do.linked", self.page.card.related.turn, "link", ("L",), may, "review"),
            Action("review.bulk", "gui_desk.do.bulk", self.bulk, "copy", ("B",), may, "review"),
            Action("review.group", "gui_desk.do.group", self.group, "data", ("G",), may, "review"),
        ]

    def clear(self) -> None:
        """Another run: what was found is void."""
        self._alike.clear()
        self._is_untied = False

    def show(self, case: Case) -> None:
        """Another case came on the desk, or a verdict was given."""
        session = self.state.session
        self.page.card.show_group(session.group(case.key) if session is not None else None)
        if session is not None and case.row in self._alike:
            self.page.card.related.show_alike(self._alike[case.row], session)
        else:
            self._pause.start()

    def _ask_alike(self) -> None:
        session = self.state.session
        if session is None or session.current is None or self.state.run is None or not self.page.isVisible():
            return
        rows = tuple(str(c.row) for c in session.cases[:_AMONG])
        if not self.page.card.related.has_keys and not self._is_untied:
            self._ask_linked("")  # no column has the role of an entity: look for one that ties rows
        request = requests.make(
            "alike", project=str(self.state.path), run=self.state.run["id"], row=str(session.current.row), rows=rows)
        self.state.worker.ask(request, "alike", self._hear_alike, lambda _: None)

    def _hear_alike(self, answer: Mapping[str, Any]) -> None:
        session = self.state.session
        if session is None or session.current is None:
            return
        self._alike[int(answer["row"])] = list(answer["items"])
        if session.current.row == answer["row"]:
            self.page.card.related.show_alike(answer["items"], session)
        if self._waiting:
            self._waiting = False
            self.bulk()

    def _ask_linked(self, column: str) -> None:
        session = self.state.session
        if session is None or session.current is None or self.state.run is None:
            return
        request = requests.make(
            "linked", project=str(self.state.path), run=self.state.run["id"], row=str(session.current.row),
            column=column)
        self.state.worker.ask(request, "linked", self._hear_linked, self.state.failed.emit)

    def _hear_linked(self, answer: Mapping[str, Any]) -> None:
        session = self.state.session
        self._is_untied = not answer["columns"]
        if session is not None and session.current is not None and session.current.row == answer["row"]:
            self.page.card.related.show_linked(answer, is_blind=session.is_blind)

    # --- one verdict for several --------------------------------------------------------------------------------------

    def bulk(self) -> None:
        """B: the case and its look-alikes."""
        session = self.state.session
        if session is None or session.current is None:
            return
        if session.current.row not in self._alike:
            self._waiting = True
            self._ask_alike()
            return
        there = {c.key for c in session.cases}
        found = [i for i in self._alike[session.current.row] if i["key"] in there]
        if not found:  # the list says that no other case is
            self.page.card.related.go("alike")
            return
        differs = {i["key"]: _differs(i["differs"]) for i in found}
        self._offer(session, tr("gui_desk.bulk"), [session.current.key, *differs], differs)

    def group(self) -> None:
        """G: the rows that joined the queue together."""
        session = self.state.session
        found = session.group(session.position) if session is not None and session.position else None
        if found is None:
            self.state.said.emit(tr("gui_desk.group.none"))
        elif session is not None:
            others = [k for k in found[1] if k != session.position]
            self._offer(session, tr("gui_desk.group", name=found[0]), [session.position, *others], {})

    def _offer(self, session: Session, title: str, keys: Sequence[str], notes: Mapping[str, str]) -> None:
        panel = self.page.inspector()
        reasons = panel.reasons() if panel is not None else ()

        def decide(chosen: list[str], verdict: str, note: str) -> None:
            session.decide_all(chosen, verdict, reasons, note)
            self.state.verdict_given(tr("gui_desk.bulk.did", n=len(chosen), verdict=session.team.of(verdict)))

        candidates = [_candidate(session, key, notes.get(key, "")) for key in keys]
        self.page.sheet_wanted.emit(BulkSheet(title, candidates, session.team, "normal", decide))


def _candidate(session: Session, key: str, note: str) -> Candidate:
    case, state = session.case(key), session.state(key)
    words = " · ".join(p for p in (say(case.title), case.amount, case.time) if p)
    return Candidate(key, words, note, say(session.team.of(state.verdict)) if state.verdict else "")


def _differs(columns: Sequence[str]) -> str:
    return tr("gui_review.differs", columns=list(columns)) if columns else tr("gui_review.same")
