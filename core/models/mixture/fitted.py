"""A fitted mixture: scores, cells, likelihood, new rows and filled rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.batch import Batch
from ...data.conditions import Condition, Where
from ...data.source import Source
from ...encode.table import RELEASE, TableCodec
from ...errors import FitError
from ...run import Run
from ...words import Message, message
from .._parts import in_parts
from ..base import Cells, Readings, State
from .components import Components
from .conditionals import explain
from .context import context
from .design import Design
from .evidence import Evidence
from .imputing import impute
from .sampling import draw
from .settings import MixtureParams

__all__ = ["MixtureFitted", "reference_scores"]

VERSION = 3
"""3: what copies may show."""
_BLOCK_CELLS = 600_000  # rows x (columns + components) scored at a time: a tenth of a second

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MixtureFitted:
    """See `Fitted`, `Explains`, `Draws`, `Discreet` and `Scorer` in models/base.

    Args:
        codec: of the rows.
        components: of the mixture.
        reference: (n,) scores of the training rows. One row among n moves a fit of k components by about 1/n of its
            own density, so they are not computed without it.
        params: settings it was fitted with.
        fitted_rows: rows EM worked on.
        copies: the codec for release that copies are drawn by, with the tokens of the mixture's own.
    """

    codec: TableCodec
    components: Components
    reference: Floats
    params: MixtureParams
    fitted_rows: int
    copies: TableCodec

    family = "mixture"
    unit = "nats"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.codec.names

    def learned(self) -> tuple[Message, ...]:
        """How many components, what varies together within one, and the rows that decided it."""
        how = "set" if self.params.components else "chosen"
        values, together = self.components.means.shape[1], len(self.components.block)
        return (
            message(f"models.mixture.learned.{how}", components=len(self.components)),
            message("models.mixture.learned.together", together=together, values=values),
            message("models.mixture.learned.rows", rows=self.fitted_rows),
        )

    @cached_property
    def block_rows(self) -> int:
        """Rows worked on at a time, so that memory stays bounded."""
        return max(_BLOCK_CELLS // (len(self.codec.columns) + len(self.components)), 64)

    def score(self, batch: Batch) -> Readings:
        """-log p of each row, per scale of each column.

        `value` sums the surprise of each cell alone, `combination` is the rest: how much less likely the values are
        together than apart.
        """
        total, value = np.zeros(len(batch)), np.zeros(len(batch))
        for rows in self._blocks(len(batch)):
            encoded = self.codec.encode(batch.take(rows))
            design, base = Design.of(encoded, self.codec, batch.columns), encoded.base.sum(axis=1)
            total[rows] = -self.components.log_density(design) - base
            value[rows] = -self.components.log_marginals(design, self.codec.slots).sum(axis=1) - base
        return Readings(total, value, total - value)

    def total(self, batch: Batch) -> Floats:
        """(n,) the total of `score` alone, which costs less than half of all three."""
        out = np.zeros(len(batch))
        for rows in self._blocks(len(batch)):
            encoded = self.codec.encode(batch.take(rows))
            design = Design.of(encoded, self.codec, batch.columns)
            out[rows] = -self.components.log_density(design) - encoded.base.sum(axis=1)
        return out

    def log_likelihood(self, batch: Batch) -> Floats:
        """(n,) log density in the units of the data: per unit of numbers, per microsecond of dates.

        In a column with the role time, a moment after training has the density of the moment it is read as.
        """
        out = np.zeros(len(batch))
        for rows in self._blocks(len(batch)):
            encoded = self.codec.encode(batch.take(rows))
            per_unit = encoded.base.sum(axis=1) - self.codec.densities(encoded.tokens) @ self.codec.log_scales
            out[rows] = self.components.log_density(Design.of(encoded, self.codec, batch.columns)) + per_unit
        return out

    def cells(self, batch: Batch) -> Cells:
        """Surprise given the rest and alone, conditional entropy and expectation of every cell the batch has."""
        size = max(_BLOCK_CELLS // (len(self.codec.columns) * len(self.components)), 16)
        parts = [explain(self.codec, self.components, batch.take(rows)) for rows in self._blocks(len(batch), size)]
        width = len(self.codec.columns)
        cells = Cells(
            self.codec.names,
            np.concatenate([np.zeros((0, width)), *(p.surprise for p in parts)]),
            np.concatenate([np.zeros((0, width)), *(p.typical for p in parts)]),
            np.concatenate([np.zeros((0, width)), *(p.alone for p in parts)]),
            tuple(row for p in parts for row in p.expected),
        )
        return cells.without(set(self.columns) - set(batch.columns))

    def context(self, batch: Batch, main: NDArray[np.int64]) -> Floats:
        """(n, d) nats that knowing each other cell adds to the surprise of cell `main` (n,) of its row. Exact."""
        size = max(_BLOCK_CELLS // (len(self.codec.columns) * len(self.components)), 16)
        parts = [context(self.codec, self.components, batch.take(r), main[r]) for r in self._blocks(len(batch), size)]
        return np.concatenate([np.zeros((0, len(self.codec.columns))), *parts])

    def log_prob(self, condition: Condition) -> float:
        """Log probability that a row satisfies the condition.

        Exact where at most one number column of a full covariance is bounded; else an upper bound: the bounds of the
        other such columns are left out.

        Raises:
            FitError: a column or value it does not know.
        """
        return Evidence.of(condition, self.codec, self.components).log_probability

    def draw(self, n: int, condition: Where, rng: np.random.Generator) -> Iterator[Batch]:
        """Exact draws, cut to the range seen in training where no condition says otherwise.

        Raises:
            FitError: the condition names an unknown column or value, or is too improbable.
        """
        return draw(self.codec, self.components, n, condition, rng)

    def for_copies(self) -> MixtureFitted:
        """The same components; they draw no value that fewer than five subjects hold, also under conditions."""
        return replace(self, codec=self.copies)

    def shows(self, column: str) -> frozenset[str]:
        """The values of a category or boolean column that copies may show."""
        return self.copies.shows(column)

    def impute(self, batch: Batch, rng: np.random.Generator | None = None) -> Batch:
        """Missing cells filled given the others: drawn, or without `rng` the likeliest."""
        return impute(self.codec, self.components, batch, rng, self.block_rows)

    def state(self) -> State:
        """Everything `load` needs."""
        plain, arrays = self.codec.state()
        own = {f"components.{k}": v for k, v in vars(self.components).items()}
        copies, besides = self.copies.state()
        own.update({f"copies.{k}": v for k, v in besides.items()})
        json = {"codec": plain, "copies": copies, "params": self.params.to_json(), "fitted_rows": self.fitted_rows}
        return State(VERSION, json, {**arrays, **own, "reference": self.reference})

    @classmethod
    def load(cls, state: State) -> MixtureFitted:
        """The fitted mixture that `state` described.

        Raises:
            FitError: a state of another version.
        """
        if state.version != VERSION:
            raise FitError("models.state", got=state.version, known=VERSION)
        prefix = "components."
        own = {k.removeprefix(prefix): v for k, v in state.arrays.items() if k.startswith(prefix)}
        params = MixtureParams.from_json(state.json["params"])
        codec = TableCodec.load(state.json["codec"], state.arrays)
        besides = {k.removeprefix("copies."): v for k, v in state.arrays.items() if k.startswith("copies.")}
        copies = TableCodec.load(state.json["copies"], besides, RELEASE)
        return cls(codec, Components(**own), state.arrays["reference"], params, int(state.json["fitted_rows"]), copies)

    def _blocks(self, n: int, size: int = 0) -> Iterator[NDArray[Any]]:
        size = size or self.block_rows
        for start in range(0, n, size):
            yield np.arange(start, min(start + size, n))


def reference_scores(fitted: MixtureFitted, source: Source, run: Run) -> Floats:
    """(n,) scores of all rows of a source, in order."""
    columns = fitted.columns
    return in_parts(lambda rows: fitted.total(source.take(rows, columns)), source.rows, fitted.block_rows, run)
