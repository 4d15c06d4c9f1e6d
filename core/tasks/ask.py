"""Ask: how probable a condition is under the fitted model, and what the other columns look like given it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from ..data.conditions import Condition, Either
from ..data.disjoint import disjoint
from ..data.schema import Schema
from ..errors import FitError, ReadError
from ..run import Run
from ._answers import choices, shown
from ._checks import count
from ._contradiction import check_possible
from ._files import open_again
from ._runs import load_bundle
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..data.conditions import Where
    from ..data.source import Source
    from ..models.base import Answer, Edge, Marginal
    from ..models.bundle import Bundle
    from ..project.store import Store

__all__ = ["TASK", "AskRequest", "ask"]

_ROUND = 10_000
"""Rows among which matches are counted: "36 in 10,000"; more where that would be less than one."""
_MOST_DRAWN = 1_000
_KEPT = 64
_PARTS = 2
"""Columns a condition needs for it to say whether they go together."""


@dataclass(frozen=True)
class AskRequest(Request):
    """Ask how probable a condition is, and what the other columns look like given it."""

    task: ClassVar[str] = "ask"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to ask; the latest when left out.")
    where: str = option("--where", default="", help="The question, such as: category = 'grocery' and amount > 500")
    rows: int = option("--rows", default=0, help="Rows to draw like that, at most 1000.")
    seed: int = option("--seed", default=0, help="Seed of the rows drawn.")
    choices: int = option("--choices", default=0, help="List up to so many values of each category.")


def run(request: AskRequest, store: Store, run: Run) -> dict[str, Any]:
    """The answer, the real rows that agree, and rows drawn like them."""
    wanted = count("rows", request.rows, 0, _MOST_DRAWN)
    listed = count("choices", request.choices)
    fit, bundle = load_bundle(store, request.fit)
    where = Either.parse(request.where).check(bundle.schema)
    found = ask(bundle, where, listed)
    run.check()
    found["real"] = _real(store, bundle, where, run)
    found["drawn"] = None
    if wanted and found["log_probability"] is not None:
        found["drawn"] = _drawn(bundle, where, wanted, store.record("fit", fit).get("facts"), run)
    return {"fit": fit, **found}


def ask(bundle: Bundle, where: Either, listed: int = 0) -> dict[str, Any]:
    """What the model alone answers.

    Args:
        bundle: the fit.
        where: the question, its names as the schema writes them.
        listed: values of each category to list.

    Raises:
        FitError: the fit cannot answer, or does not know a column or value.
        SchemaError: no row could ever satisfy the question.
    """
    check_possible(where, bundle.schema)
    answer = _log_prob(bundle, where)
    possible = math.isfinite(answer.value)
    overall, edges = _everywhere(bundle)
    given = _given(bundle, where) if possible else {}
    columns = [
        {**shown(spec, whole, given.get(spec.name), is_set=spec.name in where.columns),
         "choices": choices(spec, whole, listed)}
        for spec, whole in ((bundle.learned_schema[name], whole) for name, whole in overall.items())
    ]
    probability = min(math.exp(answer.value), 1.0) if possible else 0.0
    return {
        "where": where.to_text(), "probability": probability,
        "log_probability": min(answer.value, 0.0) if possible else None, "exact": answer.exact,
        "expected": _in_rows(probability), "lift": _lift(bundle, where, answer) if possible else None,
        "columns": columns, "edges": [vars(edge) for edge in edges],
    }


@lru_cache(maxsize=_KEPT)
def _log_prob(bundle: Bundle, where: Where) -> Answer:
    return bundle.answers.log_prob(where)


@lru_cache(maxsize=3)
def _everywhere(bundle: Bundle) -> tuple[dict[str, Marginal], tuple[Edge, ...]]:
    """Every column among all rows, and what depends on what."""
    model = bundle.answers
    return {m.column: m for m in model.marginals(Condition())}, tuple(model.edges())


def _given(bundle: Bundle, where: Either) -> dict[str, Marginal]:
    return {m.column: m for m in bundle.answers.marginals(where)} if where else _everywhere(bundle)[0]


def _in_rows(probability: float) -> dict[str, Any] | None:
    """`36 in 10,000 rows`: the least power of ten, from ten thousand, among which at least one is expected."""
    if probability <= 0:
        return None
    power = max(math.ceil(-math.log10(probability) - 1e-9), 0)
    rows = max(_ROUND, 10**power)
    return {"count": probability * rows, "rows": rows}


def _lift(bundle: Bundle, where: Either, answer: Answer) -> float | None:
    """How many times more often the columns meet like this than if they had nothing to do with each other."""
    if len(where.columns) < _PARTS:
        return None
    apart = _log_sum([_apart(bundle, part) for part in disjoint(where)])
    return math.exp(min(answer.value - apart, 700.0)) if math.isfinite(apart) else None


def _apart(bundle: Bundle, where: Condition) -> float:
    """Log probability of a condition were the columns independent."""
    alone = (Condition(tuple(t for t in where.tests if t.column == name)) for name in where.columns)
    return sum(_log_prob(bundle, part).value for part in alone)


def _log_sum(logs: list[float]) -> float:
    top = max(logs)
    return top + math.log(sum(math.exp(log - top) for log in logs)) if math.isfinite(top) else top


def _real(store: Store, bundle: Bundle, where: Either, run: Run) -> dict[str, int] | None:
    """How many of the rows of the fit's table agree; None when the table is gone."""
    from ..data.view import order

    source = _table(store, str(bundle.record["source"]), bundle.schema, run)
    if source is None:
        return None
    return {"agree": len(order(source, where)) if where else source.rows, "rows": source.rows}


_tables: dict[str, Source | None] = {}


def _table(store: Store, fingerprint: str, schema: Schema, run: Run) -> Source | None:
    """The rows a fit learned from, looked for once a process: a question must not wait for a search of folders."""
    key = f"{store.path}:{fingerprint}"
    if key not in _tables:
        try:
            _tables[key] = open_again(store, fingerprint, None, run)
        except ReadError:
            _tables[key] = None
    found = _tables[key]
    return found.with_schema(schema) if found is not None else None


def _drawn(bundle: Bundle, where: Either, wanted: int, facts: Any, run: Run) -> dict[str, Any]:
    """New rows as texts; why there are none is a part of the answer, not its end."""
    from ..data.batch import Batch
    from ..data.cells import display
    from ..synth.draw import draw_rows, notes

    rng = run.rng("ask", bundle.fingerprint)
    try:
        batch = Batch.concat(list(draw_rows(bundle.draws, bundle.schema, wanted, where, rng, run, facts)))
    except FitError as refused:
        return {"columns": [], "rows": [], "notes": [], "refused": refused.to_json()}
    return {
        "columns": list(bundle.schema.names), "rows": display(batch, bundle.schema),
        "notes": [n.to_json() for n in notes(bundle.schema, facts)], "refused": None,
    }


TASK = Task(AskRequest, run, query=True)
