"""How many components, and which continuous values share a full covariance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...run import Run
from .components import Components
from .design import Design
from .em import Prior, bic, em, start

__all__ = ["Plan", "choose", "full_block", "widen"]

Ints = NDArray[np.int64]

_LADDER = (1, 2, 3, 5, 8, 12, 20, 32, 48, 64, 96, 128, 192, 256, 384, 512)
_SEARCH_PASSES = 30
_SEARCH_TOLERANCE = 5e-4  # coarser, and a slow start of many tokens looks like no gain at all
_PATIENCE = 2
_MAX_BLOCK = 80
_MAX_PATTERNS = 500
_SEARCH_PATTERNS = 100
_ROWS_PER_PATTERN = 8


@dataclass(frozen=True)
class Plan:
    """What to try.

    Args:
        components: 0 chooses by BIC.
        most: largest number tried.
        covariance: "full", "diagonal" or "auto".
        rows: of the final EM. The criterion counts these, for the trial's density a row holds for them too.
    """

    components: int
    most: int
    covariance: str
    rows: int


def choose(plan: Plan, design: Design, prior: Prior, rng: np.random.Generator, run: Run) -> Components:
    """The start of the final EM: the components with the best BIC among those tried on these rows.

    Args:
        plan: what to try.
        design: rows to try on.
        prior: of the model.
        rng: for the starts.
        run: for progress and cancelling.
    """
    sizes = [plan.components] if plan.components else sorted({k for k in (*_LADDER, plan.most) if k <= plan.most})
    sizes = [k for k in sizes if k <= max(len(design) // 2, 1)] or [1]
    blocks = _blocks(plan.covariance, design)
    if len(sizes) == len(blocks) == 1:
        return start(sizes[0], blocks[0], design=design, prior=prior, rng=rng, run=run)
    best: tuple[float, Components] | None = None
    for place, block in enumerate(blocks):
        part = run.part(place / len(blocks), (place + 1) / len(blocks))
        found = _climb(sizes, block, plan.rows, design=design, prior=prior, rng=rng, run=part)
        if best is None or found[0] < best[0]:
            best = found
    assert best is not None
    return best[1]


def _climb(
    sizes: list[int], block: Ints, rows: int, *, design: Design, prior: Prior, rng: np.random.Generator,
    run: Run,
) -> tuple[float, Components]:
    """The best of growing numbers of components; ends after two that are worse."""
    best: tuple[float, Components] | None = None
    worse = 0
    for step, k in enumerate(sizes):
        part = run.part(step / len(sizes), (step + 1) / len(sizes))
        first = start(k, block, design=design, prior=prior, rng=rng, run=part)
        components, level = em(first, design, prior, part, passes=_SEARCH_PASSES, tolerance=_SEARCH_TOLERANCE)
        criterion = bic(components, level, rows, prior)
        if best is None or criterion < best[0]:
            best, worse = (criterion, components), 0
        else:
            worse += 1
        if worse == _PATIENCE:
            break
    assert best is not None
    return best


def _blocks(covariance: str, design: Design) -> list[Ints]:
    """Blocks to try."""
    none = np.zeros(0, dtype=np.int64)
    values = design.y.shape[1]
    if covariance == "diagonal" or values == 0:
        return [none]
    if covariance == "full":
        return [np.arange(values)]
    block = full_block(design, _SEARCH_PATTERNS)
    return [none, block] if len(block) > 1 else [none]


def full_block(design: Design, patterns: int = _MAX_PATTERNS) -> Ints:
    """The continuous values that can share a covariance at bounded cost.

    At most 80, none absent from more than four fifths of the rows, and such that patterns of presence repeat: eight
    rows each on average, and at most `patterns`. Values that are absent most often are left out first.
    """
    most = max(min(patterns, len(design) // _ROWS_PER_PATTERN), 1)
    share = design.present.mean(axis=0)
    order = np.argsort(-share, kind="stable")
    order = order[share[order] >= 0.2][:_MAX_BLOCK]
    while len(order) > 1:
        packed = np.packbits(design.present[:, order], axis=1)
        if len(np.unique(packed, axis=0)) <= most:
            break
        order = order[: max(len(order) * 3 // 4, 1)]
    return np.sort(order).astype(np.int64)


def widen(components: Components, block: Ints) -> Components:
    """The same normals with a larger block: values new to it start uncorrelated."""
    wide = np.stack([np.diag(v[block]) for v in components.variances])
    old = np.searchsorted(block, components.block)
    wide[:, old[:, None], old] = components.covariances
    return replace(components, covariances=wide, block=block)
