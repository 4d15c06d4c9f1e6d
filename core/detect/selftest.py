"""Self-test: how well each engine finds anomalies of known kinds, made from the table itself.

Engines learn from some rows; rows they never saw, and made rows of each kind among them, are then ranked together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.schema import LOG_SECONDS, Schema
from ..data.source import Source
from ..models.base import Family, Fitted
from ..run import Run
from ..stats.intervals import Interval, wilson
from ..stats.ranking import auroc
from ..words import message
from .kinds import GROUPED, KINDS, TOGETHER, inject

__all__ = ["DECIDING", "SelfTest", "Trial", "fit_member", "self_test"]

DECIDING = ("global", "local", "dependency", "cluster", "cell")
"""The kinds that engines are chosen by: a row-wise engine may be blind to the others and none the worse for it."""

_LEARNED = 0.7
_LEAST, _MOST = 20, 100  # made rows of a kind

Floats = NDArray[np.float64]
Score = Callable[[Batch], Floats]


@dataclass(frozen=True, eq=False)
class Trial:
    """Real rows, and made rows to be found among them.

    Args:
        real: n rows that no engine under test learned from.
        made: kind -> rounds of `count` rows after each other, each of which is ranked among the real rows by itself.
        count: made rows of a round, and the places at the top that count as found.
    """

    real: Batch
    made: Mapping[str, Batch]
    count: int

    @classmethod
    def of(
        cls, real: Batch, base: Batch, count: int, schema: Schema, run: Run, *, rounds: tuple[int, int] = (1, 1),
    ) -> Trial:
        """Make the rows.

        Args:
            real: rows they are to be found among.
            base: rows they are changed copies of.
            count: how many of a kind in each round.
            schema: of both, with what was derived.
            run: seed and cancel.
            rounds: how often, each with other copies and other changes: kinds made row by row, and grouped ones.
        """
        since = [c.name for c in schema if c.storage == LOG_SECONDS]
        rng, made = run.rng("selftest", "made"), {}
        for kind in [k for k in KINDS if k not in TOGETHER or len(base.columns) > 1]:
            batches = []
            for _ in range(rounds[kind in GROUPED]):
                run.check()
                batches.append(inject(kind, base, count, rng, since))
            made[kind] = Batch.concat(batches)
        return cls(real, made, count)

    def judge(self, score: Score, ordinary: Floats, run: Run) -> tuple[Floats, Floats]:
        """AUROC (k,) and share found among the first `count` (k,) of each kind made, means over the rounds.

        Args:
            score: of any rows, higher = more anomalous.
            ordinary: (n,) scores of the real rows.
            run: progress and cancel.
        """
        auc, found = np.zeros(len(self.made)), np.zeros(len(self.made))
        for at, batch in enumerate(self.made.values()):
            run.progress(at / len(self.made))
            rounds = [self._ranked(ordinary, own) for own in score(batch).reshape(-1, self.count)]
            auc[at], found[at] = np.mean(rounds, axis=0)
        return auc, found

    def interval(self, kind: str, found: float) -> Interval:
        """95 % interval of the share that would be found of further made rows of a kind (Wilson 1927).

        Rows made together are one trial, whatever their number: their place decides for all of them.
        """
        trials = len(self.made[kind]) // (self.count if kind in GROUPED else 1)
        return wilson(found * trials, trials)

    def _ranked(self, ordinary: Floats, made: Floats) -> tuple[float, float]:
        scores = np.concatenate([ordinary, made])  # a made row never wins a tie
        label = np.arange(len(scores)) >= len(ordinary)
        first = np.argsort(-scores, kind="stable")[: self.count]
        return auroc(label, scores), float(label[first].sum() / self.count)


@dataclass(frozen=True, eq=False)
class SelfTest:
    """How well m engines find k kinds of made rows.

    Args:
        kinds: that were made.
        members: names of the engines.
        auroc: (m, k) probability that a made row ranks above a real one.
        found: (m, k) share of the made rows among the first `made`.
        rows: real rows they were ranked among.
        made: rows of each kind.
    """

    kinds: tuple[str, ...]
    members: tuple[str, ...]
    auroc: Floats
    found: Floats
    rows: int
    made: int

    def best(self, count: int) -> tuple[str, ...]:
        """The engines with the best mean over the deciding kinds, best first."""
        deciding = [self.kinds.index(kind) for kind in DECIDING if kind in self.kinds]
        order = np.argsort(-self.auroc[:, deciding].mean(axis=1), kind="stable")
        return tuple(self.members[i] for i in order[:count])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "kinds": list(self.kinds), "members": list(self.members), "auroc": self.auroc.round(4).tolist(),
            "found": self.found.round(4).tolist(), "rows": self.rows, "made": self.made, "first": self.made,
        }


def self_test(pool: Mapping[str, Family], source: Source, run: Run) -> SelfTest:
    """Fit each engine on most rows, and rank the others among made ones.

    Args:
        pool: name -> engine.
        source: rows known to be normal, or taken to be.
        run: seed, progress, cancel.
    """
    dealt = run.rng("selftest").permutation(source.rows)
    cut = max(int(_LEARNED * source.rows), 1)
    learned, asked = (np.sort(part).astype(np.int64) for part in (dealt[:cut], dealt[cut:]))
    names = source.schema.modelled
    count = int(np.clip(len(asked), _LEAST, _MOST))
    trial = Trial.of(source.take(asked, names), source.take(learned, names), count, source.schema, run)
    auc, found = np.zeros((2, len(pool), len(trial.made)))
    for i, (name, family) in enumerate(pool.items()):
        part = run.part(i / len(pool), (i + 1) / len(pool))
        fitted = fit_member(name, family, source.subset(learned), part.part(0.0, 0.8))
        ordinary = fitted.score(trial.real).total
        auc[i], found[i] = trial.judge(_total(fitted), ordinary, part.part(0.8, 1.0))
    return SelfTest(tuple(trial.made), tuple(pool), auc, found, len(asked), count)


def _total(fitted: Fitted) -> Score:
    return lambda batch: fitted.score(batch).total


def fit_member(name: str, family: Family, source: Source, run: Run) -> Fitted:
    """Fit an engine, and say which."""
    run.progress(0.0, message("detect.testing", member=message(f"detect.member.{name}")))
    return family.fit(source, run)
