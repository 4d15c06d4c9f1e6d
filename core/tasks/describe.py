"""Describe: open a file, say what each column is and why, and profile it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..run import Run
from ..words import message
from ._files import FileRequest, source_record
from ._writing import check_targets, write_json
from .base import Task, option

if TYPE_CHECKING:
    from ..data.source import Source
    from ..project.store import Store

__all__ = ["TASK", "DescribeRequest"]


@dataclass(frozen=True)
class DescribeRequest(FileRequest):
    """Read a file and describe its columns: kind, role, missing values, quantiles, warnings."""

    task: ClassVar[str] = "describe"
    schema: str | None = option("--schema", default=None, help="Write the schema to this JSON file.")
    sdv: str | None = option("--sdv", default=None, help="Write the schema as SDV metadata to this JSON file.")
    project: str | None = option("--project", default=None, help="Remember the file in this project.")
    profile: bool = option("--profile/--no-profile", default=True, help="Profile the columns, or only read them.")


def run(request: DescribeRequest, store: Store, run: Run) -> dict[str, Any]:
    """Open, say what was opened as a partial result, then profile."""
    began = time.monotonic()
    check_targets(store, request.file, request.schema, request.sdv)
    run.progress(0.0, message("tasks.opening", file=Path(request.file).name))
    source = request.open(store, run.part(0.0, 0.4))
    found = _opened(source, request.file, time.monotonic() - began)
    run.on_partial(dict(found))
    if request.project:
        store.stage("source", source.fingerprint, source_record(source, request.file))
    _write_schemas(request, source)
    if request.profile:
        from ..data.profile import profile

        found["profile"] = profile(source, run.part(0.4, 1.0)).to_json()
    return {**found, "seconds": time.monotonic() - began}


def _opened(source: Source, path: str, seconds: float) -> dict[str, Any]:
    record = source_record(source, path)
    return {
        "source": source.fingerprint, **{k: record[k] for k in ("name", "path", "kind", "rows", "columns", "options")},
        "schema": source.schema.to_json(), "notes": [n.to_json() for n in getattr(source, "notes", ())],
        "seconds": seconds, "profile": None,
    }


def _write_schemas(request: DescribeRequest, source: Source) -> None:
    if request.schema:
        write_json(request.schema, source.schema.to_json())
    if request.sdv:
        from ..data.sdv import to_sdv

        write_json(request.sdv, to_sdv(source.schema))


TASK = Task(DescribeRequest, run)
