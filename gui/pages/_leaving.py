"""What leaves the Review page: case files, redacted ones, PDF, labels; and labels that come in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QProcess, QProcessEnvironment

from core.errors import JobError, LikenessError
from core.paths import cache_dir, private_dir
from core.review.told import Told, draft

from .. import requests
from ..actions import Action
from ..dialogs.account import AccountSheet
from ..dialogs.asking import AskSheet, Question
from ..text import say, tr
from ..widgets import FileDialog

if TYPE_CHECKING:
    from .review import ReviewPage

__all__ = ["Leaving"]

_ROOT = Path(__file__).resolve().parents[2]
_TELLING = ("reason", "entity")
"""Of an explanation: what says how unusual the row is as a whole."""


class Leaving:
    """Files out of a review and into it.

    Args:
        page: the page; its state has the run.
    """

    def __init__(self, page: ReviewPage) -> None:
        self.page, self.state = page, page.state
        self.printing: list[QProcess] = []

    def actions(self) -> list[Action]:
        """The case file in its variants, labels, the account of a case."""
        def act(name: str, run: Any, sign: str, *keys: str, needs: Any) -> Action:
            return Action(f"review.{name}", f"gui_desk.do.{name}", run, sign, keys, needs, "review")

        has, may = self._has_run, self.page.desk.may_write
        return [
            act("pdf", self.ask_pdf, "file", "Ctrl+Shift+B", needs=has),
            act("redacted", self.ask_redacted, "shield", "Ctrl+Shift+R", needs=has),
            act("labels", self.ask_labels, "export", "Ctrl+Shift+L", needs=has),
            act("take", self.ask_take, "folder", "Ctrl+Shift+U", needs=lambda: has() and may()),
            act("account", self.account, "note", "T", needs=may),
        ]

    def _has_run(self) -> bool:
        return self.state.session is not None and self.state.run is not None

    # --- out ----------------------------------------------------------------------------------------------------------

    def ask_pdf(self) -> None:
        """The case file with a PDF in it."""
        if folder := FileDialog.getExistingDirectory(self.page, tr("gui_review.case_file_where")):
            self.write_pdf(Path(folder))

    def write_pdf(self, folder: Path) -> None:
        """The job writes the page for paper; a process of its own lays it out."""
        page = private_dir(cache_dir() / "printed") / f"{os.getpid()}-{self.state.run['id']}.html"
        self._write("case_file", tr("jobs.title.case_file"), self._lay_out, out=str(folder), printed=str(page))

    def _lay_out(self, result: dict[str, Any]) -> None:
        process = QProcess(self.page)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("QT_QPA_PLATFORM", "offscreen")
        process.setProcessEnvironment(environment)
        process.setWorkingDirectory(str(_ROOT))
        process.finished.connect(lambda code, _status: self._pdf_done(process, code))
        self.printing.append(process)
        target = str(Path(result["out"]) / "case_file.pdf")
        process.start(sys.executable, ["-m", f"{__package__.rpartition('.')[0]}.pdf", result["printed"], target])

    def _pdf_done(self, process: QProcess, code: int) -> None:
        self.printing.remove(process)
        process.deleteLater()
        if code:
            self.state.failed.emit(JobError("gui_desk.no_pdf"))
        else:
            self.state.saved.emit()

    def ask_redacted(self) -> None:
        """A case file without names: which columns are masked is asked first."""
        names = ", ".join(self.state.schema.names)
        self.page.sheet_wanted.emit(AskSheet(
            tr("gui_desk.redacted"), tr("gui_desk.redacted.text", columns=names), [
                Question("mask", tr("gui_desk.redacted.mask"), hint=tr("gui_desk.redacted.hint"))],
            tr("gui_desk.redacted.done"), self._redact))

    def _redact(self, said: dict[str, str]) -> None:
        mask = tuple(n.strip() for n in said["mask"].split(",") if n.strip())
        if folder := FileDialog.getExistingDirectory(self.page, tr("gui_review.case_file_where")):
            self._write("case_file", tr("gui_desk.redacted"), None, out=folder, redact=True, mask=mask)

    def ask_labels(self) -> None:
        """The verdicts as a column."""
        path, _ = FileDialog.getSaveFileName(
            self.page, tr("gui_desk.do.labels"), "labels.csv", tr("gui_detect.export.files"))
        if path:
            self._write("labels", tr("gui_desk.do.labels"), None, out=path)

    def _write(self, task: str, title: str, on_done: Any, **values: Any) -> None:
        request = requests.make(task, project=str(self.state.path), run=self.state.run["id"], **values)
        self.state.worker.submit(request, title, on_done=on_done, on_failed=self.state.failed.emit, icon="export")

    # --- in -----------------------------------------------------------------------------------------------------------

    def ask_take(self) -> None:
        """Labels of others as verdicts: the job reads them, the window, which may write, takes them."""
        path, _ = FileDialog.getOpenFileName(self.page, tr("gui_desk.do.take"), "", tr("gui.files.tables"))
        if not path:
            return
        self.page.sheet_wanted.emit(AskSheet(
            tr("gui_desk.do.take"), tr("gui_desk.take.text"), [
                Question("column", tr("gui_desk.take.column"), "label"),
                Question("by", tr("gui_desk.take.by"), Path(path).stem)],
            tr("gui_desk.take.done"), lambda said: self.take(path, said)))

    def take(self, path: str, said: dict[str, str]) -> None:
        """Read the labels; they come in as one step."""
        request = requests.make(
            "take", file=path, project=str(self.state.path), run=self.state.run["id"], column=said["column"],
            by=said["by"], dry=True)
        self.state.worker.submit(
            request, tr("gui_desk.do.take"), on_done=self._taken, on_failed=self.state.failed.emit, icon="folder")

    def _taken(self, result: dict[str, Any]) -> None:
        session = self.state.session
        fresh = [] if session is None else [
            v for v in result["verdicts"] if not session.opinions(v["case"]).opinion(v["by"])]
        if session is None or not fresh:
            return
        try:
            session.merge({"file": result["file"]}, fresh)
        except LikenessError as error:
            self.state.failed.emit(error)
            return
        self.state.verdict_given(tr("gui_desk.did.merge", n=len(fresh)))

    # --- the account --------------------------------------------------------------------------------------------------

    def account(self) -> None:
        """T: who, what, when, where and why, in words to be edited; it leaves with the case file only."""
        session = self.state.session
        case = session.current if session is not None else None
        if session is None or case is None:
            return
        state = session.state(case.key)
        detail = self.page.explained(case.row)
        if session.is_blind:
            detail = {k: v for k, v in detail.items() if k not in _TELLING}
        drafted = "\n".join(say(m) for m in draft(Told(case, state, detail), session.team))

        def keep(text: str) -> None:
            if text != session.state(case.key).narrative:
                self.page.desk.step(tr("gui_desk.did.account"), lambda s: s.narrate(case.key, text))

        self.page.sheet_wanted.emit(AccountSheet(say(case.title), state.narrative, drafted, keep))
