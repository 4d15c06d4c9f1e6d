"""The page of a case file: verdicts, reasons and the seal of the journal, as values for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..project.journal import Entry
from ..words import Message
from .events import ACTIONS, CaseState, Verdict, keys_of
from .queue import Case
from .session import Session

__all__ = ["About", "case_page", "reason_of"]

_LEAST = 4  # cells shown of every case
_NOTABLE = 0.5  # nats above usual below which a cell counts as expected
_HOT = 2.5  # nats above usual from which a cell stands out by itself


@dataclass(frozen=True)
class About:
    """What a case file says about where its cases come from.

    Args:
        project: file name of the project.
        project_id: its id, the root of the journal's chain.
        source: name of the file that was scored.
        rows: how many rows it has.
        model: what ranked them, in words.
        unit: of the scores.
        typical: median score, or None.
        threshold: the contract that chose the cases, in words.
        locale: of the words.
    """

    project: str
    project_id: str
    source: str = ""
    rows: int = 0
    model: Message | str = ""
    unit: Message | str = ""
    typical: float | None = None
    threshold: Message | None = None
    locale: str = "en"


def case_page(
    session: Session, details: Mapping[str, Mapping[str, Any]], about: About, entries: Sequence[Entry], head: str,
) -> str:
    """The HTML of a case file.

    Args:
        session: the review.
        details: case key -> item of the `explain` task, for the cases that have one.
        about: where the cases come from.
        entries: the journal up to now.
        head: its head.
    """
    from ..report.page import render

    decided = [_case(c, session.state(c.key), details.get(c.key, {})) for c in session.decided]
    groups = [(str(v), [c for c in decided if c["state"].verdict is v]) for v in _ORDER]
    return render("case_file.html", {
        "about": about, "counts": session.counts, "standing": session.standing, "groups": [g for g in groups if g[1]],
        "open": [c for c in session.cases if not session.state(c.key).verdict],
        "team": session.team, "elsewhere": session.elsewhere, "history": _history(session, entries),
        "length": len(entries), "head": head,
    }, about.locale)


_ORDER = (Verdict.FRAUD, Verdict.UNSURE, Verdict.NORMAL)


def reason_of(case: Case, detail: Mapping[str, Any] | None) -> Message | None:
    """Why a case stands in the queue: from the queue itself, else from its explanation."""
    if case.reason or not detail or not detail.get("reason"):
        return case.reason
    return Message.from_json(detail["reason"])


def _case(case: Case, state: CaseState, detail: Mapping[str, Any]) -> dict[str, Any]:
    cells = list(detail.get("cells", ()))
    notable = sum(c["excess"] >= _NOTABLE for c in cells)
    shown = [{**c, "above": max(c["excess"], 0.0), "is_hot": c["excess"] >= _HOT}
             for c in cells[:max(notable, _LEAST)]]
    return {
        "case": case, "state": state, "reason": reason_of(case, detail),
        "cells": shown, "more": len(cells) - len(shown),
        "top": max((c["above"] for c in shown), default=0.0) or 1.0, "nearest": list(detail.get("nearest", ())),
        "typical": detail.get("typical"),
    }


def _history(session: Session, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Every step on the cases of this queue, with what was taken back."""
    titles = {c.key: c.title or c.key for c in session.cases}
    steps = {e.number: e for e in entries if e.event.get("type") in ACTIONS and not titles.keys().isdisjoint(_keys(e))}
    lines = []
    for entry in entries:
        kind = str(entry.event.get("type"))
        about = steps.get(int(entry.event["of"])) if kind in {"undo", "redo"} else steps.get(entry.number)
        if about:
            keys = [k for k in _keys(about) if k in titles]
            lines.append({
                "number": entry.number, "at": entry.at, "by": entry.event.get("by", ""), "kind": kind,
                "verdict": entry.event.get("verdict"), "of": entry.event.get("of"), "until": entry.event.get("until"),
                "title": titles[keys[0]], "more": len(keys) - 1, "hash": entry.hash,
            })
    return lines


def _keys(entry: Entry) -> list[str]:
    return keys_of(entry.event)
