"""Bundle: what a fit of a project holds: fitted parts with duties, and the tails that scores are read against."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED
from ..data.history import History
from ..data.schema import Schema
from ..data.source import Source
from ..encode.table import sample_rows
from ..errors import FitError, ParameterError
from ..run import Run
from ..words import Message, message
from ._parts import side_by_side
from .base import FAMILIES, Answers, Describes, Draws, Explains, Family, Fitted, Releases, State, capabilities
from .scoring import score_rows

__all__ = ["DEFAULT", "DUTIES", "Bundle", "SplitLike", "families_of", "fit_bundle"]

VERSION = 3
_BATCH = 65_536
_LEARNED = 100_000  # rows shown to parts that do not rank: a second pass over as many more gains .4 % of their nats
DEFAULT = "default"
DUTIES = ("ranks", "explains", "draws")
_DEFAULT_PARTS = {"ranks": "neighbours", "explains": "mixture", "draws": "circuit"}

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class SplitLike(Protocol):
    """The parts of a split that a fit needs."""

    @property
    def train(self) -> Ints:
        """Ascending positions of the rows to learn from."""
        ...

    @property
    def calibration(self) -> Ints:
        """Ascending positions of the rows that calibrate scores."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        ...


@dataclass(frozen=True, eq=False)
class Bundle:
    """Fitted parts and their duties.

    Args:
        parts: key -> fitted model.
        duties: "ranks", "explains", "draws" -> key of a part; a duty nobody fills is absent.
        schema: of the source it was fitted on.
        record: plain JSON: fingerprints, split, parameters, seed, reference, rows, seconds, why.
        calibration: ascending scores of the calibration rows; none where the reference rows are mixed.
        train_index: (n,) positions of the training rows in the source.
        train_scores: (n,) their scores, each without itself.
        known: category column -> values that occur in the training rows.
        history: what columns about an entity's earlier rows are derived from, or None.
    """

    parts: Mapping[str, Fitted]
    duties: Mapping[str, str]
    schema: Schema
    record: Mapping[str, Any]
    calibration: Floats
    train_index: Ints
    train_scores: Floats
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    history: History | None = None

    def __post_init__(self) -> None:
        """Refuse to rank or explain by a model of data for release.

        Raises:
            FitError: there is one with such a duty.
        """
        for duty, key in self.duties.items():
            if duty != "draws" and isinstance(self.parts.get(key), Releases):
                raise FitError("models.release_duty", duty=duty, family=message(f"models.{key}.title"))

    @property
    def ranks(self) -> Fitted:
        """The part whose score ranks rows."""
        return self._part("ranks")

    @property
    def explains(self) -> Explains:
        """The part that says which cells are surprising.

        Raises:
            FitError: there is none.
        """
        part = self._part("explains")
        assert isinstance(part, Explains)
        return part

    @property
    def draws(self) -> Draws:
        """The part that makes new rows.

        Raises:
            FitError: there is none.
        """
        part = self._part("draws")
        assert isinstance(part, Draws)
        return part

    @property
    def answers(self) -> Answers:
        """The part that answers questions about any columns: the explaining one if it can, else any other.

        Raises:
            FitError: there is none.
        """
        keys = dict.fromkeys([self.duties.get("explains", ""), *self.parts])
        able = (self.parts[key] for key in keys if key in self.parts)
        part = next((p for p in able if isinstance(p, Answers)), None)
        if part is None:
            raise FitError("models.no_answers", known=sorted(self.parts))
        return part

    @property
    def reference(self) -> str:
        """Whether the training rows are known to be normal: "clean", else "mixed"."""
        return str(self.record["reference"])

    @property
    def fingerprint(self) -> str:
        """Of the fit: split, parts, parameters, seed and format."""
        return str(self.record["fit"])

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns its parts read."""
        return self.ranks.columns

    @property
    def learned_schema(self) -> Schema:
        """The table's columns and what was derived from them."""
        return self.history.schema(self.schema) if self.history else self.schema

    @property
    def pair(self) -> tuple[str, str] | None:
        """A derived column that nearly says another one again, and that other one."""
        return self.history.pair if self.history else None

    def derived(self, source: Source) -> Source:
        """A table under the bundle's schema, with what its parts read beside that."""
        return self.history.over(source) if self.history else source

    def learned(self) -> dict[str, tuple[Message, ...]]:
        """What each part settled by itself, and how many rows it was shown where those were not all."""
        of = int(self.record["train_rows"])
        shown = {key: self.shown(key) for key in self.parts}
        some = {key: (message("models.shown", rows=n, of=of),) if n < of else () for key, n in shown.items()}
        return {k: some[k] + (part.learned() if isinstance(part, Describes) else ()) for k, part in self.parts.items()}

    def shown(self, key: str) -> int:
        """Training rows that a part was fitted on."""
        return int(self.record.get("shown", {}).get(key, self.record["train_rows"]))  # absent in earlier fits

    def _part(self, duty: str) -> Fitted:
        if duty not in self.duties:
            raise FitError("models.no_duty", duty=duty, known=sorted(self.parts))
        return self.parts[self.duties[duty]]

    def to_bytes(self) -> tuple[dict[str, Any], bytes]:
        """Plain JSON and a safetensors file."""
        from safetensors.numpy import save

        arrays = {"calibration": self.calibration, "train_index": self.train_index, "train_scores": self.train_scores}
        parts = {}
        for key, part in self.parts.items():
            state = part.state()
            parts[key] = {"family": part.family, "version": state.version, "json": dict(state.json)}
            arrays.update({f"parts/{key}/{name}": array for name, array in state.arrays.items()})
        history, moments = self.history.state() if self.history else (None, {})
        arrays.update({f"history/{name}": array for name, array in moments.items()})
        plain = {
            "version": VERSION, "duties": dict(self.duties), "schema": self.schema.to_json(), "parts": parts,
            "record": dict(self.record), "known": {k: sorted(v) for k, v in self.known.items()}, "history": history,
        }
        return plain, save({name: np.ascontiguousarray(array) for name, array in arrays.items()})

    @classmethod
    def from_bytes(
        cls, plain: Mapping[str, Any], data: bytes, composed: Mapping[str, type[Family]] | None = None
    ) -> Bundle:
        """The bundle that `to_bytes` wrote.

        Args:
            plain: its description.
            data: its arrays.
            composed: key -> families made of others, which are no file of this package.

        Raises:
            FitError: a format of another version.
        """
        from safetensors.numpy import load

        if plain.get("version") != VERSION:
            raise FitError("models.state", got=plain.get("version"), known=VERSION)
        arrays = load(data)
        parts = {}
        for key, saved in plain["parts"].items():
            own = _below(f"parts/{key}/", arrays)
            family = (composed or {}).get(saved["family"]) or FAMILIES.get(saved["family"])
            parts[key] = family.load(State(saved["version"], saved["json"], own))
        told = plain.get("history")  # absent in files from before there was one
        return cls(
            parts, dict(plain["duties"]), Schema.from_json(plain["schema"]), dict(plain["record"]),
            arrays["calibration"], arrays["train_index"], arrays["train_scores"],
            {k: frozenset(v) for k, v in plain["known"].items()},
            History.load(told, _below("history/", arrays)) if told else None,
        )


def _below(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays under a prefix, without it."""
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}


def families_of(
    model: str, settings: Sequence[str] = (), ranks: type[Family] | None = None
) -> dict[str, Family]:
    """The families that fill each duty for a model's name.

    "default" ranks by `ranks`, lets the mixture explain, and the circuit draw and answer questions. A family's own
    name gives it every duty it can fill; the default fills the others.

    Args:
        model: "default" or the key of a family.
        settings: `name=value`, or `family.name=value`; a bare name goes to the families that declare it.
        ranks: what ranks by default; None: neighbours.

    Raises:
        ParameterError: an unknown model or parameter, or a value outside its domain.
    """
    known = [DEFAULT, *FAMILIES.keys()]
    if model not in known:
        raise ParameterError("models.unknown_model", name=model, known=known)
    wanted = dict(_DEFAULT_PARTS)
    own = {ranks.key: ranks} if ranks is not None else {}
    if ranks is not None:
        wanted["ranks"] = ranks.key
    if model != DEFAULT:
        wanted.update(dict.fromkeys(_able(model), model))
    used = {key: own.get(key) or FAMILIES.get(key) for key in dict.fromkeys(wanted.values())}
    chosen = _assign(used, settings)
    made = {key: family(family.Params.parse(chosen[key])) for key, family in used.items()}
    return {duty: made[key] for duty, key in wanted.items()}


def _able(model: str) -> list[str]:
    """The duties a family can fill."""
    family = FAMILIES.get(model)
    if issubclass(family.result, Releases):
        return ["draws"]
    return [duty for duty in DUTIES if duty == "ranks" or duty in capabilities(family)]


def _assign(families: Mapping[str, type[Family]], settings: Sequence[str]) -> dict[str, list[str]]:
    """Settings by family."""
    declared = {key: [s.name for s in family.Params.describe()] for key, family in families.items()}
    chosen: dict[str, list[str]] = {key: [] for key in families}
    for setting in settings:
        name, equals, value = setting.partition("=")
        family, dot, own = name.partition(".")
        takers = [family] if dot and family in declared else [k for k in families if name in declared[k]]
        if not takers or not equals:
            known = sorted({f"{k}.{n}" for k, names in declared.items() for n in names})
            raise ParameterError("params.unknown", name=name, known=known)
        for key in takers:
            chosen[key].append(f"{own if dot else name}={value}")
    return chosen


def fit_bundle(
    source: Source, split: SplitLike, families: Mapping[str, Family], run: Run, reference: str = "mixed", *,
    why: Message | None = None, history: History | None = None,
) -> Bundle:
    """Fit every family once on the training rows and read the calibration rows' scores.

    Where there are very many training rows, the families that do not rank are shown some of them, drawn by lot.

    Args:
        source: all rows.
        split: which rows train and which calibrate.
        families: duty -> family; the same object may have several duties.
        run: seed, progress, cancel.
        reference: "clean" when the training rows are known to be normal, else "mixed".
        why: why this model was chosen; None says what its parts do.
        history: of the source's entities, where parts are to learn what their earlier rows say too.

    Raises:
        FitError: a part cannot be fitted.
        Cancelled: the user stopped it.
    """
    began = time.monotonic()
    whole: Source = history.over(source) if history else source
    train = whole.subset(split.train)
    by_key = {f.key: f for f in families.values()}
    keys = list(by_key)
    some = train.subset(sample_rows(train, _LEARNED, run.rng("bundle", "shown"))) if train.rows > _LEARNED else train
    rows = {key: train if key == families["ranks"].key else some for key in keys}

    def fit(key: str, part: Run) -> Fitted:
        part.progress(0.0, message("models.progress.part", family=message(f"models.{key}.title")))
        return by_key[key].fit(rows[key], replace(part, reference=key == families["ranks"].key))

    fitted = side_by_side([partial(fit, key) for key in keys], run.part(0.0, 0.95))
    parts = dict(zip(keys, fitted, strict=True))
    ranks = parts[families["ranks"].key]
    aside = split.calibration if reference == "clean" else split.calibration[:0]  # no p-value rests on mixed rows
    calibration = score_rows(ranks, whole, run.part(0.95, 1.0), aside)
    record = {
        "fit": _fingerprint(split, by_key, run.seed, reference, history), "source": source.fingerprint,
        "split": split.to_json(),
        "params": {key: by_key[key].params.to_json() for key in keys}, "seed": run.seed, "reference": reference,
        "rows": source.rows, "train_rows": train.rows, "columns": list(ranks.columns),
        "shown": {key: own.rows for key, own in rows.items()},
        "why": (why or _why(families)).to_json(),
        "families": {duty: f.key for duty, f in families.items()}, "seconds": round(time.monotonic() - began, 3),
    }
    run.progress(1.0)
    return Bundle(
        parts, {duty: f.key for duty, f in families.items()}, source.schema, record, np.sort(calibration),
        split.train, ranks.reference, _known(train), history,
    )


def _known(source: Source) -> dict[str, frozenset[str]]:
    """The values of each modelled category column."""
    names = [c.name for c in source.schema if c.is_modelled and c.kind in CODED]
    found: dict[str, set[str]] = {name: set() for name in names}
    for batch in source.batches(names, size=_BATCH) if names else ():
        for name in names:
            column = batch[name]
            used = np.unique(column.values[column.present])
            found[name].update(column.categories[c] for c in used)
    return {name: frozenset(values) for name, values in found.items()}


def _why(families: Mapping[str, Family]) -> Message:
    ranks, explains = families["ranks"], families.get("explains")
    draws = families.get("draws", explains)
    if explains is None or draws is None or ranks.key == explains.key == draws.key:
        return message("models.why.one", ranks=ranks.title)
    if explains.key == draws.key:
        return message("models.why.two", ranks=ranks.title, explains=explains.title)
    return message("models.why.three", ranks=ranks.title, explains=explains.title, draws=draws.title)


def _fingerprint(
    split: SplitLike, families: Mapping[str, Family], seed: int, reference: str, history: History | None,
) -> str:
    """Of the fit: what it was made from, how, and by which version."""
    made = {key: family.params.to_json() for key, family in families.items()}
    derived = list(history.columns) if history else []
    text = json.dumps([VERSION, split.to_json(), made, seed, reference, *derived], sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()
