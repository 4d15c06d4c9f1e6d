"""Trees as arrays, in 16 bits where that costs no accuracy that matters.

A probability p is kept as the whole number nearest to -log2(p) times a step: the same relative error for large and
small ones, where half-precision floats lose the small. Means and variances stay in single precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .circuit import Circuit
from .tree import Layout, Rows, Structure, Tree

__all__ = ["load_trees", "rounded", "tree_arrays"]

Floats = NDArray[Any]

_PROBABILITIES = ("root", "edges", "tables")
_MOST_BITS = 24.0  # probabilities below 2**-24 are kept as that
_STEPS = 65_535
_USUAL, _WORST, _SHARE = 1e-3, 1e-2, 0.99  # nats


def rounded(circuit: Circuit, rows: Rows) -> tuple[Circuit, bool]:
    """The circuit as 16 bits store it, if 99 % of these rows move by at most 1e-3 nats and none by over 1e-2.

    Returns:
        The circuit to use from now on, and whether it is the rounded one.
    """
    trees = tuple(_tree(t.structure, _arrays(t, half=True), circuit.layout) for t in circuit.trees)
    short = replace(circuit, trees=trees)
    moved = np.abs(short.log_likelihood(rows) - circuit.log_likelihood(rows))
    fits = bool(np.quantile(moved, _SHARE) <= _USUAL and moved.max() <= _WORST)
    return (short, True) if fits else (circuit, False)


def tree_arrays(tree: Tree, half: bool) -> dict[str, Floats]:  # noqa: FBT001
    """All that a tree is made of, to be saved."""
    return {"parents": tree.structure.parents, "order": tree.structure.order, **_arrays(tree, half=half)}


def load_trees(arrays: Mapping[str, Floats], count: int, prefix: str, layout: Layout) -> tuple[Tree, ...]:
    """The trees that were saved under `<prefix><number>.`."""
    trees = []
    for r in range(count):
        start = f"{prefix}{r}."
        own = {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}
        structure = Structure(own.pop("parents"), own.pop("order"))
        trees.append(_tree(structure, own, layout))
    return tuple(trees)


def _arrays(tree: Tree, *, half: bool) -> dict[str, Floats]:
    if not half:
        return tree.arrays()
    return {k: _short(v) if k in _PROBABILITIES else v for k, v in tree.arrays().items()}


def _short(p: Floats) -> Floats:
    bits = np.clip(-np.log2(np.maximum(p, 1e-30)), 0, _MOST_BITS)
    return np.rint(bits * (_STEPS / _MOST_BITS)).astype(np.uint16)


def _tree(structure: Structure, arrays: Mapping[str, Floats], layout: Layout) -> Tree:
    """A tree whose probabilities sum to one again."""
    if arrays["root"].dtype != np.uint16:
        return Tree.of(structure, arrays)
    long = {k: np.exp2(arrays[k].astype(np.float64) * (-_MOST_BITS / _STEPS)) for k in _PROBABILITIES}
    long["root"] /= long["root"].sum()
    long["edges"] /= long["edges"].sum(axis=2, keepdims=True)
    long["tables"] = layout.normalised(long["tables"])
    return Tree.of(structure, {**arrays, **{k: v.astype(np.float32) for k, v in long.items()}})
