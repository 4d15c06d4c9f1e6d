"""What a table's profile says one should look at, as lines with a sign, a word and a way to the rows. No widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.schema import Kind, Role, Schema

from ..text import say, tr

__all__ = ["Check", "checks_of"]


@dataclass(frozen=True)
class Check:
    """One line.

    Args:
        tone: ok, warn or bad.
        title, text: what was found, and what it means.
        column: the column it is about.
        where: a condition that finds the rows.
    """

    tone: str
    title: str
    text: str = ""
    column: str | None = None
    where: str = ""


def checks_of(
    schema: Schema, profile: Mapping[str, Any] | None, notes: Sequence[Mapping[str, Any]] = (),
) -> list[Check]:
    """Everything there is to look at, then what is in order."""
    found = [_roles(schema)]
    if profile is not None:
        found += [Check("warn", say(w)) for w in profile.get("warnings", [])]
        for column in profile.get("columns", []):
            found += [_of_column(schema, column, w) for w in column.get("warnings", [])]
        found += _passed(profile)
    found += [Check("note", say(n)) for n in notes]
    rank = {"bad": 0, "warn": 1, "note": 2, "ok": 3}
    return sorted(found, key=lambda c: rank[c.tone])


def _of_column(schema: Schema, column: Mapping[str, Any], warning: Mapping[str, Any]) -> Check:
    name = column["name"]
    where = ""
    if warning["key"] == "data.warn_missing":
        where = '"' + name.replace('"', '""') + '" is missing'
    is_ignored = name in schema.names and schema[name].role is Role.IGNORE
    return Check("note" if is_ignored else "warn", name, say(warning), name, where)


def _passed(profile: Mapping[str, Any]) -> list[Check]:
    """Checks that found nothing are worth a line: they were made."""
    seen = {w["key"] for c in profile.get("columns", []) for w in c.get("warnings", [])}
    seen |= {w["key"] for w in profile.get("warnings", [])}
    passed = []
    if not any(k.startswith("data.warn_repeated") for k in seen):
        passed.append(Check("ok", tr("gui_data.check.no_repeats")))
    if "data.warn_mixed" not in seen:
        passed.append(Check("ok", tr("gui_data.check.no_mixed")))
    if not any(sum((c.get("missing") or {}).values()) for c in profile.get("columns", [])):
        passed.append(Check("ok", tr("gui_data.check.no_missing")))
    return passed


def _roles(schema: Schema) -> Check:
    """Whether the roles fit each other: one time, one label, something to learn from."""
    times, labels, entities = (schema.with_role(r) for r in (Role.TIME, Role.LABEL, Role.ENTITY))
    if not schema.modelled:
        return Check("bad", tr("gui_data.check.nothing"), tr("gui_data.check.nothing_text"))
    for names, role in ((times, Role.TIME), (labels, Role.LABEL)):
        if len(names) > 1:
            said = tr(f"data.role.{role}")
            return Check("warn", tr("gui_data.check.two", role=said, count=len(names)),
                         tr("gui_data.check.two_text", columns=list(names)), names[-1])
    texts = [c.name for c in schema if c.kind is Kind.TEXT and c.role is Role.FEATURE]
    said = tr(
        "gui_data.check.roles_text", ids=len(schema.with_role(Role.ID)), times=len(times), entities=len(entities),
        labels=len(labels), features=len(schema.modelled),
    )
    extra = tr("gui_data.check.texts", columns=texts) if texts else ""
    return Check("ok", tr("gui_data.check.roles"), f"{said} {extra}".strip())
