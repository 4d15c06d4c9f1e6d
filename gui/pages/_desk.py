"""What a reviewer does beside the plain verdict: put off, hand on, hide the score, filter, settle the team's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QMenu

from core.errors import LikenessError
from core.review.filters import Filter
from core.review.session import Session
from core.review.team import Team

from ..actions import Action
from ..dialogs.asking import AskSheet, Question
from ..dialogs.team import TeamSheet
from ..text import say, tr
from ..theme import icon
from ..widgets import Button

if TYPE_CHECKING:
    from .review import ReviewPage

__all__ = ["DeskActs"]

_MINUTE = 60_000
_SNOOZES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
_FILTERS = "review filters"


class DeskActs:
    """Acts of the Review page on the case on the desk and on the desk itself.

    Args:
        page: the page; its state has the session.
    """

    def __init__(self, page: ReviewPage) -> None:
        self.page, self.state = page, page.state
        self._minute = QTimer(page, interval=_MINUTE)
        self._minute.timeout.connect(self._tick)
        self._minute.start()

    @property
    def session(self) -> Session | None:
        """The review."""
        session: Session | None = self.state.session
        return session

    def actions(self) -> list[Action]:
        """For keys, palette and the `?` sheet."""
        def act(name: str, run: Callable[[], object], sign: str, *keys: str, needs: Callable[[], bool]) -> Action:
            return Action(f"review.{name}", f"gui_desk.do.{name}", run, sign, keys, needs, "review")

        may, has = self.may_write, self._has_session
        return [
            act("snooze", self.snooze, "clock", "S", needs=may),
            act("escalate", self.escalate, "up", "X", needs=may),
            act("claim", self.claim, "user", "C", needs=may),
            act("hand_over", self.hand_over, "right", "O", needs=may),
            act("hide", self.hide, "eye", "H", needs=has),
            act("filter", self.page.focus_filter, "filter", "/", needs=has),
            act("save_filter", self.save_filter, "filter", "Ctrl+Shift+F", needs=may),
            act("team", self.edit_team, "settings", "Ctrl+Shift+T", needs=may),
            act("name", self.ask_name, "user", "Ctrl+Shift+N", needs=has),
            act("erase", self.erase_notes, "x", "Ctrl+Shift+Backspace", needs=may),
        ]

    def menu(self, button: Button, actions: list[Action]) -> None:
        """The acts that have no button of their own, below one."""
        menu = QMenu(self.page)
        for action in actions:
            line = menu.addAction(icon(action.icon), action.text)
            line.setEnabled(action.enabled())
            line.triggered.connect(lambda _=False, a=action: a.run())
        menu.exec(button.mapToGlobal(QPoint(0, button.height())))

    def _has_session(self) -> bool:
        return self.session is not None

    def may_write(self) -> bool:
        """Whether there is a case on the desk, and it may be acted on."""
        return self.session is not None and self.session.position is not None and not self.state.read_only

    # --- steps ------------------------------------------------------------------------------------------------------

    def step(self, word: str, act: Callable[[Session], object]) -> bool:
        """Do something to the case on the desk; whether it was done."""
        session = self.session
        if session is None or session.current is None:
            return False
        title = say(session.current.title)
        try:
            act(session)
        except LikenessError as error:
            self.state.failed.emit(error)
            return False
        self.state.verdict_given(tr("gui_review.did", title=title, verdict=word))
        return True

    def snooze(self) -> None:
        """S: out of the queue for a while."""
        choices = tuple((k, tr(f"gui_desk.snooze.{k}")) for k in _SNOOZES)
        self._ask("snooze", [
            Question("until", tr("gui_desk.snooze.until"), "day", choices=choices),
            Question("why", tr("gui_desk.why"), hint=tr("gui_desk.snooze.why_hint")),
        ], lambda said: self.step(tr("gui_desk.did.snooze"), lambda s: s.snooze(
            s.position, _moment(_SNOOZES[said["until"]]), said["why"])))

    def escalate(self) -> None:
        """X: to somebody who decides more."""
        self._ask("escalate", [
            Question("to", tr("gui_desk.escalate.to"), hint=tr("gui_desk.escalate.to_hint")),
            Question("why", tr("gui_desk.why"), hint=tr("gui_desk.escalate.why_hint")),
        ], lambda said: self.step(tr("gui_desk.did.escalate"), lambda s: s.escalate(
            s.position, said["to"], said["why"])))

    def claim(self) -> None:
        """C: mine; or back to everybody."""
        session = self.session
        if session is None or session.position is None:
            return
        mine = session.state(session.position).assigned == session.reviewer
        word = tr("gui_desk.did.give_back" if mine else "gui_desk.did.claim")
        self.step(word, lambda s: s.assign([s.position], "" if mine else s.reviewer))

    def hand_over(self) -> None:
        """O: this case, or all open ones that are shown, to a colleague."""
        choices = tuple((k, tr(f"gui_desk.hand_over.{k}")) for k in ("case", "shown"))
        self._ask("hand_over", [
            Question("to", tr("gui_desk.hand_over.to"), hint=tr("gui_desk.name.hint")),
            Question("what", tr("gui_desk.hand_over.what"), "case", choices=choices),
        ], lambda said: self.step(tr("gui_desk.did.hand_over"), lambda s: s.assign(
            _open(s) if said["what"] == "shown" else [s.position], said["to"])))

    def erase_notes(self) -> None:
        """Every note of the case, for good: undo does not bring them back."""
        session = self.session
        if session is None or session.current is None:
            return
        key = session.current.key

        def erase(_said: dict[str, str]) -> None:
            if session.erase_notes(key) is not None:
                self.state.verdicts_changed.emit()
                self.state.saved.emit()

        self._ask("erase", [], erase)

    def _ask(self, key: str, questions: list[Question], act: Callable[[dict[str, str]], object]) -> None:
        title = say(self.session.current.title) if self.session and self.session.current else ""
        self.page.sheet_wanted.emit(AskSheet(
            tr(f"gui_desk.{key}"), tr(f"gui_desk.{key}.text", title=title), questions, tr(f"gui_desk.{key}.done"), act))

    # --- the desk ---------------------------------------------------------------------------------------------------

    def hide(self) -> None:
        """H: scores away, or back, so that they do not decide for the reviewer."""
        session = self.session
        if session is None:
            return
        session.is_hidden = not session.is_hidden
        self.state.settings.hide_score = session.is_hidden
        self.state.settings.save()
        self.state.verdicts_changed.emit()

    def filter_by(self, text: str) -> str:
        """Show the cases that pass; returns what is wrong with the text, or ""."""
        session = self.session
        if session is None:
            return ""
        try:
            wanted = Filter.parse(text)
        except LikenessError as error:
            return say(error.messages[1])
        session.say = say
        session.choose(wanted)
        self.state.verdicts_changed.emit()
        return ""

    def saved_filters(self) -> dict[str, str]:
        """Name -> text, of this project."""
        return dict((self.state.project.setting(_FILTERS) or {}) if self.state.project is not None else {})

    def save_filter(self) -> None:
        """Keep the filter in force under a name; without one, forget the name."""
        session = self.session
        if session is None:
            return

        def keep(said: dict[str, str]) -> None:
            kept = {k: v for k, v in self.saved_filters().items() if k != said["name"]}
            if session.filter.text:
                kept[said["name"] or session.filter.text] = session.filter.text
            self.state.write(lambda p: p.set_setting(_FILTERS, kept))

        self._ask("save_filter", [
            Question("name", tr("gui_desk.save_filter.name"), session.filter.text)], keep)

    def filters_menu(self, button: Any) -> None:
        """Saved filters, and those that everybody needs."""
        menu = QMenu(self.page)
        for text in ("", "is:open", "is:decided", "is:snoozed", "is:escalated", "is:disputed"):
            words = tr(f"gui_desk.filters.{text.removeprefix('is:') or 'all'}")
            menu.addAction(words).triggered.connect(lambda _=False, t=text: self.page.set_filter(t))
        saved = self.saved_filters()
        if saved:
            menu.addSeparator()
        for name, text in saved.items():
            menu.addAction(icon("filter"), name).triggered.connect(lambda _=False, t=text: self.page.set_filter(t))
        menu.exec(button.mapToGlobal(QPoint(0, button.height())))

    def edit_team(self) -> None:
        """The team's word, reasons, and whether one is needed."""
        if self.session is not None:
            self.page.sheet_wanted.emit(TeamSheet(self.session.team, self._keep_team))

    def _keep_team(self, team: Team) -> None:
        project, session = self.state.project, self.session
        if project is None or session is None:
            return
        project.set_setting("team", team.to_json())
        session.team = team
        self.page.renew_panel()
        self.state.verdicts_changed.emit()

    def ask_name(self) -> None:
        """Who decides here; asked once, before the first case."""
        session = self.session
        if session is None:
            return

        def keep(said: dict[str, str]) -> None:
            session.reviewer = said["name"] or session.reviewer
            self.state.settings.reviewer = session.reviewer
            self.state.settings.save()
            session.renew()
            self.state.verdicts_changed.emit()

        known = self.state.settings.reviewer or session.reviewer
        self._ask("name", [Question("name", tr("gui_desk.name.label"), known, tr("gui_desk.name.hint"))], keep)

    def _tick(self) -> None:
        """A minute has passed: snoozed cases may be back."""
        session = self.session
        if session is not None and self.page.isVisible() and session.away["snoozed"] != self.page.snoozed:
            session.renew()
            self.state.verdicts_changed.emit()


def _moment(later: timedelta) -> str:
    return (datetime.now(UTC) + later).isoformat(timespec="microseconds")


def _open(session: Session) -> list[str]:
    return [c.key for c in session.shown if not session.state(c.key).verdict]
