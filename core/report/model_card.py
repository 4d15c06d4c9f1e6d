"""The model card of a fit: what it learned from, how, what it may be used for, and where it ends.

References:
    Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, https://arxiv.org/abs/1810.03993
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.schema import Schema
from ..stats.bins import even_edges
from ..words import Message, number
from .page import render

__all__ = ["CardPart", "ModelCard", "model_card"]

_BARS = 48
_FEW_ROWS = 500


@dataclass(frozen=True)
class CardPart:
    """One model of a fit.

    Args:
        duties: what it does here: "ranks", "explains", "draws".
        title: what it is called.
        unit: of its scores, in words.
        params: its settings.
        references: papers or pages it follows.
        sample: rows it learned from, when fewer than the training rows.
        learned: what it settled by itself.
    """

    duties: tuple[str, ...]
    title: Message | str
    unit: Message | str
    params: Mapping[str, Any] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    sample: int | None = None
    learned: tuple[Message, ...] = ()


@dataclass(frozen=True, eq=False)
class ModelCard:
    """What a card says.

    Args:
        fit: id of the fit.
        source: name of the file.
        fingerprint: of the source.
        schema: columns with kinds and roles as confirmed.
        rows: of the source.
        split: rows in each part ("train", "calibration", "holdout").
        subject: entity column that was kept together by the split, or None.
        reference: "clean" or "mixed".
        parts: the models.
        seed, seconds: of the fit.
        why: why this model was chosen, in words.
        scores: (n,) scores of the training rows, self excluded.
        figures: (name, value, where it comes from) measured on this fit, such as AUROC against a label.
        notes: anything a reader must know beyond the general limits.
        command: shell line that makes this fit again.
    """

    fit: str
    source: str
    fingerprint: str
    schema: Schema
    rows: int
    split: Mapping[str, int]
    reference: str
    parts: tuple[CardPart, ...]
    scores: NDArray[np.float64]
    subject: str | None = None
    seed: int = 0
    seconds: float = 0.0
    why: Message | None = None
    figures: tuple[tuple[str, float, Message | str], ...] = ()
    notes: tuple[Message, ...] = ()
    command: str = ""


def model_card(card: ModelCard, locale: str = "en") -> str:
    """The card as one self-contained HTML page."""
    finite = card.scores[np.isfinite(card.scores)]
    edges = even_edges(float(finite.min()), float(finite.max()), _BARS) if len(finite) else np.zeros(0)
    counts = np.histogram(finite, edges)[0] if len(finite) else np.zeros(0)
    levels = (0.5, 0.9, 0.95, 0.99)
    values = np.quantile(finite, levels).tolist() if len(finite) else []
    return render("model_card.html", {
        "card": card, "columns": list(card.schema), "modelled": card.schema.modelled,
        "counts": counts.tolist(), "ticks": _ticks(edges), "quantiles": list(zip(levels, values, strict=False)),
        "limits": list(_limits(card)),
    }, locale)


def _ticks(edges: NDArray[np.float64]) -> list[tuple[float, str]]:
    """Five labels under a histogram: both ends and the quarters."""
    if not len(edges):
        return []
    low, high = float(edges[0]), float(edges[-1])
    return [(float(share), number(round(low + float(share) * (high - low), 2))) for share in np.linspace(0, 1, 5)]


def _limits(card: ModelCard) -> Iterator[Message]:
    yield Message("report.card.limit.meaning")
    yield Message(f"report.card.limit.reference.{card.reference}")
    yield Message("report.card.limit.independent")
    if left := [c.name for c in card.schema if not c.is_modelled]:
        yield Message("report.card.limit.columns", {"columns": left})
    train = card.split.get("train", card.rows)
    if train < _FEW_ROWS:
        yield Message("report.card.limit.few", {"rows": train})
    for part in card.parts:
        if part.sample and part.sample < train:
            yield Message("report.card.limit.sample", {"model": part.title, "sample": part.sample, "rows": train})
    if any("draws" in part.duties for part in card.parts):
        yield Message("report.card.limit.private")
    yield from card.notes
