"""Which rows of a run break which rules of its table: dirt, whatever their score, and told beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.rules.base import Rule
from ..data.schema import Schema
from ..data.source import Source
from ..errors import SchemaError
from ..run import Run
from ..words import Message, message
from ._facts import with_house_rules

if TYPE_CHECKING:
    from ._runs import OpenRun

__all__ = ["ANY", "BrokenRules", "breaks", "broken_rows", "rules_on", "with_rules"]

ANY = "any"
_BATCH = 65_536


def rules_on(facts: dict[str, Any], schema: Schema, source: Source) -> tuple[Rule, ...]:
    """The rules found with a fit of which a table has all columns; none where the fit is older than rules are."""
    from ..data.match import there
    from ..data.rules.book import rules_from_json

    rules = rules_from_json(facts["rules"], schema) if "rules" in facts else ()
    known = set(there(source, schema.names))
    return tuple(rule for rule in rules if known.issuperset(rule.columns))


class BrokenRules:
    """The rules of a table, asked about some of its rows or all."""

    def __init__(self, rules: Sequence[Rule], source: Source) -> None:
        self.rules, self.source = tuple(rules), source
        names = {c for rule in rules for c in rule.columns}
        self.columns = [name for name in source.schema.names if name in names]

    def of(self, rows: NDArray[np.int64]) -> list[list[Message]]:
        """For each row what the rules say that it breaks."""
        found: list[list[Message]] = [[] for _ in rows]
        if self.rules and len(rows):
            batch = self.source.take(rows, self.columns)
            for rule in self.rules:
                for at in np.flatnonzero(rule.broken(batch)).tolist():
                    found[at].append(rule.sentence())
        return found

    def rows(self, run: Run) -> list[NDArray[np.int64]]:
        """For each rule the rows that break it."""
        parts: list[list[NDArray[np.int64]]] = [[np.zeros(0, dtype=np.int64)] for _ in self.rules]
        done = 0
        for batch in self.source.batches(self.columns, size=_BATCH) if self.rules else ():
            run.check()
            for part, rule in zip(parts, self.rules, strict=True):
                part.append(done + np.flatnonzero(rule.broken(batch)).astype(np.int64))
            done += batch.rows
        return [np.concatenate(part) for part in parts]


def breaks(opened: OpenRun, rows: NDArray[np.int64]) -> list[list[dict[str, Any]]]:
    """For each row of a run the rules it breaks, as plain JSON."""
    return [[said.to_json() for said in found] for found in _rules(opened).of(rows)]


def broken_rows(opened: OpenRun, name: str, run: Run) -> NDArray[np.bool_]:
    """(n,) rows that break the rule of that name, or any.

    Raises:
        SchemaError: the table has no such rule.
    """
    asked = _rules(opened)
    names = [rule.name for rule in asked.rules]
    if name not in (ANY, *names):
        raise SchemaError("rules.no_rule", name=name, known=[ANY, *names])
    if "broken" not in opened.memo:
        opened.memo["broken"] = asked.rows(run)
    found = np.zeros(opened.source.rows, dtype=bool)
    for own, rows in zip(names, opened.memo["broken"], strict=True):
        if name in (ANY, own):
            found[rows] = True
    return found


def with_rules(reason: str, broken: Sequence[Message]) -> str:
    """The reason of a row in a file, with the rules it breaks after it."""
    from ..words import words

    said = [words().text(message("rules.breaks", rule=rule)) for rule in broken]
    return "; ".join(part for part in (reason, *said) if part)


def _rules(opened: OpenRun) -> BrokenRules:
    kept: BrokenRules | None = opened.memo.get("rules")
    if kept is None:
        facts = with_house_rules(opened.facts, opened.memo.get("house", []), opened.bundle.schema.modelled)
        kept = opened.memo["rules"] = BrokenRules(rules_on(facts, opened.bundle.schema, opened.source), opened.source)
    return kept
