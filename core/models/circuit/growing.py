"""From rows to a mixture of trees: structure, start, EM; tree after tree, or one per core."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np
from numpy.typing import NDArray

from ...run import Run, Signal
from ...words import message
from .._parts import side_by_side
from .em import Plan, learn, settle
from .reading import Stream
from .relations import bins_of, chow_liu, mutual_information
from .slopes import Prior
from .start import cluster, first_counts
from .tree import Counts, Tree

__all__ = ["Growth", "batch_rows", "grow", "related"]

Floats = NDArray[np.float64]

_RELATED_CELLS = 2_000_000
_MOST_RELATED = 20_000
_CLUSTERED = 8_000
_VALID, _MOST_VALID = 0.1, 20_000
_SETTLE_ROWS = 128
_MOST_SETTLED = 200_000
_LONG, _LONG_SETTLED = 80_000, 20_000  # a long table's last mini-batches hold little chance that must be averaged out


@dataclass(frozen=True)
class Growth:
    """How trees are grown.

    Args:
        name: of the random streams.
        trees: how many.
        states: H.
        prior: pseudo-counts.
        plan: of EM.
        blur: of the start, in rows per row.
        jitter: standard deviation of the factors that make structures differ.
        fewest: subjects that a state is learned from; 0: a state may remember a single row.
        sample: rows that a tree learns from at most, drawn anew for each; 0: all.
    """

    name: str
    trees: int
    states: int
    prior: Prior
    plan: Plan
    blur: float
    jitter: float
    fewest: int = 0
    sample: int = 0


def grow(
    stream: Stream, growth: Growth, run: Run, before: tuple[Tree, ...] = (), strengths: Floats | None = None
) -> tuple[Tree, ...]:
    """Trees of the stream's rows. Stop-and-keep ends with the trees there are, at least one.

    Args:
        stream: the rows.
        growth: how.
        run: for chance, threads, progress and signals.
        before: continue from these trees.
        strengths: (d, d) what the trees' structures follow; None: the mutual information of the rows.
    """
    ties = related(stream, run.rng("circuit", growth.name)) if strengths is None else strengths
    ready = count(1)

    def one(r: int, part: Run) -> Tree | None:
        if r > 0 and part.signal() is Signal.STOP_AND_KEEP:
            return None
        own = part.rng("circuit", growth.name, str(r))
        noise = 1 + growth.jitter * own.standard_normal(ties.shape)
        tree = before[r % len(before)] if before else None
        grown, level = _tree(stream, ties, noise, growth, own, part, tree)
        kept = {"trees": next(ready), "of": growth.trees}
        part.on_partial({**kept, "held_out": level, "text": message("models.circuit.kept", **kept)})
        return grown

    trees = side_by_side([partial(one, r) for r in range(growth.trees)], run)
    return tuple(t for t in trees if t is not None)


def batch_rows(wanted: int, columns: int) -> int:
    """Rows of a mini-batch: 16 to 256, and in wide tables no fewer than a quarter of the columns, up to 128.

    What a mini-batch costs by itself grows with the columns; rows must share it.
    """
    return int(np.clip(wanted, np.clip(columns // 4, 16, 128), 256))


def related(stream: Stream, rng: np.random.Generator) -> Floats:
    """(d, d) mutual information of the columns, on a sample."""
    most = min(_MOST_RELATED, _RELATED_CELLS // max(len(stream.columns), 1))
    return mutual_information(*bins_of(stream.layout, stream.some(max(most, 500), rng)))


def _tree(  # noqa: PLR0917 - one tree's ingredients
    stream: Stream, strengths: Floats, noise: Floats, growth: Growth, rng: np.random.Generator, run: Run,
    before: Tree | None,
) -> tuple[Tree, float]:
    layout = stream.layout
    order = rng.permutation(stream.rows)
    order = order[: growth.sample or len(order)]
    held = min(int(_VALID * len(order)), _MOST_VALID)
    valid, train = stream.read(np.sort(order[:held])), stream.subset(np.sort(order[held:]))
    structure = before.structure if before else chow_liu(strengths, noise)
    if before is None:
        some = train.some(_CLUSTERED, rng)
        labels = cluster(layout, some, growth.states, rng, run)
        counts = first_counts(layout, some, labels, growth.states, growth.blur, rng)
    else:
        counts = Counts.of(before, layout, len(order))
    most = 0.9 * growth.plan.passes / (growth.plan.passes + 1)
    first = len(order) // growth.plan.batch if before else 0  # what was learned counts as one pass already made
    best, level = learn(
        structure, layout, counts, growth.prior, train, valid, growth.plan, rng, run.part(0.0, most), first
    )
    ending = run.part(most, 1.0)
    enough = _LONG_SETTLED if stream.rows > _LONG and not growth.fewest else _MOST_SETTLED  # subjects must be counted
    last = stream.subset(np.sort(order[:enough])) if min(enough, len(order)) < stream.rows else stream
    settled = settle(best, layout, growth.prior, last, _SETTLE_ROWS, rng, ending, growth.fewest)
    return settled, level
