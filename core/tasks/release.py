"""Release: draw a copy with the release generator, judge it by a policy, and write it with its evidence, or refuse."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import ParameterError, RefusedError
from ..run import Run
from ._checks import count, one_of
from ._writing import check_targets
from .base import Request, Task, option

if TYPE_CHECKING:
    from ..project.store import Store

__all__ = ["TASK", "ReleaseRequest"]

FORMATS = ("csv", "parquet", "xlsx", "sqlite", "jsonl")
REASON = 20
"""Characters a reason for a release against the policy has, at least."""


@dataclass(frozen=True)
class ReleaseRequest(Request):
    """Draw a copy, judge it by a policy, and write it with a dossier; a copy that fails is refused (exit code 3)."""

    task: ClassVar[str] = "release"
    project: str = option("--project", help="Project file.")
    fit: str | None = option("--fit", default=None, help="Fit to draw from; the latest when left out.")
    rows: int = option("--rows", help="Rows to draw.")
    out: str | None = option("--out", default=None, help="Folder to write, new or empty.")
    check: bool = option("--check", default=False, help="Only judge; write nothing.")
    policy: str | None = option(
        "--policy", default=None, help="Policy file (JSON), or strict; the standard one when left out.")
    override: str = option(
        "--override", default="", help=f"Reason for a release against the policy, {REASON} characters at least.")
    by: str = option("--by", default="", help="Who takes responsibility for an override; the login name when left out.")
    format: str = option("--format", default="csv", help=f"Format of the rows: {', '.join(FORMATS)}.")
    where: str = option("--where", default="", help="Condition all drawn rows satisfy.")
    refine: bool = option(
        "--refine", default=False, help="Choose among more drawn rows those that agree with the real pairs of columns.")
    rules: str = option(
        "--rules", default="", help="Rules every row keeps: those of the fit, a file that `rules` wrote, or none.")
    without: tuple[str, ...] = option("--without-rule", default=(), help="Name of a rule rows need not keep. Repeat.")
    target: str | None = option("--target", default=None, help="Column to predict for downstream utility.")
    sensitive: tuple[str, ...] = option(
        "--sensitive", default=(), help="Column whose groups are compared for fairness. Repeat.")
    seed: int = option("--seed", default=0, help="Seed of all random choices.")

    def journals(self) -> bool:
        """A release is told in the journal; a check is not."""
        return not self.check


def run(request: ReleaseRequest, store: Store, run: Run) -> dict[str, Any]:
    """Draw, measure, judge; write the folder when the policy accepts it, or a reason stands against it."""
    from ..evaluate.report import every_metric
    from ..release.gate import is_accepted
    from ..release.policy import read_policy
    from ._release import judged, written

    began = time.monotonic()
    count("rows", request.rows, 1)
    one_of("format", request.format, *FORMATS)
    _check_place(request, store)
    policy = read_policy(request.policy)
    policy.check([metric.key for metric in every_metric()])
    if request.refine and not policy.refinement:
        raise RefusedError("release.refinement", policy=policy.name)
    told, drawn = judged(request, policy, store, run)
    accepted = is_accepted(list(told.checks))
    result: dict[str, Any] = {
        "accepted": accepted, "failing": [c.to_json() for c in told.failed], "out": None, "release": told.release,
        "fit": told.fit, "rows": told.rows, "policy": policy.name, "override": None, "check": request.check,
        "lines": [check.to_json() for check in told.checks], "where": told.where, "seed": told.seed,
        "tried": dict(told.tried), "refined": dict(told.refined) if told.refined else None,
    }
    if not request.check and (accepted or request.override):
        result |= written(request, told, drawn, store, run.part(0.95, 1.0))
    return {**result, "seconds": time.monotonic() - began}


def _check_place(request: ReleaseRequest, store: Store) -> None:
    """Refuse before the work what could not be written after it.

    Raises:
        ParameterError: there is no folder to write to, or the reason is too short to be one.
        DataError: the folder holds something, or cannot be made.
        RefusedError: it is the place of something that is read.
    """
    from ..data.write import check_new_folder

    reason = " ".join(request.override.split())
    if request.override and len(reason) < REASON:
        raise ParameterError("release.reason", length=len(reason), least=REASON)
    if request.check:
        return
    if request.out is None:
        raise ParameterError("release.no_out")
    check_targets(store, None, request.out)
    check_new_folder(Path(request.out))


TASK = Task(ReleaseRequest, run)
