"""Radar: which of the rows a fit learned from a copy could give away, before anything is drawn."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..data.batch import Batch
from ..data.schema import Role, Schema
from ..errors import FitError
from ..run import Run
from ..words import message
from ._checks import count, one_of
from ._files import open_again
from ._runs import load_bundle
from ._writing import check_targets
from .base import Request, Task, option

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..data.source import Source
    from ..evaluate.exposure import Exposures, Singled
    from ..models.bundle import Bundle
    from ..project.store import Store

__all__ = ["TASK", "RadarRequest"]


@dataclass(frozen=True)
class RadarRequest(Request):
    """List the rows a copy could give away, and treat them."""

    task: ClassVar[str] = "radar"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to look into; the latest when left out.")
    count: int = option("--count", default=20, help="Rows to list, most exposed first.")
    treat: str = option("--treat", default="drop", help="What is done with them: drop, generalise or smooth.")
    out: str | None = option("--out", default=None, help="Write the table with those rows treated, to be fitted anew.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")


_MOST = 50_000
_FEWEST = 2
"""Rows: one alone has nobody it could hide among."""
_BARS = 40


def run(request: RadarRequest, store: Store, run: Run) -> dict[str, Any]:
    """Rank the training rows by exposure, say what is particular about the first, and what treating them would do."""
    from ..data.write import check_target
    from ..evaluate.exposure import exposures, single_out
    from ..evaluate.soften import HOW

    began = time.monotonic()
    wanted, how = count("count", request.count, 1, 1_000), one_of("treat", request.treat, *HOW)
    if request.out:
        check_target(request.out)
        check_targets(store, None, request.out)
    fit, bundle = load_bundle(store, request.fit)
    run.progress(0.0, message("radar.reading"))
    people = _People.of(bundle, open_again(store, bundle.record["source"], bundle.schema, run), run)
    run.progress(0.1, message("radar.looking"))
    found = exposures(people.rows, people.schema, people.surprise, people.owner, run.rng("radar"), run.check)
    first = found.rows[: min(wanted, len(found.rows) - 1)]  # one is left to say what treating the others does
    singled = []
    for at, row in enumerate(first.tolist()):
        run.progress(0.5 + 0.3 * at / len(first), message("radar.naming"))
        singled.append(single_out(people.rows, people.schema, row))
    effect = people.treated(found, singled, how, run)
    if request.out:
        _write(request.out, people, found, singled, how, run)
    return {
        "fit": fit, "rows": people.rows.rows, "columns": list(people.schema.names),
        "top": [_told(people, found, at, singled[at]) for at in range(len(first))],
        "singled_out": _by_two_cells(singled),
        "histogram": _histogram(found.usual), "treat": how, "effect": effect, "out": request.out,
        "seconds": time.monotonic() - began,
    }


@dataclass(frozen=True, eq=False)
class _People:
    """The rows a fit learned from.

    Args:
        source: all rows of the table.
        index: (n,) their positions in it.
        rows: the rows themselves.
        schema: the columns that say something about a person.
        surprise: (n,) scores, each without the row itself.
        owner: (n,) whose row each is.
    """

    source: Source
    index: NDArray[np.int64]
    rows: Batch
    schema: Schema
    surprise: NDArray[np.float64]
    owner: NDArray[np.int64]

    @classmethod
    def of(cls, bundle: Bundle, source: Source, run: Run) -> _People:
        """Of a long table 50,000 rows by lot.

        Raises:
            FitError: the fit kept no scores of its rows, or no column says anything about a person.
        """
        from ..evaluate.tables import is_compared

        at = np.arange(len(bundle.train_index))
        drawn = (c for c in source.schema if is_compared(c) and c.role is not Role.LABEL)  # no copy shows a label
        schema = Schema(tuple(drawn))
        if len(bundle.train_scores) != len(at) or len(at) < _FEWEST or not schema.columns:
            raise FitError("radar.nothing", least=_FEWEST)
        if len(at) > _MOST:
            at = np.sort(run.rng("radar", "rows").choice(at, _MOST, replace=False))
        index = bundle.train_index[at]
        rows = source.take(index)
        return cls(source, index, rows, schema, bundle.train_scores[at], _owners(rows, source.schema))

    def treated(self, found: Exposures, singled: list[Singled], how: str, run: Run) -> dict[str, Any]:
        """How exposed the first rows are before and after; dropped, how exposed those are that come first then.

        The rank of their surprise is left as it was, since the model has seen the rows: only company helps here.
        """
        from ..evaluate.exposure import exposures, single_out
        from ..evaluate.soften import changed, softened

        k = len(singled)
        run.progress(0.8, message("radar.treating"))
        conditions = [s.condition for s in singled]
        rows = softened(self.rows, how, found.rows[:k], conditions, found.closest[:k])
        kept = np.setdiff1d(np.arange(len(self.index)), found.rows[:k]) if how == "drop" else np.arange(len(self.index))
        after = exposures(rows, self.schema, self.surprise[kept], self.owner[kept], run.rng("radar"), run.check)
        same = np.isin(after.rows, found.rows[:k]) if how != "drop" else np.arange(len(after.rows)) < k
        left = []
        for row in after.rows[same].tolist():
            run.check()
            left.append(single_out(rows, self.schema, row))
        return {
            "rows": k, "before": float(found.exposure[:k].mean()), "after": float(after.exposure[same].mean()),
            "changed": k if how == "drop" else changed(self.rows, rows),
            "singled_before": _by_two_cells(singled), "singled_after": _by_two_cells(left),
        }


def _by_two_cells(singled: list[Singled]) -> int:
    """How many rows are alone with two of their cells, or with one."""
    return sum(s.rows == 1 and len(s.condition.tests) <= 2 for s in singled)


def _owners(rows: Batch, schema: Schema) -> NDArray[np.int64]:
    """(n,) whose row it is: by the first entity column, where there is one; rows without an entity are their own."""
    entity = next((c.name for c in schema if c.role is Role.ENTITY), None)
    own = np.arange(rows.rows)
    if entity is None:
        return own
    column = rows[entity]
    codes = np.unique(column.values, return_inverse=True)[1]
    return np.where(column.present, rows.rows + codes, own).astype(np.int64)


def _told(people: _People, found: Exposures, at: int, singled: Singled) -> dict[str, Any]:
    condition = singled.condition.to_text()
    key = "only" if singled.rows == 1 else "few"
    return {
        "row": int(people.index[found.rows[at]]), "exposure": float(found.exposure[at]),
        "surprise": float(found.surprise[at]), "alone": float(found.alone[at]), "distance": float(found.distance[at]),
        "condition": condition, "shared_by": singled.rows,
        "reason": message(f"radar.{key}", condition=condition, rows=singled.rows).to_json(),
    }


def _histogram(usual: NDArray[np.float64]) -> dict[str, Any]:
    counts, edges = np.histogram(usual, _BARS, (0.0, 1.0))
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _write(  # noqa: PLR0917 - what was found, and where it goes
    path: str, people: _People, found: Exposures, singled: list[Singled], how: str, run: Run
) -> None:
    """The whole table, with the first rows treated."""
    from ..data.write import write_rows
    from ..evaluate.soften import softened

    k = len(singled)
    whole = people.source.take(np.arange(people.source.rows))
    rows, closest = people.index[found.rows[:k]], people.index[found.closest[:k]]
    done = softened(whole, how, rows, [s.condition for s in singled], closest)
    write_rows(path, [done], people.source.schema, run)


TASK = Task(RadarRequest, run)
