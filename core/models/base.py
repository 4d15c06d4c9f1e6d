"""The contract of models: `Family` fits, `Fitted` answers.

A family is one file of this package with a class `FAMILY`. What a fitted model can do beyond scoring is which of the
protocols below it satisfies (`isinstance(fitted, Explains)`): there is no second list of capabilities.

Rules, tested over every family in tests/contract:
higher scores are more anomalous; a row's score does not depend on the other rows of the call (1e-9 relative); the same
seed gives the same fit; a loaded model answers as the saved one did; cancelling takes under a second; progress never
falls; only columns of `schema.modelled` are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..data.conditions import Where
from ..data.source import Source
from ..params import Params as ParamSet
from ..registry import Registry
from ..run import Run
from ..words import Message

__all__ = [
    "FAMILIES", "Answer", "Answers", "Cells", "Describes", "Discreet", "Draws", "Edge", "Expected", "Explains",
    "Family", "Fills", "Fitted", "Marginal", "Proposes", "RareValues", "Readings", "Relates", "Releases", "Scorer",
    "State", "Totals", "capabilities", "unit_words",
]

_RAREST = 6.0
"""Nats of surprise beyond which a value alone is as odd as any that does not belong to its column."""


@dataclass(frozen=True, eq=False)
class Readings:
    """Anomaly scores of n rows, higher = more anomalous.

    Args:
        total: (n,) float64 in the model's `unit`.
        value: (n,) how unusual single values are (marginal tails), or None.
        combination: (n,) how unusual they are together, or None.
    """

    total: NDArray[np.float64]
    value: NDArray[np.float64] | None = None
    combination: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Expected:
    """What the model expected in one cell, given the other cells of its row.

    Args:
        low, high: middle 95 % of the conditional distribution, in the column's units (microseconds for dates); None
            for categories.
        values: likeliest values with their probabilities, likeliest first (categories, spikes, missing as None).
        best: expected value (mean or likeliest), as float or text.
    """

    low: float | None = None
    high: float | None = None
    values: tuple[tuple[str | Message | None, float], ...] = ()
    best: float | str | None = None


@dataclass(frozen=True, eq=False)
class Cells:
    """Which cells of k rows are surprising.

    Args:
        columns: the d modelled columns the rows have.
        surprise: (k, d) nats: -log p(cell | rest of the row).
        typical: (k, d) nats: expected surprise of the cell under the model (its conditional entropy).
        alone: (k, d) nats: -log p(cell), as if nothing were known of the rest of the row.
        expected: k tuples of d; made when looked at, where they are many.
    """

    columns: tuple[str, ...]
    surprise: NDArray[np.float64]
    typical: NDArray[np.float64]
    alone: NDArray[np.float64]
    expected: Sequence[tuple[Expected, ...]]

    @property
    def excess(self) -> NDArray[np.float64]:
        """(k, d) nats of surprise above what is usual for such a value in such a place; orders reasons.

        If one cell of a row was exchanged for another of its column, the odds that it was this one are
        p(cell) / p(cell | rest): its surprise above the one it has alone. That is two parts of three, its surprise
        above the typical one the third: a value rare by itself is a reason too. No value counts as rarer alone than
        e^-6, since a slip of the pen writes what no column holds.
        """
        usual: NDArray[np.float64] = (2 * np.minimum(self.alone, _RAREST) + self.typical) / 3
        return self.surprise - usual

    def without(self, columns: Collection[str]) -> Cells:
        """The cells of the other columns."""
        kept = [j for j, name in enumerate(self.columns) if name not in columns]
        if len(kept) == len(self.columns):
            return self
        return Cells(
            tuple(self.columns[j] for j in kept), self.surprise[:, kept], self.typical[:, kept], self.alone[:, kept],
            tuple(tuple(row[j] for j in kept) for row in self.expected),
        )


@dataclass(frozen=True, eq=False)
class State:
    """A fitted model as data: written as JSON and safetensors, never pickled.

    Args:
        version: of this family's format.
        json: plain values.
        arrays: name -> array.
    """

    version: int
    json: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@runtime_checkable
class Fitted(Protocol):
    """A fitted model. Immutable."""

    @property
    def family(self) -> str:
        """Key of the family that fitted it."""
        ...

    @property
    def unit(self) -> str:
        """Unit of the total score: "nats", "distance", "squared error" or "surprise"."""
        ...

    @property
    def reference(self) -> NDArray[np.float64]:
        """(n,) scores of the training rows, in source order, each computed without itself where that matters.

        A fit that was told that nobody wants them may have none.
        """
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        ...

    def score(self, batch: Any) -> Readings:
        """Anomaly scores of the batch's rows, by the columns it has.

        A column that is absent is left out, as if it had never been asked for; that is not a missing cell, which is a
        value like any other. Such scores compare among themselves, not with those of all columns.
        """
        ...

    def state(self) -> State:
        """Everything `load` needs."""
        ...


@runtime_checkable
class Totals(Protocol):
    """A model whose total alone costs a fraction of all its readings."""

    def total(self, batch: Any) -> NDArray[np.float64]:
        """(n,) the total that `score` reads."""
        ...


@runtime_checkable
class Describes(Protocol):
    """A model that settled something by itself which its settings do not say."""

    def learned(self) -> tuple[Message, ...]:
        """What it settled, a few words each: how many components it chose, how many rows it keeps."""
        ...


@runtime_checkable
class Explains(Protocol):
    """A model that knows how surprising each cell is given the others."""

    def cells(self, batch: Any) -> Cells:
        """Surprise and expectation of every cell the batch has, given the others it has.

        For the rows asked about, never for a whole table.
        """
        ...


@runtime_checkable
class Relates(Protocol):
    """A model that knows which other cells make a cell surprising."""

    def context(self, batch: Any, main: NDArray[np.int64]) -> NDArray[np.float64]:
        """Nats that knowing each other cell adds to the surprise of one cell a row.

        Args:
            batch: k rows.
            main: (k,) which of `columns` is asked about.

        Returns:
            (k, d); positive where the other cell makes it surprising, negative where it excuses it, 0 for the cell
            itself and for columns that are absent.
        """
        ...


@runtime_checkable
class Draws(Protocol):
    """A model that makes new rows."""

    def draw(self, n: int, condition: Where, rng: np.random.Generator) -> Iterator[Any]:
        """Batches that hold n rows together, all of which satisfy the condition.

        Raises:
            FitError: the condition cannot be met (probability too small, unknown column or value).
        """
        ...


@runtime_checkable
class Proposes(Protocol):
    """A model that meets conditions by rejection alone: whoever shows the count draws its rows and keeps those."""

    def check(self, condition: Where) -> None:
        """Refuse at once what no row it draws can satisfy.

        Raises:
            FitError: an unknown column or value, or values it never draws.
        """
        ...

    def propose(self, n: int, rng: np.random.Generator) -> Any:
        """A batch of n rows."""
        ...


@runtime_checkable
class Discreet(Protocol):
    """A model of data for analysis that can draw without what few subjects hold."""

    def for_copies(self) -> Draws:
        """The same model; it draws no value that fewer than five subjects hold, also under conditions."""
        ...

    def shows(self, column: str) -> frozenset[str]:
        """The values of a category or boolean column that such draws may have."""
        ...


@runtime_checkable
class Fills(Protocol):
    """A model that fills missing cells."""

    def impute(self, batch: Any, rng: np.random.Generator | None = None) -> Any:
        """The batch with missing cells filled: drawn with `rng`, else the likeliest value."""
        ...


@runtime_checkable
class Releases(Protocol):
    """A model of data for release: it draws, and neither ranks nor explains, since it knows no rare values."""

    def fewest_subjects(self) -> int:
        """Subjects that hold any value it keeps or draws, at least."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """Likelihood models: exact log density of rows in the units of the data."""

    def log_likelihood(self, batch: Any) -> NDArray[np.float64]:
        """(n,) nats; missing cells are modelled, not skipped; columns that are absent are integrated out."""
        ...


@dataclass(frozen=True)
class Answer:
    """A number a model was asked for.

    Args:
        value: in the unit of the question.
        exact: whether it is exact for the fitted model; else an estimate or a bound.
    """

    value: float
    exact: bool = True


@dataclass(frozen=True)
class RareValues:
    """Values of a category too rare for shares of their own, which a model gives one share together.

    Args:
        count: how many there are.
        commonest: one of them.
    """

    count: int
    commonest: str


@dataclass(frozen=True, eq=False)
class Marginal:
    """How one column is distributed among the rows that satisfy a condition.

    The parts of `values` and the bins are disjoint; all shares together sum to one.

    Args:
        column: its name.
        values: what single values stand for: a category, a repeated number, None for missing; all rare categories
            together are one part.
        shares: (m,) their probabilities.
        edges: (b + 1,) ascending bounds of the bins of a number or a date, in the column's units; empty for categories.
        bins: (b,) probabilities of the bins, values with a share of their own left out.
        low, middle, high: 2.5 %, 50 % and 97.5 % quantile of the present values of numbers and dates, else None.
    """

    column: str
    values: tuple[str | RareValues | None, ...]
    shares: NDArray[np.float64]
    edges: NDArray[np.float64]
    bins: NDArray[np.float64]
    low: float | None = None
    middle: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Edge:
    """Two columns the model ties together.

    Args:
        first, second: names; in a tree `first` is the parent.
        strength: mutual information in nats.
    """

    first: str
    second: str
    strength: float


@runtime_checkable
class Answers(Protocol):
    """A model that answers questions about any columns in closed form."""

    def log_prob(self, condition: Where) -> Answer:
        """Log probability (nats) that a row satisfies the condition.

        Raises:
            FitError: a column or value it does not know.
        """
        ...

    def marginals(self, condition: Where) -> tuple[Marginal, ...]:
        """Every column's distribution among rows that satisfy the condition; the bins do not depend on it.

        Raises:
            FitError: a column or value it does not know, or a condition no row can satisfy.
        """
        ...

    def edges(self) -> tuple[Edge, ...]:
        """What depends on what, strongest first."""
        ...


class Family(Protocol):
    """A way to learn from rows."""

    key: str
    title: Message
    references: tuple[str, ...]
    result: type[Any]
    """Class of what `fit` returns."""
    Params: type[ParamSet]
    params: ParamSet

    def __init__(self, params: Any = None) -> None: ...

    @staticmethod
    def accepts(kind: str) -> bool:
        """Whether it can learn from a source of this kind ("table", "images")."""
        ...

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> Fitted:
        """Learn from all rows of the source (the caller passes the training subset).

        Raises:
            FitError: these rows cannot be learned from.
            Cancelled: the user stopped it.
        """
        ...

    @classmethod
    def load(cls, state: State) -> Fitted:
        """The fitted model that `state()` described."""
        ...


FAMILIES: Registry[type[Family]] = Registry(
    __package__, "FAMILY", without=("base", "training", "bundle", "scoring", "rejection"))
"""Every family there is."""


def unit_words(unit: str) -> Message:
    """A unit of scores in words."""
    return Message(f"models.unit.{unit.replace(' ', '_')}")


def capabilities(family: type[Family]) -> tuple[str, ...]:
    """What a family's models can do, read off the class they have: "scores", "explains", "draws", "answers"..."""
    found = {"explains": Explains, "draws": Draws, "likelihood": Scorer, "answers": Answers}
    return ("scores", *(name for name, protocol in found.items() if issubclass(family.result, protocol)))
