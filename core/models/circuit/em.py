"""Stepwise EM: after each mini-batch of rows the counts forget a little and the parameters follow.

References: Cappé and Moulines, "On-line expectation-maximization algorithm for latent data models" (2009); Liang and
Klein, "Online EM for unsupervised models" (2009).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np

from ...run import Run, Signal
from .counting import accumulate
from .crowd import Crowd
from .passes import leaves, up
from .seen import Seen
from .slopes import Prior
from .tree import Counts, Layout, Rows, Structure, Tree

__all__ = ["Plan", "RowStream", "learn", "mean_log_likelihood", "settle"]

_DECAY = 0.75
_DELAY = 2
_LEAST_STEP = 0.25
_SCORED, _LEAST_SCORED, _SCORED_FLOATS = 1_024, 64, 2_000_000  # rows at a time, and of all their states
_PASS_ROWS = 100_000  # after so many rows the validation rows are asked, even in the middle of a long table
_LEAST_GAIN = 0.01  # nats a row below which another pass is not worth its time
_TOLD = 16


class RowStream(Protocol):
    """Rows that are read pass after pass, so that memory does not grow with them."""

    @property
    def rows(self) -> int:
        """How many there are."""
        ...

    def shuffled(self, rng: np.random.Generator) -> Iterator[Rows]:
        """All rows in random order, in parts."""
        ...


@dataclass(frozen=True)
class Plan:
    """How to learn.

    Args:
        batch: rows of a mini-batch.
        passes: most passes over the rows.
        patience: passes without a gain on the validation rows before it stops; 0: it makes all passes and keeps the
            last tree, whatever the validation rows say.
        solved: mini-batches between two solutions of the regressions.
    """

    batch: int
    passes: int
    patience: int
    solved: int = 4


def learn(  # noqa: PLR0917 - a start, the rows, and how
    structure: Structure, layout: Layout, counts: Counts, prior: Prior, train: RowStream, valid: Rows, plan: Plan,
    rng: np.random.Generator, run: Run, first_step: int = 0,
) -> tuple[Tree, float]:
    """The best tree by the validation rows, and their mean log likelihood under it.

    Raises:
        Cancelled: the user cancelled. With stop-and-keep it returns the best so far.
    """
    tree = Tree.update(counts, structure, layout, prior)
    best, best_level, worse, step = tree, mean_log_likelihood(tree, layout, valid, run), 0, first_step
    least = _LEAST_STEP * plan.batch / train.rows
    counts = counts.times(train.rows / float(counts.rows))
    length = -(-min(train.rows, _PASS_ROWS) // plan.batch)  # mini-batches between two looks at the validation rows
    batches = _mini_batches(train, plan.batch, rng)
    for at in range(plan.passes):
        part = run.part(at / plan.passes, (at + 1) / plan.passes)
        for place, rows in enumerate(islice(batches, length)):
            run.check()
            forgotten = counts.forget(max((step + _DELAY) ** -_DECAY, least) * len(rows) / plan.batch)
            accumulate(tree, layout, rows, counts, weight=forgotten / len(rows))
            step += 1
            keeps = bool(layout.regressors) and step % plan.solved > 0
            tree = Tree.update(counts, structure, layout, prior, tree if keeps else None)
            if place % _TOLD == 0:
                part.progress(place / length)
        level = mean_log_likelihood(tree, layout, valid, run)
        gain = level - best_level
        if gain > 0 or not plan.patience:
            best, best_level = tree, level
        worse = 0 if gain >= _LEAST_GAIN else worse + 1
        if worse >= (plan.patience or plan.passes) or run.signal() is Signal.STOP_AND_KEEP:
            break
    return best, best_level


def _mini_batches(stream: RowStream, batch: int, rng: np.random.Generator) -> Iterator[Rows]:
    """All rows in random order, again and again."""
    while True:
        for chunk in stream.shuffled(rng):
            for start in range(0, len(chunk), batch):
                yield chunk.take(slice(start, start + batch))


def mean_log_likelihood(tree: Tree, layout: Layout, rows: Rows, run: Run) -> float:
    """Nats a row."""
    total = 0.0
    size = int(np.clip(_SCORED_FLOATS // (len(layout) * tree.states), _LEAST_SCORED, _SCORED))
    for start in range(0, len(rows), size):
        run.check()
        part = rows.take(slice(start, start + size))
        seen = Seen.of(tree, layout, part)
        total += float(up(tree, *leaves(tree, layout, part, seen), seen.ends, keep=False).log_likelihood.sum())
    return total / max(len(rows), 1)


def settle(  # noqa: PLR0917 - as learn
    tree: Tree, layout: Layout, prior: Prior, stream: RowStream, batch: int, rng: np.random.Generator, run: Run,
    fewest: int = 0,
) -> Tree:
    """One step of EM over all rows at once: what is left of the last mini-batches' chance averages out.

    After it the shares of each column's tokens are those of the rows, but for the prior; and no state is left that
    was made of fewer than `fewest` subjects, for rows that say whom they are about.
    """
    counts, done = Counts.zeros(layout, tree.states), 0
    crowd = Crowd.zeros(layout, tree.states) if fewest else None
    for chunk in stream.shuffled(rng):
        for start in range(0, len(chunk), batch):
            run.check()
            accumulate(tree, layout, chunk.take(slice(start, start + batch)), counts, crowd)
        done += len(chunk)
        run.progress(done / stream.rows)
    settled = Tree.update(counts, tree.structure, layout, prior)
    return crowd.forget(settled, counts, layout, prior, fewest) if crowd else settled
