"""Facts a copy needs besides the model: formats of ids and personal values, how often entities repeat, ranges...

They are learned once from the real table, beside the fit, and kept in the fit's record as JSON. None of them is
what a single subject has: ends of numbers, sizes of entities and texts within ids stand for several.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column
from ..data.schema import ColumnSpec, Kind, Role, Schema
from ..data.source import Source
from ..encode.subjects import Subjects
from ..run import Run
from .formats import IdFormat, learn_format
from .values.base import FEWEST, VALUES, recognise

__all__ = ["NEW", "VERSION", "as_ids", "learn_facts", "made_how"]

VERSION = 2

NEW = frozenset({"id", "entity", "personal"})
"""Ways of making a column none of whose values may be a real one."""

_PERSONAL_KINDS = frozenset({Kind.CATEGORY, Kind.INTEGER})
_QUANTILES = 200
_ENDS = 2_000  # rows at either end of a column among which enough subjects are looked for at first


def made_how(spec: ColumnSpec, facts: Mapping[str, Any] | None = None) -> str:
    """How a copy fills a column: "personal", "model", "id", "entity", "label", "text" or "ignored".

    Args:
        spec: the column.
        facts: from `learn_facts`; only they tell which columns hold personal values.
    """
    if "personal" in ((facts or {}).get("columns", {}).get(spec.name) or {}):
        return "personal"
    return spec.made


def learn_facts(source: Source, run: Run | None = None) -> dict[str, Any]:
    """Learn them from every real row, so that no new id equals a real one.

    Args:
        source: the whole table, under the schema of the fit.
        run: progress and cancelling.

    Returns:
        JSON object: {"version": 2, "columns": {name: {...}}, "ranges": {name: [low, high]}}.
    """
    run = run or Run()
    columns: dict[str, Any] = {}
    specs = [c for c in source.schema if _is_looked_at(c)]
    entities: dict[str, NDArray[np.int64]] = {}
    personal: dict[str, NDArray[np.int64]] = {}
    for at, spec in enumerate(specs):
        run.progress(at / (len(specs) + 1))
        how, column = made_how(spec), _whole(source, spec.name)
        texts, codes = _texts(column)
        found = _personal(spec, texts, run)
        if found or how in ("id", "entity"):
            columns[spec.name] = {**(found or _format(spec, texts)), "missing": _missing(codes)}
        elif how == "ignored":
            columns |= _constant(spec, column)
        if how == "entity":
            columns[spec.name]["rows_each"] = _quantiles(np.bincount(codes[codes >= 0]))
            entities[spec.name] = codes
        elif found and how != "id":
            personal[spec.name] = codes
    for name, codes in personal.items():
        columns[name] |= _whose(codes, entities)
    for child, parent in _hierarchy(entities).items():
        parents = _pairs(entities[child], entities[parent])[1]
        columns[child]["parent"] = parent
        columns[parent]["children_each"] = _quantiles(np.bincount(parents))
    return {"version": VERSION, "columns": columns, "ranges": _ranges(source, run)}


def as_ids(schema: Schema, facts: Mapping[str, Any]) -> Schema:
    """The schema with columns of personal values as ids: a copy writes them anew, so there is nothing to compare."""
    for spec in schema:
        if made_how(spec, facts) == "personal":
            schema = schema.set(spec.name, role=Role.ID)
    return schema


def _is_looked_at(spec: ColumnSpec) -> bool:
    """Whether it may hold ids, personal values or one value alone."""
    how = made_how(spec)
    return how in ("id", "entity", "ignored", "text") or (how == "model" and spec.kind in _PERSONAL_KINDS)


def _format(spec: ColumnSpec, texts: list[str]) -> dict[str, Any]:
    format_ = learn_format(texts, spec.name, _limit(spec)) if texts else IdFormat.pseudonym(spec.name)
    return {"format": format_.to_json()}


def _personal(spec: ColumnSpec, texts: list[str], run: Run) -> dict[str, Any]:
    """What kind of personal values a column holds, and how new ones are written; {} for none."""
    key = recognise(spec.name, spec.kind, texts)
    if key is None:
        return {}
    return {"personal": {"as": key, **VALUES.get(key).learn(texts, run.rng("facts", spec.name))}}


def _whose(codes: NDArray[np.int64], entities: dict[str, NDArray[np.int64]]) -> dict[str, Any]:
    """Which entity has one such value each (the widest that does), or how many rows share one."""
    owners = [name for name, own in entities.items() if _determines({"own": own, "it": codes}, "own", "it")]
    if owners:
        return {"owner": min(owners, key=lambda name: int(entities[name].max(initial=-1)))}
    return {"rows_each": _quantiles(np.bincount(codes[codes >= 0]))}


def _whole(source: Source, name: str) -> Column:
    """One column of all rows."""
    return Batch.concat([*source.batches([name])] or [source.take(np.zeros(0, dtype=np.int64), [name])])[name]


def _limit(spec: ColumnSpec) -> int:
    """The largest whole number of the file's type; ids of other types have no limit to speak of."""
    is_whole = spec.storage in ("int8", "int16", "int32", "uint8", "uint16", "uint32")
    return int(np.iinfo(spec.storage).max) if is_whole else 2**63 - 1


def _texts(column: Column) -> tuple[list[str], NDArray[np.int64]]:
    """Distinct texts in use, and (n,) codes into them, -1 where missing."""
    codes = np.full(len(column), -1, dtype=np.int64)
    used, codes[column.present] = np.unique(column.values[column.present], return_inverse=True)
    if column.kind in CODED:
        return [column.categories[int(u)] for u in used], codes
    return [str(u) for u in used.tolist()], codes


def _constant(spec: ColumnSpec, column: Column) -> dict[str, Any]:
    """A column with a single value is the same in the copy: it says nothing about any one row."""
    used = np.unique(column.values[column.present])
    if len(used) != 1 or spec.kind is Kind.TEXT or np.count_nonzero(column.present) < FEWEST:
        return {}
    value = column.categories[int(used[0])] if column.kind in CODED else used[0].item()
    if isinstance(value, float) and not np.isfinite(value):  # what JSON has no number for is left out of the copy
        return {}
    return {spec.name: {"constant": value, "missing": float(1 - column.present.mean())}}


def _quantiles(counts: NDArray[np.int64]) -> list[int]:
    """At most 200 values that stand for the distribution of counts (zeros left out), the ends for several."""
    counts = np.sort(counts[counts > 0])
    if len(counts):
        counts[-FEWEST:], counts[:FEWEST] = round(counts[-FEWEST:].mean()), round(counts[:FEWEST].mean())
    if len(counts) <= _QUANTILES:
        return [int(c) for c in counts]
    at = ((np.arange(_QUANTILES) + 0.5) / _QUANTILES * len(counts)).astype(np.int64)
    return [int(c) for c in counts[at]]


def _hierarchy(entities: dict[str, NDArray[np.int64]]) -> dict[str, str]:
    """Which entity nests in which (child -> parent): every child value has one parent, as card has customer."""
    sizes = {name: int(codes.max(initial=-1)) + 1 for name, codes in entities.items()}
    ordered = sorted(entities, key=lambda name: -sizes[name])  # stable: of two that match one to one the first nests
    found: dict[str, str] = {}
    for at, child in enumerate(ordered):
        parent = next((p for p in ordered[at + 1 :] if _determines(entities, child, p)), None)  # the nearest above
        if parent is not None:
            found[child] = parent
    return found


def _determines(entities: dict[str, NDArray[np.int64]], child: str, parent: str) -> bool:
    children, _ = _pairs(entities[child], entities[parent])
    return len(children) > 1 and len(np.unique(children)) == len(children)


def _pairs(child: NDArray[np.int64], parent: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct pairs of two columns of codes, where neither is missing."""
    both = (child >= 0) & (parent >= 0)
    size = int(parent.max(initial=0)) + 1
    joint = np.unique(child[both] * size + parent[both])
    return joint // size, joint % size


def _missing(codes: NDArray[np.int64]) -> float:
    return float(np.mean(codes < 0)) if len(codes) else 0.0


def _ranges(source: Source, run: Run) -> dict[str, list[float]]:
    """The ends of every column of numbers or dates, each standing for several subjects."""
    subjects = Subjects.of(source, np.zeros(0, dtype=np.int64), FEWEST).rows
    ranges: dict[str, list[float]] = {}
    for spec in source.schema:
        if not spec.is_modelled or spec.kind in CODED:
            continue
        run.check()
        column = _whole(source, spec.name)
        held = column.present & np.isfinite(column.values)
        if held.any():
            values, who = column.values[held].astype(np.float64), subjects[held]
            ranges[spec.name] = [_written(_end(values, who), spec), _written(-_end(-values, who), spec)]
    return ranges


def _written(value: float, spec: ColumnSpec) -> float:
    """A value as the column can hold it: a mean of several may lie between two of its values."""
    if spec.kind is Kind.NUMBER:
        return value if spec.decimals is None else round(value, spec.decimals)
    return float(round(value))


def _end(values: NDArray[np.float64], subjects: NDArray[np.int64]) -> float:
    """The least value if enough subjects hold it, else the mean of what enough of the lowest subjects hold at least."""
    size = _ENDS
    while True:
        order = np.arange(len(values)) if size >= len(values) else np.argpartition(values, size - 1)[:size]
        order = order[np.argsort(values[order], kind="stable")]
        first = np.sort(np.unique(subjects[order], return_index=True)[1])[:FEWEST]  # where each subject comes in
        if len(first) == FEWEST or size >= len(values):
            lowest = values[order[first]]
            return float(lowest[0]) if lowest[0] == lowest[-1] else float(lowest.mean())
        size *= 8
