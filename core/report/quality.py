"""The quality report of a synthetic copy: every metric between its reference rows, better always to the right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..words import words
from .page import render

__all__ = ["MetricLine", "quality_report"]

_GROUPS = ("fidelity", "utility", "fairness", "privacy")
_REFERENCES = ("independent", "holdout", "training_copy", "half_copied")
_WORST = 8


@dataclass(frozen=True)
class MetricLine:
    """One metric as it stands in the report.

    Args:
        key: the metric; its name and what it says are `evaluate.<key>.title` and `.help`.
        value: of the synthetic copy; NaN when it could not be measured.
        floor: of independent columns.
        ceiling: of the holdout.
        leak: of a training copy.
        half: of rows that are half copied. All four are None where not measured.
        bounds: 95 % interval of the value, or None.
        higher_is_better: which way is good.
        note: what it was measured on, such as the target predicted.
        is_share: whether it is written as a percentage.
    """

    key: str
    value: float
    floor: float | None
    ceiling: float | None
    leak: float | None
    half: float | None
    bounds: tuple[float, float] | None
    higher_is_better: bool
    note: str = ""
    is_share: bool = True

    def text(self, value: float | None) -> str:
        """A value of this metric as it is written."""
        if value is None or math.isnan(value):
            return "–"
        return f"{value:.3f}" if not self.is_share else f"{100 * value:.1f}%"


def quality_report(
    report: Mapping[str, Any], *, title: str, rows: Mapping[str, int] | None = None, locale: str = "en",
) -> str:
    """The report as one self-contained HTML page.

    Args:
        report: what `evaluate` answers.
        title: name of the synthetic table.
        rows: how many rows were compared: "train", "holdout", "synthetic".
        locale: of the words.
    """
    groups = [(g, [_line(report, m, locale) for m in report["metrics"] if m["group"] == g]) for g in _GROUPS]
    return render("quality.html", {
        "title": title, "rows": dict(rows or {}), "groups": [g for g in groups if g[1]],
        "weakest": list(_weakest(report)), "notes": report.get("notes", ()), "people": _people(report),
        "told": {"columns": [], "pair": None, **report.get("details", {}).get("two_sample_auc", {})},
        "segments": report.get("details", {}).get("per_segment", {}).get("worst", []),
    }, locale)


def _line(report: Mapping[str, Any], metric: Mapping[str, str], locale: str) -> MetricLine:
    key, group = metric["key"], metric["group"]
    floor, ceiling, leak, half = (report["references"].get(name, {}).get(key) for name in _REFERENCES)
    bounds: Sequence[float | None] = report["intervals"].get(key) or (None, None)
    low, high = bounds
    value = report[group].get(key)
    target = report[group].get("target") if key == "tstr" else None
    measure = words(locale).text(f"report.quality.measure.{report[group].get('measure')}") if target else ""
    return MetricLine(
        key, math.nan if value is None else float(value), floor, ceiling, leak, half,
        bounds=None if low is None or high is None else (low, high), higher_is_better=metric["better"] == "higher",
        note=words(locale).text("report.quality.target", column=target, measure=measure) if target else "",
        is_share=bool(metric.get("share")))


def _people(report: Mapping[str, Any]) -> dict[str, Any]:
    """Sensitive groups with their shares and outcome rates, and what the outcome is."""
    details = report.get("details", {})
    shares = details.get("representation", {}).get("groups", [])
    outcomes = details.get("outcomes", {})
    rates = {(g["column"], g["group"]): g for g in outcomes.get("groups", [])}
    unknown = {"real": None, "synthetic": None}
    rows = [{**g, "rates": rates.get((g["column"], g["group"]), unknown)} for g in shares]
    return {"rows": rows, "target": outcomes.get("target"), "outcome": outcomes.get("outcome")}


def _weakest(report: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The columns and pairs that a reader should look at first: (name, agreement), worst first."""
    details = report.get("details", {})
    columns = (details.get("shapes") or {}).get("columns") or {}
    pairs = (details.get("trends") or {}).get("worst") or []
    found = [(name, score) for name, score in columns.items() if score is not None]
    found += [(f"{first} × {second}", score) for first, second, score in pairs]
    yield from sorted(found, key=lambda pair: pair[1])[:_WORST]
