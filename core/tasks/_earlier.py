"""Verdicts of earlier batches: their rows, for the forest and the engines of another run, which begins with them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.schema import Role
from ..errors import LikenessError
from ..run import Run
from ._runs import open_run

if TYPE_CHECKING:
    from ..data.batch import Batch
    from ..project.store import Store
    from ._runs import OpenRun

__all__ = ["Earlier", "earlier"]


@dataclass(frozen=True, eq=False)
class Earlier:
    """Rows of one earlier run that have a verdict.

    Args:
        keys: of the cases.
        batch: the rows.
        entities: for each entity column of the new run the values, "" where there is none.
    """

    keys: list[str]
    batch: Batch
    entities: list[list[str]]


def earlier(opened: OpenRun, store: Store, known: set[str], run: Run) -> list[Earlier]:
    """Rows that were decided in other runs and are not in this one, as far as they can still be read.

    Args:
        opened: the new run.
        store: of the project.
        known: keys of its own rows.
        run: progress and cancelling.
    """
    found = []
    for ident, cases in _decided(opened.id, store, known).items():
        run.check()
        try:
            old = open_run(store, ident, run)
        except LikenessError:  # its file is gone, or its run is of another project
            continue
        if all(_has(old, name, opened) for name in opened.bundle.columns):
            found.append(_of(old, opened, cases))
    return found


def _has(old: OpenRun, name: str, opened: OpenRun) -> bool:
    return name in old.schema.names and old.schema[name].kind == opened.schema[name].kind


def _decided(own: str, store: Store, known: set[str]) -> dict[str, dict[str, int]]:
    """Run -> key -> row of the clear verdicts that hold."""
    from ..review.events import Replay

    assert store.project is not None
    replay = Replay(store.project.journal.entries())
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for key in replay.acted_on():
        state = replay.state(key)
        entry = replay.entry(state.number) if state.verdict in ("fraud", "normal") else None
        event: Any = entry.event if entry else {}
        part = next((p for p in event.get("cases", ()) if p["case"] == key), event)
        if "row" in part and event.get("run") not in (own, None, "") and key not in known:
            found[str(event["run"])][key] = int(part["row"])
    return dict(found)


def _of(old: OpenRun, opened: OpenRun, cases: dict[str, int]) -> Earlier:
    rows: NDArray[np.int64] = np.array(list(cases.values()), dtype=np.int64)
    batch = old.take(rows)
    entities = []
    for name in opened.schema.with_role(Role.ENTITY):
        column = batch.columns.get(name)
        entities.append([""] * len(rows) if column is None else [
            str(v) if here else "" for v, here in zip(column.objects(), column.present, strict=True)])
    return Earlier(list(cases), batch, entities)
