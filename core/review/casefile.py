"""The case file: what was decided, why, and the evidence that nobody changed it since, as a folder to hand on.

case_file.html is one self-contained page: every case with its reason, its cells and its verdict. cases.csv has one
line a case, cases.json the same for programs with cells and accounts. journal.jsonl is the journal up to now, so that
its chain can be checked without the project; notes.jsonl are the free texts of its seals, with their salts.
manifest.json holds the digests of these files, and length and head of the journal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ProjectError
from ..project.journal import Entry, canonical, chain_problem, now, root_of
from ..project.notes import problem as note_problem
from ..project.verify import Verification
from ..words import Message
from .casedata import as_json, as_table
from .casepage import About, case_page
from .session import Session
from .told import Redaction, tell

__all__ = ["About", "CaseFile", "check", "export"]

VERSION = 1
_PAGE, _TABLE, _JOURNAL, _NOTES = "case_file.html", "cases.csv", "journal.jsonl", "notes.jsonl"
_MANIFEST = "manifest.json"
_CASES = "cases.json"
_SEALED = (_PAGE, _TABLE, _CASES, _JOURNAL, _NOTES)
_REDACTED = (_PAGE, _TABLE, _CASES)


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


def export(
    session: Session, explained: Iterable[Mapping[str, Any]], out: Path | str, about: About,
    *, redaction: Redaction | None = None, printed: Path | str | None = None,
) -> CaseFile:
    """Write the case file of a review.

    Args:
        session: the review.
        explained: for the cases that have one, the item of the `explain` task ("key", "cells", "nearest" ...).
        out: folder, made when missing; files of an earlier export are replaced.
        about: where the cases come from.
        redaction: what to leave out; then the journal, whose entries name cases, stays out too, and only its seal is
            told.
        printed: where to write the page as paper takes it, if anywhere; it is no part of the sealed folder.

    Raises:
        DataError: the folder cannot be made, a file cannot be written, or the disk is full; then none is.
    """
    from ..data.write import filling, write_columns

    out = Path(out)
    session.refresh()
    entries, counts = session.journal.entries(), session.counts
    head = entries[-1].hash if entries else root_of(about.project_id)
    told = tell(session, {str(item["key"]): item for item in explained})
    about = replace(about, is_redacted=redaction is not None)
    if redaction is not None:
        told = {key: redaction.told(t) for key, t in told.items()}
    names = _SEALED if redaction is None else _REDACTED
    with filling(out) as folder:
        write_columns(folder / _TABLE, as_table(list(told.values()), session.team, about.locale))
        data = {"version": VERSION, **as_json(list(told.values()), session.team, about)}
        _write(folder / _CASES, json.dumps(data, indent=1, ensure_ascii=False))
        if redaction is None:
            _write(folder / _JOURNAL, "".join(_line(e) for e in entries))
            _write(folder / _NOTES, "".join(_note(*n) for n in session.journal.notes()))
        _write(folder / _PAGE, case_page(session, told, about, entries, head))
        manifest = {
            "version": VERSION, "made": now(), "project": about.project, "project_id": about.project_id,
            "run": session.run, "fit": about.fit, "data": about.data, "redacted": about.is_redacted,
            "journal": {"length": len(entries), "head": head}, "files": {n: _digest(folder / n) for n in names},
        }
        _write(folder / _MANIFEST, json.dumps(manifest, indent=1))
    if printed is not None:
        _write(Path(printed), case_page(session, told, about, entries, head, template="case_print.html"))
    return CaseFile(str(out), counts.total, counts.decided, len(entries), head, (*names, _MANIFEST))


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
    if not manifest.get("redacted"):
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
