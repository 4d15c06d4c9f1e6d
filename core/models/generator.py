"""Generator: the circuit's sibling for releases of strongly coupled numbers. It draws; it does not answer.

The same engine and the same sums as `circuit`, with regression leaves across columns, token tables chosen by an
earlier category, exact repetitions of an earlier value, and money on an arcsinh scale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data.source import Source
from ..encode.column import Grain
from ..encode.curves import levels_with_steps
from ..encode.numbers import NumberCodec
from ..encode.subjects import Subjects, grouped
from ..encode.table import Encoded, TableCodec, sample_rows
from ..params import Params, integer, real
from ..run import Run
from ..words import message
from ._parts import in_parts
from .base import Fitted, State
from .circuit.em import Plan
from .circuit.growing import Growth, batch_rows, grow
from .circuit.plan import money_space, residual_strengths, wire
from .circuit.reading import Stream
from .circuit.release import Generation, GeneratorFitted
from .circuit.slopes import Prior
from .circuit.tree import Tree
from .circuit.wiring import Wiring, wired_rows

__all__ = ["FAMILY", "Generator", "GeneratorParams"]

_SAMPLE_CELLS = 1_000_000
_ROWS_EACH, _ROWS_EACH_PLAIN = 100, 140
"""Rows of a hidden state; more where no number repeats a value, since there a row lies close to none but its own."""
_GRAIN = Grain(few=128, repeats=2.0, sharp=1.0, knots=256)
_SIMULATED, _SIMULATED_CELLS = 60_000, 2_000_000
_SCORED = 4_096
_KNOTS = 2_048
_LEAST_RECALIBRATED = 1_000


@dataclass(frozen=True)
class GeneratorParams(Params):
    """Settings of the generator."""

    trees: int = integer(4, low=1, high=64, help="Trees that are mixed.")
    states: int = integer(0, low=0, high=1_024, help="Hidden states per column; 0 chooses by the rows.")
    passes: int = integer(6, low=1, high=1_000, help="Passes over the rows, per tree.")
    mass: float = real(0.1, low=1e-6, high=1e3, help="Rows in overall shares added to each state's tables.")
    ridge: float = real(5.0, low=0.0, high=1e3, help="Rows of the common slopes added to each state's.")
    blur: float = real(0.1, low=1e-3, high=100.0, help="How much the start is blurred, in rows per row.")
    jitter: float = real(0.1, low=0.0, high=1.0, help="How much the trees' structures differ.")
    subjects: int = integer(5, low=1, high=1_000, help="Values held by fewer subjects are never kept or drawn.")


class Generator:
    """Family "generator". Accepts tables."""

    key = "generator"
    title = message("models.generator.title")
    references = (
        "Liu and Van den Broeck, Tractable Regularization of Probabilistic Circuits (arXiv:2106.02264)",
        "DeSarbo and Cron, A maximum likelihood methodology for clusterwise linear regression (1988)",
    )
    result = GeneratorFitted
    Params = GeneratorParams

    def __init__(self, params: GeneratorParams | None = None) -> None:
        self.params: GeneratorParams = params or GeneratorParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> GeneratorFitted:  # noqa: ARG002
        """Learn from all rows of the source.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        run.progress(0.0, message("models.progress.reading"))
        most = max(_SAMPLE_CELLS // max(len(source.schema.modelled), 1), 1_000)
        chosen = sample_rows(source, most, run.rng("generator", "sample"))
        sample = source.take(chosen, source.schema.modelled)
        fewest = self.params.subjects
        subjects = Subjects.of(source, chosen, fewest)
        codec = money_space(
            TableCodec.fit(source, sample, "normal", run, replace(_GRAIN, subjects=fewest), subjects=subjects)
        )
        encoded = codec.encode(sample)
        wiring = wire(codec, encoded, subjects.sampled, fewest)
        strengths = residual_strengths(wiring, encoded)
        levels: list[float] = []
        learning = replace(run.part(0.05, 0.85), on_partial=lambda p: levels.append(p["held_out"]))
        learning.progress(0.0, message("models.progress.learning", trees=self.params.trees))
        stream = Stream(
            source, codec.names, wiring.layout, lambda batch: wired_rows(wiring, codec.encode(batch)),
            subjects=subjects.rows,
        )
        trees = grow(stream, self._growth(source, codec), learning, strengths=strengths)
        wiring = _recalibrated(wiring, trees, _released(wiring, encoded, subjects.sampled, fewest), run)
        facts = {"rows": source.rows, "held_out": float(np.mean(levels))}
        fitted = GeneratorFitted(wiring, trees, np.zeros(0), self.params, facts)
        run.progress(0.85, message("models.progress.scoring"))
        return replace(fitted, reference=_reference(fitted, source, run.part(0.85, 1.0)))

    def _growth(self, source: Source, codec: TableCodec) -> Growth:
        settings = self.params
        each = _ROWS_EACH_PLAIN if _is_plain(codec) else _ROWS_EACH
        states = settings.states or int(np.clip(source.rows // each, 4, 128))
        batch = batch_rows(source.rows // 300, len(source.schema.modelled))
        plan = Plan(batch, settings.passes, patience=0)  # draws gain from passes that likelihood has no use for
        prior = Prior(settings.mass, 2.0, 0.5, 1e-3, settings.ridge)
        blur, jitter = settings.blur, settings.jitter
        return Growth("generator", settings.trees, states, prior, plan, blur, jitter, settings.subjects)

    @classmethod
    def load(cls, state: State) -> GeneratorFitted:
        """The fitted generator that `state()` described."""
        return GeneratorFitted.load(state, GeneratorParams)


def _is_plain(codec: TableCodec) -> bool:
    """Whether half of the columns or more are numbers, and none of these repeats a value."""
    repeats = any(len(codec.columns[j].counts) > 2 for j in codec.floating)
    return not repeats and 2 * len(codec.floating) >= len(codec.columns)


def _released(wiring: Wiring, encoded: Encoded, subjects: np.ndarray, fewest: int) -> list[np.ndarray]:
    """For each continuous value those of training that repeat no other cell, in the column's units, as means."""
    rows = wired_rows(wiring, encoded)
    found = []
    for slot, j in enumerate(wiring.codec.floating):
        own = wiring.layout.continuous[rows.places[:, j]]
        column = wiring.codec.columns[j]
        found.append(grouped(column.show(encoded.values[own, slot]), subjects[own], fewest))
    return found


def _recalibrated(wiring: Wiring, trees: tuple[Tree, ...], training: list[np.ndarray], run: Run) -> Wiring:
    """The wiring over curves that give the drawn values of each column the training column's quantiles.

    The marginal of a value that follows others has no closed form: it is simulated.
    """
    rng = run.rng("generator", "simulated")
    if not len(wiring.codec.floating):
        return wiring
    rows = min(_SIMULATED, _SIMULATED_CELLS // len(wiring.tokens)) // len(trees)
    plain = replace(wiring, heaps=(None,) * len(wiring.heaps))  # what lies on a heap lies at no quantile of its own
    parts = [Generation(plain, t.astype(np.float64)).cells(rows, rng) for t in trees]
    values, copied = (np.concatenate([p[i] for p in parts]) for i in (1, 2))
    columns: list[Any] = list(wiring.codec.columns)
    levels = [np.zeros(0) for _ in wiring.codec.floating]
    for slot, j in enumerate(wiring.codec.floating):
        column, x, heaps = columns[j], training[slot], wiring.heaps[slot]
        y = values[~copied[:, j] & ~np.isnan(values[:, slot]), slot]
        if isinstance(column, NumberCodec) and column.curve is not None and min(len(x), len(y)) > _LEAST_RECALIBRATED:
            held, unit = (heaps.held, heaps.unit) if heaps else (x[:0], 0.0)
            at, shares = levels_with_steps(x, held, unit, _KNOTS)
            curve = column.curve.through(at, np.quantile(y, shares))
            columns[j], levels[slot] = replace(column, curve=curve), np.searchsorted(np.sort(y), curve.y) / len(y)
    return replace(wiring, codec=replace(wiring.codec, columns=tuple(columns)), levels=tuple(levels))


def _reference(fitted: GeneratorFitted, source: Source, run: Run) -> np.ndarray:
    """(n,) scores of all rows of a source, in order."""
    return in_parts(lambda rows: fitted.score(source.take(rows, fitted.columns)).total, source.rows, _SCORED, run)


FAMILY = Generator
