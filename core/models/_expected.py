"""What a cell was expected to be, from the shares of its column's tokens: shared by families with token leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..encode.categories import CategoryCodec
from .base import Expected

__all__ = ["SHOWN_SHARE", "expected_categories", "likeliest"]

Floats = NDArray[np.float64]

SHOWN_SHARE = 0.01
_SHOWN = 5


def expected_categories(column: CategoryCodec, tokens: Floats) -> list[Expected]:
    """For n cells with token shares (n, tokens)."""
    texts = column.texts()
    known = tokens[:, 1:-1] if column.frequent else tokens[:, 1:]
    best = known.argmax(axis=1) + 1
    values = likeliest([*texts[:-1], None], tokens[:, :-1], SHOWN_SHARE)
    return [Expected(values=v, best=texts[b]) for v, b in zip(values, best, strict=True)]


def likeliest(texts: list[str | None], tokens: Floats, least: float) -> list[tuple[tuple[str | None, float], ...]]:
    """For n cells, at most five values with their probabilities, likeliest first."""
    named = np.array([t == 0 or texts[t] is not None for t in range(tokens.shape[1])])
    shares = np.where(named, tokens, -1.0)
    top = np.argsort(-shares, axis=1, kind="stable")[:, :_SHOWN]
    found = np.take_along_axis(shares, top, axis=1)
    least = max(least, SHOWN_SHARE)
    return [
        tuple((texts[t], p) for t, p in zip(ts, ps, strict=True) if p >= least)
        for ts, ps in zip(top.tolist(), found.tolist(), strict=True)
    ]
