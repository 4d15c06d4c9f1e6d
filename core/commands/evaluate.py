"""How `evaluate` reads: every metric between its reference rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, grid, said, tr

__all__ = ["SHOW"]


REFERENCES = ("independent", "holdout", "training_copy", "half_copied")


def lines(result: dict[str, Any]) -> Iterator[str]:
    """One line per metric: the copy, its interval, and the reference rows."""
    head = [tr("commands.evaluate.metric"), tr("commands.evaluate.copy"), tr("commands.evaluate.interval")]
    rows = [_row(result, metric) for metric in result["metrics"]]
    yield from grid([[*head, *(tr(f"commands.evaluate.{r}") for r in REFERENCES)], *rows], right=(1, 2, 3, 4, 5, 6))
    yield from (said(note) for note in result["notes"])
    if result["report"]:
        yield tr("commands.written", path=result["report"])


def _row(result: dict[str, Any], metric: dict[str, Any]) -> list[str]:
    key = metric["key"]
    low, high = result["intervals"].get(key, (None, None))
    interval = "" if low is None or high is None else f"{low:.3f} … {high:.3f}"
    references = [_figure(result["references"][name].get(key)) for name in REFERENCES]
    return [tr(f"evaluate.{key}.title"), _figure(result[metric["group"]][key]), interval, *references]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{round(value, 3) + 0.0:.3f}"  # never -0.000


SHOW = Show(lines)
