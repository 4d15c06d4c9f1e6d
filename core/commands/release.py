"""How `release` reads: the decision, every line of the policy, and what to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]

REFUSED = 3


def lines(result: dict[str, Any]) -> Iterator[str]:
    """The decision first, then missed lines with what to change, then the others."""
    if result["out"] is None:
        key = "checked" if result["accepted"] else "refused"
    else:
        key = "overridden" if result["override"] else "accepted"
    failing = len(result["failing"])
    yield tr(f"commands.release.{key}", failing=failing, count=len(result["lines"]), **{
        k: result[k] for k in ("rows", "out", "policy", "release")})
    if result["tried"]["rows"] > result["tried"]["kept"]:
        yield tr("commands.synth.tried", **result["tried"])
    if told := result["refined"]:
        yield tr("commands.synth.refined", **told)
    for line in result["lines"]:
        state, title = tr(f"commands.release.{line['state']}"), said(line["title"])
        yield f"  {state:<8} {title}: {line['shown']}. {said(line['sentence'])}"
        if line["fix"]:
            yield f"           {said(line['fix'])}"
    if result["override"]:
        yield tr("commands.release.reason", reason=result["override"])
    if result["out"]:
        yield tr("commands.release.files", files=result["files"])
        yield tr("commands.release.manifest", digest=result["manifest"])


def code(result: dict[str, Any]) -> int:
    """3 when refused."""
    return 0 if result["accepted"] or result["override"] else REFUSED


SHOW = Show(lines, code)
