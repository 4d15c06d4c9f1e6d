"""Which engines rank the rows of a table, by whether the rows to learn from are known to be normal.

MIXED: a council of six very different engines sets the strangest rows aside, since rows that hide each other would hide
from nearest neighbours; then three rank: distance to the five nearest rows of the rest, the robust normal, and
neighbours in small subsamples; where the table has categories, the tails of its columns and a mixture too. CLEAN: every
engine of a pool is tested on anomalies of known kinds made from the table itself, and the best four rank. Which of the
two holds is asked, never guessed: no test tells them apart.

Where columns were derived from an entity's earlier rows, they and the amounts they are made of get a bench of their
own, and a row ranks by the larger surprise. So that an amount beyond all ordinary ones is not merely one of the rarest
hundred, both benches then measure against the rows that are taken to be ordinary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED
from ..data.derived import NarrowSource
from ..data.schema import LOG_SECONDS, TIMES, Role, Schema
from ..data.source import Source
from ..encode.table import sample_rows
from ..models.base import FAMILIES, Family, Fitted, State
from ..models.scoring import score_rows
from ..params import Params, choice, integer, real
from ..run import Run
from ..stats.ranking import mid_ranks
from ..stats.tails import Tail
from ..words import message
from .council import CouncilFitted, Member
from .selftest import self_test

__all__ = ["Council", "CouncilParams", "Seat"]

_MAX_PAIRS = 2_000_000_000  # all rows x judged rows: every row is compared with those that are kept
_LEAST = 4_000  # rows judged however many rows there are
_FEW = 100  # training rows below which a self-test says nothing

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Seat:
    """An engine and its settings.

    Args:
        key: of the family.
        settings: that differ from the family's own.
    """

    key: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def family(self) -> Family:
        """A family ready to fit."""
        found = FAMILIES.get(self.key)
        return found(found.Params.from_json(self.settings))


_BY_DEVIATION = {"space": "standard"}
SEATS: dict[str, Seat] = {
    "neighbours-1": Seat("neighbours", {"neighbours": 1, **_BY_DEVIATION}),
    "neighbours-5": Seat("neighbours", _BY_DEVIATION),
    "neighbours-1-normal": Seat("neighbours", {"neighbours": 1, "space": "normal"}),
    "neighbours-5-normal": Seat("neighbours", {"space": "normal"}),
    "lesinn-64": Seat("lesinn", _BY_DEVIATION),
    "lesinn-256": Seat("lesinn", {"psi": 256, **_BY_DEVIATION}),
    "lof": Seat("lof", _BY_DEVIATION),
    "mixture": Seat("mixture", {"transform": "standard", "max_components": 5, "sample": 2_000, "passes": 15}),
    "mixture-normal": Seat("mixture", {"max_components": 8, "sample": 10_000, "passes": 20}),
    "mcd": Seat("mcd"),
    "forest-1024": Seat("forest", {"rows": 1_024}),
    "histogram": Seat("histogram"),
    "tail": Seat("tail"),
}
POOL = (
    "neighbours-1", "neighbours-5", "neighbours-1-normal", "neighbours-5-normal", "lesinn-256", "lof", "mixture", "mcd",
    "forest-1024",
)
SMALL = ("neighbours-1", "neighbours-1-normal", "mcd")
TRIMMERS = ("mcd", "forest-1024", "histogram", "mixture", "lesinn-64", "tail")
MIXED = ("neighbours-5", "mcd", "lesinn-64")
WITH_CATEGORIES = ("tail", "mixture-normal")
"""Who joins where a table has categories: to the three above a rare value is no more than a distance of one."""


@dataclass(frozen=True)
class CouncilParams(Params):
    """Settings of the council."""

    reference: str = choice("mixed", "mixed", "clean", help="Whether the rows to learn from are known to be normal.")
    trim: float = real(0.15, low=0.0, high=0.5, help="Share of mixed rows set aside before neighbours learn.")
    judged: int = integer(20_000, low=100, high=1_000_000, help="Mixed rows that are judged before; drawn at random.")
    tested: int = integer(5_000, low=100, high=100_000, help="Clean rows that the self-test uses, drawn at random.")
    members: int = integer(4, low=1, high=9, help="Engines that rank where the rows are clean.")


class Council:
    """What ranks by default. Accepts tables. See `Family` in models/base."""

    key = "council"
    title = message("models.council.title")
    references = (
        "Aggarwal and Sathe, Theoretical Foundations and Algorithms for Outlier Ensembles (2015)",
        "Kriegel, Kröger, Schubert, Zimek, Interpreting and Unifying Outlier Scores (2011)",
    )
    result = CouncilFitted
    Params = CouncilParams

    def __init__(self, params: CouncilParams | None = None) -> None:
        self.params: CouncilParams = params or CouncilParams()

    @staticmethod
    def accepts(kind: str) -> bool:
        """Tables only."""
        return kind == "table"

    def fit(self, source: Source, run: Run, start: Fitted | None = None) -> CouncilFitted:  # noqa: ARG002
        """Choose, fit and score all training rows.

        Raises:
            FitError: no rows or no modelled columns.
            Cancelled: the user stopped it.
        """
        shown = _benches(source.schema)
        if len(shown) == 1:
            return self._bench(source, run)
        both = []
        for i, own in enumerate(shown):
            part = run.part(i / len(shown), (i + 1) / len(shown))
            both.append(self._bench(NarrowSource(source, own), part, is_one=False))
        members = tuple(replace(m, bench=i) for i, found in enumerate(both) for m in found.members)
        return CouncilFitted(members, np.max([found.reference for found in both], axis=0), both[0].facts)

    def _bench(self, source: Source, run: Run, *, is_one: bool = True) -> CouncilFitted:
        if self.params.reference == "mixed":
            return self._mixed(source, run, is_one=is_one)
        return self._clean(source, run)

    def _mixed(self, source: Source, run: Run, *, is_one: bool) -> CouncilFitted:
        most = min(self.params.judged, max(_MAX_PAIRS // max(source.rows, 1), _LEAST))
        judged = sample_rows(source, most, run.rng("council", "judged"))
        is_whole = len(judged) == source.rows
        fits = _judges(source if is_whole else source.subset(judged), run.part(0.0, 0.4))
        kept = judged[_ordinary([fit[1] for fit in fits.values()], self.params.trim)]
        facts = {"reference": "mixed", "judged": len(judged), "aside": len(judged) - len(kept)}
        has_categories = any(c.is_modelled and c.kind in CODED for c in source.schema)
        seats = (*MIXED, *WITH_CATEGORIES) if has_categories else MIXED
        rows = {name: kept if name == "neighbours-5" else None for name in seats}
        beside = None if is_one else kept
        return _seated(rows, source, facts, run.part(0.4, 1.0), fits if is_whole else {}, beside)

    def _clean(self, source: Source, run: Run) -> CouncilFitted:
        sample_rows(source, 1, run.rng("council"))  # refuses tables with nothing to learn from
        chosen: tuple[str, ...] = SMALL
        facts: dict[str, Any] = {"reference": "clean"}
        if source.rows >= _FEW:
            rows = sample_rows(source, self.params.tested, run.rng("council", "tested"))
            pool = {name: SEATS[name].family() for name in POOL}
            test = self_test(pool, source.subset(rows), run.part(0.0, 0.6))
            chosen, facts["self_test"] = test.best(self.params.members), test.to_json()
        return _seated(dict.fromkeys(chosen), source, facts, run.part(0.6, 1.0), {})

    @classmethod
    def load(cls, state: State) -> CouncilFitted:
        """The council that `state()` described."""
        return CouncilFitted.load(state)


Fit = tuple[Fitted, Floats]


def _benches(schema: Schema) -> list[frozenset[str]]:
    """The columns that each bench looks at: the table's, and those derived from earlier rows with the amounts."""
    past = {c.name for c in schema if c.storage in (LOG_SECONDS, TIMES) and c.is_modelled}
    own = frozenset(schema.modelled) - past
    amounts = {name for name in schema.with_role(Role.AMOUNT) if name in own}
    return [own, frozenset(past | amounts)] if own and past else [frozenset(schema.modelled)]


def _seated(  # noqa: PLR0917 - rows, and what is known of them
    rows: Mapping[str, Ints | None], source: Source, facts: dict[str, Any], run: Run, known: Mapping[str, Fit],
    beside: Ints | None = None,
) -> CouncilFitted:
    """Fit the members, each on its rows (None: all, where no fit is known), and score all training rows with each.

    Their surprises are beside those of the rows `beside`; None: of all rows.
    """
    members, total = [], np.zeros(source.rows)
    for place, (name, own) in enumerate(rows.items()):
        part = run.part(place / len(rows), (place + 1) / len(rows))
        fitted, scores = known[name] if own is None and name in known else _fitted(name, source, own, part)
        tail = Tail.of(scores if beside is None else scores[beside])
        total += tail.surprise(scores)
        members.append(Member(name, fitted, tail))
        part.progress(1.0)
    return CouncilFitted(tuple(members), total, facts)


def _fitted(name: str, source: Source, rows: Ints | None, run: Run) -> Fit:
    """A member, and its scores of all training rows, those it learned from each without itself."""
    run.progress(0.0, message("models.progress.part", family=message(f"detect.member.{name}")))
    if rows is None or len(rows) == source.rows:
        fitted = SEATS[name].family().fit(source, run)
        return fitted, fitted.reference
    share = len(rows) / source.rows
    fitted = SEATS[name].family().fit(source.subset(rows), run.part(0.0, share))
    others = np.setdiff1d(np.arange(source.rows), rows, assume_unique=True)
    scores = np.empty(source.rows)
    scores[rows], scores[others] = fitted.reference, score_rows(fitted, source, run.part(share, 1.0), others)
    return fitted, scores


def _judges(source: Source, run: Run) -> dict[str, Fit]:
    """The engines that say which rows are strange."""
    fits = {}
    for place, name in enumerate(TRIMMERS):
        fits[name] = _fitted(name, source, None, run.part(place / len(TRIMMERS), (place + 1) / len(TRIMMERS)))
    return fits


def _ordinary(scores: list[Floats], trim: float) -> NDArray[np.bool_]:
    """(n,) all rows but the share whose median rank is highest: a tight clump may fool two engines of six."""
    ranks = np.median([mid_ranks(own) for own in scores], axis=0)
    kept = np.ones(len(ranks), dtype=bool)
    kept[np.argsort(-ranks, kind="stable")[: int(trim * len(ranks))]] = False
    return kept
