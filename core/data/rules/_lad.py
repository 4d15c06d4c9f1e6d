"""Least absolute deviations: a linear fit that a few dirty rows do not bend (Koenker and Bassett, 1978)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

__all__ = ["parts_of"]

_MOST_ROWS = 150
_NEAR = 0.02
_LEAST_PARTS = 3


def parts_of(result: str, names: list[str], values: dict[str, NDArray[np.float64]]) -> tuple[str, ...]:
    """Three columns or more whose sum seems to be the column; () where none are.

    Args:
        result: the total.
        names: columns of numbers.
        values: name -> (n,) values, the same rows of each.
    """
    others = [n for n in names if n != result]
    if len(others) < _LEAST_PARTS:
        return ()
    x, y = np.stack([values[n] for n in others], axis=1), values[result]
    held = np.isfinite(x).all(axis=1) & np.isfinite(y)
    x, y = x[held][:_MOST_ROWS], y[held][:_MOST_ROWS]
    if len(y) < 2 * len(others) + 10:
        return ()
    slopes = _fit(x, y)
    if slopes is None:
        return ()
    used = np.abs(slopes) > _NEAR
    is_total = used.sum() >= _LEAST_PARTS and bool((np.abs(slopes[used] - 1) <= _NEAR).all())
    return tuple(n for n, on in zip(others, used, strict=True) if on) if is_total else ()


def _fit(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """(d,) slopes without an intercept; None where the solver fails."""
    n, d = x.shape
    scale = float(np.abs(y).max()) or 1.0
    cost = np.concatenate([np.zeros(d), np.ones(2 * n)])
    equal = np.hstack([x / scale, np.eye(n), -np.eye(n)])
    bounds = [(None, None)] * d + [(0, None)] * (2 * n)
    solved = linprog(cost, A_eq=equal, b_eq=y / scale, bounds=bounds, method="highs")
    return solved.x[:d] if solved.status == 0 else None
