"""Score a source: a row's anomaly score, rank, p-value where one exists, and whether the model learned from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..data.match import there
from ..data.source import Source
from ..data.split import split
from ..models.base import Fitted
from ..models.scoring import in_parts, score_rows
from ..run import Run
from ..stats.bins import even_edges
from ..stats.tails import Pareto
from ..words import message
from .calibrate import Basis, conformal_p_values, drift, no_p_values

__all__ = [
    "READINGS", "SORTS", "RunScores", "Scorable", "histogram", "rank_rows", "read_apart", "score_source", "tells_apart",
]

_BATCH = 1_024  # rows read apart between two looks at whether the user has cancelled
_DTYPES = {
    "score": "<f8", "p_value": "<f8", "rank": "<i8", "in_sample": "|u1", "value": "<f8", "combination": "<f8",
    "context": "<f8",
}
READINGS = ("value", "combination")
"""What some models read beside the total: how unusual single values are, and how unusual they are together."""
SORTS = ("score", *READINGS, "context")
"""What rows can be ordered by, where a run has it."""


class Scorable(Protocol):
    """What scoring needs of a fit bundle."""

    @property
    def ranks(self) -> Fitted:
        """The part that gives scores."""
        ...

    @property
    def record(self) -> Mapping[str, Any]:
        """With "source" (fingerprint of the table it learned from), "reference" ("clean" or "mixed") and "split"."""
        ...

    @property
    def calibration(self) -> NDArray[np.float64]:
        """(m,) scores of the calibration rows, ascending."""
        ...

    @property
    def train_index(self) -> NDArray[np.int64]:
        """Rows of that table it learned from, ascending."""
        ...

    @property
    def train_scores(self) -> NDArray[np.float64]:
        """Their scores, each computed without the row itself."""
        ...


@dataclass(frozen=True, eq=False)
class RunScores:
    """The result of scoring n rows, in the source's order.

    Args:
        score: (n,) float64, higher = more anomalous, in the model's `unit`.
        p_value: (n,) conformal p-values; NaN where no calibration on ordinary rows exists.
        rank: (n,) int64, 1 = most anomalous; ties go to the row that comes first.
        in_sample: (n,) uint8, 1 where the model learned from the row; its score is then the self-excluded one.
        value, combination: (n,) how unusual single values are and how unusual they are together, where a part of the
            fit tells them apart.
        context: (n,) nats that the context columns add to the surprise of the others, where there are any.
        basis: what the p-values rest on, or why there are none.
    """

    score: NDArray[np.float64]
    p_value: NDArray[np.float64]
    rank: NDArray[np.int64]
    in_sample: NDArray[np.uint8]
    value: NDArray[np.float64] | None = None
    combination: NDArray[np.float64] | None = None
    context: NDArray[np.float64] | None = None
    basis: Basis = field(default_factory=Basis)

    @property
    def has_p_values(self) -> bool:
        """Whether any row has one."""
        return bool(np.isfinite(self.p_value).any())

    @property
    def typical(self) -> float:
        """Median score; 0 for no rows."""
        return float(np.median(self.score)) if len(self.score) else 0.0

    def blobs(self) -> dict[str, bytes]:
        """The arrays as little-endian bytes, as a project stores them."""
        found = {name: getattr(self, name) for name in _DTYPES}
        return {name: a.astype(_DTYPES[name]).tobytes() for name, a in found.items() if a is not None}

    @classmethod
    def from_blobs(cls, blobs: Mapping[str, bytes]) -> RunScores:
        """The scores that `blobs` wrote."""
        found: dict[str, Any] = {name: np.frombuffer(blob, dtype=_DTYPES[name]) for name, blob in blobs.items()}
        return cls(**found)


def score_source(bundle: Scorable, source: Source, run: Run | None = None) -> RunScores:
    """Score every row of a source, batch by batch.

    When the source is the very table the bundle learned from, training rows get their stored self-excluded scores
    and are marked in-sample, and calibration rows are compared with the *other* calibration rows.

    Args:
        bundle: the fit.
        source: what to score; columns it lacks are left out, and then there are no p-values: the calibration rows
            were scored with all columns.
        run: progress and cancelling.
    """
    run = run or Run()
    names = there(source, bundle.ranks.columns)
    scores = np.empty(source.rows)
    in_sample = np.zeros(source.rows, dtype=np.uint8)
    own = np.zeros(source.rows, dtype=bool)
    is_own = bundle.record.get("source") == source.fingerprint
    if is_own:
        scores[bundle.train_index] = bundle.train_scores
        in_sample[bundle.train_index] = 1
    rows = np.flatnonzero(in_sample == 0)
    run.progress(0.0, message("detect.scoring", rows=len(rows)))
    scores[rows] = score_rows(bundle.ranks, source, run, rows)
    if is_own:
        own[_calibration_rows(bundle.record.get("split", {}), source)] = True
    is_whole = len(names) == len(bundle.ranks.columns)
    basis = _basis(bundle, scores, is_own=is_own, is_whole=is_whole)
    p_values = no_p_values(len(scores)) if basis.lack else conformal_p_values(bundle.calibration, scores, own)
    return RunScores(scores, p_values, rank_rows(scores), in_sample, basis=basis)


def _basis(bundle: Scorable, scores: NDArray[np.float64], *, is_own: bool, is_whole: bool) -> Basis:
    """What p-values rest on. The calibration rows were drawn by lot from the fit's own table: it cannot drift."""
    calibration = bundle.calibration
    if bundle.record.get("reference") != "clean":
        return Basis(lack="mixed")
    if not is_whole:
        return Basis(lack="columns")
    shift = 0.0 if is_own else drift(calibration, scores)
    return Basis(len(calibration), Pareto.of(calibration), "drift" if shift else "", shift)


def read_apart(
    part: Fitted, source: Source, run: Run | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How unusual each row's single values are, and how unusual they are together.

    Args:
        part: a model that tells the two apart.
        source: n rows.
        run: progress and cancelling.

    Returns:
        (n,) and (n,).
    """
    run = run or Run()
    run.progress(0.0, message("detect.reading", rows=source.rows))
    names = there(source, part.columns)

    def read(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        found = part.score(source.take(rows, names))
        assert found.value is not None
        assert found.combination is not None
        return np.stack([found.value, found.combination], axis=1)

    both = in_parts(read, source.rows, _BATCH, run).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def tells_apart(part: Fitted, source: Source) -> bool:
    """Whether a model has both readings of such rows."""
    rows = np.arange(min(source.rows, 1))
    found = part.score(source.take(rows, there(source, part.columns)))
    return found.value is not None and found.combination is not None


def _calibration_rows(made: Mapping[str, Any], source: Source) -> NDArray[np.int64]:
    """Positions of the calibration rows, by dealing the rows out again as the fit did.

    Empty when the deal cannot be repeated: those rows are then compared with themselves too, on the safe side.
    """
    nowhere = np.zeros(0, dtype=np.int64)
    if not {"seed", "subject", "shares", "fingerprint"} <= set(made):
        return nowhere
    if made["subject"] is not None and made["subject"] not in source.schema.names:
        return nowhere
    again = split(source, made["seed"], made["subject"], tuple(made["shares"]))
    return again.calibration if again.fingerprint == made["fingerprint"] else nowhere


def rank_rows(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) place of each row, 1 = highest score; ties go to the row that comes first, NaN comes last."""
    order = np.argsort(-scores, kind="stable")
    rank = np.empty(len(scores), dtype=np.int64)
    rank[order] = np.arange(1, len(scores) + 1)
    return rank


def histogram(scores: NDArray[np.float64], bins: int = 60) -> dict[str, Any]:
    """Counts of scores in equal bins, as a picture needs them.

    A handful of extreme scores would squeeze all others into one bar; so the last bar holds everything from its lower
    edge upwards when the top 0.05 % of rows (at least 5) would need more than half of the width.

    Returns:
        {"edges": bins + 1 rising numbers, "counts": bins whole numbers, "open": whether the last bar is open}.
    """
    finite = np.sort(scores[np.isfinite(scores)])
    if not len(finite):
        return {"edges": [0.0, 1.0], "counts": [0], "open": False}
    low, high = float(finite[0]), float(finite[-1])
    if low == high:
        return {"edges": [low, low + max(abs(low), 1.0) * 1e-3], "counts": [len(finite)], "open": False}
    inner = float(finite[max(len(finite) - 1 - max(5, len(finite) // 2000), 0)])
    is_open = low < inner and (high - inner) > (inner - low)
    edges = even_edges(low, inner + (inner - low) / bins if is_open else high, bins)
    counts, _ = np.histogram(np.minimum(finite, edges[-1]), edges)
    return {"edges": edges.tolist(), "counts": counts.tolist(), "open": is_open}
