"""What attacks that rank rows have in common: members against others, and how well the most exposed are found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from ...stats.intervals import auroc_interval, wilson
from ...stats.mixed import Mixed
from ...stats.ranking import auroc
from ..arrays import mixed
from ..base import Figure, Tables, sample
from ..leaks import by_area

__all__ = ["Asked", "membership"]

_ASKED = 1_500
_REFERENCE = 20_000
_WORK = 1.5e9
"""Cells compared: wide tables are judged on fewer rows."""
_RARE_ALARMS = 0.01
_EXPOSED = 0.1
"""Share of the rows, members and others alike, that lie farthest from other real rows."""


class Asked:
    """The rows of a membership attack, as arrays.

    Args:
        members: n training rows.
        others: n rows of one half of the holdout.
        copy: what the attacker holds.
        beside: the other half of the holdout: real rows of the same population that the attacker has as well.
    """

    def __init__(self, tables: Tables, rng: np.random.Generator) -> None:
        order = rng.permutation(tables.holdout.rows)
        middle = len(order) // 2
        others, beside = (tables.holdout.take(np.sort(part)) for part in (order[:middle], order[middle:]))
        copy, beside = sample(tables.synthetic, _REFERENCE, rng), sample(beside, _REFERENCE, rng)
        work = 2 * (copy.rows + beside.rows) * max(len(tables.schema), 1)
        n = int(min(tables.train.rows, others.rows, _ASKED, max(100, _WORK / work)))
        rows = [sample(tables.train, n, rng), sample(others, n, rng), copy, beside]
        self.members, self.others, self.copy, self.beside = mixed(rows, tables.schema, tables.train)


def membership(
    asked: Asked,
    suspicion: Callable[[Mixed], NDArray[np.float64]],
    rarity: Callable[[Mixed], NDArray[np.float64]],
    run: Run,
) -> Figure:
    """The figure of an attack: area under the ROC curve of members against others.

    Args:
        asked: the rows.
        suspicion: (n,) higher = rather a member.
        rarity: (n,) how far a row lies from other real rows; the attack is aimed at the rarest as well.
        run: for cancelling.
    """
    rows = asked.members, asked.others
    seen = [suspicion(r) for r in rows]
    run.check()
    rare = [rarity(r) for r in rows]
    n, m = len(seen[0]), len(seen[1])
    value = auroc(np.arange(n + m) < n, np.concatenate(seen))
    far = np.quantile(np.concatenate(rare), 1 - _EXPOSED)
    exposed = [s[r >= far] for s, r in zip(seen, rare, strict=True)]
    detail = {"rows": n, **_found(seen[0], seen[1], ""), **_found(exposed[0], exposed[1], "exposed_")}
    return Figure(value, lambda: auroc_interval(value, n, m), detail, lambda: by_area(value, n, m))


def _found(members: NDArray[np.float64], others: NDArray[np.float64], which: str) -> dict[str, object]:
    """Area, and the share of members found at 1 % false alarms with its interval."""
    if not len(members) or not len(others):
        return {}
    cut = np.quantile(others, 1 - _RARE_ALARMS, method="higher")
    hits = int(np.count_nonzero(members > cut))
    labels = np.arange(len(members) + len(others)) < len(members)
    return {
        f"{which}auc": float(auroc(labels, np.concatenate([members, others]))),
        f"{which}found_at_1_percent": hits / len(members),
        f"{which}found_interval": list(wilson(hits, len(members))),
    }
