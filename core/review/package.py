"""Work packages: a slice of a queue as a project of its own, which another computer opens and decides.

A package holds its cases with their explanations, the team's words, and nothing else: no table, no fit, no verdict and
no note of anybody. Its verdicts lie in its own hash-chained journal; merging reads them there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ProjectError
from ..project.project import Project
from .events import Replay
from .queue import Case
from .session import Session
from .team import Team

__all__ = ["KEY", "Package", "merge", "read", "write"]

KEY = "package"
"""Setting of a project that is a package: {"id", "project", "run", "to", "items", "source"}."""


@dataclass(frozen=True)
class Package:
    """What a package brought back.

    Args:
        id: of the journal of the package.
        project: id of the project it was cut from.
        run: the score run of its cases.
        length, head: of its journal.
        cases: how many it holds.
        verdicts: {"case", "verdict", "reasons", "note", "by", "at"} of those that were decided.
    """

    id: str
    project: str
    run: str
    length: int
    head: str
    cases: int
    verdicts: tuple[Mapping[str, Any], ...]


def write(out: Path | str, items: Sequence[Mapping[str, Any]], about: Mapping[str, Any], team: Team) -> str:
    """Make a package.

    Args:
        out: the file; an older package may lie there, never another file.
        items: of the `explain` task, in the order of the queue.
        about: "project" (id), "run", "to" (name of the reviewer, or ""), "source" (what the cases were taken from).
        team: words and reasons.

    Returns:
        Its id.

    Raises:
        ProjectError: something else lies there, or the file cannot be written.
    """
    path = Path(out)
    if path.exists():
        _check_is_package(path)
        path.unlink()
    cases = [Case.from_json(item) for item in items]
    with Project.open(path, create=True) as made:
        made.set_setting("team", team.to_json())
        made.set_setting(KEY, {**about, "items": [dict(i) for i in items]})
        made.set_setting("review", {"run": about["run"], "cases": [c.to_json() for c in cases]})
        Session(made.journal, cases, run=str(about["run"])).begin(len(cases))
        return made.id


def _check_is_package(path: Path) -> None:
    with Project.open(path, read_only=True, check=False) as old:
        if not old.setting(KEY):
            raise ProjectError("review.package_over", file=path.name)


def read(path: Path | str) -> Package:
    """The verdicts of a package, its chain checked.

    Raises:
        ProjectError: it is no package, or its journal was changed outside Likeness.
    """
    path = Path(path)
    with _opened(path) as project:
        kept = project.setting(KEY)
        if not kept:
            raise ProjectError("review.no_package", file=path.name)
        if problem := project.journal.problem():
            raise ProjectError("review.package_changed", file=path.name, problem=problem)
        replay = Replay(project.journal.entries())
        return Package(
            project.id, str(kept["project"]), str(kept["run"]), project.journal.length, project.journal.head,
            len(kept["items"]), tuple(_verdicts(replay, [str(i["key"]) for i in kept["items"]])))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Project]:
    with Project.open(path, read_only=True, check=False) as project:
        yield project


def _verdicts(replay: Replay, keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    for key in keys:
        state = replay.state(key)
        if state.verdict:
            yield {"case": key, "verdict": str(state.verdict), "reasons": list(state.reasons), "note": state.note,
                   "by": state.by, "at": state.at}


def merge(session: Session, package: Package, project: str) -> dict[str, int]:
    """Take the verdicts of a package into a review, as one entry; merged twice, only what is new comes in.

    Args:
        session: of the project the package was cut from.
        package: as `read` gave it.
        project: id of that project.

    Returns:
        Counts: "verdicts" taken in, of these "second" opinions, of these "disputed"; "known" were there already.

    Raises:
        ProjectError: it was cut from another project.
    """
    if package.project != project:
        raise ProjectError("review.foreign_package")
    fresh = [v for v in package.verdicts if not _is_known(session, v)]
    if fresh:
        source = {"package": package.id, "length": package.length, "head": package.head}
        session.merge(source, fresh)
    states = [session.opinions(str(v["case"])) for v in fresh]
    return {
        "verdicts": len(fresh), "second": sum(len(s.opinions) > 1 for s in states),
        "disputed": sum(s.is_disputed for s in states), "known": len(package.verdicts) - len(fresh),
    }


def _is_known(session: Session, verdict: Mapping[str, Any]) -> bool:
    own = session.opinions(str(verdict["case"])).opinion(str(verdict["by"]))
    return own is not None and (own.verdict, own.at) == (verdict["verdict"], verdict["at"])
