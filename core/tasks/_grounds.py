"""What the review learns by: to which leaves rows fall, how unusual each engine finds them, and whose they are.

Made once per score run and kept beside it. Beyond 100,000 rows only the most unusual are re-ranked, and rows drawn at
random.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.schema import Role
from ..run import Run
from ..words import message
from ._earlier import Earlier, earlier

if TYPE_CHECKING:
    from ..models.base import Fitted
    from ..project.store import Store
    from ..review.feedback import Grounds
    from ._runs import OpenRun

__all__ = ["Pool", "kept_at", "made", "pool_of"]

_FORM = 2
"""Of the bytes; another one is kept apart."""
_MOST = 100_000
_DRAWN = 2_000  # rows drawn at random that are in the pool whatever their rank
_BATCH = 2_048

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Pool:
    """The rows of a run that are re-ranked.

    Args:
        opened: the run.
        rows: (n,) ascending positions in its source.
        by_lot: all rows that may be drawn at random, in the order of the lot, as places in the pool.
        grounds: what the learner knows of them, and of rows that were decided in earlier runs: these come last.
        old: the keys of the latter.
    """

    opened: OpenRun
    rows: Ints
    by_lot: Ints
    grounds: Grounds
    old: tuple[str, ...] = ()

    @cached_property
    def keys(self) -> dict[str, int]:
        """Place of each case in the pool, or behind it."""
        from ..data.keys import case_keys

        found = {key: len(self.rows) + at for at, key in enumerate(self.old)}
        return found | {key: at for at, key in enumerate(case_keys(self.opened.source, self.rows))}

    def likeness(self, at: int, others: Ints) -> NDArray[np.float64]:
        """(k,) share of the leaves that rows have in common with one."""
        return self.grounds.leaves_shared(at, others) / len(self.grounds.leaves)

    @cached_property
    def amounts(self) -> NDArray[np.float64]:
        """(n,) size of the amount; 0 where there is none."""
        names = self.opened.schema.with_role(Role.AMOUNT)
        if not names:
            return np.ones(len(self.rows))
        amounts = self.opened.source.take(self.rows, names[:1])[names[0]].floats()
        return np.asarray(np.abs(np.nan_to_num(amounts)))

    @cached_property
    def outside(self) -> NDArray[np.float64]:
        """(m,) prior of the rows that are not in the pool: nothing is learned of them."""
        from ..review.feedback import Grounds, rank_surprise

        rest = np.setdiff1d(np.arange(self.opened.source.rows), self.rows, assume_unique=True)
        surprise = rank_surprise(self.opened.scores.rank[rest], self.opened.source.rows)
        return Grounds(np.zeros((1, len(rest)), dtype=np.uint8), surprise).prior


def kept_at(run: str) -> tuple[str, str]:
    """Kind and id of the bytes for a run."""
    return "grounds", f"{run}.{_FORM}"


def made(opened: OpenRun, store: Store, run: Run) -> None:
    """Make the grounds of a run and stage them, unless they are kept already.

    Rows that were decided in earlier runs join them, so that a new batch begins with what was learned before.
    """
    if store.added(*kept_at(opened.id), "leaves") is not None:
        return
    from ..data.keys import case_keys

    rows = _rows(opened)[0]
    old = earlier(opened, store, set(case_keys(opened.source, rows)), run)
    leaves, scores = _grown(opened, old, run.part(0.0, 0.5))
    members = _members(opened, scores, old, run.part(0.5, 1.0))
    columns = range(len(opened.schema.with_role(Role.ENTITY)))
    told = {
        "keys": [key for o in old for key in o.keys], "surprise": _surprises(opened, old).tolist(),
        "entities": [[value for o in old for value in o.entities[i]] for i in columns],
    }
    store.stage_added(*kept_at(opened.id), {
        "leaves": leaves.tobytes(), "members": members.astype("<f4").tobytes(), "earlier": json.dumps(told).encode()})
    opened.memo["grounds"] = (leaves, members, told)


def pool_of(opened: OpenRun, store: Store) -> Pool | None:
    """The pool of a run, kept with it; None while its grounds are not made."""
    if "pool" not in opened.memo:
        kept = opened.memo.pop("grounds", None) or _stored(opened, store)
        if kept is None:
            return None
        opened.memo["pool"] = _pool(opened, *kept)
    found: Pool = opened.memo["pool"]
    return found


def _stored(opened: OpenRun, store: Store) -> tuple[Bytes, NDArray[np.float32], dict[str, Any]] | None:
    leaves, members, told = (store.added(*kept_at(opened.id), name) for name in ("leaves", "members", "earlier"))
    if leaves is None or members is None or told is None:
        return None
    said = json.loads(told)
    n = len(_rows(opened)[0]) + len(said["keys"])
    return np.frombuffer(leaves, np.uint8).reshape(-1, n), np.frombuffer(members, "<f4").reshape(n, -1), said


def _pool(opened: OpenRun, leaves: Bytes, members: NDArray[np.float32], told: dict[str, Any]) -> Pool:
    from ..review.feedback import Grounds, rank_surprise

    rows, drawn = _rows(opened)
    surprise = np.append(rank_surprise(opened.scores.rank[rows], opened.source.rows), told["surprise"])
    grounds = Grounds(leaves, surprise, members, _entities(opened, rows, told["entities"]))
    return Pool(opened, rows, np.searchsorted(rows, drawn), grounds, tuple(told["keys"]))


def _rows(opened: OpenRun) -> tuple[Ints, Ints]:
    """The rows of the pool, ascending, and those of them that may be drawn, in the order of the lot."""
    lot = Run().rng("control", opened.id).permutation(opened.source.rows)
    drawn = lot if opened.source.rows <= _MOST else lot[:_DRAWN]
    return np.union1d(opened.order[:_MOST], drawn).astype(np.int64), drawn.astype(np.int64)


def _grown(opened: OpenRun, old: list[Earlier], run: Run) -> tuple[Bytes, NDArray[np.float64]]:
    """(T, n) ends of an isolation forest over all modelled columns, and (n,) its scores; the earlier rows last."""
    from ..models.forest import Forest

    run.progress(0.0, message("tasks.learning"))
    rows = _rows(opened)[0]
    forest = Forest().grow(opened.source, run.part(0.0, 0.4))
    ends, scores = [], []
    for start in range(0, len(rows), _BATCH):
        run.progress(0.4 + 0.6 * start / len(rows), message("tasks.learning"))
        batch = opened.source.take(rows[start : start + _BATCH], forest.columns)
        ends.append(forest.ends(batch).astype(np.uint8))
        scores.append(forest.score(batch).total)
    for o in old:
        ends.append(forest.ends(o.batch.select(forest.columns)).astype(np.uint8))
        scores.append(forest.score(o.batch.select(forest.columns)).total)
    return np.concatenate(ends, axis=1), np.concatenate(scores)


def _members(opened: OpenRun, forest: NDArray[np.float64], old: list[Earlier], run: Run) -> NDArray[np.float32]:
    """(n, m) how unusual each engine that ranks finds each row, by rank; the forest is one of them."""
    from ..models.scoring import score_rows

    rows, ranks = _rows(opened)[0], opened.bundle.ranks
    engines = [member.fitted for member in getattr(ranks, "members", ())]
    scores = [score_rows(engine, opened.source, run.part(at / len(engines), (at + 1) / len(engines)), rows)
              for at, engine in enumerate(engines)] or [opened.scores.score[rows]]
    whole = [np.concatenate([own, *(_total(engine, o) for o in old)])
             for own, engine in zip(scores, engines or [ranks], strict=True)]
    return np.stack([_by_rank(own, len(rows)) for own in (*whole, forest)], axis=1).astype(np.float32)


def _surprises(opened: OpenRun, old: list[Earlier]) -> NDArray[np.float64]:
    """(m,) how unusual the earlier rows would be among those of this run."""
    found = [_total(opened.bundle.ranks, o) for o in old]
    return _by_rank(np.concatenate([opened.scores.score, *found]), opened.source.rows)[opened.source.rows :]


def _total(engine: Fitted, old: Earlier) -> NDArray[np.float64]:
    from ..models.scoring import total

    return total(engine, old.batch.select(engine.columns))


def _by_rank(scores: NDArray[np.float64], own: int) -> NDArray[np.float64]:
    """(n,) surprise of the ranks among the first `own` scores; the others are ranked as if each were one of those."""
    from ..detect.scores import rank_rows
    from ..review.feedback import rank_surprise

    above = own - np.searchsorted(np.sort(scores[:own]), scores[own:], side="right")
    return rank_surprise(np.append(rank_rows(scores[:own]), np.minimum(above + 1, own)), own)


def _entities(opened: OpenRun, rows: Ints, old: list[list[str]]) -> tuple[Ints, ...]:
    """For each entity column (n,) codes, -1 where a row has none; those of earlier rows last."""
    names = opened.schema.with_role(Role.ENTITY)
    batch = opened.source.take(rows, names) if names else None
    found = []
    for name, values in zip(names, old, strict=True):
        assert batch is not None
        column = batch[name]
        _, codes = np.unique(column.values, return_inverse=True)
        own = np.where(column.present, codes, -1).astype(np.int64)
        known = dict(zip(map(str, column.objects()), own.tolist(), strict=True)) if values else {}
        known.pop("", None)
        fresh = {value: len(own) + i for i, value in enumerate(dict.fromkeys(filter(None, values)))}
        others = [known.get(value, fresh.get(value, -1)) for value in values]
        found.append(np.append(own, np.array(others, dtype=np.int64)))
    return tuple(found)
