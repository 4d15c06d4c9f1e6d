"""What depends on what, as a forest that can be drawn: the strongest links, from the middle outwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Branch", "Forest", "forest_of"]

_SEARCHED = 400
"""Columns up to which the middle of a tree is looked for; beyond, the column with the strongest links serves."""


@dataclass(frozen=True)
class Branch:
    """A column in the forest.

    Args:
        name: of the column. depth: links between it and its root.
        parent: place of its parent in the forest, -1 for a root. strength: of the link to it, in nats.
    """

    name: str
    depth: int = 0
    parent: int = -1
    strength: float = 0.0


@dataclass(frozen=True)
class Forest:
    """Columns with their parents before them, each followed by what hangs on it."""

    branches: tuple[Branch, ...] = ()

    @property
    def depth(self) -> int:
        """Links of the longest way from a root."""
        return max((b.depth for b in self.branches), default=0)

    @property
    def strongest(self) -> float:
        """Nats of the strongest link."""
        return max((b.strength for b in self.branches), default=0.0)


Links = dict[str, dict[str, float]]


def forest_of(names: Sequence[str], edges: Sequence[Mapping[str, Any]]) -> Forest:
    """The forest of strongest links between these columns; linked ones first, in the order of their strength."""
    links = _strongest(names, edges)
    weight = {n: sum(links[n].values()) for n in names}
    branches: list[Branch] = []
    seen: set[str] = set()
    for name in sorted(names, key=lambda n: -weight[n]):
        if name not in seen:
            part = _reached(name, links)
            seen.update(part)
            _hang(_middle(part, links, weight), links, branches)
    return Forest(tuple(branches))


def _strongest(names: Sequence[str], edges: Sequence[Mapping[str, Any]]) -> Links:
    """Links both ways, the strongest first, none that would close a ring."""
    links: Links = {n: {} for n in names}
    group = {n: n for n in names}

    def top(name: str) -> str:
        while group[name] != name:
            group[name] = group[group[name]]
            name = group[name]
        return name

    for edge in sorted(edges, key=lambda e: -float(e["strength"])):
        a, b = str(edge["first"]), str(edge["second"])
        if a in links and b in links and top(a) != top(b):
            group[top(a)] = top(b)
            links[a][b] = links[b][a] = float(edge["strength"])
    return links


def _reached(name: str, links: Links) -> dict[str, int]:
    """Columns connected with one, with their distance in links."""
    found, waiting = {name: 0}, [name]
    for now in waiting:
        for other in links[now]:
            if other not in found:
                found[other] = found[now] + 1
                waiting.append(other)
    return found


def _middle(part: Mapping[str, int], links: Links, weight: Mapping[str, float]) -> str:
    """The column from which the others are nearest, of two the one with the stronger links."""
    if len(part) > _SEARCHED:
        return max(part, key=lambda n: weight[n])
    return min(part, key=lambda n: (max(_reached(n, links).values()), -weight[n]))


def _hang(root: str, links: Links, branches: list[Branch]) -> None:
    """Put a column and what hangs on it at the end of the list, the stronger links first."""
    waiting = [Branch(root)]
    while waiting:
        own = waiting.pop()
        above = branches[own.parent].name if own.parent >= 0 else ""
        further = sorted((strength, name) for name, strength in links[own.name].items() if name != above)
        waiting += [Branch(name, own.depth + 1, len(branches), strength) for strength, name in further]
        branches.append(own)
