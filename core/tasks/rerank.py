"""Rerank: the open cases of a review in the order that its verdicts teach, what moved and why, and what is left.

A function of the journal and of what was made once for the run: the same journal gives the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.conditions import Either
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
_ALIKE = 0.1  # share of leaves from which two rows are called similar
_ODD = 5
_CALLED = 0.5  # expected verdict from which a case is called an anomaly
_FEW = 20  # verdicts of each kind below which the figure is a warning

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
    desk: str = option("--desk", default="", help="Key of the case being looked at: what comes next by its verdict.")
    prepare: bool = option(
        "--prepare/--no-prepare", default=True, help="Make what the review learns by, where it is not made yet.")


def run(request: RerankRequest, store: Store, run: Run) -> dict[str, Any]:
    """The next cases, and what the verdicts so far say."""
    one_of("order", request.order, *ORDERS)
    wanted = count("count", request.count, 0, 10_000)
    condition = Either.parse(request.where)
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
        "items": _items(pool, known, shown, control), "next": _next(request, pool, known, rows),
        "told": _told(pool, known, rows[:wanted]),
        "again": _again(known), "trained": _trained(known), **_left(pool, known, rows),
    }


def _kept(pool: Pool, known: Learned, condition: Either) -> Ints:
    """Open places of the pool that are wanted."""
    kept = np.flatnonzero(known.is_open)
    if condition:
        from ..data.view import order

        kept = kept[np.isin(pool.rows[kept], order(pool.opened.source, condition))]
    return kept


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
    after, _ = control_due(pool.opened.id, known.given)
    at, kind = _drawn(pool, known, rows)
    if at < 0 or after > len(shown):
        return shown, (-1, "")
    others = shown[shown != at]
    return np.insert(others, min(after, len(others)), at)[: max(len(shown), 1)], (at, kind)


def _drawn(pool: Pool, known: Learned, rows: Ints) -> tuple[int, str]:
    """The next row drawn at random, by its place in the pool, and how; -1 where there is none."""
    from ..review.remaining import FIFTH

    _, kind = control_due(pool.opened.id, known.given)
    among = known.is_open
    if kind == FIFTH:
        by_risk = np.flatnonzero(among)
        by_risk = by_risk[np.argsort(-known.learner.expected[by_risk], kind="stable")]
        among = np.zeros_like(known.is_open)
        among[by_risk[: max(len(by_risk) // 5, 1)]] = True
    lot = pool.by_lot[among[pool.by_lot] & np.isin(pool.by_lot, rows)]
    return (int(lot[0]), kind) if len(lot) else (-1, "")


def _next(request: RerankRequest, pool: Pool, known: Learned, rows: Ints) -> dict[str, dict[str, Any]]:
    """The case that will stand first once the one on the desk is found normal, or fraud; none where that is open."""
    at = pool.keys.get(request.desk, -1)
    others = rows[rows != at]
    if request.order != "risk" or at < 0 or not known.is_open[at] or not len(others):
        return {}
    control = _control_after(pool, known, others, at)
    found = {}
    for verdict, expected in zip(("normal", "fraud"), known.learner.foreseen(at), strict=True):
        best = int(others[expected[others].argmax()])
        chosen = np.array([best if control[0] < 0 else control[0]], dtype=np.int64)
        item = _items(pool, known, chosen, control)[0]
        found[verdict] = {**item, "expected": float(expected[chosen[0]])}
    return found


def _control_after(pool: Pool, known: Learned, others: Ints, at: int) -> tuple[int, str]:
    """The row drawn at random that is due once the case on the desk is decided; that case may be the one due now."""
    after, _ = control_due(pool.opened.id, known.given)
    own, _ = _drawn(pool, known, np.append(others, at))
    return (-1, "") if after > 1 or own == at else _drawn(pool, known, others)


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
    """What the last verdict moved among the first cases, and why; None before the first."""
    if not known.last:
        return None
    last, learner = known.last[-1], known.learner
    first = np.argsort(-learner.before, kind="stable")[: len(shown) + len(known.last)]
    seen = np.union1d(shown, first[known.is_open[first]])
    seen = seen[pool.likeness(last.at, seen) >= _ALIKE]
    change = learner.expected[seen] - learner.before[seen]
    rose, fell = seen[change > _MOVED], seen[change < -_MOVED]
    return {
        "case": last.key, "verdict": last.verdict, "rose": len(rose), "fell": len(fell),
        "why": _why(pool, last, rose if last.verdict == "fraud" else fell).to_json(),
    }


def _why(pool: Pool, last: Given, moved: Ints) -> Message:
    if not len(moved):
        return message("review.moved.none")
    trees = len(pool.grounds.leaves)
    shared = int(np.median(pool.likeness(last.at, moved)) * trees)
    return message(f"review.moved.{last.verdict}", count=len(moved), shared=shared, trees=trees)


def _again(known: Learned) -> list[dict[str, Any]]:
    """Verdicts to look at again: those that all others and the rank foretell otherwise."""
    clear, doubts = [g for g in known.given if g.is_clear], known.learner.doubts()
    return [
        {"case": clear[i].key, "verdict": clear[i].verdict,
         "expected": float((clear[i].verdict == "fraud") - doubts[i])}
        for i in known.learner.odd(_ODD)
    ]


def _trained(known: Learned) -> dict[str, Any] | None:
    """What the score that verdicts trained is worth: each decided case is judged without its own verdict."""
    from ..review.estimates import share

    is_hit = np.array([g.verdict == "fraud" for g in known.given if g.is_clear], dtype=bool)
    called = is_hit - known.learner.doubts() >= _CALLED if len(is_hit) else is_hit
    if not called.any():
        return None
    found = share(int(is_hit[called].sum()), int(called.sum()))
    return {
        "called": int(called.sum()), "right": int(is_hit[called].sum()), "value": found.value, "low": found.low,
        "high": found.high, "is_few": bool(min(is_hit.sum(), (~is_hit).sum()) < _FEW),
    }


def _left(pool: Pool, known: Learned, rows: Ints) -> dict[str, Any]:
    """What is left in the whole table, and whether to stop."""
    from ..review.remaining import remaining

    expected = known.learner.expected
    others = np.concatenate([expected[known.is_open], pool.outside])
    said = remaining(known.judged, others, known.reviewers, expected[rows[:20]])
    return {"open": len(others), "left": None if said is None else {**vars(said), "rows": len(others)}}


TASK = Task(RerankRequest, run, query=True)
