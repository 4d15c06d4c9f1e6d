"""Self-test: how well what ranks a fit's rows, and every other engine, would find anomalies made from the table."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import FitError
from ..run import Run
from ..words import Message, message
from ._files import open_again
from ._runs import load_bundle
from ._scores import part_apart
from .base import Request, Task, option

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ..data.batch import Batch
    from ..data.source import Source
    from ..detect.selftest import Trial
    from ..models.base import Readings
    from ..models.bundle import Bundle
    from ..project.store import Store

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["TASK", "Bench", "SelfTestRequest", "kept_at"]

_FORM = 1
"""Of the result; another one is kept apart."""
_LEARNED = 5_000  # rows the engines learn from
_ASKED = 2_000  # rows nothing learned from, among which the made rows are to be found
_FEW, _FEWEST = 100, 20  # of each, below which a test would say nothing
_ROUNDS = (5, 20)  # of kinds made row by row, and of those whose rows are made together
_TRIM = 0.15  # of rows that may hold anomalies, the strangest are not copied
_TOP = 100


@dataclass(frozen=True)
class SelfTestRequest(Request):
    """Make anomalies of known kinds from a fit's rows, and see how many each engine finds."""

    task: ClassVar[str] = "selftest"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to test; the latest when left out.")


def kept_at(fit: str) -> tuple[str, str, str]:
    """Kind, id and name of the bytes that hold the result for a fit."""
    return "selftest", f"{fit}.{_FORM}", "result.json"


def run(request: SelfTestRequest, store: Store, run: Run) -> dict[str, Any]:
    """What was kept of an earlier test of this fit, or a new one, to be kept beside it."""
    fit, bundle = load_bundle(store, request.fit)
    kind, ident, name = kept_at(fit)
    if (kept := store.added(kind, ident, name)) is not None:
        found: dict[str, Any] = json.loads(kept)
        return found
    run.progress(0.0, message("tasks.selftest.making"))
    source = bundle.derived(open_again(store, str(bundle.record["source"]), bundle.schema, run))
    bench = Bench.of(bundle, source, run)
    found = {"fit": fit, **bench.facts(), "engines": bench.tested(run.part(0.05, 1.0)), "labels": bench.labels()}
    store.stage_added(kind, ident, {name: json.dumps(found, allow_nan=False).encode()})
    return found


@dataclass(frozen=True, eq=False)
class Bench:
    """What every engine of a test is given.

    Args:
        bundle: the fit.
        source: its table, with what was derived.
        learned: ascending positions of training rows that the engines learn from.
        asked: ascending positions of rows that no part of the fit learned from.
        trial: the made rows.
        scores: of every engine tested so far, those of the learned rows (each without itself), then those asked.
    """

    bundle: Bundle
    source: Source
    learned: Ints
    asked: Ints
    trial: Trial
    scores: dict[str, Floats]

    @classmethod
    def of(cls, bundle: Bundle, source: Source, run: Run) -> Bench:
        """Draw the rows and make anomalies of them.

        Raises:
            FitError: there are too few.
        """
        from ..detect.selftest import Trial

        fresh = np.setdiff1d(np.arange(source.rows), bundle.train_index)
        if len(bundle.train_index) < _FEW or len(fresh) < _FEWEST:
            raise FitError("tasks.selftest_few", rows=source.rows, learned=_FEW, fresh=_FEWEST)
        rng, names = run.rng("selftest", "rows"), source.schema.modelled
        at = _drawn(len(bundle.train_index), _LEARNED, rng)
        learned, asked = bundle.train_index[at], fresh[_drawn(len(fresh), _ASKED, rng)]
        base = learned
        if bundle.reference != "clean":
            strange = bundle.train_scores[at]
            base = learned[strange <= np.quantile(strange, 1 - _TRIM)]
        count = int(np.clip(len(asked) // 10, _FEWEST, _TOP))
        real = source.take(asked, names)
        trial = Trial.of(real, source.take(base, names), count, source.schema, run, rounds=_ROUNDS)
        return cls(bundle, source, learned, asked, trial, {})

    def facts(self) -> dict[str, Any]:
        """Of what the figures are shares, and among what."""
        return {
            "kinds": list(self.trial.made), "made": self.trial.count, "rows": len(self.asked),
            "learned": len(self.learned), "top": min(_TOP, len(self.learned) + len(self.asked)),
            "reference": self.bundle.reference,
        }

    def tested(self, run: Run) -> list[dict[str, Any]]:
        """What ranks, its two readings where a part tells them apart, and every engine of the pool."""
        from ..detect.engine import POOL, SEATS

        seated = self._seated()
        pool = [n for n in dict.fromkeys([*seated, *POOL]) if n in SEATS]
        found = [self._in_use(run.part(0.0, 0.05)), *self._readings(run.part(0.05, 0.1))]
        for i, name in enumerate(pool):
            part = run.part(0.1 + 0.9 * i / len(pool), 0.1 + 0.9 * (i + 1) / len(pool))
            found.append({**self._engine(name, part), "seated": name in seated})
        return found

    def labels(self) -> dict[str, Any] | None:
        """How well each engine ranks a known label, where there is one. Nothing else here ever sees it."""
        from ..data.schema import Role
        from ..detect.labels import read_labels
        from ..stats.ranking import auroc, average_precision

        names = self.bundle.schema.with_role(Role.LABEL)[:1]
        rows = np.concatenate([self.learned, self.asked])
        said = read_labels(self.source.take(rows, names)[names[0]]) if names else None
        if said is None or not said.anomalous.any() or said.anomalous[said.known].all():
            return None
        label, known = said.anomalous[said.known], said.known
        judged = {
            key: {"auroc": auroc(label, own[known]), "average_precision": average_precision(label, own[known])}
            for key, own in self.scores.items()
        }
        return {
            "column": names[0], "rows": int(known.sum()), "anomalies": int(label.sum()), "engines": judged,
        }

    def _seated(self) -> tuple[str, ...]:
        """The engines of the council that ranks, where one does."""
        return tuple(member.name for member in getattr(self.bundle.ranks, "members", ()))

    def _in_use(self, run: Run) -> dict[str, Any]:
        ranks = self.bundle.ranks
        own = self.bundle.train_scores[np.searchsorted(self.bundle.train_index, self.learned)]
        title = message(f"models.{ranks.family}.title")
        return self._judged("ranks", title, lambda batch: ranks.score(batch).total, own, run)

    def _readings(self, run: Run) -> list[dict[str, Any]]:
        from ..detect.scores import READINGS

        part = part_apart(self.bundle, self.source)
        if part is None:
            return []
        known: dict[int, Readings] = {}  # both readings come of one pass over the same batches
        learned, found = self.source.take(self.learned, part.columns), []
        for i, name in enumerate(READINGS):
            def score(batch: Batch, reading: str = name) -> Floats:
                if id(batch) not in known:
                    known[id(batch)] = part.score(batch)
                nats: Floats = getattr(known[id(batch)], reading)
                return nats

            step = run.part(i / len(READINGS), (i + 1) / len(READINGS))
            found.append(self._judged(name, message(f"detect.member.{name}"), score, score(learned), step))
        return found

    def _engine(self, name: str, run: Run) -> dict[str, Any]:
        from ..detect.engine import SEATS
        from ..detect.selftest import fit_member

        fitted = fit_member(name, SEATS[name].family(), self.source.subset(self.learned), run.part(0.0, 0.7))
        title = message(f"detect.member.{name}")
        return self._judged(name, title, lambda b: fitted.score(b).total, fitted.reference, run.part(0.7, 1.0))

    def _judged(
        self, key: str, title: Message, score: Callable[[Batch], Floats], learned: Floats, run: Run
    ) -> dict[str, Any]:
        """An engine's figures: for each kind what it finds, and how like what ranks it ranks real rows."""
        from ..stats.ranking import rank_correlation, top_overlap

        ordinary = score(self.trial.real)
        auc, found = self.trial.judge(score, ordinary, run)
        own = self.scores[key] = np.concatenate([learned, ordinary])
        used = self.scores["ranks"]
        ends = [self.trial.interval(kind, share) for kind, share in zip(self.trial.made, found, strict=True)]
        correlation = rank_correlation(used, own)
        return {
            "key": key, "title": title.to_json(), "seated": False, "auroc": auc.round(4).tolist(),
            "found": found.round(4).tolist(), "low": [round(low, 4) for low, _ in ends],
            "high": [round(high, 4) for _, high in ends], "overlap": top_overlap(used, own, _TOP),
            "correlation": None if math.isnan(correlation) else correlation,
        }


def _drawn(rows: int, most: int, rng: np.random.Generator) -> Ints:
    """Ascending positions of at most so many of the rows."""
    return np.arange(rows) if rows <= most else np.sort(rng.choice(rows, most, replace=False))


TASK = Task(SelfTestRequest, run)
