"""Rerank: the open cases of a review in the order that its verdicts teach, what moved and why, and what is left.

A function of the journal and of what was made once for the run: the same journal gives the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.conditions import Condition
from ..run import Run
from ..words import Message, message
from ._checks import count, one_of
from ._grounds import Pool, made, pool_of
from ._learning import Given, Learned, control_due, learned
from ._runs import open_run
from .base import Request, Task, option
from .ranked import with_reasons

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["ORDERS", "TASK", "RerankRequest"]

ORDERS = ("risk", "amount", "uncertain")
"""By what is expected, by that times the amount, or what is hardest to foretell first."""

_MOVED = 0.02  # change of what is expected that counts as moved
_ODD = 5

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class RerankRequest(Request):
    """Order the open cases of a review by what its verdicts teach."""

    task: ClassVar[str] = "rerank"
    verb: ClassVar[str] = "review order"
    project: str = option("--project", help="Project file.")
    run: str | None = option("--run", default=None, help="Score run; the latest when left out.")
    order: str = option("--order", default="risk", help="Order by risk, amount (risk x amount) or uncertain.")
    where: str = option("--where", default="", help="Keep rows that satisfy this condition; the rest still teach.")
    count: int = option("--count", default=20, help="Open cases to give.")
    prepare: bool = option(
        "--prepare/--no-prepare", default=True, help="Make what the review learns by, where it is not made yet.")


def run(request: RerankRequest, store: Store, run: Run) -> dict[str, Any]:
    """The next cases, and what the verdicts so far say."""
    one_of("order", request.order, *ORDERS)
    wanted = count("count", request.count, 0, 10_000)
    condition = Condition.parse(request.where)
    opened = open_run(store, request.run, run)
    if request.prepare:
        made(opened, store, run)
    pool = pool_of(opened, store)
    if pool is None:
        return {"run": opened.id, "ready": False}
    assert store.project is not None
    known = learned(pool, store.project.journal.entries())
    run.check()
    rows = _ordered(request, pool, known, _kept(pool, known, condition))
    shown, control = _with_control(pool, known, rows[:wanted], rows)
    return {
        "run": opened.id, "ready": True, "order": request.order, "verdicts": len(known.learner.rows),
        "items": _items(pool, known, shown, control), "told": _told(pool, known, rows[:wanted]),
        "again": _again(known), **_left(pool, known, rows),
    }


def _kept(pool: Pool, known: Learned, condition: Condition) -> Ints:
    """Open places of the pool that are wanted."""
    kept = known.is_open
    if condition:
        from ..data.view import order

        kept = kept & np.isin(pool.rows, order(pool.opened.source, condition))
    return np.flatnonzero(kept)


def _ordered(request: RerankRequest, pool: Pool, known: Learned, kept: Ints) -> Ints:
    """Open places of the pool, first to look at first; those alike by their rank."""
    kept = kept[np.argsort(pool.opened.scores.rank[pool.rows[kept]], kind="stable")]
    if request.order == "uncertain":
        value = -np.abs(known.learner.expected[kept] - 0.5)
    else:
        value = known.learner.order[kept]
        if request.order == "amount":
            value = np.maximum(value, 0.0) * pool.amounts[kept]
    found: Ints = kept[np.argsort(-value, kind="stable")]
    return found


def _with_control(pool: Pool, known: Learned, shown: Ints, rows: Ints) -> tuple[Ints, tuple[int, str]]:
    """The cases to show with the row drawn at random at its place, and that row with how it was drawn."""
    from ..review.remaining import FIFTH

    after, kind = control_due(pool.opened.id, known.given)
    among = np.zeros(len(pool.rows), dtype=bool)
    if kind == FIFTH:
        by_risk = np.flatnonzero(known.is_open)
        by_risk = by_risk[np.argsort(-known.learner.expected[by_risk], kind="stable")]
        among[by_risk[: max(len(by_risk) // 5, 1)]] = True
    else:
        among = known.is_open
    drawn = pool.by_lot[among[pool.by_lot] & np.isin(pool.by_lot, rows)][:1]
    if not len(drawn) or after > len(shown):
        return shown, (-1, "")
    others = shown[shown != drawn[0]]
    return np.insert(others, min(after, len(others)), drawn[0])[: max(len(shown), 1)], (int(drawn[0]), kind)


def _items(pool: Pool, known: Learned, shown: Ints, control: tuple[int, str]) -> list[dict[str, Any]]:
    """Items as of a ranked list; nothing a person sees of them tells which was drawn at random."""
    learner, cards = known.learner, pool.opened.memo.setdefault("cards", {})
    fresh = np.array([at for at in shown.tolist() if at not in cards], dtype=np.int64)
    for at, item in zip(fresh.tolist(), with_reasons(pool.opened, pool.rows[fresh], is_blind=True), strict=True):
        cards[at] = item
    places = _places(learner.before, known.is_open)
    now = _places(learner.expected, known.is_open)
    return [
        {**cards[at], "expected": float(learner.expected[at]), "control": control[1] if at == control[0] else "",
         "is_top": at != control[0], "moved": 0 if at == control[0] else int(places[at] - now[at])}
        for at in shown.tolist()
    ]


def _places(value: NDArray[np.float64], is_open: NDArray[np.bool_]) -> Ints:
    """(n,) place of each open row, highest first."""
    rows = np.flatnonzero(is_open)
    out = np.zeros(len(value), dtype=np.int64)
    out[rows[np.argsort(-value[rows], kind="stable")]] = np.arange(len(rows))
    return out


def _told(pool: Pool, known: Learned, shown: Ints) -> dict[str, Any] | None:
    """What the last verdict moved, and why; None before the first."""
    if not known.last:
        return None
    last, learner = known.last[-1], known.learner
    change = learner.expected - learner.before
    fallen = np.flatnonzero(known.is_open & (change < -_MOVED))
    first = np.argsort(-learner.before, kind="stable")[: len(shown) + len(known.last)]
    rose, fell = shown[change[shown] > _MOVED], np.intersect1d(first, fallen)
    return {
        "case": last.key, "verdict": last.verdict, "rose": len(rose), "fell": len(fell),
        "why": _why(pool, last, rose if last.verdict == "fraud" else fell).to_json(),
    }


def _why(pool: Pool, last: Given, moved: Ints) -> Message:
    if not len(moved):
        return message("review.moved.none")
    shared = int(np.median(pool.grounds.leaves_shared(last.at, moved)))
    return message(f"review.moved.{last.verdict}", count=len(moved), shared=shared, trees=len(pool.grounds.leaves))


def _again(known: Learned) -> list[dict[str, Any]]:
    """Verdicts to look at again: those that all others and the rank foretell otherwise."""
    clear, doubts = [g for g in known.given if g.is_clear], known.learner.doubts()
    return [
        {"case": clear[i].key, "verdict": clear[i].verdict,
         "expected": float((clear[i].verdict == "fraud") - doubts[i])}
        for i in known.learner.odd(_ODD)
    ]


def _left(pool: Pool, known: Learned, rows: Ints) -> dict[str, Any]:
    """What is left in the whole table, and whether to stop."""
    from ..review.remaining import remaining

    expected = known.learner.expected
    others = np.concatenate([expected[known.is_open], pool.outside])
    said = remaining(known.judged, others, known.reviewers, expected[rows[:20]])
    return {"open": len(others), "left": None if said is None else {**vars(said), "rows": len(others)}}


TASK = Task(RerankRequest, run, query=True)
