"""How `selftest` reads: what share of the made rows each engine finds, kind by kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Show, grid, said, tr

__all__ = ["SHOW"]


def lines(result: dict[str, Any]) -> Iterator[str]:
    """What was made, one line an engine, the ranking in use in words, and what the figures do not say."""
    yield tr("commands.selftest.made", made=result["made"], rows=result["rows"])
    kinds = [tr(f"detect.kind.{kind}") for kind in result["kinds"]]
    head = [tr("commands.selftest.engine"), *kinds, tr("commands.selftest.overlap", top=result["top"])]
    yield from grid([head, *map(_row, result["engines"])], right=range(1, len(head)))
    used = result["engines"][0]
    found = zip(kinds, used["found"], used["low"], used["high"], strict=True)
    yield tr("commands.selftest.found", first=result["made"], kinds=[
        tr("commands.selftest.kind", kind=kind, share=share, low=low, high=high) for kind, share, low, high in found])
    yield from _labels(result["labels"], result["engines"])
    if result["reference"] != "clean":
        yield tr("commands.selftest.floor")
    yield tr("commands.selftest.real")


def _row(engine: dict[str, Any]) -> list[str]:
    name = said(engine["title"])
    shown = tr("commands.selftest.used", name=name) if engine["key"] == "ranks" else name
    return [shown, *(tr("commands.share", share=share) for share in engine["found"]),
            tr("commands.share", share=engine["overlap"])]


def _labels(labels: dict[str, Any] | None, engines: list[dict[str, Any]]) -> Iterator[str]:
    if labels is None:
        return
    yield tr("commands.selftest.labels", **{k: labels[k] for k in ("column", "rows", "anomalies")})
    judged = labels["engines"]
    head = [tr("commands.selftest.engine"), tr("commands.selftest.auroc"), tr("commands.selftest.precision")]
    yield from grid([head, *(
        [said(e["title"]), *(f"{judged[e['key']][name]:.3f}" for name in ("auroc", "average_precision"))]
        for e in engines)], right=(1, 2))


SHOW = Show(lines)
