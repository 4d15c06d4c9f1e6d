"""The quality report of a synthetic copy: every metric between its reference rows, better always to the right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..words import words
from .page import render

__all__ = ["MetricLine", "quality_report"]

_GROUPS = ("fidelity", "utility", "privacy")
_LOWER_IS_BETTER = frozenset({"two_sample_auc", "dcr_share", "exact_copies", "partial_copies"})
_NOT_A_SHARE = frozenset({"two_sample_auc"})


@dataclass(frozen=True)
class MetricLine:
    """One metric as it stands in the report.

    Args:
        key: the metric.
        title, help: its name and what it says.
        value: of the synthetic copy; NaN when it could not be measured.
        floor, ceiling, leak: of independent columns, holdout and training copy; None where not measured.
        bounds: 95 % interval of the value, or None.
        higher_is_better: which way is good.
        is_share: shown as a percentage.
    """

    key: str
    title: str
    help: str
    value: float
    floor: float | None
    ceiling: float | None
    leak: float | None
    bounds: tuple[float, float] | None
    higher_is_better: bool
    is_share: bool

    def text(self, value: float | None) -> str:
        """A value of this metric as it is written."""
        if value is None or math.isnan(value):
            return "–"
        return f"{100 * value:.1f}%" if self.is_share else f"{value:.3f}"


def quality_report(
    report: Mapping[str, Any], *, title: str, rows: Mapping[str, int] | None = None, locale: str = "en",
) -> str:
    """The report as one self-contained HTML page.

    Args:
        report: what the evaluate task answers: groups of metrics, "references", "intervals".
        title: name of the synthetic table.
        rows: how many rows were compared: "train", "holdout", "synthetic".
        locale: of the words.
    """
    groups = [(group, list(_lines(report, group, locale))) for group in _GROUPS]
    return render("quality.html", {
        "title": title, "rows": dict(rows or {}), "groups": [g for g in groups if g[1]],
        "notes": report.get("notes", ()),
    }, locale)


def _lines(report: Mapping[str, Any], group: str, locale: str) -> Iterator[MetricLine]:
    catalogue = words(locale)
    for key, value in (report.get(group) or {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            continue
        name = f"report.quality.metric.{key}"
        is_known = name in catalogue.templates
        low_high = _found(report.get("intervals"), group, key)
        yield MetricLine(
            key=key, title=catalogue.text(name) if is_known else key.replace("_", " "),
            help=catalogue.text(f"{name}.help") if is_known else "",
            value=math.nan if value is None else float(value), floor=_reference(report, "independent", group, key),
            ceiling=_reference(report, "holdout", group, key), leak=_reference(report, "training_copy", group, key),
            bounds=(float(low_high[0]), float(low_high[1])) if low_high and None not in low_high else None,
            higher_is_better=key not in _LOWER_IS_BETTER, is_share=key not in _NOT_A_SHARE)


def _reference(report: Mapping[str, Any], which: str, group: str, key: str) -> float | None:
    value = _found((report.get("references") or {}).get(which), group, key)
    return float(value) if isinstance(value, int | float) else None


def _found(table: Mapping[str, Any] | None, group: str, key: str) -> Any:
    """A value that lies under its group, or directly under its key."""
    inside = (table or {}).get(group)
    return inside.get(key) if isinstance(inside, Mapping) else (table or {}).get(key)
