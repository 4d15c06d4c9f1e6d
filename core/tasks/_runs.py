"""What questions about a score run need: its scores, its rows and its fit.

Kept in memory between questions, since what an id stands for never changes.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.schema import Schema
from ..errors import ParameterError
from ..project.house import house_rules
from ..run import Run
from ..words import Message
from ._engines import composed
from ._files import open_again

if TYPE_CHECKING:
    from ..data.source import Source
    from ..data.split import Split
    from ..detect.scores import RunScores
    from ..detect.threshold import Basis
    from ..models.bundle import Bundle
    from ..project.store import Store

__all__ = ["OpenRun", "chosen_rows", "digest", "load_bundle", "open_run", "split_of", "under_fit"]

_KEPT = 3
_bundles: OrderedDict[str, Bundle] = OrderedDict()
_runs: OrderedDict[str, OpenRun] = OrderedDict()


def load_bundle(store: Store, fit: str | None) -> tuple[str, Bundle]:
    """A fit by id (the latest for None) and its bundle.

    Raises:
        ProjectError: there is none.
    """
    from ..models.bundle import Bundle

    ident = str(store.record("fit", fit)["id"])
    if ident not in _bundles:
        _keep(_bundles, ident, Bundle.from_bytes(*store.bundle_bytes(ident), composed()))
    return ident, _bundles[ident]


@dataclass(frozen=True, eq=False)
class OpenRun:
    """A score run with everything about it.

    Args:
        id: of the run.
        record: as the project keeps it.
        scores: of all rows.
        source: the rows, under the fit's schema.
        bundle: the fit.
        facts: what was learned beside the fit: ranges, ids, rules.
        memo: what questions about this run keep for the next one.
    """

    id: str
    record: dict[str, Any]
    scores: RunScores
    source: Source
    bundle: Bundle
    facts: dict[str, Any] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def schema(self) -> Schema:
        """The columns."""
        return self.source.schema

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """(n,) rows from most to least unusual."""
        return np.argsort(self.scores.rank, kind="stable").astype(np.int64)

    @cached_property
    def flagged(self) -> NDArray[np.bool_]:
        """(n,) rows the run's own threshold flagged."""
        from ..detect.threshold import Contract, apply

        contract = Contract.parse(str(self.record["threshold"]["contract"]))
        return apply(contract, self.scores.score, self.scores.p_value, self.basis).flagged

    @property
    def basis(self) -> Basis:
        """What its p-values rest on, or why there are none."""
        from ..detect.threshold import Basis

        return Basis.from_json(self.record.get("basis"))

    @cached_property
    def readings(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]]:
        """What is read beside the total, as numbers and as how many rows are at least as unusual by it."""
        from ..detect.scores import SORTS

        named = [(name, getattr(self.scores, name)) for name in SORTS if name != "score"]
        found = {name: nats for name, nats in named if nats is not None}
        return {name: (nats, len(nats) - np.searchsorted(np.sort(nats), nats)) for name, nats in found.items()}

    def take(self, rows: NDArray[np.int64]) -> Batch:
        """These rows with all columns."""
        batch: Batch = self.source.take(rows, self.schema.names)
        return batch


def open_run(store: Store, ident: str | None, run: Run) -> OpenRun:
    """A score run by id; the latest for None.

    Raises:
        ProjectError: there is none.
        ReadError: its rows are gone: neither cached nor in their file.
    """
    from ..detect.scores import READINGS, RunScores

    record = store.record("run", ident)
    name = str(record["id"])
    key = f"{store.path}:{name}"
    if key not in _runs:
        _, bundle = load_bundle(store, record["fit"])
        names = ["score", "p_value", "rank", "in_sample", *(READINGS if record.get("has_readings") else ())]
        names += ["context"] if record.get("has_context") else []
        blobs = {n: store.blob("run", name, n) for n in names}
        scores = RunScores.from_blobs(blobs)
        facts = store.record("fit", record["fit"]).get("facts") or {}
        source, _ = under_fit(open_again(store, record["source"], None, run), bundle)
        _keep(_runs, key, OpenRun(name, record, scores, source, bundle, facts))
    return _obeying(_runs[key], house_rules(store.project))


def _obeying(opened: OpenRun, house: list[dict[str, Any]]) -> OpenRun:
    """The run with the rules as people keep them now: what was counted by others is forgotten."""
    if opened.memo.get("house", []) != house:
        for name in ("rules", "broken"):
            opened.memo.pop(name, None)
        opened.memo["house"] = house
    return opened


def chosen_rows(said: tuple[str, ...], opened: OpenRun) -> NDArray[np.int64]:
    """Row numbers as they were written, checked.

    Raises:
        ParameterError: not a row of this run.
    """
    for text in said:
        if not text.isdecimal() or int(text) >= opened.source.rows:
            raise ParameterError(
                "params.domain", name="row", domain=f"a row number in [0, {opened.source.rows - 1}]", got=text)
    return np.array([int(text) for text in said], dtype=np.int64)


def under_fit(source: Source, bundle: Bundle, *, partly: bool = False) -> tuple[Source, tuple[Message, ...]]:
    """The rows under the schema the fit knows, and how another file differs from the one the fit learned from.

    Args:
        source: as it was opened.
        bundle: the fit.
        partly: whether few of the columns are enough, as where the others are filled in.

    Raises:
        RefusedError: it differs too much.
    """
    if source.fingerprint == bundle.record.get("source"):
        return bundle.derived(source.with_schema(bundle.schema)), ()
    from ..data.match import match

    matched = match(bundle.schema, bundle.known, source, partly=partly)
    return bundle.derived(matched.source), matched.notes


def split_of(bundle: Bundle, source: Source) -> Split:
    """How the rows a fit learned from were dealt out."""
    from ..data.split import split

    said = bundle.record["split"]
    return split(source, said["seed"], said["subject"], tuple(said["shares"]))


def digest(*parts: str) -> str:
    """A short name for a thing that these parts make what it is."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _keep(shelf: OrderedDict[str, Any], key: str, value: Any) -> None:
    shelf[key] = value
    while len(shelf) > _KEPT:
        shelf.popitem(last=False)
