"""The case file: what was decided, why, and the evidence that nobody changed it since, as a folder to hand on.

case_file.html is one self-contained page: every case with its reason, its cells and its verdict. cases.csv has one
line a case. journal.jsonl is the journal up to now, so that its chain can be checked without the project; notes.jsonl
are the free texts of its seals, with their salts. manifest.json holds the digests of these files, and length and head
of the journal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ProjectError
from ..project.journal import Entry, canonical, chain_problem, now, root_of
from ..project.notes import problem as note_problem
from ..project.verify import Verification
from ..words import Message, words
from .casepage import About, case_page, reason_of
from .session import Session

__all__ = ["About", "CaseFile", "check", "export"]

VERSION = 1
_PAGE, _TABLE, _JOURNAL, _NOTES = "case_file.html", "cases.csv", "journal.jsonl", "notes.jsonl"
_MANIFEST = "manifest.json"
_SEALED = (_PAGE, _TABLE, _JOURNAL, _NOTES)


@dataclass(frozen=True)
class CaseFile:
    """What was written."""

    out: str
    cases: int
    decided: int
    length: int
    head: str
    files: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {**asdict(self), "files": list(self.files)}


def export(session: Session, explained: Iterable[Mapping[str, Any]], out: Path | str, about: About) -> CaseFile:
    """Write the case file of a review.

    Args:
        session: the review.
        explained: for the cases that have one, the item of the `explain` task ("key", "cells", "nearest" ...).
        out: folder, made when missing; files of an earlier export are replaced.
        about: where the cases come from.

    Raises:
        DataError: the folder cannot be made, a file cannot be written, or the disk is full; then none is.
    """
    from ..data.write import filling, write_columns

    out = Path(out)
    details = {str(item["key"]): item for item in explained}
    session.refresh()
    entries, counts = session.journal.entries(), session.counts
    head = entries[-1].hash if entries else root_of(about.project_id)
    with filling(out) as folder:
        write_columns(folder / _TABLE, _table(session, details, about.locale))
        _write(folder / _JOURNAL, "".join(_line(e) for e in entries))
        _write(folder / _NOTES, "".join(_note(*n) for n in session.journal.notes()))
        _write(folder / _PAGE, case_page(session, details, about, entries, head))
        manifest = {
            "version": VERSION, "made": now(), "project": about.project, "project_id": about.project_id,
            "run": session.run, "journal": {"length": len(entries), "head": head},
            "files": {name: _digest(folder / name) for name in _SEALED},
        }
        _write(folder / _MANIFEST, json.dumps(manifest, indent=1))
    return CaseFile(str(out), counts.total, counts.decided, len(entries), head, (*_SEALED, _MANIFEST))


def check(folder: Path | str) -> Verification:
    """Check an exported case file by itself: its digests and its copy of the chain.

    Whoever changes all four files can make them agree; compare `length` and `head` with the project for that.

    Raises:
        ProjectError: there is no case file in this folder.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        length, head = int(manifest["journal"]["length"]), str(manifest["journal"]["head"])
        files, root = dict(manifest["files"]), root_of(str(manifest["project_id"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProjectError("review.no_case_file", folder=str(folder)) from error
    problems = [Message("review.file_changed", {"file": name}) for name, own in files.items()
                if _digest(folder / name) != own]
    problems += _chain_problems(folder / _JOURNAL, root, length, head)
    return Verification(not problems, tuple(problems), length, head)


def _chain_problems(path: Path, root: str, length: int, head: str) -> list[Message]:
    try:
        rows = [_row(line) for line in _lines(path)]
        notes = path.with_name(_NOTES)  # absent from files that earlier versions wrote
        kept = [(n["seal"], n["salt"], n["text"]) for n in _lines(notes)] if notes.exists() else []
    except (OSError, ValueError, KeyError, TypeError):
        return [Message("review.file_changed", {"file": path.name})]
    events = [(number, text) for number, _, text, _, _ in rows]
    if problem := chain_problem(root, rows) or note_problem(events, kept):
        return [problem]
    if len(rows) != length:
        return [Message("project.chain.short", {"length": len(rows), "expected": length})]
    return [] if (rows[-1][-1] if rows else root) == head else [Message("project.chain.head", {"expected": length})]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def _row(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return line["number"], line["at"], canonical(line["event"]), line["previous"], line["hash"]


def _line(entry: Entry) -> str:
    fields = {k: v for k, v in vars(entry).items() if k != "notes"}
    return json.dumps({**fields, "event": dict(entry.event)}, ensure_ascii=False) + "\n"


def _note(seal: str, salt: str, text: str | None) -> str:
    return json.dumps({"seal": seal, "salt": salt, "text": text}, ensure_ascii=False) + "\n"


def _table(session: Session, details: Mapping[str, Mapping[str, Any]], locale: str) -> dict[str, Any]:
    """One line a case; open cases stand there too, without a verdict."""
    cases, states = session.cases, [session.state(c.key) for c in session.cases]
    reasons = [reason_of(c, details.get(c.key)) for c in cases]
    return {
        "case": [c.key for c in cases],
        "rank": np.array([c.rank for c in cases], dtype=np.int64),
        "row": np.array([c.row for c in cases], dtype=np.int64),
        "score": np.array([c.score for c in cases], dtype=np.float64),
        "drawn_at_random": np.array([c.is_random for c in cases], dtype=bool),
        "p_value": np.array([np.nan if c.p_value is None else c.p_value for c in cases], dtype=np.float64),
        "reason": [words(locale).text(r) if r else None for r in reasons],
        "verdict": [str(s.verdict) if s.verdict else None for s in states],
        "reason_codes": [", ".join(s.reasons) or None for s in states],
        "note": [words(locale).text("report.case.erased") if s.is_erased else s.note or None for s in states],
        "decided_at": [s.at or None for s in states],
        "decided_by": [s.by or None for s in states],
        "journal_entry": [str(s.number) if s.number else None for s in states],
    }


def _write(path: Path, text: str) -> None:
    from ..data.write import replacing

    with replacing(path) as draft:
        draft.write_text(text, "utf-8", newline="\n")


def _digest(path: Path) -> str | None:
    """SHA-256 of a file; None when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
