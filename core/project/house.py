"""The rules of a table as people keep them: those found with a fit, and those somebody edited or added.

Edited and added ones lie in the project's settings, each as `rules` writes it and with the columns it speaks of, so
that the next fit keeps them too. A rule of the house takes the place of a found one of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .project import Project

__all__ = ["SETTING", "house_rules", "with_house"]

SETTING = "rules"

Entry = Mapping[str, Any]


def house_rules(project: Project | None) -> list[dict[str, Any]]:
    """What somebody edited or added; none without a project."""
    return list(project.setting(SETTING, [])) if project is not None else []


def with_house(found: Sequence[Entry], house: Sequence[Entry], columns: Sequence[str]) -> list[Entry]:
    """Found rules with those of the house in their place, then the others of the house.

    Args:
        found: of a fit.
        house: from `house_rules`.
        columns: that the fit models; a rule about others is left out.
    """
    own = {str(e["name"]): e for e in house if set(e["columns"]) <= set(columns)}
    names = [str(e["name"]) for e in found]
    return [*(own.get(n, e) for n, e in zip(names, found, strict=True)), *(e for n, e in own.items() if n not in names)]
