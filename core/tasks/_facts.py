"""The facts that copies of a fit are drawn by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import FitError
from ..project.house import house_rules, with_house

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["facts_of", "with_house_rules"]


def facts_of(store: Store, fit: str) -> dict[str, Any]:
    """What was learned beside a fit, with the rules as people keep them.

    Raises:
        FitError: it is of an earlier version, which knew of no personal values.
    """
    from ..synth.facts import VERSION

    record = store.record("fit", fit)
    facts: dict[str, Any] = record.get("facts") or {}
    if facts.get("version") != VERSION:
        raise FitError("synth.old_facts", fit=fit)
    return with_house_rules(facts, house_rules(store.project), record.get("columns", ()))


def with_house_rules(
    facts: dict[str, Any], house: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> dict[str, Any]:
    """The facts with rules that somebody edited or added among those found; older fits have none at all."""
    if not house or "rules" not in facts:
        return facts
    return {**facts, "rules": {**facts["rules"], "rules": with_house(facts["rules"]["rules"], house, columns)}}
