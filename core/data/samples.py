"""The bundled samples: tables to try things on, each in its own folder with the script that made it.

Light: the window's Start page imports it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import ParameterError, ReadError
from ..paths import resources
from ..words import Message

__all__ = ["Sample", "sample", "samples"]


@dataclass(frozen=True)
class Sample:
    """One bundled table.

    Args:
        key: name of its folder.
        title, note: what it is called, and one line on it.
        path: its file.
        rows, columns: its size.
        label: column that says which rows are anomalies, or None.
        icon: name of an icon.
    """

    key: str
    title: Message
    note: Message
    path: Path
    rows: int
    columns: int
    label: str | None
    icon: str


def samples() -> tuple[Sample, ...]:
    """All samples, those with a label first, then by name.

    Raises:
        ReadError: the description of one cannot be read.
    """
    found = (_read(file) for file in resources("samples").glob("*/sample.json"))
    return tuple(sorted(found, key=lambda s: (s.label is None, s.key)))


def sample(key: str) -> Sample:
    """The sample of that name.

    Raises:
        ParameterError: there is none; the message names those there are.
    """
    known = {s.key: s for s in samples()}
    if key not in known:
        raise ParameterError("registry.unknown", name=key, known=sorted(known))
    return known[key]


def _read(file: Path) -> Sample:
    try:
        told = json.loads(file.read_text("utf-8"))
        return Sample(
            key=told["key"], title=Message(told["title"]), note=Message(told["note"]), path=file.parent / told["file"],
            rows=int(told["rows"]), columns=int(told["columns"]), label=told["label"], icon=told["icon"],
        )
    except (OSError, ValueError, KeyError) as error:
        raise ReadError("read.sample", sample=file.parent.name, problem=str(error)) from error
