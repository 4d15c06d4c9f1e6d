"""Export: the ranked rows as a file, each with its scores, its reason in words and its own columns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.batch import Batch, Column, Missing
from ..data.schema import ColumnSpec, Kind, Schema
from ..run import Run
from ..words import Message, message, words
from ._broken import breaks, with_rules
from ._ranking import RankingRequest
from ._reasons import all_reasons
from ._runs import OpenRun, open_run
from ._writing import check_targets
from .base import Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "ExportRequest"]

_EXPLAINED = 10_000
"""Rows that get a reason in the file, from its first on."""
_PAGE = 512
_STORED = {Kind.INTEGER: "int64", Kind.NUMBER: "double", Kind.BOOLEAN: "bool", Kind.TEXT: "string"}


@dataclass(frozen=True)
class ExportRequest(RankingRequest):
    """Write ranked rows to a file: rank, scores, the reason in words, and the table's own columns."""

    task: ClassVar[str] = "export"
    out: str = option("--out", help="File to write; its ending says the format: .csv, .xlsx, .parquet, .jsonl.")
    threshold: str = option(
        "--threshold", default="", help="Contract that says which rows are flagged; the run's own when left out.")


def run(request: ExportRequest, store: Store, run: Run) -> dict[str, Any]:
    """Write the rows in rank order, whole or not at all."""
    from ..data.write import check_target, write_rows

    began = time.monotonic()
    check_target(request.out)
    check_targets(store, None, request.out)
    opened = open_run(store, request.run, run)
    rows = request.ranking(opened, run.part(0.0, 0.1))
    table = _Table.of(opened, request.threshold)
    written = write_rows(request.out, table.batches(rows, run.part(0.1, 1.0)), table.schema, run)
    return {
        "run": opened.id, "out": request.out, "rows": written, "explained": min(written, _EXPLAINED),
        "seconds": time.monotonic() - began,
    }


@dataclass(frozen=True, eq=False)
class _Table:
    """What the file holds: our columns, then the table's own.

    Args:
        opened: the score run.
        flagged: (n,) rows above the threshold.
        names: of our columns, by what they hold; another name where the table has a column of that one.
        own: names of the table's columns.
    """

    opened: OpenRun
    flagged: NDArray[np.bool_]
    names: dict[str, tuple[str, Kind]]
    own: tuple[str, ...]

    @classmethod
    def of(cls, opened: OpenRun, threshold: str) -> _Table:
        from ..data.match import there

        own = tuple(there(opened.source, opened.bundle.schema.names))
        kinds = {
            "rank": Kind.INTEGER, "row": Kind.INTEGER, "score": Kind.NUMBER, "p_value": Kind.NUMBER,
            **{f"unusual_{name}": Kind.NUMBER for name in opened.readings}, "flagged": Kind.BOOLEAN,
            "reason": Kind.TEXT,
        }
        return cls(opened, _flagged(opened, threshold), {k: (_free(k, own), kind) for k, kind in kinds.items()}, own)

    @property
    def schema(self) -> Schema:
        """Our columns and the table's."""
        ours = [ColumnSpec(name, kind, storage=_STORED[kind]) for name, kind in self.names.values()]
        return Schema((*ours, *(self.opened.schema[n] for n in self.own)))

    def batches(self, rows: NDArray[np.int64], run: Run) -> Iterator[Batch]:
        """The rows, a page at a time."""
        for start in range(0, len(rows), _PAGE):
            run.progress(start / len(rows), message("tasks.exporting", done=start, rows=len(rows)))
            page = rows[start : start + _PAGE]
            own = self.opened.source.take(page, self.own)
            yield Batch({**self._ours(page, start), **own.columns}, len(page), start)

    def _ours(self, page: NDArray[np.int64], start: int) -> dict[str, Column]:
        scores, readings = self.opened.scores, self.opened.readings
        found: dict[str, Any] = {
            "rank": scores.rank[page], "row": page, "score": scores.score[page], "p_value": scores.p_value[page],
            **{f"unusual_{name}": nats[page] for name, (nats, _) in readings.items()},
        }
        columns = {key: _numbers(values, self.names[key][1]) for key, values in found.items()}
        columns["flagged"] = Column.of(Kind.BOOLEAN, self.flagged[page].tolist())
        columns["reason"] = Column.of(Kind.TEXT, self._reasons(page, start))
        return {self.names[key][0]: column for key, column in columns.items()}

    def _reasons(self, page: NDArray[np.int64], start: int) -> list[str | None]:
        from ..detect.reasons import headline

        told, typical = words(), self.opened.scores.typical
        asked = page[: max(_EXPLAINED - start, 0)]
        usual = self.opened.scores.score[asked] <= typical
        broken = [[Message.from_json(rule) for rule in rules] for rules in breaks(self.opened, asked)]
        found = [
            with_rules(told.text(headline(reasons, is_usual=bool(low))), rules)
            for reasons, low, rules in zip(all_reasons(self.opened, asked), usual, broken, strict=True)
        ]
        return [*found, *[None] * (len(page) - len(found))]


def _flagged(opened: OpenRun, threshold: str) -> NDArray[np.bool_]:
    """(n,) rows that a contract flags; by the run's own where none is named."""
    from ..detect.threshold import Contract, apply

    if not threshold:
        return opened.flagged
    scores = opened.scores
    return apply(Contract.parse(threshold), scores.score, scores.p_value, opened.basis).flagged


def _free(name: str, taken: tuple[str, ...]) -> str:
    """A name that no column of the table has."""
    while name in taken:
        name = f"anomaly_{name}"
    return name


def _numbers(values: NDArray[Any], kind: Kind) -> Column:
    """A column of numbers, empty where NaN."""
    dtype = np.int64 if kind is Kind.INTEGER else np.float64
    gone = np.isnan(values)
    return Column(kind, np.where(gone, 0, values).astype(dtype), np.where(gone, Missing.NULL, 0).astype(np.uint8))


TASK = Task(ExportRequest, run)
