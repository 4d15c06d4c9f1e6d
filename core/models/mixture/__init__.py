"""Mixture: Gaussian components times categorical tables; exact likelihood, conditionals, sampling and conditions.

The rows are a mixture of k kinds of rows. Within a kind, categories and repeated numbers are independent and the
continuous values are jointly normal after a monotone transform of each column. All sums over absent values are closed
forms, so missing cells cost nothing and every answer is exact for the fitted model.

Reference: McLachlan and Peel, "Finite Mixture Models" (2000), chapters 2, 3 and 6.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...data.source import Source
from ...encode.table import SUBJECTS, TableCodec, sample_rows
from ...run import Run
from ...words import message
from ..base import Fitted, State
from .choose import Plan, choose, full_block, widen
from .components import Components
from .design import Design
from .em import Prior, em
from .fitted import MixtureFitted, reference_scores
from .settings import MixtureParams

__all__ = ["FAMILY", "Mixture", "MixtureParams"]

_SEARCH_ROWS = 8_000
_MOST_SPREADS = 50.0  # one value further out cannot decide a covariance; scores see it where it is
_BLOCK_CELLS = 500_000  # rows x columns encoded between two looks at whether the user has cancelled
_MAX_CELLS = 6_000_000  # rows x columns of the sample EM works on: bounds its memory to about 0.7 GB


class Mixture:
    """Family "mixture". Accepts tables."""

    key = "mixture"
    title = message("models.mixture.title")
    references = (
        "McLachlan and Peel, Finite Mixture Models (2000)",
        "Schwarz, Estimating the Dimension of a Model (1978)",
    )
    result = MixtureFitted
    Params = MixtureParams

    def __init__(self, params: MixtureParams | None = None) -> None:
        self.params: MixtureParams = params or MixtureParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> MixtureFitted:  # noqa: ARG002
        """Learn from all rows of the source (EM from at most `sample` of them).

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        settings = self.params
        run.progress(0.0, message("models.progress.reading"))
        codec, design, rows = self._read(source, run)
        prior = self._prior(design, codec)
        run.progress(0.05, message("models.progress.choosing"))
        first = self._first(design, prior, run.part(0.05, 0.5))
        run.progress(0.5, message("models.progress.fitting", components=len(first)))
        part = run.part(0.5, 0.9)
        components, _ = em(first, design, prior, part, passes=settings.passes, tolerance=settings.tolerance)
        components = components.take(np.argsort(-components.log_weights, kind="stable"))
        copies = codec.holding(source, rows, SUBJECTS, run)
        fitted = MixtureFitted(codec, components, np.zeros(0), settings, len(design), copies)
        if not run.reference:
            return fitted
        run.progress(0.9, message("models.progress.scoring"))
        return replace(fitted, reference=reference_scores(fitted, source, run.part(0.9, 1.0)))

    def _read(self, source: Source, run: Run) -> tuple[TableCodec, Design, NDArray[np.int64]]:
        """The codec, the sample EM works on, and which rows it is."""
        columns = max(len(source.schema.modelled), 1)
        most = min(self.params.sample, max(_MAX_CELLS // columns, 1_000))
        rows = sample_rows(source, most, run.rng("mixture", "sample"))
        sample = source.take(rows, source.schema.modelled)
        codec = TableCodec.fit(source, sample, self.params.transform, run)
        size, parts = max(_BLOCK_CELLS // columns, 64), []
        for begin in range(0, len(sample), size):
            run.check()
            block = sample.take(np.arange(begin, min(begin + size, len(sample))))
            parts.append(Design.of(codec.encode(block), codec).clipped(_MOST_SPREADS))
        design = Design.concat(parts)
        run.check()
        return codec, design, rows

    def _first(self, design: Design, prior: Prior, run: Run) -> Components:
        """Where the final EM starts: the best of what was tried on part of the rows."""
        settings = self.params
        rng = run.rng("mixture", "start")
        some = design
        if settings.components == 0 and len(design) > _SEARCH_ROWS:
            some = design.take(np.sort(rng.choice(len(design), _SEARCH_ROWS, replace=False)))
        plan = Plan(settings.components, settings.max_components, settings.covariance, len(design))
        first = choose(plan, some, prior, rng, run)
        if settings.covariance == "auto" and len(first.block):
            first = widen(first, np.union1d(first.block, full_block(design)))
        return first

    def _prior(self, design: Design, codec: TableCodec) -> Prior:
        """Pseudo-rows; a token never seen has the share of half a pseudo-row, at most of half a row."""
        unseen = 0.5 * min(self.params.pseudo, 1.0)
        shares, columns, seen = [], [], []
        for j, own in enumerate(codec.columns):
            smoothed = np.maximum(own.counts, unseen)
            shares.append(smoothed / smoothed.sum())
            columns.append(np.full(len(smoothed), j))
            seen.append(own.counts > 0)
        return Prior.of(
            design, np.concatenate(shares), np.concatenate(columns), np.concatenate(seen),
            pseudo=self.params.pseudo, shrinkage=self.params.shrinkage, ridge=self.params.ridge,
        )

    @classmethod
    def load(cls, state: State) -> MixtureFitted:
        """The fitted mixture that `state()` described."""
        return MixtureFitted.load(state)


FAMILY = Mixture
