"""How `verify` reads; exit code 1 when the file was changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """Sound, or what speaks against it."""
    yield tr("commands.verify.ok" if result["ok"] else "commands.verify.changed", path=result["path"])
    yield from (f"  {said(problem)}" for problem in result["problems"])
    if result["is_release"]:
        if result["head"]:
            yield tr("commands.release.manifest", digest=result["head"])
    else:
        yield tr("commands.journal", length=result["length"], head=result["head"])


def code(result: dict[str, Any]) -> int:
    """1 when tampered with."""
    return 0 if result["ok"] else 1


SHOW = Show(lines, code)
