"""Self-test: how well each engine finds anomalies of known kinds, made from the table itself.

Every engine learns from most of the rows; the others, and as many made rows of each kind, are then ranked together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.source import Source
from ..models.base import Family
from ..run import Run
from ..stats.ranking import auroc
from ..words import message
from .kinds import KINDS, inject

__all__ = ["DECIDING", "SelfTest", "self_test"]

DECIDING = ("global", "local", "dependency", "cluster", "cell")
"""The kinds that engines are chosen by: a row-wise engine may be blind to the others and none the worse for it."""

_LEARNED = 0.7
_FIRST = 100
_LEAST, _MOST = 20, 100  # made rows of a kind

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SelfTest:
    """How well m engines find k kinds of made rows.

    Args:
        members: names of the engines.
        auroc: (m, k) probability that a made row ranks above a real one.
        found: (m, k) share of the made rows among the first 100.
        rows: real rows they were ranked among.
        made: rows of each kind.
    """

    members: tuple[str, ...]
    auroc: Floats
    found: Floats
    rows: int
    made: int

    def best(self, count: int) -> tuple[str, ...]:
        """The engines with the best mean over the deciding kinds, best first."""
        deciding = [KINDS.index(kind) for kind in DECIDING]
        order = np.argsort(-self.auroc[:, deciding].mean(axis=1), kind="stable")
        return tuple(self.members[i] for i in order[:count])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "kinds": list(KINDS), "members": list(self.members), "auroc": self.auroc.round(4).tolist(),
            "found": self.found.round(4).tolist(), "rows": self.rows, "made": self.made, "first": _FIRST,
        }


def self_test(pool: Mapping[str, Family], source: Source, run: Run) -> SelfTest:
    """Fit each engine on most rows, and rank the others among made ones.

    Args:
        pool: name -> engine.
        source: rows known to be normal, or taken to be.
        run: seed, progress, cancel.
    """
    rng = run.rng("selftest")
    dealt = rng.permutation(source.rows)
    cut = max(int(_LEARNED * source.rows), 1)
    learned, asked = (np.sort(part).astype(np.int64) for part in (dealt[:cut], dealt[cut:]))
    names = source.schema.modelled
    real, base = source.take(asked, names), source.take(learned, names)
    made = int(np.clip(len(asked), _LEAST, _MOST))
    batches = [inject(kind, base, made, rng) for kind in KINDS]
    auc, found = np.zeros((len(pool), len(KINDS))), np.zeros((len(pool), len(KINDS)))
    for i, (name, family) in enumerate(pool.items()):
        part = run.part(i / len(pool), (i + 1) / len(pool))
        part.progress(0.0, message("detect.testing", member=message(f"detect.member.{name}")))
        auc[i], found[i] = _judged(family, source.subset(learned), real, batches, part)
    return SelfTest(tuple(pool), auc, found, len(asked), made)


def _judged(
    family: Family, source: Source, real: Batch, batches: list[Batch], run: Run
) -> tuple[list[float], list[float]]:
    """AUROC, and share among the first 100, for each kind."""
    fitted = family.fit(source, run.part(0.0, 0.8))
    ordinary = fitted.score(real).total
    auc, found = [], []
    for i, batch in enumerate(batches):
        run.progress(0.8 + 0.2 * i / len(batches))
        scores = np.concatenate([ordinary, fitted.score(batch).total])  # a made row never wins a tie
        label = np.arange(len(scores)) >= len(ordinary)
        first = np.argsort(-scores, kind="stable")[:_FIRST]
        auc.append(auroc(label, scores))
        found.append(float(label[first].sum() / min(len(batch), _FIRST)))
    return auc, found
