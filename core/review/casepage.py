"""The page of a case file: verdicts, reasons and the seal of the journal, as values for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..project.journal import Entry
from ..words import Message
from .agreement import agreement
from .events import ACTIONS, Verdict, keys_of
from .session import Session
from .team import Team
from .told import Told, draft

__all__ = ["About", "case_page"]

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
        data, fit, run: fingerprint of the file, and ids of the model and of the scores.
        is_redacted: ids are pseudonyms, and free text is left out.
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
    data: str = ""
    fit: str = ""
    run: str = ""
    is_redacted: bool = False


def case_page(
    session: Session, told: Mapping[str, Told], about: About, entries: Sequence[Entry], head: str,
    *, template: str = "case_file.html",
) -> str:
    """The HTML of a case file.

    Args:
        session: the review.
        told: what is told of each of its cases.
        about: where the cases come from.
        entries: the journal up to now.
        head: its head.
        template: `case_file.html`, or `case_print.html` for paper.
    """
    from ..report.page import render

    decided = [_case(t, session.team) for t in told.values() if t.state.verdict]
    groups = [(str(v), [c for c in decided if c["state"].verdict is v]) for v in _ORDER]
    return render(template, {
        "about": about, "counts": session.counts, "standing": session.standing, "groups": [g for g in groups if g[1]],
        "open": [t.case for t in told.values() if not t.state.verdict], "agreement": agreement(session.every()),
        "team": session.team, "elsewhere": () if about.is_redacted else session.elsewhere,
        "history": _history(told, entries), "length": len(entries), "head": head,
    }, about.locale)


_ORDER = (Verdict.FRAUD, Verdict.UNSURE, Verdict.NORMAL)


def _case(told: Told, team: Team) -> dict[str, Any]:
    cells = list(told.detail.get("cells", ()))
    notable = sum(c["excess"] >= _NOTABLE for c in cells)
    shown = [{**c, "above": max(c["excess"], 0.0), "is_hot": c["excess"] >= _HOT}
             for c in cells[:max(notable, _LEAST)]]
    state = told.state
    return {
        "case": told.case, "state": state, "reason": told.reason,
        "account": state.narrative.splitlines() if state.narrative else draft(told, team),
        "opinions": state.opinions if len(state.opinions) > 1 else (),
        "cells": shown, "more": len(cells) - len(shown),
        "top": max((c["above"] for c in shown), default=0.0) or 1.0, "nearest": list(told.detail.get("nearest", ())),
        "typical": told.detail.get("typical"),
    }


def _history(told: Mapping[str, Told], entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Every step on the cases of this queue, with what was taken back."""
    titles = {key: t.case.title or t.case.key for key, t in told.items()}
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
