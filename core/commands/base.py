"""How the result of a task reads on a terminal: one file a task, each exporting SHOW."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..registry import Registry
from ..words import Message, words

__all__ = ["SHOWS", "Show", "case_line", "grid", "said", "tr", "visible"]


def _fine(_result: dict[str, Any]) -> int:
    return 0


@dataclass(frozen=True)
class Show:
    """What a file of this package exports as SHOW.

    Args:
        lines: result -> lines for people.
        code: result -> exit code.
    """

    lines: Callable[[dict[str, Any]], Iterable[str]]
    code: Callable[[dict[str, Any]], int] = _fine


SHOWS: Registry[Show] = Registry(__package__, "SHOW")


def tr(key: str, /, **values: Any) -> str:
    """A sentence of the catalogue."""
    return words().text(key, **values)


def said(message: Mapping[str, Any] | Message | str) -> str:
    """The text of a message that came as JSON."""
    if isinstance(message, str):
        return message
    return words().text(message if isinstance(message, Message) else Message.from_json(message))


def case_line(item: Mapping[str, Any]) -> str:
    """`1. Harbour Grocers 9,400.00 · score 41.8 · P-118204 · row 24334`."""
    named = {"rank": item["rank"], "title": said(item["title"]), "amount": item["amount"]}
    first = tr("commands.ranked.first", **named).rstrip()
    score, row = tr("commands.ranked.score", score=item["score"]), tr("commands.ranked.row", row=str(item["row"]))
    return " · ".join(part for part in (first, score, item["subtitle"], row) if part)


def grid(rows: Sequence[Sequence[str]], right: Sequence[int] = (), width: int = 42) -> list[str]:
    """Lines of a table: columns as wide as their widest cell, up to `width`; `right` names right-aligned columns."""
    cut = [[c if len(c) <= width else c[: width - 1] + "…" for c in row] for row in rows]
    widths = [max(len(row[i]) for row in cut) for i in range(len(cut[0]))] if cut else []
    padded = ([c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
              for row in cut)
    return ["  ".join(row).rstrip() for row in padded]


def visible(line: str) -> str:
    """The line with its control characters written out: a cell must not move the cursor or break a message in two."""
    return line if line.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
