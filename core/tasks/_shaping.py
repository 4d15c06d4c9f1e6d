"""What a copy is made to be beyond what the model draws: a share of anomalies, agreement with every pair of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch
from ..data.schema import Schema
from ..errors import FitError, ParameterError, ProjectError
from ..run import Run
from ._files import open_again
from ._runs import open_run, split_of

if TYPE_CHECKING:
    from ..models.bundle import Bundle
    from ..project.store import Store
    from ..synth.anomalies import Anomalies
    from ..synth.refine import Refinement

__all__ = ["KEEP", "anomalies_of", "refinement_of", "share_of"]

KEEP, DROP = "keep", "drop"
_FEWEST = 50  # guard rows
_ROWS = 50_000


def share_of(wanted: str) -> float | None:
    """The share of anomalies that was asked for; None to keep what the model draws.

    Raises:
        ParameterError: neither keep, drop nor a share.
    """
    if wanted == KEEP:
        return None
    try:
        share = 0.0 if wanted == DROP else float(wanted.removesuffix("%")) / (100 if wanted.endswith("%") else 1)
    except ValueError:
        share = np.nan
    if not 0 <= share < 1:
        raise ParameterError("synth.anomalies", got=wanted)
    return float(share)


def anomalies_of(store: Store, fit: str, bundle: Bundle, share: float | None, run: Run) -> Anomalies | None:
    """The demand that a share of the rows lie above the threshold of the fit's latest score run.

    Where the part that ranks knows columns that are never drawn, such as the gap since an earlier row, drawn rows are
    scored without them and the threshold is where the same share of unseen real rows lies, scored alike.

    Raises:
        FitError: there is no threshold, or no row lies above it.
    """
    from ..models.scoring import score_rows, total
    from ..synth.anomalies import Anomalies

    if share is None:
        return None
    try:
        opened = open_run(store, None, run)
    except ProjectError as error:
        raise FitError("synth.no_threshold") from error
    if opened.record["fit"] != fit or not opened.flagged.any():
        raise FitError("synth.no_threshold")
    ranks, drawn = bundle.ranks, [c.name for c in bundle.schema if c.is_modelled]
    known = [name for name in ranks.columns if name in drawn]

    def score(batch: Batch) -> NDArray[np.float64]:
        return total(ranks, batch.select(known))

    cut = float(opened.scores.score[opened.flagged].min())
    if len(known) < len(ranks.columns):
        source = open_again(store, bundle.record["source"], bundle.schema, run)
        parts = split_of(bundle, source)
        unseen = np.sort(np.concatenate([parts.calibration, parts.holdout])).astype(np.int64)
        scores = score_rows(ranks, source, run, unseen)
        cut = float(np.quantile(scores, 1 - opened.flagged.mean())) if len(scores) else cut
    return Anomalies(score, float(np.nextafter(cut, -np.inf)), share)


def refinement_of(
    store: Store, bundle: Bundle, facts: dict[str, Any], run: Run, *, is_given: bool
) -> Refinement:
    """What chooses the rows of a copy by the tables of the training rows, guarded by rows that were set aside.

    Raises:
        ParameterError: together with a condition, a balance or a share of anomalies, which want other tables.
        FitError: too few rows were set aside to guard it.
    """
    from ..synth.facts import made_how
    from ..synth.refine import Refinement

    if is_given:
        raise ParameterError("synth.refine")
    source = open_again(store, bundle.record["source"], bundle.schema, run)
    guard = split_of(bundle, source).calibration
    if len(guard) < _FEWEST:
        raise FitError("synth.refine_rows", rows=len(guard), least=_FEWEST)
    schema = Schema(tuple(c for c in bundle.schema if c.is_modelled and made_how(c, facts) == "model"))
    parts = [_some(rows, run) for rows in (bundle.train_index, guard)]
    train, unseen = (source.take(rows, schema.names) for rows in parts)
    return Refinement(train, unseen, schema)


def _some(rows: NDArray[np.int64], run: Run) -> NDArray[np.int64]:
    if len(rows) <= _ROWS:
        return np.asarray(rows, dtype=np.int64)
    return np.sort(run.rng("refine").choice(rows, _ROWS, replace=False)).astype(np.int64)
