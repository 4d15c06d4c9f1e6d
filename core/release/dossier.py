"""The dossier of a release: what was done, what was measured and what was decided, for a lawyer and for a machine.

Ten points, after EDPB Opinion 28/2024, NIST SP 800-226 and the 2025 consensus on privacy metrics of synthetic data:
threat model and unit of privacy; the split into rows that were learned from and a control; what becomes of values;
attacks with intervals against the control; exact and partial copies; differential privacy; fidelity between reference
rows; data card and digests; limits; and nothing about single rows for the recipient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import __version__
from ..report.page import render
from ..words import Message, message, words
from .gate import FAILED, Check
from .policy import Policy

__all__ = ["Told", "Treated", "card_page", "dossier_json", "dossier_page", "plain_details"]

VERSION = 1
_REFERENCES = ("holdout", "independent", "half_copied", "training_copy")
_UNKNOWN = "–"
_COPIES = ("exact_copies", "partial_copies", "fingerprint", "dcr_share")


@dataclass(frozen=True)
class Treated:
    """What became of one column.

    Args:
        name: of the column. kind, role: of the real column.
        how: key of the way its values were made.
        values: what the copy holds, in words.
        missing: share of missing cells in the copy.
    """

    name: str
    kind: str
    role: str
    how: str
    values: Message | str = ""
    missing: float = 0.0

    @property
    def said(self) -> Message:
        """What was done with it, in a sentence."""
        return message(f"release.how.{self.how}")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object."""
        return {"column": self.name, "kind": self.kind, "role": self.role, "how": self.how,
                "said": words().text(self.said), "missing": round(self.missing, 4)}


@dataclass(frozen=True, eq=False)
class Told:
    """Everything a dossier says.

    Args:
        release: id. name: of the real table. project: its file's name. fit: id of the fit.
        rows: of the release. judged: rows that were measured (more where a release is small).
        seed, where, generator, rules: how the rows were drawn; rules are sentences.
        subject: column that says whom a row is about, or None for the row itself. subjects: the least behind a value.
        split: rows learned from, calibration and control: "train", "calibration", "holdout"; of which compared.
        columns: what became of each.
        moved: date columns that were moved in time together.
        refined: distance to the training rows "before" and "after" choosing among drawn rows, the "level" of unseen
            rows, rows "drawn" and "kept", "seconds"; None where rows were not chosen.
        tried: "rows" that the model drew and how many were "kept".
        policy, checks: what decided. override: the reason for a release against it, or "". by: whose it is.
        report: what `evaluate` answered.
        notes: of the evaluation and the draw.
        made: when, ISO 8601. data: name of the data file.
    """

    release: str
    name: str
    project: str
    fit: str
    rows: int
    judged: int
    seed: int
    where: str
    generator: str
    subject: str | None
    subjects: int
    split: Mapping[str, int]
    compared: Mapping[str, int]
    columns: Sequence[Treated]
    policy: Policy
    checks: Sequence[Check]
    report: Mapping[str, Any]
    made: str
    data: str
    override: str = ""
    by: str = ""
    rules: Sequence[Message] = ()
    moved: Sequence[str] = ()
    tried: Mapping[str, float] = field(default_factory=dict)
    refined: Mapping[str, Any] | None = None
    notes: Sequence[Mapping[str, Any]] = field(default=())

    @property
    def failed(self) -> list[Check]:
        """The required lines that were missed."""
        return [check for check in self.checks if check.state == FAILED]


def dossier_json(told: Told) -> dict[str, Any]:
    """The dossier for machines: aggregates alone, nothing about single rows."""
    return {
        "version": VERSION, "provenance": "synthetic", "release": told.release, "made": told.made,
        "likeness": __version__,
        "decision": {
            "accepted": not told.failed, "override": told.override or None, "by": told.by or None,
            "policy": told.policy.to_json(),
            "policy_fingerprint": told.policy.fingerprint, "lines": [check.to_json() for check in told.checks],
        },
        "threat_model": {"unit": told.subject or "row", "sentences": [words().text(m) for m in _threats(told)]},
        "split": {**told.split, "compared": dict(told.compared), "by": told.subject or "row"},
        "values": {
            "subjects": told.subjects, "dates_moved": list(told.moved), "columns": [c.to_json() for c in told.columns]},
        "draw": {
            "rows": told.rows, "rows_measured": told.judged, "seed": told.seed, "where": told.where, "fit": told.fit,
            "generator": told.generator, "tried": dict(told.tried),
            "refined": dict(told.refined) if told.refined else None,
            "rules": [words().text(rule) for rule in told.rules]},
        "measured": [_measured(m, told.report) for m in told.report["metrics"]],
        "differential_privacy": None,
        "data": told.data,
    }


def _measured(metric: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    key = metric["key"]
    return {
        **metric, "title": words().text(f"evaluate.{key}.title"), "value": report[metric["group"]].get(key),
        "interval": report["intervals"].get(key),
        "references": {name: found.get(key) for name, found in report["references"].items()},
        "details": plain_details(report["details"].get(key) or {}),
    }


def plain_details(details: Mapping[str, Any]) -> dict[str, float | int | bool]:
    """Only the numbers that stand alone: a list may speak of single rows, or of the training rows among them."""
    return {k: v for k, v in details.items() if isinstance(v, int | float)}


def dossier_page(told: Told, locale: str = "en") -> str:
    """The dossier as one self-contained HTML page."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for metric in told.report["metrics"]:
        name = "copies" if metric["key"] in _COPIES else str(metric["group"])
        groups.setdefault(name, []).append(_shown(metric, told.report, locale))
    groups = {name: rows if any(row["value"] != _UNKNOWN for row in rows) else [] for name, rows in groups.items()}
    attacks, copies = groups.pop("privacy", []), groups.pop("copies", [])
    return render("dossier.html", {
        "told": told, "state": _state(told), "threats": list(_threats(told)), "references": _REFERENCES,
        "attacks": attacks, "copies": copies, "groups": groups, "limits": list(_limits(told)),
    }, locale)


def card_page(told: Told, locale: str = "en") -> str:
    """The data card: what the recipient has to know about the rows, and nothing about the real ones."""
    return render("data_card.html", {"told": told, "state": _state(told)}, locale)


def _state(told: Told) -> str:
    """"accepted", "advised" (with advice that was not met) or "overridden"."""
    if told.override:
        return "overridden"
    return "advised" if any(check.state == "advisory" for check in told.checks) else "accepted"


def _shown(metric: Mapping[str, Any], report: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """A metric as the page prints it: texts, and a dash where something was not measured."""
    key, catalogue = metric["key"], words(locale)

    def text(value: float | None) -> str:
        if value is None:
            return _UNKNOWN
        return catalogue.text("report.share", value=value) if metric.get("share") else f"{value:.3f}"

    low, high = report["intervals"].get(key) or (None, None)
    return {
        "key": key, "value": text(report[metric["group"]].get(key)),
        "interval": _UNKNOWN if low is None or high is None else catalogue.text(
            "release.range", low=text(low), high=text(high)),
        "references": [text(report["references"].get(name, {}).get(key)) for name in _REFERENCES],
        "more": _more(plain_details(report["details"].get(key) or {})),
    }


def _more(details: Mapping[str, float]) -> Message | None:
    """What stands behind an attack's figure: who was found at few false alarms, or how often a guess was right."""
    if "exposed_found_at_1_percent" in details:
        return message("release.dossier.more.found", **{
            name: details[key] for name, key in (
                ("found", "found_at_1_percent"), ("auc", "exposed_auc"), ("exposed", "exposed_found_at_1_percent"))})
    if {"guesses", "success", "control"} <= details.keys():
        return message("release.dossier.more.guessed", **{k: details[k] for k in ("guesses", "success", "control")})
    return None


def _threats(told: Told) -> Iterator[Message]:
    yield message("release.threat.who")
    yield message("release.threat.what")
    yield message("release.threat.unit", column=told.subject) if told.subject else message("release.threat.row")
    yield message("release.threat.not")


def _limits(told: Told) -> Iterator[Message]:
    yield message("release.limit.evidence")
    yield message("release.limit.measured", metrics=[message(f"evaluate.{m['key']}.title") for m in
                                                     told.report["metrics"] if m["group"] == "privacy"])
    if told.judged > told.rows:
        yield message("release.limit.small", rows=told.rows, judged=told.judged)
    if told.where:
        yield message("release.limit.where", where=told.where)
    if told.moved:
        yield message("release.limit.moved")
    for note in told.notes:
        yield Message.from_json(note)
