"""Requests of the tasks, made without importing what the tasks compute with; and where results wait."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.paths import cache_dir, private_dir
from core.tasks.base import TASKS, Request

__all__ = ["copy_path", "forget_copies", "known", "make", "reading", "report_path", "rules_path"]

_READING = ("delimiter", "encoding", "decimal", "header", "sheet", "table", "date_format", "missing", "kinds")


def make(task: str, **values: Any) -> Request:
    """The request of a task; names it does not know are a fault of ours and raise."""
    if unknown := set(values) - known(task):
        raise TypeError(f"{task}: {sorted(unknown)}")
    return TASKS.get(task).request(**{k: v for k, v in values.items() if v is not None})


def known(task: str) -> set[str]:
    """Names of what a task can be asked."""
    return {f.name for f in dataclasses.fields(TASKS.get(task).request)}


def reading(options: Mapping[str, Any]) -> dict[str, Any]:
    """Reader options as a request names them; those left to sniffing are left out."""
    said = {k: options[k] for k in _READING if options.get(k) not in (None, (), [], "")}
    if isinstance(said.get("header"), bool):
        said["header"] = "yes" if said["header"] else "no"
    return {k: tuple(v) if isinstance(v, list) else v for k, v in said.items()}


def copy_path(project: str) -> Path:
    """Where a synthetic copy lies until it is exported."""
    return private_dir(_copies()) / f"{project}.parquet"


def report_path(project: str) -> Path:
    """Folder of the copy's report until it is exported."""
    return private_dir(_copies()) / f"{project}-report"


def rules_path(project: str) -> Path:
    """Where rules that somebody wrote lie until they are counted."""
    return private_dir(_copies()) / f"{project}-rules.json"


def forget_copies() -> None:
    """Remove the copies of opened tables and all synthetic copies that wait to be exported."""
    for folder in (cache_dir() / "tables", _copies()):
        shutil.rmtree(folder, ignore_errors=True)


def _copies() -> Path:
    return cache_dir() / "copies"
