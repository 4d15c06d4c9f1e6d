"""The first ranking of a long table, told as a partial result while the fit goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.schema import Role
from ..run import Run
from ..words import message

if TYPE_CHECKING:
    from ..data.source import Source

__all__ = ["tell_first"]

_FEWEST = 5_000  # rows from which the better ranking lets one wait
_ROWS, _COLUMNS = 50, 12


def tell_first(source: Source, run: Run) -> None:
    """Rank quickly and tell the rows at the top with their cells; says nothing of short tables."""
    from ..data.cells import display
    from ..detect.first import first_ranking

    if source.rows < _FEWEST:
        return
    found = first_ranking(source, run, _ROWS)
    named = [c.name for c in source.schema if c.role in (Role.ID, Role.ENTITY, Role.TIME)]
    names = [*named, *(n for n in source.schema.modelled if n not in named)][:_COLUMNS]
    cells: list[Any] = display(source.take(found.rows, names), source.schema)
    run.on_partial({
        "first": {
            "rows": found.rows.tolist(), "surprise": found.surprise.tolist(), "learned": found.learned,
            "ranked": found.ranked, "columns": names, "cells": cells,
        },
        "text": message("tasks.first", ranked=found.ranked),
    })
