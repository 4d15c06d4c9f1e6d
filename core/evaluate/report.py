"""Evaluate a copy: every metric on the copy and on its reference rows, as one JSON object."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..run import Run
from ..words import message
from .base import GROUPS, METRICS, REFERENCES, Figure, Metric, Tables, references, sample
from .leaks import ALARMS, AUC, ODDS, RISK, leaking

__all__ = ["evaluate", "every_metric"]


def every_metric() -> list[Metric]:
    """All metrics, group by group."""
    return [metric for group in GROUPS for _, metric in METRICS[group].items()]


def evaluate(tables: Tables, run: Run | None = None, metrics: Iterable[Metric] | None = None) -> dict[str, Any]:
    """Measure fidelity, utility, fairness and privacy of a copy. About 30 s for 25,000 rows of 15 columns on one core.

    Args:
        tables: from `prepare`.
        run: seed, progress, cancelling; partial results are sent after each metric.
        metrics: which; None = all there are.

    Returns:
        {"fidelity": {key: value}, "utility": {..., "target", "measure", "real"}, "fairness": {...},
        "privacy": {...}, "references": {one of `REFERENCES`: {key: value}}, "intervals": {key: [low, high]},
        "metrics": [{"key", "group", "better", "share", "chance"}], "details": {key: {...}}, "notes": [Message],
        "leaks": [keys of attacks that found more than is tolerated], "tolerated": what that is}.
        Values that cannot be computed are null.
    """
    run = run or Run()
    chosen = every_metric() if metrics is None else list(metrics)
    report: dict[str, Any] = {group: {} for group in GROUPS}
    report["references"] = {name: {} for name in REFERENCES}
    report |= {"intervals": {}, "details": {}, "metrics": [], "notes": [], "leaks": []}
    report["tolerated"] = {"auc": AUC, "odds": ODDS, "risk": RISK, "alarms": ALARMS}
    attacks: dict[str, dict[str, Figure]] = {}
    for at, metric in enumerate(chosen):
        part = run.part(at / len(chosen), (at + 1) / len(chosen))
        figures = _figures(metric, tables, part)
        _enter(report, metric, figures)
        if metric.group == "privacy":
            attacks[metric.key] = figures
        run.on_partial({"evaluate": report})
    _name_leaks(report, attacks)
    if "tstr" in report["references"]["holdout"]:
        report["utility"]["real"] = report["references"]["holdout"]["tstr"]
    return report


def _figures(metric: Metric, tables: Tables, run: Run) -> dict[str, Figure]:
    """The metric on the copy ("synthetic") and on each reference row."""
    n = tables.holdout.rows if metric.is_sized else tables.synthetic.rows
    judged = {"synthetic": tables.judging(sample(tables.synthetic, n, run.rng("evaluate", "size")))}
    if not metric.is_alone:
        judged |= references(metric, tables, run.rng("evaluate", metric.key, "references"))
    figures: dict[str, Figure] = {}
    for name, rows in judged.items():
        said = message("evaluate.measuring", metric=message(f"evaluate.{metric.key}.title"))
        run.progress(len(figures) / len(judged), said)
        part = run.part(len(figures) / len(judged), (len(figures) + 1) / len(judged))
        figures[name] = metric.measure(rows, run.rng("evaluate", metric.key, name), part)
    return figures


def _enter(report: dict[str, Any], metric: Metric, figures: dict[str, Figure]) -> None:
    copy = figures["synthetic"]
    group = report[metric.group]
    group[metric.key] = _plain(copy.value)
    if metric.group == "utility":
        group.update({k: v for k, v in copy.detail.items() if k in ("target", "measure")})
    for name in REFERENCES:
        report["references"][name][metric.key] = _plain(figures[name].value) if name in figures else None
    measured = math.isfinite(copy.value)  # what was not measured has no interval either
    report["intervals"][metric.key] = [_plain(v) if measured else None for v in copy.get_interval()]
    report["details"][metric.key] = copy.detail | copy.get_more()
    report["metrics"].append({
        "key": metric.key, "group": metric.group, "better": metric.better, "share": metric.is_share,
        "chance": metric.chance})
    if metric.warn is not None and (said := metric.warn(copy)) is not None:
        report["notes"].append(said.to_json())


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _name_leaks(report: dict[str, Any], attacks: dict[str, dict[str, Figure]]) -> None:
    """What a steward must not miss; the attacks are judged together, so that many of them raise no more alarms."""
    found = leaking([figures["synthetic"] for figures in attacks.values()])
    for (key, figures), is_leak in zip(attacks.items(), found, strict=True):
        if is_leak:
            report["leaks"].append(key)
            holdout = figures["holdout"].value if "holdout" in figures else math.nan
            said = message(f"evaluate.{key}.leak", value=figures["synthetic"].value, holdout=holdout)
            report["notes"].append(said.to_json())
