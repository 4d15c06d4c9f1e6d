"""The facts that copies of a fit are drawn by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import FitError

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["facts_of"]


def facts_of(store: Store, fit: str) -> dict[str, Any]:
    """What was learned beside a fit.

    Raises:
        FitError: it is of an earlier version, which knew of no personal values.
    """
    from ..synth.facts import VERSION

    facts: dict[str, Any] = store.record("fit", fit).get("facts") or {}
    if facts.get("version") != VERSION:
        raise FitError("synth.old_facts", fit=fit)
    return facts
