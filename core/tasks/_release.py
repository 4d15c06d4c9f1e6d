"""What `release` composes: the draw, its evaluation, the facts the policy asks for, and the folder."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import __version__
from ..data.batch import CODED, Batch, Column
from ..data.conditions import Either
from ..data.schema import Kind, Role
from ..errors import RefusedError
from ..paths import account
from ..project.journal import now
from ..run import Run
from ..words import message, words
from ._contradiction import check_drawable
from ._facts import facts_of
from ._files import open_again
from ._generator import for_release
from ._rules import kept_rules
from ._runs import digest, load_bundle, split_of
from ._shaping import refinement_of
from ._writing import write_json, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.rules.base import Rule
    from ..data.schema import ColumnSpec
    from ..data.source import Source
    from ..evaluate.tables import Prepared
    from ..models.base import Releases
    from ..models.bundle import Bundle
    from ..models.rejection import Tried
    from ..project.store import Store
    from ..release.dossier import Told, Treated
    from ..release.policy import Policy
    from .release import ReleaseRequest

__all__ = ["judged", "written"]

_JUDGED = 1_000
"""Rows that are measured at least: those of a small release and more of the same draw, or nothing could be said."""
_MOST = 50_000
_FEWEST = 100
"""Real rows a condition has to leave on either side for the copy to be compared with these alone."""
_DATA = "data"


@dataclass(frozen=True, eq=False)
class _Drawn:
    """What was drawn, beside what it was drawn from.

    Args:
        batch: all rows measured; the first `rows` are the release.
        source: the real table. bundle, facts: of the fit. rules: that every row keeps.
        where, subjects: what was drawn by.
        out: the rows as they leave: with their dates moved. moved: date columns. tried: rows drawn for them.
        refined: what choosing among them gained, and what it cost.
    """

    batch: Batch
    source: Source
    bundle: Bundle
    facts: Mapping[str, Any]
    rules: Sequence[Rule]
    where: Either
    subjects: int
    out: Batch
    tried: Tried
    refined: Mapping[str, Any] | None = None
    moved: tuple[str, ...] = ()


def judged(request: ReleaseRequest, policy: Policy, store: Store, run: Run) -> tuple[Told, _Drawn]:
    """The draw, measured and held against the policy.

    Raises:
        RefusedError: only a model that keeps rare values could draw.
        FitError: the condition cannot be met.
        SchemaError: too few real rows to compare with.
        ReadError: the real table is gone.
    """
    from ..evaluate.report import evaluate
    from ..release.dossier import Told
    from ..release.gate import judge

    drawn, fit = _draw(request, policy, store, run.part(0.0, 0.4))
    prepared, compared = _prepared(request, drawn, run.part(0.4, 0.45))
    report = evaluate(prepared.tables, run.part(0.45, 0.95))
    checks = judge(policy, report, _facts(request, drawn, compared))
    split, record = drawn.bundle.record["split"], store.record("fit", fit)
    told = Told(
        release="", name=str(record.get("name", "")), project=store.path.name if store.path else "", fit=fit,
        rows=request.rows, judged=drawn.batch.rows, seed=request.seed, where=drawn.where.to_text(),
        generator="generator", subject=split["subject"], subjects=drawn.subjects, split=split["rows"],
        compared=compared, columns=_treated(drawn, request.rows), policy=policy, checks=checks, report=report,
        made=now(), data=f"{_DATA}.{request.format}", override=" ".join(request.override.split()),
        by=" ".join(request.by.split()) or account() or words().text("release.nobody"),
        rules=[rule.sentence() for rule in drawn.rules], moved=drawn.moved, tried=drawn.tried.report(),
        refined=drawn.refined,
        notes=[*(n.to_json() for n in prepared.notes), *report["notes"]])
    override = told.override if told.failed else ""  # a copy that passes needs none
    asked = digest(fit, json.dumps(policy.to_json()), override, *map(str, (
        request.rows, request.seed, told.where, request.format, request.without, request.rules,
        request.refine, request.sensitive)))
    return replace(told, release=asked, override=override, by=told.by if override else ""), drawn


def _draw(request: ReleaseRequest, policy: Policy, store: Store, run: Run) -> tuple[_Drawn, str]:
    from ..models.rejection import Tried
    from ..synth.draw import draw_rows

    fit, bundle = load_bundle(store, request.fit)
    facts = facts_of(store, fit)
    where = Either.parse(request.where).check(bundle.schema)
    for name in request.sensitive:
        bundle.schema[name]  # raises where there is no such column
    check_drawable(where, bundle, facts, within=True)
    rules = kept_rules(request.rules, request.without, facts, bundle.schema)
    refinement = refinement_of(
        store, bundle, facts, run.part(0.0, 0.0), is_given=bool(where)) if request.refine else None
    model: Any = for_release(store, fit, bundle, run.part(0.0, 0.7), policy.subjects)
    _check_codec(model)
    source = open_again(store, bundle.record["source"], bundle.schema, run)
    wanted = max(request.rows, _JUDGED)
    rng = run.rng("release", fit)
    tried, began = Tried(), time.monotonic()
    parts = draw_rows(
        model, bundle.schema, wanted, where, rng, run.part(0.7, 1.0), facts, rules, refinement=refinement, tried=tried)
    batch = Batch.concat(list(parts))
    refined = {**refinement.report(), "seconds": time.monotonic() - began} if refinement else None
    drawn = _Drawn(batch, source, bundle, facts, rules, where, model.fewest_subjects(), batch, tried, refined)
    return _with_dates_moved(drawn, store, fit), fit


def _with_dates_moved(drawn: _Drawn, store: Store, fit: str) -> _Drawn:
    """Dates moved in what leaves, unless the condition or a rule speaks of them as they are."""
    from ..synth.moving import moved, weeks

    schema = drawn.bundle.schema
    dates = [c.name for c in schema if c.kind is Kind.DATETIME and drawn.batch[c.name].present.any()]
    if not dates or set(dates) & set(drawn.where.columns):
        return drawn
    out = moved(drawn.batch, schema, weeks(store.bundle_bytes(fit)[1]))
    if _broken(drawn.rules, out).any():
        return drawn
    return replace(drawn, out=out, moved=tuple(dates))


def _broken(rules: Sequence[Rule], batch: Batch) -> np.ndarray:
    """(n,) rows that do not keep all rules."""
    wrong = np.zeros(batch.rows, dtype=bool)
    for rule in rules:
        wrong |= rule.broken(batch) | rule.unsure(batch)
    return wrong


def _check_codec(model: Releases) -> None:
    """Refuse a model whose codec keeps rare values and real ranges, whatever it calls itself.

    Raises:
        RefusedError: it is one for analysis.
    """
    from ..models.base import Releases

    if not isinstance(model, Releases) or model.fewest_subjects() < 1:
        raise RefusedError("release.no_generator", model=type(model).__name__)


def _prepared(request: ReleaseRequest, drawn: _Drawn, run: Run) -> tuple[Prepared, dict[str, int]]:
    """The real rows and the copy, ready to compare; under a condition only real rows that satisfy it, if enough do."""
    from ..evaluate.tables import prepare
    from ..synth.facts import as_ids

    source, bundle = drawn.source, drawn.bundle
    parts = [source.subset(bundle.train_index), source.subset(split_of(bundle, source).holdout)]
    real = [_sample(part, run) for part in parts]
    if drawn.where:
        kept = [batch.take(np.flatnonzero(drawn.where.mask(batch))) for batch in real]
        real = kept if min(map(len, kept)) >= _FEWEST else real
    copy = drawn.batch if drawn.batch.rows <= _MOST else drawn.batch.take(np.arange(_MOST))
    schema = as_ids(bundle.schema, drawn.facts)
    for name in request.sensitive:
        schema = schema.set(name, role=Role.SENSITIVE)
    prepared = prepare(real[0], real[1], copy, schema, request.target)
    return prepared, {"train": len(real[0]), "holdout": len(real[1]), "synthetic": copy.rows}


def _sample(source: Source, run: Run) -> Batch:
    rows = np.arange(source.rows)
    if source.rows > _MOST:
        rows = np.sort(run.rng("release", "rows").choice(source.rows, _MOST, replace=False))
    batch: Batch = source.take(rows.astype(np.int64))
    return batch


def _facts(request: ReleaseRequest, drawn: _Drawn, compared: Mapping[str, int]) -> dict[str, float]:
    """What the policy may ask beside the metrics."""
    train = len(drawn.bundle.train_index)
    facts = {
        "subjects": float(drawn.subjects), "real_values": float(_real_values(drawn)),
        "rows_per_training_row": request.rows / max(train, 1), "holdout_rows": float(compared["holdout"]),
    }
    if drawn.rules:
        facts["rules_kept"] = float(1 - _broken(drawn.rules, drawn.out).mean())
    return facts


def _real_values(drawn: _Drawn) -> int:
    """Cells of the copy with an id or a personal value that the real column holds."""
    from ..synth.facts import NEW, made_how

    found = 0
    for spec in drawn.bundle.schema:
        if made_how(spec, drawn.facts) in NEW:
            real = {v for batch in drawn.source.batches([spec.name]) for v in _held(batch[spec.name])}
            found += sum(v in real for v in _cells(drawn.batch[spec.name]))
    return found


def _held(column: Column) -> set[Any]:
    return set(column.categories) if column.kind in CODED else set(column.values[column.present].tolist())


def _cells(column: Column) -> list[Any]:
    values = column.objects()
    return [v for v, ok in zip(values.tolist(), column.present.tolist(), strict=True) if ok]


def _treated(drawn: _Drawn, rows: int) -> list[Treated]:
    """What became of every column, and what the released rows hold."""
    from ..release.dossier import Treated
    from ..synth.facts import made_how

    released = drawn.out.take(np.arange(rows))
    out = []
    for spec in drawn.bundle.schema:
        how, column = made_how(spec, drawn.facts), released[spec.name]
        if how == "ignored" and column.present.any():
            how = "constant"
        if how == "model":
            how = "rare" if not drawn.batch[spec.name].present.any() else "category" if spec.kind in CODED else "number"
            how = "date" if spec.name in drawn.moved else how
        out.append(Treated(
            spec.name, str(spec.kind), str(spec.role), how, _values(column, spec), float(1 - column.present.mean())))
    return out


def _values(column: Column, spec: ColumnSpec) -> Any:
    """What a column of the copy holds, in words."""
    if not column.present.any():
        return message("release.holds.nothing")
    values = column.values[column.present]
    if spec.kind in CODED:
        return message("release.holds.values", count=len(np.unique(values)))
    low, high = values.min(), values.max()
    if spec.kind is Kind.DATETIME:
        days = np.array([low, high]).astype("datetime64[us]").astype("datetime64[D]")
        return message("release.holds.range", low=str(days[0]), high=str(days[1]))
    return message("release.holds.range", low=float(low), high=float(high))


def written(request: ReleaseRequest, told: Told, drawn: _Drawn, store: Store, run: Run) -> dict[str, Any]:
    """Write the folder, all of it or nothing, and stage its record.

    Raises:
        DataError: it cannot be written; nothing was.
    """
    from ..data.write import making, write_rows
    from ..release.dossier import card_page, dossier_json, dossier_page
    from ..release.manifest import MANIFEST, manifest
    from ..release.manifest import digest as sha256

    out = Path(str(request.out))
    batch = drawn.out.take(np.arange(told.rows))
    about = {
        "likeness.provenance": "synthetic", "likeness.status": "released", "likeness.release": told.release,
        "likeness.version": __version__,
    }
    run.progress(0.0, message("release.writing"))
    with making(out) as folder:
        write_rows(folder / told.data, _pieces(batch), drawn.bundle.schema, run, about)
        write_json(folder / "dossier.json", dossier_json(told))
        write_text(folder / "dossier.html", dossier_page(told))
        write_text(folder / "data_card.html", card_page(told))
        write_json(folder / MANIFEST, manifest(folder, _about(told, store)))
        head = sha256(folder / MANIFEST)
        files = sorted(p.name for p in folder.iterdir())
    event = {
        "fit": told.fit, "rows": told.rows, "policy": told.policy.name, "accepted": not told.failed,
        "failing": [check.metric for check in told.failed], "override": told.override or None, "by": told.by or None,
        "manifest": head,
    }
    store.stage("release", told.release, {**event, "out": str(out.absolute()), "where": told.where, "seed": told.seed,
                                          "made": told.made, "policy": told.policy.to_json(), "journal": event})
    return {"out": str(out), "override": told.override or None, "manifest": head, "files": files,
            "dossier": str(out / "dossier.html")}


def _pieces(batch: Batch, size: int = 16_384) -> list[Batch]:
    return [batch.take(np.arange(a, min(a + size, batch.rows))) for a in range(0, batch.rows, size)] or [batch]


def _about(told: Told, store: Store) -> dict[str, Any]:
    """What the manifest says beside the digests."""
    journal = store.project.journal if store.project else None
    return {
        "release": told.release, "made": told.made, "rows": told.rows, "seed": told.seed, "where": told.where,
        "fit": told.fit, "policy": {"name": told.policy.name, "fingerprint": told.policy.fingerprint},
        "accepted": not told.failed, "override": told.override or None,
        "journal_before": {"length": journal.length, "head": journal.head} if journal else None,
        "what": words().text("release.what"),
    }
