"""Entities of a copy: pseudonyms that repeat as often as the real ones did, nested as the real ones were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dealt", "assign"]


Dealt = tuple[NDArray[np.int64], int]
"""(n,) number of each row's entity, and how many entities there are."""


def assign(facts: Mapping[str, Any], names: Sequence[str], n: int, rng: np.random.Generator) -> dict[str, Dealt]:
    """Deal n rows to entities.

    Args:
        facts: the "columns" of `learn_facts`.
        names: entity columns.
        n: rows.
        rng: source of chance.

    Returns:
        name -> ((n,) number of the row's entity, how many entities there are).
    """
    dealt: dict[str, Dealt] = {}
    for name in sorted(names, key=lambda c: _depth(facts, c), reverse=True):  # children before their parents
        child = next((c for c in names if facts.get(c, {}).get("parent") == name and c in dealt), None)
        if child is None:
            dealt[name] = _deal(n, facts.get(name, {}).get("rows_each", [1]), rng)
            continue
        of_row, children = dealt[child]
        parent_of, parents = _deal(children, facts[name].get("children_each", [1]), rng)
        dealt[name] = parent_of[of_row], parents
    return dealt


def _depth(facts: Mapping[str, Any], name: str) -> int:
    depth = 0
    while (parent := facts.get(name, {}).get("parent")) is not None and depth < len(facts):
        name, depth = parent, depth + 1
    return depth


def _deal(n: int, sizes: Sequence[int], rng: np.random.Generator) -> Dealt:
    """(n,) members in groups whose sizes follow `sizes`, in random order."""
    if n == 0:
        return np.zeros(0, dtype=np.int64), 0
    pool = np.asarray(sizes or [1], dtype=np.int64)
    drawn = rng.choice(pool, size=int(n / pool.mean() * 1.5) + 10)
    while drawn.sum() < n:
        drawn = np.concatenate([drawn, rng.choice(pool, size=len(drawn))])
    groups = int(np.searchsorted(np.cumsum(drawn), n)) + 1
    members = np.repeat(np.arange(groups), drawn[:groups])[:n]
    return rng.permutation(members), groups
