"""Which models fill the duties of a fit: the council ranks by default, in the form that suits the reference rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ..words import Message, message

if TYPE_CHECKING:
    from ..models.base import Family

__all__ = ["composed", "families_for", "family_of", "reason"]


def composed() -> dict[str, type[Family]]:
    """Key -> families that are made of others, and so are no file of core/models."""
    from ..detect.engine import Council

    return {Council.key: cast("type[Family]", Council)}


def family_of(key: str) -> type[Family]:
    """Any family by its key.

    Raises:
        ParameterError: there is none.
    """
    from ..models.base import FAMILIES

    return composed().get(key) or FAMILIES.get(key)


def families_for(model: str, settings: Sequence[str], reference: str) -> dict[str, Family]:
    """Duty -> family, for the reference rows as the user described them.

    Raises:
        ParameterError: an unknown model or parameter, or a value outside its domain.
    """
    from ..models.bundle import families_of

    (council,) = composed().values()
    families = families_of(model, settings, council)
    ranks = families["ranks"]
    if ranks.key == council.key:
        known = {**ranks.params.to_json(), "reference": reference}
        families["ranks"] = council(council.Params.from_json(known))
    return families


def reason(families: dict[str, Family], reference: str) -> Message | None:
    """Why the council ranks, where it does."""
    if families["ranks"].key not in composed():
        return None
    explains, draws = families["explains"].title, families["draws"].title
    return message(f"tasks.why.{reference}", explains=explains, draws=draws)
