"""The gate: what was measured against what the policy asks, line by line, with what would have to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..words import Message, message, number, words
from .policy import FACTS, HOLDOUT, OTHERS, TOLERATED, Line, Policy

__all__ = ["FAILED", "STATES", "Check", "is_accepted", "judge"]

FAILED = "failed"
STATES = (FAILED, "advisory", "unmeasured", "passed")
"""In the order they are shown: missed, missed but only advised, could not be measured and need not be, kept."""
_COPIES = frozenset({"exact_copies", "partial_copies", "dcr_share", "fingerprint"})


@dataclass(frozen=True)
class Check:
    """One line of the policy, judged.

    Args:
        metric: key.
        group: of the metric; "draw" for a fact.
        state: one of `STATES`.
        required: whether missing it refuses the copy.
        value: of the copy; None where it could not be measured.
        interval: its 95 % interval, or None.
        end: which end is compared. bound: "max" or "min". limit: the number it is held to.
        against: "" for a number, "holdout", or "tolerated": the limit is then the holdout's figure too, for comparison.
        is_share: whether it reads as a percentage.
        fix: what to change, for one that was missed.
        chance: what the metric says of a copy that owes nothing to any row, where unseen rows cannot tell it.
    """

    metric: str
    group: str
    state: str
    required: bool
    value: float | None
    interval: tuple[float, float] | None
    end: str
    bound: str
    limit: float | None
    against: str = ""
    is_share: bool = True
    fix: Message | None = None
    chance: float | None = None

    @property
    def title(self) -> Message:
        """What it is called."""
        return message(f"release.fact.{self.metric}" if self.group == "draw" else f"evaluate.{self.metric}.title")

    @property
    def shown(self) -> str:
        """The value as it is written."""
        return words().text("release.not_measured") if self.value is None else self.written(self.value)

    def written(self, value: float) -> str:
        """A figure of this metric."""
        if self.group == "draw":
            return words().text("report.share", value=value) if self.is_share else number(round(value, 3))
        return words().text("report.share", value=value) if self.is_share else f"{value:.3f}"

    @property
    def sentence(self) -> Message:
        """Interval and limit in words."""
        interval = Message("release.interval", {k: self.written(v) for k, v in zip(
            ("low", "high"), self.interval, strict=True)}) if self.interval else ""
        if self.against == TOLERATED:
            beside = self._beside
            parts = [part for part in (interval, beside) if part]
            return message(f"release.tolerated.{len(parts)}", **dict(zip(("first", "second"), parts, strict=False)))
        if self.limit is None:
            return message("release.no_limit")
        limit, end = self.written(self.limit), self.end if self.interval else "plain"
        said = message("release.as_holdout", limit=limit) if self.against else limit
        return message(f"release.line.{end}.{self.bound}", interval=interval, limit=said)

    @property
    def _beside(self) -> Message | str:
        """What an attack's figure is read beside: chance where that is known, else unseen rows."""
        if self.chance is not None:
            return message("release.beside.chance", limit=self.written(self.chance))
        return message("release.beside.unseen", limit=self.written(self.limit)) if self.limit is not None else ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, messages included."""
        return {
            "metric": self.metric, "group": self.group, "state": self.state, "required": self.required,
            "value": self.value, "interval": list(self.interval) if self.interval else None, "end": self.end,
            "bound": self.bound, "limit": self.limit, "against": self.against or None, "shown": self.shown,
            "title": self.title.to_json(), "sentence": self.sentence.to_json(),
            "fix": self.fix.to_json() if self.fix else None,
        }


def judge(policy: Policy, report: Mapping[str, Any], facts: Mapping[str, float]) -> list[Check]:
    """Every line of the policy, missed ones first.

    Args:
        policy: checked against the metrics of the report.
        report: what `evaluate` answers.
        facts: by the names in `FACTS`; rules that nobody asked to keep are left out.
    """
    metrics = {m["key"]: m for m in report["metrics"]}
    found = [_judged(line, metrics, report, facts) for line in _lines(policy, metrics)]
    return sorted(found, key=lambda check: STATES.index(check.state))


def is_accepted(checks: list[Check]) -> bool:
    """Whether no required line was missed."""
    return not any(check.state == FAILED for check in checks)


def _lines(policy: Policy, metrics: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Line, bool]]:
    """The lines, those of "privacy.*" spelt out, and whether each was named."""
    named = {line.metric for line in policy.lines}
    for line in policy.lines:
        if line.metric != OTHERS:
            yield line, True
            continue
        for key, metric in metrics.items():
            if metric["group"] == "privacy" and key not in named:
                yield _turned(replace(line, metric=key), str(metric["better"])), False


def _turned(line: Line, better: str) -> Line:
    """A line for risks that grow, turned round for a metric where more is better."""
    if better == "lower" or line.bound == "min" or line.limit == TOLERATED:
        return line
    ends = {"low": "high", "high": "low", "value": "value"}
    return replace(line, end=ends[line.end], max=None, min=line.max)


def _judged(
    named: tuple[Line, bool], metrics: Mapping[str, Mapping[str, Any]], report: Mapping[str, Any],
    facts: Mapping[str, float],
) -> Check:
    line, is_named = named
    check = _of_fact(line, facts) if line.metric in FACTS else _of_metric(line, metrics[line.metric], report)
    if check.value is None or (check.limit is None and check.against != TOLERATED):
        is_missed = line.required and is_named and not (line.metric in FACTS and line.metric not in facts)
        return replace(check, state=FAILED, fix=message("release.fix.unmeasured")) if is_missed else check
    if check.against == TOLERATED:
        return _tolerated(check, line, report)
    assert check.limit is not None
    held = check.value if check.interval is None or line.end == "value" else check.interval[line.end == "high"]
    if held <= check.limit if line.bound == "max" else held >= check.limit:
        return replace(check, state="passed")
    return replace(check, state=FAILED if line.required else "advisory", fix=_fix(check, line))


def _tolerated(check: Check, line: Line, report: Mapping[str, Any]) -> Check:
    """An attack that the evaluation has judged, beside all others."""
    if check.metric not in report["leaks"]:
        return replace(check, state="passed")
    return replace(check, state=FAILED if line.required else "advisory", fix=_fix(check, line))


def _of_fact(line: Line, facts: Mapping[str, float]) -> Check:
    assert not isinstance(line.limit, str)
    return Check(
        line.metric, "draw", "unmeasured", line.required, facts.get(line.metric), None, "value", line.bound,
        float(line.limit), is_share=line.metric == "rules_kept")


def _of_metric(line: Line, metric: Mapping[str, Any], report: Mapping[str, Any]) -> Check:
    key, group = line.metric, str(metric["group"])
    low, high = report["intervals"].get(key) or (None, None)
    limit = line.limit
    against = limit if isinstance(limit, str) else ""
    if against:
        limit = report["references"][HOLDOUT].get(key)
    return Check(
        key, group, "unmeasured", line.required, report[group].get(key),
        None if low is None or high is None else (low, high), line.end, line.bound,
        None if limit is None else float(limit), against, bool(metric.get("share")), chance=metric.get("chance"))


def _fix(check: Check, line: Line) -> Message:
    if check.group == "draw":
        return message(f"release.fix.{line.metric}", limit=check.written(check.limit or 0.0))
    if check.group == "privacy":
        return message("release.fix.copies" if check.metric in _COPIES else "release.fix.attack")
    return message("release.fix.faithful")
