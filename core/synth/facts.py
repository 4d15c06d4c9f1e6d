"""Facts a copy needs besides the model: formats of ids, how often entities repeat, constants, ranges of numbers.

They are learned once from the real table, beside the fit, and kept in the fit's record as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.batch import CODED, Batch, Column
from ..data.schema import ColumnSpec, Kind, Role
from ..data.source import Source
from ..run import Run
from .formats import IdFormat, learn_format

__all__ = ["NEW", "learn_facts", "made_how"]

NEW = frozenset({"id", "entity", "personal"})
"""Ways of making a column none of whose values may be a real one."""

_KINDS_OF_IDS = frozenset({Kind.ID, Kind.CATEGORY, Kind.INTEGER})
_QUANTILES = 200


def made_how(spec: ColumnSpec, facts: Mapping[str, Any] | None = None) -> str:
    """How a copy fills a column: "personal", "model", "id", "entity", "label", "text" or "ignored".

    Args:
        spec: the column.
        facts: from `learn_facts`; only they tell which columns hold personal values.
    """
    if "personal" in ((facts or {}).get("columns", {}).get(spec.name) or {}):
        return "personal"
    if spec.is_modelled:
        return "model"
    if spec.role is Role.LABEL:
        return "label"
    if spec.role is Role.ENTITY and spec.kind in _KINDS_OF_IDS:
        return "entity"
    if spec.kind is Kind.ID or (spec.role is Role.ID and spec.kind in _KINDS_OF_IDS):
        return "id"
    return "text" if spec.kind is Kind.TEXT else "ignored"


def learn_facts(source: Source, run: Run | None = None) -> dict[str, Any]:
    """Learn them from every real row, so that no new id equals a real one.

    Args:
        source: the whole table, under the schema of the fit.
        run: progress and cancelling.

    Returns:
        JSON object: {"version": 1, "columns": {name: {...}}, "ranges": {name: [low, high]}}.
    """
    run = run or Run()
    columns: dict[str, Any] = {}
    specs = [c for c in source.schema if made_how(c) in ("id", "entity", "ignored")]
    entities: dict[str, NDArray[np.int64]] = {}
    for at, spec in enumerate(specs):
        run.progress(at / (len(specs) + 1))
        column = _whole(source, spec.name)
        if made_how(spec) == "ignored":
            columns |= _constant(spec, column)
            continue
        texts, codes = _texts(column)
        format_ = learn_format(texts, spec.name, _limit(spec)) if texts else IdFormat.pseudonym(spec.name)
        columns[spec.name] = {"format": format_.to_json(), "missing": float(np.mean(codes < 0)) if len(codes) else 0.0}
        if made_how(spec) == "entity":
            columns[spec.name]["rows_each"] = _quantiles(np.bincount(codes[codes >= 0]))
            entities[spec.name] = codes
    for child, parent in _hierarchy(entities).items():
        parents = _pairs(entities[child], entities[parent])[1]
        columns[child]["parent"] = parent
        columns[parent]["children_each"] = _quantiles(np.bincount(parents))
    return {"version": 1, "columns": columns, "ranges": _ranges(source, run)}


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
    return [str(int(u)) for u in used], codes


def _constant(spec: ColumnSpec, column: Column) -> dict[str, Any]:
    """A column with a single value is the same in the copy: it says nothing about any one row."""
    used = np.unique(column.values[column.present])
    if len(used) != 1 or spec.kind is Kind.TEXT or len(column) < 2:
        return {}
    value = column.categories[int(used[0])] if column.kind in CODED else used[0].item()
    if isinstance(value, float) and not np.isfinite(value):  # what JSON has no number for is left out of the copy
        return {}
    return {spec.name: {"constant": value, "missing": float(1 - column.present.mean())}}


def _quantiles(counts: NDArray[np.int64]) -> list[int]:
    """At most 200 values that stand for the distribution of counts (zeros left out)."""
    counts = np.sort(counts[counts > 0])
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


def _ranges(source: Source, run: Run) -> dict[str, list[float]]:
    names = [c.name for c in source.schema if c.is_modelled and c.kind not in CODED]
    ranges: dict[str, list[float]] = {}
    for batch in source.batches(names):
        run.check()
        for name in names:
            column = batch[name]
            values = column.values[column.present]
            values = values[np.isfinite(values)]
            if len(values):
                low, high = ranges.get(name, [float("inf"), float("-inf")])
                ranges[name] = [min(low, float(values.min())), max(high, float(values.max()))]
    return ranges
