"""First ranking: what a few seconds can say of a long table, to look at while the better ranking is being made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.source import Source
from ..encode.table import sample_rows
from ..models.base import FAMILIES
from ..models.scoring import score_rows
from ..run import Run
from ..stats.tails import Tail
from ..words import message
from .council import CouncilFitted, Member

__all__ = ["FirstRanking", "first_ranking"]

_ENGINES = {"mcd": {}, "lesinn-64": {"subsamples": 10, "space": "standard"}}
_LEARNED, _LEAST, _LEARNED_CELLS = 4_000, 500, 200_000
_RANKED_CELLS = 32_000_000  # rows x columns that two cores rank in the seconds there are


@dataclass(frozen=True, eq=False)
class FirstRanking:
    """The rows at the top.

    Args:
        rows: (k,) positions, most unusual first.
        surprise: (k,) nats, added up over the engines.
        learned: rows the engines learned from.
        ranked: rows that were ranked, drawn at random where the table has more.
    """

    rows: NDArray[np.int64]
    surprise: NDArray[np.float64]
    learned: int
    ranked: int


def first_ranking(source: Source, run: Run, top: int = 100) -> FirstRanking:
    """Rank rows by two quick engines that learned from a few: the robust normal, and neighbours in subsamples.

    Args:
        source: a table.
        run: seed, threads, progress, cancelling.
        top: rows wanted.

    Raises:
        FitError: no rows or no modelled columns.
        Cancelled: the user stopped it.
    """
    columns = max(len(source.schema.modelled), 1)
    few = int(np.clip(_LEARNED_CELLS // columns, _LEAST, _LEARNED))
    sample = source.subset(sample_rows(source, few, run.rng("first", "learned")))
    run.progress(0.0, message("detect.first.learning"))
    members = []
    for name, settings in _ENGINES.items():
        family = FAMILIES.get(name.partition("-")[0])
        fitted = family(family.Params.from_json(settings)).fit(sample, run.part(0.0, 0.2))
        members.append(Member(name, fitted, Tail.of(fitted.reference)))
    council = CouncilFitted(tuple(members), np.zeros(0), {})
    rows = sample_rows(source, max(_RANKED_CELLS // columns, sample.rows), run.rng("first", "ranked"))
    surprise = score_rows(council, source, run.part(0.2, 1.0), rows)
    order = np.argsort(-surprise, kind="stable")[:top]
    return FirstRanking(rows[order], surprise[order], sample.rows, len(rows))
