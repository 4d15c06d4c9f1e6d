"""View: which rows of a table are shown, and in which order, as an array of positions. The table itself never moves."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .batch import CODED, Batch, Column
from .cells import Cell, display
from .conditions import Condition, Where, period
from .schema import Kind
from .source import Source

__all__ = ["Cell", "display", "order"]

_KEPT = 6
_views: OrderedDict[tuple[object, ...], NDArray[np.int64]] = OrderedDict()
_TYPED = re.compile(r"[-+]?\d[\d,]*(\.\d*)?|[-+]?\.\d+")


def order(
    source: Source, where: Where | None = None, find: str = "", sort: str | None = None, *, descending: bool = False
) -> NDArray[np.int64]:
    """Positions of the rows to show.

    Args:
        source: a table of n rows.
        where: only rows that satisfy it.
        find: only rows with this text in some cell (case is forgiven); a number also finds the numbers that begin with
            it, a date the moments it covers.
        sort: column to sort by; None keeps the order of the file. Missing cells come last in both directions, and
            equal cells keep the order of the file.
        descending: largest first.

    Returns:
        (k,) int64, read-only; the views used last are remembered, so that paging through one costs nothing.

    Raises:
        SchemaError: `where` or `sort` names a column that is not there, or compares it wrongly.
    """
    condition = (where or Condition()).check(source.schema)
    kinds = tuple((c.name, str(c.kind)) for c in source.schema)
    key = (source.fingerprint, kinds, condition, find, sort, descending)
    index = _views.pop(key, None)
    if index is None:
        index = _select(source, condition, find.strip())
        if sort is not None:
            index = _sorted(source, source.schema[sort].name, index, descending=descending)
        index.flags.writeable = False
    _views[key] = index
    while len(_views) > _KEPT:
        _views.popitem(last=False)
    return index


def _select(source: Source, where: Where, find: str) -> NDArray[np.int64]:
    if not where and not find:
        return np.arange(source.rows, dtype=np.int64)
    found = np.ones(source.rows, dtype=bool)
    if where:
        _narrow(source, where.columns, found, where.mask)
    if find:
        _narrow(source, None, found, _Finder(find).mask)
    return np.flatnonzero(found).astype(np.int64)


def _narrow(
    source: Source, columns: Sequence[str] | None, found: NDArray[np.bool_], test: Callable[[Batch], NDArray[np.bool_]]
) -> None:
    start = 0
    for batch in source.batches(columns):
        found[start : start + batch.rows] &= test(batch)
        start += batch.rows


class _Finder:
    """Cells that hold a text. Each dictionary of texts is searched once."""

    def __init__(self, text: str) -> None:
        self.text = text.casefold()
        self.number = _typed_number(text)
        self.period = period(text)
        self.searched: dict[int, tuple[tuple[str, ...], NDArray[np.bool_]]] = {}

    def mask(self, batch: Batch) -> NDArray[np.bool_]:
        found = np.zeros(batch.rows, dtype=bool)
        for column in batch.columns.values():
            if column.kind in CODED:
                found |= self._holding(column.categories)[np.where(column.present, column.values, -1)]
                continue
            span = self.period if column.kind is Kind.DATETIME else self.number
            if span is not None:
                found |= (column.values >= span[0]) & (column.values < span[1]) & column.present
        return found

    def _holding(self, categories: tuple[str, ...]) -> NDArray[np.bool_]:
        """(categories + 1,) which of them hold the text; the last entry stands for missing cells."""
        held = self.searched.get(id(categories))
        if held is None or held[0] is not categories:
            hits = np.fromiter((self.text in c.casefold() for c in categories), bool, len(categories))
            held = self.searched[id(categories)] = (categories, np.append(hits, False))
        return held[1]


def _typed_number(text: str) -> tuple[float, float] | None:
    """The numbers that begin with what was typed: `9,400` stands for 9400 up to 9401, `0.5` for 0.5 up to 0.6."""
    if not _TYPED.fullmatch(text):
        return None
    plain = text.replace(",", "")
    value, step = float(plain), 10.0 ** -len(plain.partition(".")[2])
    if plain.startswith("-"):
        return math.nextafter(value - step, math.inf), math.nextafter(value, math.inf)
    return value, value + step


def _sorted(source: Source, name: str, index: NDArray[np.int64], *, descending: bool) -> NDArray[np.int64]:
    parts = [b[name] for b in source.batches([name])]
    if not parts:
        return index
    column = Batch.concat([Batch({name: p}, len(p)) for p in parts])[name].take(index)
    keys = _ranks(column) if column.kind in CODED else column.values
    if descending:
        keys = -keys if keys.dtype == np.float64 else ~keys
    present = np.flatnonzero(column.present)
    rows = present[np.argsort(keys[present], kind="stable")]
    shown: NDArray[np.int64] = index[np.concatenate([rows, np.flatnonzero(~column.present)])]
    return shown


def _ranks(column: Column) -> NDArray[np.int64]:
    """(n,) place of each text in the alphabet, upper and lower case side by side."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not column.categories:
        return np.zeros(len(column), dtype=np.int64)
    texts = pa.array(column.categories, pa.large_string())
    table = pa.table({"fold": pc.utf8_lower(texts), "text": texts})
    keys = [("fold", "ascending"), ("text", "ascending")]
    places: NDArray[np.int64] = pc.sort_indices(table, sort_keys=keys).to_numpy()
    rank: NDArray[np.int64] = np.empty(len(places), dtype=np.int64)
    rank[places] = np.arange(len(places))
    ranks: NDArray[np.int64] = rank[np.where(column.present, column.values, 0)]
    return ranks
