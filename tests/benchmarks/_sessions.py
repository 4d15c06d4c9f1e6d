"""Simulated review sessions: a reviewer who knows the label, a way to order the queue, and what each verdict does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from core.data.frame import from_pandas
from core.detect.council import CouncilFitted
from core.detect.engine import Council, CouncilParams
from core.detect.scores import rank_rows
from core.models.forest import Forest
from core.models.scoring import total
from core.review.feedback import NOISE, Grounds, Learner, rank_surprise
from core.review.remaining import FIFTH, UNIFORM
from core.run import Run

from .detection import capped

SIZE = 5  # rows of a planted entity
PURE = 0.7  # share of the anomalies that stand in entities of their own
EVERY = 20  # one review in so many is of a row drawn at random


@dataclass(frozen=True, eq=False)
class Table:
    """A labelled set as a session sees it, its rows shuffled: ties must not leak the order of the file.

    Args:
        name: of the set.
        x: (n, d) standardised columns.
        label: (n,) True = anomaly.
        rank: (n,) by the mixed council, 1 = most unusual.
        grounds: what the learner knows.
    """

    name: str
    x: np.ndarray
    label: np.ndarray
    rank: np.ndarray
    grounds: Grounds

    def with_entities(self, seed: int) -> Grounds:
        """Grounds with planted entities of five: most anomalies in pure ones, all other rows dealt out by lot."""
        rng = np.random.default_rng(seed)
        odd = rng.permutation(np.flatnonzero(self.label))
        pure = odd[: int(PURE * len(odd)) // SIZE * SIZE]
        rest = rng.permutation(np.setdiff1d(np.arange(len(self.label)), pure))
        codes = np.empty(len(self.label), dtype=np.int64)
        codes[np.concatenate([pure, rest])] = np.arange(len(self.label)) // SIZE
        return Grounds(self.grounds.leaves, self.grounds.surprise, self.grounds.members, (codes,))


def read(file: Path, seed: int, cap: int) -> Table:
    """One set with its council and its forest of this seed."""
    frame = capped(pd.read_parquet(file), cap).sample(frac=1, random_state=seed).reset_index(drop=True)
    label = frame["anomaly"].to_numpy().astype(bool)
    values = frame.drop(columns="anomaly").astype(float)
    source, run = from_pandas(values), Run(seed=seed)
    council = Council(CouncilParams(reference="mixed")).fit(source, run)
    forest = Forest().grow(source, run)
    batch = source.take(np.arange(source.rows), source.schema.modelled)
    engines = [*_surprises(council, batch), total(forest, batch)]
    members = np.stack([rank_surprise(rank_rows(s), len(s)) for s in engines], axis=1).astype(np.float32)
    rank = rank_rows(council.reference)
    x = values.to_numpy()
    spread = x.std(axis=0)
    x = np.clip((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1), -20, 20)
    grounds = Grounds(forest.ends(batch).astype(np.uint8), rank_surprise(rank, len(rank)), members)
    return Table(file.stem, x, label, rank, grounds)


def _surprises(council: CouncilFitted, batch: object) -> list[np.ndarray]:
    return [member.surprise(batch) for member in council.members]


class Order(Protocol):
    """A way to order the queue."""

    def hear(self, row: int, verdict: bool) -> None:
        """A verdict was given."""

    @property
    def score(self) -> np.ndarray:
        """(n,) highest first."""

    @property
    def expected(self) -> np.ndarray:
        """(n,) what is noted before a verdict."""


class Static:
    """The ranking alone."""

    def __init__(self, table: Table) -> None:
        self.score = self.expected = -table.rank.astype(float)

    def hear(self, row: int, verdict: bool) -> None:
        """Nothing changes."""


class Naive:
    """The ranking up to the first hit; then nearest to a confirmed anomaly, for its distance to a normal row."""

    def __init__(self, table: Table) -> None:
        self.x, self.score = table.x, -table.rank.astype(float)
        self.near = {True: np.full(len(self.x), np.inf), False: np.full(len(self.x), np.inf)}

    @property
    def expected(self) -> np.ndarray:
        """The score."""
        return self.score

    def hear(self, row: int, verdict: bool) -> None:
        """Distances to the nearest of each."""
        away = np.sqrt(np.square(self.x - self.x[row]).sum(axis=1))
        self.near[verdict] = np.minimum(self.near[verdict], away)
        hit, none = self.near[True], self.near[False]
        if np.isfinite(hit).all():
            self.score = none / (none + hit + 1e-12) if np.isfinite(none).all() else -hit


class Ours:
    """The learner."""

    def __init__(self, grounds: Grounds, noise: float = NOISE) -> None:
        self.learner, self.pairs = Learner(grounds, noise), []

    def hear(self, row: int, verdict: bool) -> None:
        """Learn it."""
        self.pairs.append((row, float(verdict)))
        self.learner.learn(self.pairs)

    @property
    def score(self) -> np.ndarray:
        """What it asks for first."""
        return self.learner.order

    @property
    def expected(self) -> np.ndarray:
        """What it expects."""
        return self.learner.expected


@dataclass(frozen=True)
class Step:
    """A review: the row, its score before the verdict, the verdict, and how it was drawn."""

    row: int
    score: float
    verdict: bool
    control: str = ""


def session(
    order: Order, label: np.ndarray, reviews: int, error: float, rng: np.random.Generator, *, has_control: bool = False,
    then: Callable[[Sequence[Step], np.ndarray], None] = lambda steps, is_open: None,
) -> list[Step]:
    """Review after review, each of the row that stands first.

    Args:
        order: of the queue.
        label: what a reviewer who never errs would say.
        reviews: how many.
        error: share of wrong verdicts.
        rng: the reviewer's slips, and the control rows.
        has_control: one row in twenty is drawn at random instead, by turns from all rows and from the first fifth.
        then: told of all steps so far and which rows are open, after each.
    """
    is_open, steps = np.ones(len(label), dtype=bool), []
    for at in range(min(reviews, len(label))):
        score, expected = order.score, order.expected
        control = (UNIFORM, FIFTH)[at // EVERY % 2] if has_control and at % EVERY == EVERY - 1 else ""
        rows = np.flatnonzero(is_open)
        if control:
            rows = rows[np.argsort(-score[rows])][: max(len(rows) // 5, 1)] if control == FIFTH else rows
            row = int(rng.choice(rows))
        else:
            row = int(rows[score[rows].argmax()])
        verdict = bool(label[row]) != bool(error and rng.random() < error)
        steps.append(Step(row, float(expected[row]), verdict, control))
        is_open[row] = False
        order.hear(row, verdict)
        then(steps, is_open)
    return steps


def found(steps: Sequence[Step], label: np.ndarray, reviews: int) -> float:
    """Share of the anomalies that could have been found in so many reviews."""
    return float(label[[s.row for s in steps[:reviews]]].sum() / min(reviews, label.sum()))
