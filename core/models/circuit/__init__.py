"""Circuit: a mixture of hidden Chow-Liu trees. One exact model that scores, explains, answers and draws.

Reading order: `tree` (the model), `passes` (up and down), `em` (learning), `circuit` (the mixture), then what is asked
of it: `cells`, `evidence`, `answers`, `sampling`, `filling`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.batch import CODED, Batch
from ...data.schema import Kind
from ...data.source import Source
from ...encode.column import Grain
from ...encode.table import SUBJECTS, TableCodec, sample_rows
from ...run import Run
from ...words import message
from .._parts import in_parts
from ..base import Fitted, State
from .circuit import Circuit as HiddenTrees
from .em import Plan
from .fitted import CircuitFitted, Ranking
from .growing import Growth, batch_rows, grow
from .marginals import recalibrated
from .reading import Stream
from .settings import CircuitParams
from .slopes import Prior
from .storage import rounded

__all__ = ["FAMILY", "Circuit", "CircuitParams"]

_CODEC_CELLS = 6_000_000
_FINE = Grain(few=128, repeats=2.0, sharp=1.0, knots=256)
_SMOOTH = Grain(few=0, spikes=False)
_CHECKED, _CHECKED_CELLS, _LEAST_CHECKED = 2_000, 250_000, 200  # rows that say whether 16 bits suffice
_MOST_EDGES = 8_000_000  # d * H * H floats per tree: bounds memory and time of wide tables
_SCORED = 4_096
_LONG = 100_000  # rows from which time, not fidelity, decides the states of number tables and how often rows are read
_PASSES, _SMOOTH_PASSES = 12, 6
_SHORT = 25_000  # rows that are read in all passes
_TREE_ROWS = 200_000  # a tree learns from
_BESIDE_ROWS = 50_000  # the same, in a long table that another model ranks: twice as many gain .4 % of its nats


class Circuit:
    """Family "circuit". Accepts tables."""

    key = "circuit"
    title = message("models.circuit.title")
    references = (
        "Liu and Van den Broeck, Tractable Regularization of Probabilistic Circuits (arXiv:2106.02264)",
        "Chow and Liu, Approximating discrete probability distributions with dependence trees (1968)",
        "Cappé and Moulines, On-line expectation-maximization algorithm for latent data models (2009)",
    )
    result = CircuitFitted
    Params = CircuitParams

    def __init__(self, params: CircuitParams | None = None) -> None:
        self.params: CircuitParams = params or CircuitParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> CircuitFitted:
        """Learn from all rows of the source, or go on learning from them after `start`.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        run.progress(0.0, message("models.progress.reading"))
        before = start if isinstance(start, CircuitFitted) else None
        smooth = self._is_smooth(source) if before is None else bool(before.rankings)
        most = 0.9 if source.rows < _LONG else 0.6  # of the time learning takes; the rest goes into scoring all rows
        most = most if run.reference else 1.0
        share = most / 2 if smooth else most
        levels: list[float] = []

        def partial(found: dict[str, Any]) -> None:
            levels.append(found["held_out"])
            run.on_partial(found)

        learning = replace(run, on_partial=partial)
        learning.progress(0.02, message("models.progress.learning", trees=self.params.trees))
        codec = before.circuit.codec if before else self._codec(source, "normal", _FINE, run)
        known = before.circuit.trees if before else ()
        growth = self._growth(source, self._tree_rows(source, run))
        trees = grow(Stream.of(source, codec), growth, learning.part(0.02, share), known)
        circuit = HiddenTrees(codec, trees)
        circuit = circuit if before else recalibrated(circuit)
        few = max(_CHECKED_CELLS // max(len(codec.columns), 1), _LEAST_CHECKED)
        checked = Stream.of(source, circuit.codec).some(min(few, _CHECKED), run.rng("circuit", "rounding"))
        circuit, half = rounded(circuit, checked) if self.params.half == "auto" else (circuit, False)
        learned = min(source.rows, self._tree_rows(source, run))
        facts = {"rows": source.rows, "learned": learned, "held_out": float(np.mean(levels)), "half": half}
        rankings = self._rankings(source, run.part(share, most)) if smooth else ()
        copies = before.copies if before else circuit.codec.holding(source, _sample(source, run), SUBJECTS, run)
        fitted = CircuitFitted(circuit, rankings, np.zeros(0), self.params, facts, copies)
        if not run.reference:
            return fitted
        run.progress(most, message("models.progress.scoring"))
        return replace(fitted, reference=_scored(fitted.total, fitted.columns, source, run.part(most, 1.0)))

    def _codec(self, source: Source, transform: str, grain: Grain, run: Run) -> TableCodec:
        rows = _sample(source, run)
        return TableCodec.fit(source, source.take(rows, source.schema.modelled), transform, run, grain)

    def _tree_rows(self, source: Source, run: Run) -> int:
        usual = _TREE_ROWS if run.reference or source.rows < _LONG else _BESIDE_ROWS
        return self.params.tree_rows or usual

    def _growth(self, source: Source, tree_rows: int) -> Growth:
        settings = self.params
        modelled = [c for c in source.schema if c.is_modelled]
        numbers = sum(c.kind not in CODED for c in modelled)
        usual = 256 if 2 * numbers > len(modelled) and source.rows < _LONG else 128
        states = settings.states or _bounded(source.rows // 50, usual, len(modelled))
        batch = settings.batch or batch_rows(source.rows // 300, len(modelled))
        plan = Plan(batch, settings.passes or _passes(source.rows, _PASSES), settings.patience)
        prior = Prior(settings.mass, 1.0, settings.variance)
        return Growth(
            "main", settings.trees, states, prior, plan, settings.blur, settings.jitter, sample=tree_rows
        )

    def _is_smooth(self, source: Source) -> bool:
        """Whether smooth circuits rank: where all columns are numbers, the sharp leaves of the main one rank worse."""
        if self.params.smooth != "auto":
            return self.params.smooth == "yes"
        return all(c.kind in (Kind.NUMBER, Kind.INTEGER) for c in source.schema if c.is_modelled)

    def _rankings(self, source: Source, run: Run) -> tuple[Ranking, ...]:
        """Two circuits of two trees: in standardised values with wide normals, and in normal scores."""
        found = []
        trees = max(self.params.trees // 2, 1)
        columns = len(source.schema.modelled)
        batch = batch_rows(source.rows // 200, columns)
        for i, (transform, floor, rows) in enumerate((("standard", 0.3, 10), ("normal", 0.05, 40))):
            part = replace(run.part(i / 2, (i + 1) / 2), on_partial=lambda _: None)  # the main trees are told
            growing, spread = part.part(0.0, 0.9), part.part(0.9, 1.0)
            codec = self._codec(source, transform, _SMOOTH, part)
            states = _bounded(source.rows // rows, 256 if source.rows < _LONG else 128, columns)
            prior = Prior(self.params.mass, 1.0, 0.1, floor)
            plan = Plan(batch, _passes(source.rows, _SMOOTH_PASSES), 2)
            growth = Growth(
                transform, trees, states, prior, plan, 1.0, self.params.jitter, sample=self._tree_rows(source, run)
            )
            circuit = HiddenTrees(codec, grow(Stream.of(source, codec), growth, growing))
            levels = _scored(Ranking(circuit, 0.0, 1.0).surprise, codec.names, _some(source, part), spread)
            found.append(Ranking(circuit, float(levels.mean()), max(float(levels.std()), 1e-9)))
        return tuple(found)

    @classmethod
    def load(cls, state: State) -> CircuitFitted:
        """The fitted circuit that `state()` described."""
        return CircuitFitted.load(state)


def _sample(source: Source, run: Run) -> NDArray[np.int64]:
    """Rows that codecs are made from."""
    most = max(_CODEC_CELLS // max(len(source.schema.modelled), 1), 1_000)
    return sample_rows(source, most, run.rng("circuit", "sample"))


def _bounded(states: int, most: int, columns: int) -> int:
    """At least 4 states, at most so many, fewer in wide tables."""
    return int(np.clip(states, 4, min(most, max(int((_MOST_EDGES / max(columns, 1)) ** 0.5), 16))))


def _passes(rows: int, most: int) -> int:
    """So many passes, fewer over a long table's rows, by the square: more rows say more, and take more time."""
    return max(min(most * _SHORT**2 // rows**2, most), 1)


def _some(source: Source, run: Run) -> Source:
    """Enough rows for a mean and a spread."""
    if source.rows <= _LONG:
        return source
    return source.subset(sample_rows(source, _LONG, run.rng("circuit", "spread")))


def _scored(
    score: Callable[[Batch], np.ndarray], columns: tuple[str, ...], source: Source, run: Run
) -> np.ndarray:
    """(n,) scores of all rows of a source, in order."""
    size = _SCORED if source.rows < _LONG else 2 * _SCORED  # the more rows, the more of them have cells in common
    score(source.take(np.zeros(1, dtype=np.int64), columns))  # what is worked out once, before threads
    return in_parts(lambda rows: score(source.take(rows, columns)), source.rows, size, run)


FAMILY = Circuit
