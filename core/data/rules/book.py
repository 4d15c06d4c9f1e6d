"""The rules of a table: found, counted, obeyed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError, SchemaError
from ...run import Run
from ...words import message
from ..batch import Batch
from ..recast import null_column
from ..schema import Schema
from ..source import Source
from ._view import View, placed, values_of
from .base import DIRTY, RULES, Rule

__all__ = ["Found", "discover", "judge", "keep", "rules_from_json", "to_json"]

VERSION = 1
_SAMPLE = 20_000
_BATCH = 65_536
_ROUNDS = 8
_LISTED = 100


@dataclass(frozen=True)
class Found:
    """A rule and how a table keeps it.

    Args:
        rule: the rule.
        support: rows it speaks of.
        broken: how many of them break it.
        rows: positions of the first of these.
    """

    rule: Rule
    support: int
    broken: int
    rows: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {"name": self.rule.name, "columns": list(self.rule.columns), "rule": self.rule.to_json(),
                "sentence": self.rule.sentence().to_json(), "support": self.support,
                "broken": self.broken, "rows": list(self.rows)}


def discover(source: Source, run: Run) -> tuple[Found, ...]:
    """The rules that the rows of a table keep but for a few dirty ones, most supported first.

    They are looked for in at most 20,000 rows and counted in all.

    Args:
        source: a table; only modelled columns are looked at, so labels and ids never decide.
        run: seed, progress, cancel.
    """
    names = source.schema.modelled
    if not names or not source.rows:
        return ()
    chosen = run.rng("rules").permutation(source.rows)[:_SAMPLE]
    view = View(source.take(np.sort(chosen), names), source.schema)
    rules: list[Rule] = []
    kinds = [kind for _, kind in RULES.items()]
    for at, kind in enumerate(kinds):
        run.progress(0.7 * at / len(kinds), message("rules.looking"))
        rules += kind.find(view)
    counted = judge(source, _without_echoes(rules), run.part(0.7, 1.0))
    kept = [f for f in counted if f.support and f.broken <= DIRTY * f.support]
    return tuple(sorted(kept, key=lambda f: (-f.support, f.broken, f.rule.key, f.rule.columns)))


def _without_echoes(rules: Sequence[Rule]) -> list[Rule]:
    """Less orders and dependencies among columns of which one is calculated from the other: a formula says more."""
    formulas = [set(r.columns) for r in rules if r.key == "arithmetic"]
    said = [set(r.columns) for r in rules if r.key == "dependency"]
    return [r for r in rules if not (
        (r.key in {"order", "dependency"} and any(set(r.columns) <= f for f in formulas))
        or (r.key == "combination" and any(set(r.columns) <= s for s in said))
    )]


def judge(source: Source, rules: Sequence[Rule], run: Run) -> list[Found]:
    """How all rows of a table keep some rules."""
    support, broken = np.zeros(len(rules), dtype=int), np.zeros(len(rules), dtype=int)
    rows: list[list[int]] = [[] for _ in rules]
    names = sorted({c for r in rules for c in r.columns}, key=source.schema.names.index)
    done = 0
    for batch in source.batches(names, size=_BATCH) if rules else ():
        for i, rule in enumerate(rules):
            wrong = np.flatnonzero(rule.broken(batch))
            support[i] += int(rule.applies(batch).sum())
            broken[i] += len(wrong)
            rows[i] += (done + wrong[: _LISTED - len(rows[i])]).tolist()
        done += batch.rows
        run.progress(done / source.rows)
    return [Found(r, int(s), int(b), tuple(w)) for r, s, b, w in zip(rules, support, broken, rows, strict=True)]


def keep(rules: Sequence[Rule], batch: Batch, rng: np.random.Generator) -> tuple[Batch, NDArray[np.bool_]]:
    """Mend drawn rows until they keep all rules.

    Mending one rule may break another, so all are gone through until nothing changes, eight times at most. A value
    that a rule remembers from the table is written only if the model drew it in some row itself: mending must not
    bring back a rare value that the model was not allowed to know.

    Args:
        rules: all of them.
        batch: n rows.
        rng: for the kinds that draw.

    Returns:
        The rows, and (n,) which of them now keep every rule.
    """
    good = np.ones(batch.rows, dtype=bool)
    for rule in rules:
        good &= ~rule.unsure(batch)
    known = {name: values_of(c, np.unique(c.values[c.present])) for name, c in batch.columns.items()}
    for _ in range(_ROUNDS):
        wrong = [rule for rule in rules if rule.broken(batch).any()]
        if not wrong:
            break
        for rule in wrong:
            batch = rule.mended(batch, rng)
    for rule in rules:
        good &= ~(rule.broken(batch) | rule.unsure(batch))
    for name in {c for rule in rules if rule.recalls for c in rule.columns}:
        good &= (placed(batch[name], known[name]) >= 0) | ~batch[name].present
    return batch, good


def to_json(found: Sequence[Found]) -> dict[str, Any]:
    """What is kept beside a fit, and what `rules --out` writes."""
    return {"version": VERSION, "rules": [f.to_json() for f in found]}


def _try(rule: Rule, schema: Schema) -> None:
    """Refuse a rule whose values do not fit its columns, before a copy is drawn by it."""
    nothing = Batch({name: null_column(schema[name].kind, 0) for name in rule.columns}, 0)
    try:
        rule.mended(nothing, np.random.default_rng(0))
        rule.broken(nothing)
        rule.sentence()
    except (KeyError, TypeError, ValueError, IndexError, re.error) as error:
        raise SchemaError("rules.entry", problem=f"{rule.name}: {error}.") from error


def rules_from_json(plain: Mapping[str, Any], schema: Schema) -> tuple[Rule, ...]:
    """The rules that `to_json` wrote, or that somebody edited.

    Raises:
        SchemaError: it is no such file, an unknown kind of rule, or a column the table does not have.
    """
    if plain.get("version") != VERSION or not isinstance(plain.get("rules"), list):
        raise SchemaError("rules.version", got=str(plain.get("version")), known=VERSION)
    made = []
    for entry in plain["rules"]:
        try:
            rule = RULES.get(str(entry["rule"]["kind"])).from_json(entry["rule"])
            columns = rule.columns
        except ParameterError as error:
            raise SchemaError("rules.entry", problem=error.messages[0]) from error
        except (KeyError, TypeError) as error:
            raise SchemaError("rules.entry", problem=f"{error}.") from error
        for name in columns:
            if not schema[name].is_modelled:
                raise SchemaError("rules.column", column=name)
        _try(rule, schema)
        made.append(rule)
    return tuple(made)
