"""The Review page's learner: asks for the order after every verdict, and puts the open cases into it when it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from core.review.queue import Case
from core.review.session import Session

from .. import requests
from ..actions import Action
from ..text import say, tr
from ..widgets import Button

if TYPE_CHECKING:
    from .review import ReviewPage

__all__ = ["ORDERS", "Learning"]

ORDERS = ("risk", "amount", "uncertain", "rank")
"""By what is expected, by that times the amount, what is hardest to foretell, and as the scores say."""

_MOST = 200
"""Cases whose order is asked for: those below them stand by rank until they come near."""


class Learning:
    """The order learned, and what was said with it.

    Args:
        page: whose queue is ordered.
    """

    def __init__(self, page: ReviewPage) -> None:
        self.page, self.state = page, page.state
        self.order = ORDERS[0]
        self.result: dict[str, Any] | None = None
        self._asked: tuple[Any, ...] = ()
        self._prepared = ""
        self._looked = -1
        self._desk: str | None = ""

    @property
    def session(self) -> Session | None:
        """The review."""
        session: Session | None = self.state.session
        return session

    @property
    def told(self) -> dict[str, Any] | None:
        """What may be said of it: nothing to a second reviewer, who would read the first one's verdicts out of it."""
        return self.result if self.session is not None and self.session.view == "first" else None

    def actions(self) -> list[Action]:
        """For keys, palette and the `?` sheet."""
        def act(name: str, run: Callable[[], object], sign: str, *keys: str) -> Action:
            return Action(f"review.{name}", f"gui_learn.do.{name}", run, sign, keys, self._has_session, "review")

        return [
            act("again", self.look_again, "eye", "A"),
            act("mute", self.mute, "filter", "M"),
            *(act(f"order_{key}", lambda k=key: self.set_order(k), "review") for key in ORDERS),
        ]

    def _has_session(self) -> bool:
        return self.session is not None

    def reset(self) -> None:
        """Another review."""
        self.result, self._asked, self._prepared, self._looked, self._desk = None, (), "", -1, ""

    def ask(self) -> None:
        """Have the order learned anew, if anything was decided since, away from the window's own thread."""
        session, run = self.session, self.state.run
        if session is None or run is None or session.view != "first":
            return
        counts = session.counts
        wanted = (run["id"], session.length, counts.left, self.order, session.position)
        if wanted == self._asked:
            return
        self._asked, self._desk = wanted, session.position
        self.state.worker.ask(self._request(min(counts.left, _MOST), prepare=False), "order", self._hear)

    def _request(self, count: int, *, prepare: bool) -> Any:
        order = self.order if self.order != "rank" else ORDERS[0]
        desk = self.session.position if self.session is not None else None
        return requests.make(
            "rerank", project=str(self.state.path), run=self.state.run["id"], order=order, count=count, desk=desk,
            prepare=prepare)

    def _hear(self, result: dict[str, Any]) -> None:
        session = self.session
        if session is None or result["run"] != session.run:
            return
        if not result["ready"]:
            self._prepare(session.run)
            return
        self.result = result
        self._arrange(session)
        self.page.relearned()

    def _prepare(self, run: str) -> None:
        """Have what the learner compares rows by made, once for a run; until then the scores order the queue."""
        if self._prepared != run:
            self._prepared = run
            self.state.worker.submit(
                self._request(0, prepare=True), tr("jobs.title.rerank"), on_done=lambda _: self._again(), icon="review")

    def _again(self) -> None:
        self._asked = ()
        self.ask()

    def _arrange(self, session: Session) -> None:
        items = (self.result or {}).get("items")
        is_learned = self.order != "rank" and items is not None
        session.arrange([Case.from_json(item) for item in items or ()] if is_learned else None)

    @property
    def ahead(self) -> list[int]:
        """Rows that may come on the desk next, by the verdict."""
        return [int(item["row"]) for item in ((self.result or {}).get("next") or {}).values()]

    def foresee(self, verdict: str) -> None:
        """Before a verdict is given: the case that it brings up comes next, so that none is shown and taken away."""
        session, coming = self.session, ((self.result or {}).get("next") or {}).get(verdict)
        if session is None or coming is None or self.order != ORDERS[0] or self._desk != session.position:
            return
        rest = (item for item in (self.result or {}).get("items", ()) if item["key"] not in (coming["key"], self._desk))
        desk = (item for item in (self.result or {}).get("items", ()) if item["key"] == self._desk)
        session.arrange(Case.from_json(item) for item in (*desk, coming, *rest))

    # --- acts -------------------------------------------------------------------------------------------------------

    def set_order(self, order: str) -> None:
        """By what the open cases stand."""
        self.order = order
        session = self.session
        if session is None:
            return
        if order == "rank":
            self._arrange(session)
            self.page.relearned()
        else:
            self._again()

    def menu(self, button: Button) -> None:
        """The orders, below the queue's head."""
        menu = QMenu(self.page)
        for key in ORDERS:
            line = menu.addAction(tr(f"gui_learn.order.{key}"))
            line.setCheckable(True)
            line.setChecked(key == self.order)
            line.triggered.connect(lambda _=False, k=key: self.set_order(k))
        menu.exec(button.mapToGlobal(QPoint(0, button.height())))

    @property
    def order_words(self) -> str:
        """What the queue's head says."""
        return tr(f"gui_learn.order.{self.order if self.told else 'rank'}")

    @property
    def order_tip(self) -> str:
        """What the order learned is worth."""
        session, trained = self.session, (self.told or {}).get("trained")
        if session is None or not trained:
            return ""
        told = tr("gui_learn.trained", word=say(session.team.of("fraud")).lower(), **trained)
        return f"{told} {tr('gui_learn.trained_few')}" if trained["is_few"] else told

    def look_again(self) -> None:
        """A: the next of the verdicts that the others foretell otherwise comes on the desk."""
        session = self.session
        keys = [odd["case"] for odd in (self.told or {}).get("again", ())]
        known = [key for key in keys if session is not None and any(c.key == key for c in session.cases)]
        if session is not None and known:
            self._looked = (self._looked + 1) % len(known)
            session.go(known[self._looked])
            self.page.show_desk()

    def mute(self) -> None:
        """M: the entity of the case on the desk leaves the list, by the filter: nothing is decided by that."""
        entity = self.page.entity()
        if entity is not None:
            value = str(entity["value"])
            named = f"{entity['column']} {value}" if value.isdigit() else value
            self.page.set_filter(f'{self.page.filter.text()} -"{named}"'.strip())
            self.state.said.emit(tr("gui_learn.muted", name=named))
