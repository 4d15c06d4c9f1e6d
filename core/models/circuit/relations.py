"""How much columns say about each other, and the tree of the strongest such ties.

Reference: Chow and Liu, "Approximating discrete probability distributions with dependence trees" (1968).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tree import Layout, Rows, Structure

__all__ = ["bins_of", "chow_liu", "mutual_information"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_BINS = 15
_ROWS_PER_BIN = 12  # of the square root of the rows: joint tables of few rows show ties that are not there


def bins_of(layout: Layout, rows: Rows) -> tuple[Ints, Ints]:
    """(n, d) bin of each cell, columns laid end to end, and (d + 1,) where each column's bins begin.

    A column's most frequent tokens keep a bin each, and its continuous values (not merely its spikes) are cut at
    their quantiles; the other tokens share a bin, or, where tokens are many and ordered, the bins of their neighbours.
    """
    most = int(np.clip(np.sqrt(len(rows) / _ROWS_PER_BIN), 2, _MOST_BINS))
    found = [_bins(layout, rows, j, most) for j in range(len(layout))]
    sizes = [int(b.max()) + 1 if len(b) else 1 for b in found]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return np.stack(found, axis=1) + starts[:-1], starts


def _bins(layout: Layout, rows: Rows, j: int, most: int) -> Ints:
    tokens = (rows.places[:, j] - layout.offsets[j]).astype(np.int64)
    slot = int(layout.slots[j])
    if slot < 0:
        return _frequent(tokens, most)
    continuous = layout.continuous[rows.places[:, j]]
    out = _frequent(np.where(continuous, -1, tokens), most)
    y = rows.y[continuous, slot]
    if len(y):
        edges = np.unique(np.quantile(y, np.linspace(0, 1, most + 1)[1:-1]))
        fresh = int(out.max()) + 1
        out[continuous] = fresh + np.searchsorted(edges, y)
    return out


def _frequent(tokens: Ints, most: int) -> Ints:
    """The `most` - 1 most frequent tokens keep their own number, the others share one."""
    used, counts = np.unique(tokens, return_counts=True)
    if len(used) <= most:
        return np.searchsorted(used, tokens)
    kept = np.sort(used[np.argsort(-counts, kind="stable")[: most - 1]])
    at = np.searchsorted(kept, tokens)
    same = kept[np.minimum(at, len(kept) - 1)] == tokens
    return np.where(same, at, len(kept))


def mutual_information(bins: Ints, starts: Ints) -> Floats:
    """(d, d) nats; each column's entropy on the diagonal. Joint counts are sums over rows."""
    n, d = bins.shape
    every = int(starts[-1])
    out = np.zeros((d, d))
    own = np.bincount(bins.ravel(), minlength=every).astype(np.float32) / n
    for j in range(d):
        mine = slice(int(starts[j]), int(starts[j + 1]))
        at = (bins[:, j] - mine.start)[:, None] * every + bins
        joint = np.bincount(at.ravel(), minlength=(mine.stop - mine.start) * every).astype(np.float32) / n
        joint = joint.reshape(-1, every)  # (bins of j, all bins)
        independent = np.outer(own[mine], own)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(joint > 0, joint * np.log(joint / independent), 0.0)
        out[j] = np.add.reduceat(terms.sum(axis=0), starts[:-1])
    symmetric: Floats = np.maximum(0.5 * (out + out.T), 0.0)
    return symmetric


def chow_liu(strengths: NDArray[Any], noise: Floats | None = None) -> Structure:
    """The tree that ties the columns most strongly, rooted at its centre.

    Args:
        strengths: (d, d) mutual information.
        noise: (d, d) factors near one, so that mixed trees differ.
    """
    weights = strengths * noise if noise is not None else strengths.copy()
    weights = 0.5 * (weights + weights.T)
    d = len(weights)
    linked = np.zeros(d, dtype=bool)
    best, via = np.full(d, -1.0), np.zeros(d, dtype=np.int64)
    edges, at = [], int(weights.sum(axis=1).argmax())
    for _ in range(d - 1):  # Prim's algorithm
        linked[at] = True
        closer = ~linked & (weights[at] > best)
        best[closer], via[closer] = weights[at, closer], at
        at = int(np.where(linked, -2.0, best).argmax())
        edges.append((int(via[at]), at))
    return _rooted(d, edges)


def _rooted(d: int, edges: list[tuple[int, int]]) -> Structure:
    """From the middle of the longest path outwards."""
    neighbours: list[list[int]] = [[] for _ in range(d)]
    for a, b in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    far, _ = _walk(0, neighbours)
    order, parents = _walk(far[-1], neighbours)
    path = [order[-1]]
    while parents[path[-1]] >= 0:
        path.append(int(parents[path[-1]]))
    order, parents = _walk(path[len(path) // 2], neighbours)
    return Structure(parents, np.array(order, dtype=np.int64))


def _walk(start: int, neighbours: list[list[int]]) -> tuple[list[int], Ints]:
    """All columns breadth first, and each one's parent."""
    parents = np.full(len(neighbours), -1, dtype=np.int64)
    order, seen = [start], {start}
    for at in order:
        for other in neighbours[at]:
            if other not in seen:
                seen.add(other)
                parents[other] = at
                order.append(other)
    return order, parents
