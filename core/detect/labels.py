"""Labels: which value of a label column means "anomaly". Models never see the column; it only judges scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Column
from ..words import Message, message

__all__ = ["Labels", "read_labels"]

_ANOMALOUS = frozenset({
    "1", "true", "t", "yes", "y", "-1", "fraud", "fraudulent", "anomaly", "anomalous", "abnormal", "outlier", "attack",
    "malicious", "malignant", "defect", "defective", "faulty", "failure", "bad", "suspicious", "positive", "chargeback",
})
_ORDINARY = frozenset({
    "0", "false", "f", "no", "n", "normal", "ordinary", "ok", "good", "legit", "legitimate", "genuine", "benign",
    "none", "negative",
})


@dataclass(frozen=True, eq=False)
class Labels:
    """A label column as yes or no.

    Args:
        anomalous: (n,) True where the label says anomaly.
        known: (n,) where there is a label.
        value: the text that means anomaly, or several joined with commas.
        reason: why that value was taken.
    """

    anomalous: NDArray[np.bool_]
    known: NDArray[np.bool_]
    value: str
    reason: Message


def read_labels(column: Column) -> Labels | None:
    """Decide which value means anomaly.

    By its word (1, true, fraud...), else the rarer of two values, else all but the ordinary word (0, normal...).

    Returns:
        None when the column has one value, or several of which none can be told.
    """
    texts = np.array([_plain(v) for v in column.objects()], dtype=object)
    known = column.present
    values, counts = np.unique(texts[known].astype(str), return_counts=True)
    if len(values) < 2:
        return None
    chosen, key = _choose(values.tolist(), counts.tolist())
    if not chosen:
        return None
    shown = ", ".join(sorted(chosen))
    anomalous = known & np.isin(texts.astype(str), sorted(chosen))
    return Labels(anomalous, known, shown, message(f"detect.label.{key}", value=shown, rows=int(anomalous.sum())))


def _choose(values: list[str], counts: list[int]) -> tuple[set[str], str]:
    """The values that mean anomaly, and which rule said so."""
    lowered = {v: v.strip().lower() for v in values}
    ordinary = {v for v in values if lowered[v] in _ORDINARY}
    named = {v for v in values if lowered[v] in _ANOMALOUS} if "1" not in ordinary else set()
    if named and len(named) < len(values):
        return named, "word"
    if len(values) == 2:
        return {values[int(np.argmin(counts))]}, "rare"
    return (set(values) - ordinary, "others") if ordinary else (set(), "")


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
