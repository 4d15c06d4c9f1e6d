"""Rules: what the rows of a file keep, and which rows break it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..run import Run
from ._files import FileRequest
from ._rules import kept_rules
from ._writing import check_targets, write_json
from .base import Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "RulesRequest"]


@dataclass(frozen=True)
class RulesRequest(FileRequest):
    """Find the rules that a table's rows keep, and the few rows that break them."""

    task: ClassVar[str] = "rules"
    project: str | None = option("--project", default=None, help="Project whose schema of the file applies.")
    out: str | None = option("--out", default=None, help="Write the rules to this JSON file, to be edited.")
    check: str | None = option(
        "--check", default=None, help="Count the rules of this file, which may be edited, instead of looking for any.")
    seed: int = option("--seed", default=0, help="Seed of the rows that are looked at.")


def run(request: RulesRequest, store: Store, run: Run) -> dict[str, Any]:
    """Look for them or read them, count them in all rows, write them."""
    from ..data.rules.book import discover, judge, to_json

    began = time.monotonic()
    check_targets(store, request.file, request.out)
    source = request.open(store, run.part(0.0, 0.3))
    counting = run.part(0.3, 1.0)
    if request.check:
        counted = judge(source, kept_rules(request.check, (), {}, source.schema), counting)
    else:
        counted = list(discover(source, counting))
    found = to_json(counted)
    if request.out:
        write_json(request.out, found)
    return {"rows": source.rows, "out": request.out, **found, "seconds": time.monotonic() - began}


TASK = Task(RulesRequest, run)
