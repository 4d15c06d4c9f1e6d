"""The model card of a fit, as a page in the user's cache: it can be made again from the fit at any time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..paths import cache_dir, private_dir
from ..run import Run
from ..words import Message, message
from ._engines import family_of
from ._writing import write_text

if TYPE_CHECKING:
    from ..data.source import Source
    from ..models.bundle import Bundle
    from ..report.model_card import CardPart

__all__ = ["write_card"]


def write_card(bundle: Bundle, source: Source, found: dict[str, Any], command: str, run: Run) -> Path:
    """Write the card.

    Args:
        bundle: the fit.
        source: what it was fitted on, all rows.
        found: the task's result so far.
        command: the line that makes this fit again.
        run: for cancelling.
    """
    from ..report.model_card import ModelCard, model_card

    run.check()
    split = bundle.record["split"]
    card = ModelCard(
        fit=found["fit"], source=source.name, fingerprint=source.fingerprint, schema=bundle.learned_schema,
        rows=source.rows, split=split["rows"], subject=split["subject"], reference=bundle.reference,
        parts=_parts(bundle), scores=bundle.train_scores, seed=int(bundle.record["seed"]),
        seconds=float(found["seconds"]), why=Message.from_json(bundle.record["why"]),
        figures=_figures(bundle, source), command=command,
    )
    return write_text(private_dir(cache_dir() / "cards") / f"{found['fit']}.html", model_card(card))


def _parts(bundle: Bundle) -> tuple[CardPart, ...]:
    from ..models.base import unit_words
    from ..report.model_card import CardPart

    learned = bundle.learned()
    duties = {key: tuple(d for d, k in bundle.duties.items() if k == key) for key in bundle.parts}
    return tuple(
        CardPart(
            duties[key], message(f"models.{key}.title"), unit_words(part.unit), bundle.record["params"][key],
            tuple(family_of(part.family).references),
            min(bundle.shown(key), bundle.record["params"][key].get("sample") or bundle.shown(key)),
            learned[key],
        )
        for key, part in bundle.parts.items()
    )


def _figures(bundle: Bundle, source: Source) -> tuple[tuple[str, float, Message], ...]:
    """How the training rows rank against a label, each scored without itself."""
    from ..data.schema import Role
    from ..detect.labels import read_labels
    from ..stats.ranking import auroc, average_precision

    names = bundle.schema.with_role(Role.LABEL)
    if not names:
        return ()
    found = read_labels(source.take(bundle.train_index, names[:1])[names[0]])
    if found is None or found.anomalous[found.known].all() or not found.anomalous.any():
        return ()
    label, score = found.anomalous[found.known], bundle.train_scores[found.known]
    where = message("tasks.label_figure", column=names[0], rows=int(np.count_nonzero(found.known)))
    return (("AUROC", auroc(label, score), where), ("AP", average_precision(label, score), where))
