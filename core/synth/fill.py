"""Fill the missing cells of real rows from a fitted model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..data.batch import Batch, Column
from ..data.conditions import Condition, Where
from ..data.rules.base import Rule
from ..data.schema import Schema
from ..data.source import Source
from ..models.base import Fills
from ..run import Run
from ..words import message
from .draw import conform

__all__ = ["Filled", "fill_rows"]

_BATCH = 4_096
_EVERY = Condition()


@dataclass(frozen=True, eq=False)
class Filled:
    """How many cells of each column were filled, and how many stay missing because a rule says so, or none was asked.

    Args:
        filled: column -> cells.
        left: column -> cells of rows to fill that are still missing.
    """

    filled: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)

    def count(self, before: Batch, after: Batch, names: Sequence[str]) -> None:
        """Add a batch's."""
        for name in (n for n in names if n in before.columns):
            was, now = ~before[name].present, ~after[name].present
            self.filled[name] = self.filled.get(name, 0) + int((was & ~now).sum())
            self.left[name] = self.left.get(name, 0) + int(now.sum())


def fill_rows(  # noqa: PLR0917 - the order in which a sentence names them
    model: Fills, source: Source, schema: Schema, names: Sequence[str], rules: Sequence[Rule], told: Filled,
    rng: np.random.Generator | None, run: Run, where: Where = _EVERY,
) -> Iterator[Batch]:
    """All rows of a table with their missing cells filled, given the cells that are there; no other cell changes.

    A rule that says a cell is missing where another has some value is kept: such a cell stays as it is.

    Args:
        model: what fills.
        source: the table, with what the fit derives from it.
        schema: of the fit, without what is derived: the columns that come back.
        names: modelled columns to fill.
        rules: of the table.
        told: receives the counts.
        rng: cells are drawn jointly; None: each takes its most likely value.
        run: progress and cancelling.
        where: rows to fill; others stay as they are.

    Yields:
        Batches with the columns of the schema.
    """
    done = 0
    for batch in source.batches(source.schema.names, size=_BATCH):  # by name: what is derived comes along
        known = batch.select(source.schema.modelled)
        whole = model.impute(known, rng)
        wanted = where.mask(batch)
        gone = {name: ~batch[name].present & wanted for name in names if name in batch.columns}
        filled = _only(batch, whole.columns, gone, schema)
        kept = _only(batch, _by_rules(filled, rules).columns, gone, schema)
        told.count(batch.take(wanted), kept.take(wanted), names)
        yield replace(kept.select([n for n in schema.names if n in kept.columns]), start=done)
        done += batch.rows
        run.progress(done / source.rows, message("synth.filled", done=done, rows=source.rows))


def _only(batch: Batch, fresh: Mapping[str, Column], gone: Mapping[str, np.ndarray], schema: Schema) -> Batch:
    """The batch with the fresh cells where its own were missing."""
    changed = {
        name: conform(fresh[name], schema[name]).over(batch[name], where)
        for name, where in gone.items() if name in fresh and where.any()
    }
    return batch.with_columns(changed)


def _by_rules(batch: Batch, rules: Sequence[Rule]) -> Batch:
    """The batch mended where all columns of a rule are there; the seed is fixed, so that a batch is mended one way."""
    rng = np.random.default_rng(0)
    for rule in rules:
        if set(rule.columns) <= batch.columns.keys():
            batch = rule.mended(batch, rng)
    return batch
