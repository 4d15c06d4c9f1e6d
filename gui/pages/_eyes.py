"""Four eyes at the Review page: second looks, disagreements, work packages out and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import LikenessError
from core.review.agreement import Agreement, agreement, sample
from core.review.package import merge, read
from core.review.session import Session

from .. import requests
from ..actions import Action
from ..dialogs.asking import AskSheet, Question
from ..dialogs.eyes import EyesSheet
from ..state import SUFFIX
from ..text import tr
from ..widgets import FileDialog

if TYPE_CHECKING:
    from .review import ReviewPage

__all__ = ["Eyes"]


class Eyes:
    """Changes who sits at the desk, and carries verdicts between desks.

    Args:
        page: the page; its state has the session.
    """

    def __init__(self, page: ReviewPage) -> None:
        self.page, self.state = page, page.state

    def actions(self) -> list[Action]:
        """Y and the ways it leads to."""
        def act(name: str, run: Any, sign: str, *keys: str, needs: Any) -> Action:
            return Action(f"review.{name}", f"gui_desk.do.{name}", run, sign, keys, needs, "review")

        return [
            act("eyes", self.open, "user", "Y", needs=self._is_there),
            act("second", self.ask_second, "eye", "Ctrl+Shift+2", needs=self._may),
            act("disputes", self.disputes, "warnt", "Ctrl+Shift+D", needs=self._has_disputes),
            act("first", self.first, "review", "Ctrl+Shift+1", needs=self._is_elsewhere),
            act("package", self.ask_package, "export", "Ctrl+Shift+G", needs=self._may_cut),
            act("merge", self.choose_package, "folder", "Ctrl+Shift+M", needs=self._may),
        ]

    # --- what can be done ---------------------------------------------------------------------------------------------

    @property
    def session(self) -> Session | None:
        """The review."""
        session: Session | None = self.state.session
        return session

    def agreement(self) -> Agreement:
        """Of all cases that two have decided."""
        return agreement(self.session.every()) if self.session is not None else Agreement()

    def _is_there(self) -> bool:
        return self.session is not None

    def _may(self) -> bool:
        return self.session is not None and not self.state.read_only

    def _may_cut(self) -> bool:
        return self._may() and self.state.run is not None

    def _is_elsewhere(self) -> bool:
        return self.session is not None and self.session.view != "first"

    def _has_disputes(self) -> bool:
        return self._may() and self.agreement().disputed > 0

    def open(self) -> None:
        """Y: how far two agree, and where to go from there."""
        found = self.agreement()
        self.page.sheet_wanted.emit(EyesSheet(found, [
            (a.icon, a.text, tr(f"gui_desk.eyes.{a.id.partition('.')[2]}", n=found.disputed), a.enabled(), a.run)
            for a in self.actions()[1:]]))

    # --- who sits there -----------------------------------------------------------------------------------------------

    def first(self) -> None:
        """Back to the queue as the first reviewer sees it."""
        self._seat("first", self.state.settings.reviewer or None)

    def disputes(self) -> None:
        """What two see differently, both opinions beside each other; the verdict given there holds."""
        self._seat("disputes", self.state.settings.reviewer or None)

    def ask_second(self) -> None:
        """A second look at decided cases, by somebody who sees neither verdict nor note."""
        choices = tuple((k, tr(f"gui_desk.second.{k}")) for k in ("fraud", "all"))
        self.page.sheet_wanted.emit(AskSheet(
            tr("gui_desk.second"), tr("gui_desk.second.text"), [
                Question("by", tr("gui_desk.second.by"), hint=tr("gui_desk.name.hint")),
                Question("which", tr("gui_desk.second.which"), "fraud", choices=choices),
                Question("count", tr("gui_desk.second.count"), "20"),
            ], tr("gui_desk.second.done"), self._begin_second))

    def _begin_second(self, said: dict[str, str]) -> None:
        session = self.session
        if session is None:
            return
        keys = sample(session, said["which"], int(said["count"]) if said["count"].isdecimal() else 0)
        if keys:
            session.recheck(keys, said["which"])
            self.state.verdict_given(tr("gui_desk.did.recheck", n=len(keys)))
        self._seat("second", said["by"] or None)

    def _seat(self, view: str, reviewer: str | None) -> None:
        session = self.session
        if session is not None:
            self.state.results.session = session.seated(view, reviewer)
            self.state.verdicts_changed.emit()

    # --- packages -----------------------------------------------------------------------------------------------------

    def ask_package(self) -> None:
        """A slice of the queue for another computer."""
        choices = tuple((k, tr(f"gui_desk.package.{k}")) for k in ("open", "fraud", "all"))
        self.page.sheet_wanted.emit(AskSheet(
            tr("gui_desk.package"), tr("gui_desk.package.text"), [
                Question("to", tr("gui_desk.package.to"), hint=tr("gui_desk.name.hint")),
                Question("of", tr("gui_desk.package.of"), "open", choices=choices),
                Question("count", tr("gui_desk.package.count"), "50"),
            ], tr("gui_desk.package.done"), self._cut))

    def _cut(self, said: dict[str, str]) -> None:
        name = f"{self.state.path.stem}-{said['to'] or 'package'}{SUFFIX}"
        path, _ = FileDialog.getSaveFileName(self.page, tr("gui_desk.package"), name, tr("gui.files.projects"))
        if path:
            self.cut(Path(path).with_suffix(SUFFIX), said)

    def cut(self, path: Path, said: dict[str, str]) -> None:
        """Write the package; open cases then count as claimed."""
        count = int(said["count"]) if said["count"].isdecimal() else 0
        request = requests.make(
            "package", project=str(self.state.path), run=self.state.run["id"], out=str(path), of=said["of"],
            count=count, to=said["to"])
        self.state.worker.submit(
            request, tr("gui_desk.package.writing", name=path.name), on_done=self._was_cut,
            on_failed=self.state.failed.emit, icon="export")

    def _was_cut(self, result: dict[str, Any]) -> None:
        session = self.session
        if session is None or not result["to"] or result["claimed"]:
            return
        there = [c.key for c in session.cases if c.key in result["keys"] and not session.state(c.key).verdict]
        if not there:  # those decided stay where they are: a second look hands nothing over
            return
        try:
            session.assign(there, result["to"])
        except LikenessError as error:
            self.state.failed.emit(error)
            return
        self.state.verdict_given(tr("gui_desk.did.package", n=len(there), to=result["to"]))

    def choose_package(self) -> None:
        """A package that came back."""
        path, _ = FileDialog.getOpenFileName(self.page, tr("gui_desk.merge"), "", tr("gui.files.projects"))
        if path:
            self.merge(path)

    def merge(self, path: str) -> None:
        """Take its verdicts in: one entry, one undo."""
        session, project = self.session, self.state.project
        if session is None or project is None:
            return
        try:
            found = merge(session, read(path), project.id)
        except LikenessError as error:
            self.state.failed.emit(error)
            return
        if found["verdicts"]:
            self.state.verdict_given(tr("gui_desk.did.merge", n=found["verdicts"]))
        self.open()
