"""Which model draws the rows of a copy: the exact circuit of the fit, or the release generator beside it.

The generator is fitted when rows are drawn for the first time, on the rows the fit learned from, and kept beside the
fit. Both models draw as many rows as there are validation rows, and boosted trees try to tell them apart: the harder
they find it, the better the model. A difference within the noise goes to the circuit, which is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..data.batch import Batch
from ..data.conditions import Condition
from ..data.schema import Kind
from ..errors import ReadError, RefusedError
from ..run import Run
from ..words import Message, message
from ._checks import one_of
from ._files import open_again
from ._runs import split_of

if TYPE_CHECKING:
    from ..data.source import Source
    from ..models.base import Draws, Releases
    from ..models.bundle import Bundle
    from ..models.generator import Generator
    from ..project.store import Store

__all__ = ["AUTO", "RELEASE", "Choice", "choose", "for_release", "left_empty", "values_for_copies"]

AUTO = "auto"
_EXACT, RELEASE = "circuit", "generator"
_FEWEST_TRAIN, _FEWEST_VALIDATION = 500, 50
_MOST_VALIDATION = 5_000
_TIE = 0.005
_SUBJECTS = 5
_CONTINUOUS = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.DATETIME})


@dataclass(frozen=True, eq=False)
class Choice:
    """What draws, and why.

    Args:
        key: of its family.
        draws: the model.
        why: for the user.
        two_sample: family -> AUC of telling its rows from validation rows; None where that was not asked.
        is_new: whether a generator had to be fitted for it.
    """

    key: str
    draws: Draws
    why: Message
    two_sample: dict[str, float] | None = None
    is_new: bool = False


def choose(store: Store, fit: str, bundle: Bundle, run: Run, *, wanted: str, given: bool) -> Choice:
    """The model to draw with; what had to be fitted for that is staged.

    Args:
        store: of the project.
        fit: id of the fit.
        bundle: the fit.
        run: progress and cancelling.
        wanted: "auto", or the family to draw with.
        given: whether rows are drawn under conditions.

    Raises:
        FitError: the fit draws nothing.
        ParameterError: a family that this fit does not draw with.
        ReadError: the generator is wanted, and the rows it would learn from are gone.
        Cancelled: the user stopped it.
    """
    exact, own = _for_copies(bundle), bundle.duties["draws"]
    one_of("generator", wanted, *dict.fromkeys([AUTO, own, *([RELEASE] if own == _EXACT else [])]))
    if why := _settled(bundle, own, wanted, given=given):
        return Choice(own, exact, why)
    beside = _kept(store, fit)
    is_new = beside is None
    if beside is None:
        try:
            beside = _new(store, fit, bundle, run)
        except ReadError:
            if wanted == RELEASE:
                raise
            return Choice(own, exact, message("synth.by.gone"))
    told = beside.record["two_sample"]
    key, why = (RELEASE, _asked(RELEASE)) if wanted == RELEASE else _better(told, beside.record["rows"])
    return Choice(key, beside.draws if key == RELEASE else exact, why, told, is_new)


def for_release(store: Store, fit: str, bundle: Bundle, run: Run, subjects: int) -> Releases:
    """The model whose rows may leave: one that knows nothing rare. What had to be fitted for that is staged.

    Args:
        store: of the project.
        fit: id of the fit.
        bundle: the fit.
        run: progress and cancelling.
        subjects: the least behind every value, as the policy has it; a generator that keeps fewer is fitted anew, and
            not kept.

    Raises:
        RefusedError: the fit draws with another model, that keeps no such rule.
        ReadError: the rows it would learn from are gone.
        Cancelled: the user stopped it.
    """
    own = bundle.duties.get("draws", "")
    if own not in (_EXACT, RELEASE):
        raise RefusedError("release.no_generator", model=message(f"models.{own or 'none'}.title"))
    kept = bundle if own == RELEASE else _kept(store, fit)
    if kept is None and subjects <= _SUBJECTS:
        kept = _new(store, fit, bundle, run)
    if kept is None or _least(kept.draws) < subjects:
        source = open_again(store, bundle.record["source"], bundle.schema, run)
        seeded = replace(run, seed=int(bundle.record["seed"]))
        return cast("Releases", _family(subjects).fit(source.subset(bundle.train_index), seeded))
    return cast("Releases", kept.draws)


def _for_copies(bundle: Bundle) -> Draws:
    """The fit's own model; one that knows rare values keeps them to itself."""
    from ..models.base import Discreet

    return bundle.draws.for_copies() if isinstance(bundle.draws, Discreet) else bundle.draws


def values_for_copies(bundle: Bundle, column: str) -> frozenset[str]:
    """The values of a category column that a copy may show."""
    from ..models.base import Discreet

    draws, known = bundle.draws, bundle.known[column]
    return known & draws.shows(column) if isinstance(draws, Discreet) else known


def left_empty(bundle: Bundle) -> tuple[Message, ...]:
    """Which category columns a copy leaves empty, since too few subjects hold any of their values."""
    hushed = [name for name, known in bundle.known.items() if known and not values_for_copies(bundle, name)]
    return (message("synth.note.rare", columns=hushed),) if hushed else ()


def _least(draws: Draws) -> int:
    return cast("Releases", draws).fewest_subjects()


def _settled(bundle: Bundle, own: str, wanted: str, *, given: bool) -> Message | None:
    """Why the fit's own model draws, where that needs no comparison."""
    if own != _EXACT and wanted == AUTO:
        return message("synth.by.own", model=message(f"models.{own}.title"))
    if wanted != AUTO:
        return _asked(own) if wanted == own else None
    if given:
        return message("synth.by.where")
    if not any(bundle.schema[name].kind in _CONTINUOUS for name in bundle.schema.modelled):
        return message("synth.by.plain")
    train, validation = len(bundle.train_index), int(bundle.record["split"]["rows"]["calibration"])
    if train < _FEWEST_TRAIN or validation < _FEWEST_VALIDATION:
        return message(
            "synth.by.few", train=train, validation=validation, least=_FEWEST_TRAIN, fewest=_FEWEST_VALIDATION)
    return None


def _asked(key: str) -> Message:
    return message("synth.by.asked", model=message(f"models.{key}.title"))


def _better(told: dict[str, float], rows: int) -> tuple[str, Message]:
    """The family whose rows are harder to tell from real ones, the circuit when there is nothing between them."""
    gain = abs(told[_EXACT] - 0.5) - abs(told[RELEASE] - 0.5)
    key = RELEASE if gain > _TIE else _EXACT
    sentence = "tie" if abs(gain) <= _TIE else key
    return key, Message(f"synth.by.{sentence}", {**told, "rows": rows})


def _kept(store: Store, fit: str) -> Bundle | None:
    """The generator beside a fit, with how the two compared."""
    from ..models.bundle import Bundle

    kept = store.draws_bytes(fit)
    return Bundle.from_bytes(*kept) if kept else None


def _new(store: Store, fit: str, bundle: Bundle, run: Run) -> Bundle:
    """The generator beside a fit, made now and staged.

    Raises:
        ReadError: the rows it learns from are gone.
    """
    source = open_again(store, bundle.record["source"], bundle.schema, run)
    seeded = replace(run, seed=int(bundle.record["seed"]))  # which model draws is the fit's, whatever the copy's seed
    made = _made(source, bundle, store.record("fit", fit).get("facts"), seeded)
    store.stage_draws(fit, *made.to_bytes())
    return made


def _made(source: Source, bundle: Bundle, facts: Any, run: Run) -> Bundle:
    """A generator fitted on the rows the fit learned from, and how far both are from the validation rows."""
    from ..models.bundle import Bundle

    learning = run.part(0.0, 0.8)
    learning.progress(0.0, message("synth.fitting"))
    fitted = _family().fit(source.subset(bundle.train_index), learning)
    run.progress(0.8, message("synth.comparing"))
    rows = split_of(bundle, source).calibration
    if len(rows) > _MOST_VALIDATION:
        rows = np.sort(run.rng("draws", "rows").choice(rows, _MOST_VALIDATION, replace=False))
    validation: Batch = source.take(rows)
    told = None
    if len(rows) >= _FEWEST_VALIDATION:
        rivals: dict[str, Draws] = {_EXACT: _for_copies(bundle), RELEASE: fitted}
        told = {key: _told_apart(model, bundle, validation, facts, run) for key, model in rivals.items()}
    record = {"source": source.fingerprint, "rows": len(rows), "two_sample": told}
    kept = replace(fitted, reference=np.zeros(0))  # it ranks nothing
    return Bundle(
        {RELEASE: kept}, {"draws": RELEASE}, bundle.schema, record,
        np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0),
    )


def _family(subjects: int = _SUBJECTS) -> Generator:
    from ..models.generator import Generator, GeneratorParams

    return Generator(GeneratorParams(subjects=subjects))


def _told_apart(draws: Draws, bundle: Bundle, validation: Batch, facts: Any, run: Run) -> float:
    """AUC of boosted trees between validation rows and as many drawn as a copy would be; both models meet one dice."""
    from ..evaluate.fidelity.two_sample_auc import METRIC
    from ..evaluate.tables import prepare
    from ..synth.draw import draw_rows
    from ..synth.facts import as_ids

    quiet = replace(run, on_progress=lambda _fraction, _text: None)
    drawn = draw_rows(
        draws, bundle.schema, len(validation), Condition(), run.rng("draws", "rivals"), quiet, facts)
    schema = as_ids(bundle.schema, facts or {})
    tables = prepare(validation, validation, Batch.concat(list(drawn)), schema).tables
    return METRIC.measure(tables, run.rng("draws", "judge"), run).value
