"""Which rules a copy keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, SchemaError

if TYPE_CHECKING:
    from ..data.rules.base import Rule
    from ..data.schema import Schema

__all__ = ["kept_rules"]

NONE = "none"


def kept_rules(
    wanted: str, without: Sequence[str], facts: Mapping[str, Any], schema: Schema
) -> tuple[Rule, ...]:
    """The rules of a file, those found with the fit, or none; less those left out.

    Args:
        wanted: path of a file, "none", or "" for those of the fit.
        without: names of rules left out; those about columns of personal values are in any case.
        facts: of the fit's record; fits from before rules were looked for have none.
        schema: of the fit.

    Raises:
        DataError: the file cannot be read.
        SchemaError: it holds no rules, or such of other columns, or none of a name that is left out.
    """
    rules = _rules(wanted, facts, schema)
    names = [rule.name for rule in rules]
    for name in without:
        if name not in names:
            raise SchemaError("rules.no_rule", name=name, known=names)
    known = facts.get("columns", {})
    anew = {name for name, fact in known.items() if "personal" in fact}  # their values are none of the table's
    return tuple(rule for rule in rules if rule.name not in without and not anew & set(rule.columns))


def _rules(wanted: str, facts: Mapping[str, Any], schema: Schema) -> tuple[Rule, ...]:
    from ..data.rules.book import rules_from_json

    if wanted == NONE:
        return ()
    if not wanted:
        return rules_from_json(facts["rules"], schema) if "rules" in facts else ()
    try:
        plain = json.loads(Path(wanted).read_text("utf-8"))
    except OSError as error:
        raise DataError("rules.unreadable", file=wanted, problem=error.strerror or str(error)) from error
    except ValueError as error:
        raise SchemaError("rules.version", got=Path(wanted).name, known=1) from error
    return rules_from_json(plain if isinstance(plain, dict) else {}, schema)
