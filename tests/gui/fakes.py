"""A state without workers: pages are shown canned answers of the form the tasks give."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from core.data.schema import ColumnSpec, Kind, Schema
from core.review.queue import Case
from core.review.session import Session
from core.words import Message
from gui.settings import Settings


class FakeWorker:
    """Answers each question at once, from a function; keeps what was asked. An order is learned when a test says so."""

    def __init__(self, answer) -> None:
        self.answer, self.asked, self.running = answer, [], []
        self.orders = []  # (request, whoever waits for its answer)

    def ask(self, request, channel, on_done, on_failed=None) -> None:
        if request.task == "rerank":
            self.orders.append((request, on_done))
            return
        self.asked.append((channel, request))
        on_done(self.answer(request))


class FakeState(QObject):
    """What pages read from and tell to an AppState."""

    verdicts_changed = Signal()
    queue_changed = Signal()
    run_changed = Signal()
    project_changed = Signal()
    fit_changed = Signal()
    copy_changed = Signal()
    schema_changed = Signal()
    profile_changed = Signal()
    broken_wanted = Signal(str, str)
    job_changed = Signal(object)
    failed = Signal(object)
    said = Signal(str)
    saved = Signal()
    sheet_wanted = Signal(object)
    page_wanted = Signal(str)

    def __init__(self, worker: FakeWorker) -> None:
        super().__init__()
        self.worker = worker
        self.session: Session | None = None
        self.run: dict[str, Any] | None = {"id": "r"}
        self.fit: dict[str, Any] | None = {"model": "default"}
        self.source = {"name": "payments.csv", "rows": 30_000}
        self.told: dict[int, dict[str, Any]] = {}
        self.path, self.read_only = "payments.likeness", False
        self.project, self.settings = None, Settings(reviewer="ann", is_kept=False)
        self.schema = Schema((ColumnSpec("amount", Kind.NUMBER),))
        self.copy: dict[str, Any] | None = None
        self.report: dict[str, Any] | None = None
        self.remembered: dict[str, Any] = {}
        self.did: list[str] = []
        self.profile: dict[str, Any] | None = None
        self.drawn: list[dict[str, Any]] = []

    def remember(self, page: str, **position: Any) -> None:
        self.remembered[page] = {**self.remembered.get(page, {}), **position}

    def position(self, page: str) -> dict[str, Any]:
        return self.remembered.get(page, {})

    @property
    def sensitive(self) -> list[str]:
        return [c.name for c in self.schema if c.name in self.position("synthesize").get("sensitive", [])]

    @property
    def target(self) -> str | None:
        return self.position("synthesize").get("target")

    def write(self, change) -> None:
        """Nothing is kept."""

    def verdict_given(self, text: str) -> None:
        self.did.append(text)
        self.verdicts_changed.emit()

    def undo(self) -> None:
        self.session.undo()
        self.verdicts_changed.emit()

    def draw_copy(self, **settings: Any) -> None:
        self.drawn.append(settings)

    def evaluate_copy(self) -> None:
        """Measured elsewhere."""

    def more_cases(self) -> None:
        """A longer queue is not made here."""

    def start_review(self) -> None:
        self.page_wanted.emit("review")


def cases(n: int) -> list[Case]:
    """n cases, the first the most unusual."""
    reason = Message("gui_review.differs", {"columns": ["amount"]})
    return [Case(f"id=P-{i}", i, 50.0 - i, i + 1, title=f"Shop {i}", amount=f"{i}.00", column="amount", reason=reason)
            for i in range(n)]


def answered(request) -> dict[str, Any]:
    """What a query of the Review page is answered: the next two rows are the look-alikes of each."""
    if request.task == "linked":
        return {"row": int(request.row), "columns": ["card", "terminal"], **explained(int(request.row))["entity"]}
    if request.task == "alike":
        row = int(request.row)
        return {"row": row, "items": [{"row": r, "key": f"id=P-{r}", "title": f"Shop {r}", "amount": "3.00", "time": "",
                                       "differs": ["channel"], "likeness": 0.9} for r in (row + 1, row + 2)]}
    return {"items": [explained(int(r)) for r in request.rows]}


def explained(row: int) -> dict[str, Any]:
    """An item of `explain`."""
    said = Message("gui_review.differs", {"columns": [f"row {row}"]}).to_json()
    number = {
        "column": "amount", "kind": "number", "value": "1,940.00", "surprise": 11.6, "excess": 9.0, "expected": said,
        "low": 12.0, "high": 140.0, "number": 1940.0, "log": True, "shares": None,
        "density": {"edges": [2, 20, 20000], "counts": [1, 4]},
    }
    text = {**number, "column": "channel", "kind": "category", "value": {"missing": "null"}, "surprise": 0.2,
            "low": None, "high": None, "number": None, "density": None, "shares": [["chip", 0.7]]}
    quiet = {"row": 99, "time": 1.76e15, "amount": 3.0, "flagged": False, "parts": ["3"]}
    event = {"row": row, "time": 1.77e15, "amount": 3.0, "flagged": True, "parts": ["1,940"]}
    return {
        "row": row, "key": f"id=P-{row}", "reason": said, "cells": [number, text],
        "nearest": [{"row": 9, "key": "k", "parts": ["94.10", "chip"], "differs": ["amount"]}],
        "entity": {"column": "card", "value": "7731", "total": 2, "events": [quiet, event]},
    }
