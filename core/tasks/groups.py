"""Groups: rows of one entity, or of one stretch of time, that are unusual together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.schema import Kind, Role
from ..errors import ParameterError, RefusedError
from ..run import Run
from ..words import Message, message
from ._checks import count, page
from ._peers import events
from ._runs import OpenRun, open_run
from .base import Request, Task, option
from .ranked import with_reasons

if TYPE_CHECKING:
    from ..detect.groups import Group, Groups
    from ..project.store import Store

__all__ = ["TASK", "GroupsRequest"]

_LEVEL = 0.1  # share of the held cases that may be chance
_EVENTS = 400  # rows of a window that a picture shows
_MEMBERS = 200  # of a group that are shown with reasons, the most unusual


@dataclass(frozen=True)
class GroupsRequest(Request):
    """Show rows of one entity that are unusual together, each group as one case."""

    task: ClassVar[str] = "groups"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit whose latest scores are grouped; any when left out.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    group: int = option("--group", default=0, help="Show all rows of one group; 0 lists the groups.")
    start: int = option("--start", default=0, help="First place of the page, 0 = least probable.")
    count: int = option("--count", default=20, help="Groups of the page.")


@dataclass(frozen=True, eq=False)
class _Case:
    """A group and the column whose values are the entities; "" for the table as one series."""

    column: str
    group: Group


@dataclass(frozen=True, eq=False)
class _Found:
    """All cases of a run, least probable first; entities tested, and cases that hold (at most a tenth by chance)."""

    cases: tuple[_Case, ...]
    tested: int
    held: int


def run(request: GroupsRequest, store: Store, run: Run) -> dict[str, Any]:
    """One page of the groups of a score run, or all rows of one."""
    from ..detect.groups import FOUND

    shown = page(request.start, request.count)
    count("group", request.group)
    opened = open_run(store, request.run or _latest(store, request.fit), run)
    found: _Found | None = opened.memo.get("groups")
    if found is None:
        found = opened.memo["groups"] = _find(opened, run)
    plain: dict[str, Any] = {
        "run": opened.id, "fit": opened.record["fit"], "total": len(found.cases), "held": found.held,
        "tested": found.tested, "by_chance": FOUND * found.tested, "start": request.start,
    }
    if request.group:
        return plain | _whole(opened, found, request.group)
    numbered = list(enumerate(found.cases, 1))[shown]
    return plain | {"items": _items(opened, numbered)}


def _latest(store: Store, fit: str | None) -> str | None:
    """The latest run of a fit.

    Raises:
        ProjectError: there is no such fit.
        ParameterError: nothing was scored with it.
    """
    if fit is None:
        return None
    known = str(store.record("fit", fit)["id"])
    runs = [r for r in (store.project.runs() if store.project else []) if r["fit"] == known]
    if not runs:
        raise ParameterError("groups.no_run", fit=fit)
    return str(runs[-1]["id"])


def _find(opened: OpenRun, run: Run) -> _Found:
    """Group the rows of each entity column; the whole table is one series where there is none.

    Raises:
        RefusedError: nothing says which rows belong together.
    """
    from ..detect.groups import find_groups

    keys, time = list(opened.schema.with_role(Role.ENTITY)), _time(opened)
    if not keys and not time:
        raise RefusedError("groups.no_keys")
    surprise, when = _surprise(opened), _moments(opened, time) if time else None
    cases, tested, held = [], 0, 0
    for at, key in enumerate(keys or [""]):
        run.progress(at / max(len(keys), 1), message("tasks.groups.looking", column=key))
        who = _entities(opened, key) if key else np.zeros(opened.source.rows, dtype=np.int64)
        known = when if when is None else when[0]
        found = find_groups(
            who if when is None else np.where(when[1], who, -1), known, surprise, run.rng("groups", key))
        cases += [_Case(key, g) for g in found.cases]
        tested, held = tested + found.tested, held + _held(found)
    cases.sort(key=lambda c: (c.group.p_value, -c.group.score))
    return _Found(tuple(cases), tested, held)


def _time(opened: OpenRun) -> str:
    """The column that says when; "" for none."""
    schema = opened.schema
    return next((n for n in schema.with_role(Role.TIME) if schema[n].kind is Kind.DATETIME), "")


def _held(found: Groups) -> int:
    """Cases that hold by Benjamini and Hochberg over all entities."""
    from ..stats.fdr import benjamini_hochberg

    holds = benjamini_hochberg(found.p_values, _LEVEL)
    cut = float(found.p_values[holds].max()) if holds.any() else 0.0
    return sum(c.p_value <= cut for c in found.cases)


def _surprise(opened: OpenRun) -> NDArray[np.float64]:
    """(n,) nats: of the p-values where there are any, else beside the training rows."""
    from ..stats.tails import Tail

    scores, train = opened.scores, opened.bundle.train_scores
    if scores.has_p_values:
        return -np.log(scores.p_value)
    return Tail.of(train[np.isfinite(train)]).surprise(scores.score)


def _moments(opened: OpenRun, name: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(n,) microseconds, and which rows have any."""
    columns = [batch[name] for batch in opened.source.batches([name])]
    return (np.concatenate([c.values.astype(np.int64) for c in columns]),
            np.concatenate([c.present for c in columns]))


def _entities(opened: OpenRun, name: str) -> NDArray[np.int64]:
    """(n,) a number for each row's entity, -1 where missing."""
    from ..data.keys import Hasher

    hasher, found, known = Hasher(), [], []
    for batch in opened.source.batches([name]):
        found.append(hasher.column(name, batch[name]))
        known.append(batch[name].present)
    codes = np.unique(np.concatenate(found), return_inverse=True)[1].astype(np.int64)
    return np.where(np.concatenate(known), codes, -1)


def _items(opened: OpenRun, numbered: list[tuple[int, _Case]]) -> list[dict[str, Any]]:
    """What a list shows of each group; its strongest row's reason."""
    strongest = [case.group.rows[np.argmin(opened.scores.rank[case.group.rows])] for _, case in numbered]
    told = with_reasons(opened, np.array(strongest, dtype=np.int64)) if strongest else []
    return [
        _item(opened, number, case) | {"reason": row["reason"], "title": row["title"]}
        for (number, case), row in zip(numbered, told, strict=True)
    ]


def _item(opened: OpenRun, number: int, case: _Case) -> dict[str, Any]:
    from ..data.cells import cell_texts

    group, schema = case.group, opened.schema
    ends = opened.take(group.rows[[0, -1]])
    time = _time(opened)
    first, last = map(str, cell_texts(ends[time], schema[time])) if time else ("", "")
    entity = str(cell_texts(ends[case.column], schema[case.column])[0]) if case.column else ""
    ranked = group.rows[np.argsort(opened.scores.rank[group.rows], kind="stable")]
    return {
        "group": number, "column": case.column, "entity": entity, "first": first, "last": last,
        "moments": ends[time].values.tolist() if time else [],
        "count": len(group.rows), "window": len(group.window), "score": group.score, "p_value": group.p_value,
        "share": group.share, "expected": group.expected, "rows": ranked.tolist(),
        "says": _says(group, opened.source.rows).to_json(),
    }


def _says(group: Group, rows: int) -> Message:
    return message("groups.says", count=len(group.rows), rows=len(group.window), top=round(group.share * rows))


def _whole(opened: OpenRun, found: _Found, number: int) -> dict[str, Any]:
    """One group with all its rows, and what the entity did in between.

    Raises:
        ParameterError: there is none of that number.
    """
    if number > len(found.cases):
        raise ParameterError("params.domain", name="group", domain=f"a number in [1, {len(found.cases)}]", got=number)
    case = found.cases[number - 1]
    item = _item(opened, number, case)
    rows = with_reasons(opened, np.array(item["rows"][:_MEMBERS], dtype=np.int64))
    own, shown = set(item["rows"]), case.group.window[:_EVENTS]
    told = [{**e, "flagged": e["row"] in own} for e in events(opened, shown)]
    return {"items": [item | {"reason": rows[0]["reason"], "title": rows[0]["title"]}], "members": rows,
            "events": told}


TASK = Task(GroupsRequest, run, query=True)
