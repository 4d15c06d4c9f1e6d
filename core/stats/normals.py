"""Parts of normal distributions, accurate far out in the tails."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp

__all__ = ["draw_between", "log_mass"]

Floats = NDArray[Any]


def log_mass(low: Any, high: Any) -> Floats:
    """Log probability of a standard normal between low and high, -inf where that is nothing."""
    flip = low > 0
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    below, upto = log_ndtr(a), log_ndtr(b)
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Floats = upto + np.log1p(-np.exp(below - upto))
    return np.where(np.isnan(out), -np.inf, out)


def draw_between(mean: Floats, sd: Any, low: Floats, high: Floats, shares: Floats) -> Floats:
    """(n,) quantiles of normals cut to [low, high]: draws, where the (n,) shares in [0, 1) are drawn evenly."""
    a, b = (low - mean) / sd, (high - mean) / sd
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    upto = log_ndtr(b)
    share = np.exp(log_ndtr(a) - upto)
    z = ndtri_exp(upto + np.log(share + shares * (1 - share)))
    out: Floats = np.clip(mean + sd * np.where(flip, -z, z), low, high)
    return out
