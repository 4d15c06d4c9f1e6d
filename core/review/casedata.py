"""Cases and verdicts as data: one line a case for tables, an object a case for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words import Message, words
from .casepage import About
from .team import Team
from .told import Told, draft

__all__ = ["as_json", "as_table"]


def as_table(told: Sequence[Told], team: Team, locale: str) -> dict[str, Any]:
    """One line a case; open cases stand there too, without a verdict."""
    say, cases, states = words(locale).text, [t.case for t in told], [t.state for t in told]
    return {
        "case": [c.key for c in cases],
        "rank": np.array([c.rank for c in cases], dtype=np.int64),
        "row": np.array([c.row for c in cases], dtype=np.int64),
        "score": np.array([c.score for c in cases], dtype=np.float64),
        "drawn_at_random": np.array([c.is_random for c in cases], dtype=bool),
        "p_value": np.array([np.nan if c.p_value is None else c.p_value for c in cases], dtype=np.float64),
        "reason": [say(t.reason) if t.reason else None for t in told],
        "verdict": [str(s.verdict) if s.verdict else None for s in states],
        "verdict_word": [_text(team.of(s.verdict), locale) if s.verdict else None for s in states],
        "reason_codes": [", ".join(s.reasons) or None for s in states],
        "note": [say("report.case.erased") if s.is_erased else s.note or None for s in states],
        "decided_at": [s.at or None for s in states],
        "decided_by": [s.by or None for s in states],
        "second_verdict": [str(s.opinions[-1].verdict) if len(s.opinions) > 1 else None for s in states],
        "second_by": [s.opinions[-1].by if len(s.opinions) > 1 else None for s in states],
        "journal_entry": [str(s.number) if s.number else None for s in states],
    }


def as_json(told: Sequence[Told], team: Team, about: About) -> dict[str, Any]:
    """The same for programs, with the cells of each case and the account of it."""
    return {
        "project": about.project, "source": about.source, "data": about.data, "fit": about.fit,
        "run": about.run, "redacted": about.is_redacted, "team": team.to_json(),
        "cases": [_one(t, team, about.locale) for t in told],
    }


def _one(told: Told, team: Team, locale: str) -> dict[str, Any]:
    case, state = told.case, told.state
    drafted = "\n".join(words(locale).text(m) for m in draft(told, team))
    cells = [{"column": c["column"], "value": c["value"], "surprise": c["excess"],
              "expected": _text(Message.from_json(c["expected"]), locale)} for c in told.detail.get("cells", ())]
    return {
        "case": case.key, "rank": case.rank, "row": case.row, "score": case.score, "p_value": case.p_value,
        "reason": _text(told.reason or "", locale), "verdict": state.verdict and str(state.verdict),
        "reason_codes": list(state.reasons), "note": state.note or None, "note_erased": state.is_erased,
        "decided_at": state.at, "decided_by": state.by, "journal_entry": state.number or None,
        "opinions": [{"verdict": str(o.verdict), "by": o.by, "at": o.at, "hidden_score": o.is_hidden}
                     for o in state.opinions],
        "account": state.narrative or drafted, "account_edited": bool(state.narrative), "cells": cells,
    }


def _text(said: Message | str, locale: str) -> str:
    return words(locale).text(said) if isinstance(said, Message) else said
