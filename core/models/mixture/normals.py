"""Multivariate normals of k components over a block of values of which some are absent.

All functions take the values seen in m rows that share one pattern of presence, and work on all components at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOG_2PI", "density", "expect", "leave_one_out", "log_density", "pair_density"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOG_2PI = float(np.log(2 * np.pi))


def density(y: Floats, mean: Floats, variance: Floats) -> Floats:
    """Log of the one-dimensional normal density, element by element."""
    out: Floats = -0.5 * ((y - mean) ** 2 / variance + np.log(variance) + LOG_2PI)
    return out


def log_density(y: Floats, means: Floats, covariances: Floats, seen: Ints) -> Floats:
    """(m, k) log density of the values seen.

    Args:
        y: (m, s) values.
        means: (k, B).
        covariances: (k, B, B), positive definite.
        seen: (s,) positions in the block.
    """
    if not len(seen):
        return np.zeros((len(y), len(means)))
    lower = np.linalg.cholesky(covariances[:, seen[:, None], seen])
    root = np.linalg.inv(lower).transpose(0, 2, 1)  # (k, s, s)
    z = (y - means[:, None, seen]) @ root  # (k, m, s)
    log_det = 2 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    out: Floats = -0.5 * (np.einsum("kms,kms->mk", z, z) + log_det + len(seen) * LOG_2PI)
    return out


def expect(y: Floats, means: Floats, covariances: Floats, seen: Ints, gone: Ints) -> tuple[Floats, Floats]:
    """Conditional mean (k, m, g) and covariance (k, g, g) of the values gone, given those seen."""
    within = covariances[:, gone[:, None], gone]
    if not len(seen):
        return np.broadcast_to(means[:, None, gone], (len(means), len(y), len(gone))), within
    across = covariances[:, seen[:, None], gone]  # (k, s, g)
    slope = np.linalg.solve(covariances[:, seen[:, None], seen], across)
    return means[:, None, gone] + (y - means[:, None, seen]) @ slope, within - across.transpose(0, 2, 1) @ slope


def leave_one_out(y: Floats, means: Floats, covariances: Floats, seen: Ints, gone: Ints) -> tuple[Floats, Floats]:
    """Mean (k, m, B) and variance (k, B) of every value of the block given the others that are seen.

    With L the inverse covariance of the values seen, value j has mean y_j - (L(y - m))_j / L_jj and variance 1 / L_jj
    (Rasmussen and Williams 2006, eq. 5.12); a value that is gone is regressed on all that are seen.
    """
    k, block = means.shape
    mean = np.broadcast_to(means[:, None, :], (k, len(y), block)).copy()
    variance = np.diagonal(covariances, axis1=1, axis2=2).copy()
    if not len(seen):
        return mean, variance
    precision = np.linalg.inv(covariances[:, seen[:, None], seen])
    pull = (y - means[:, None, seen]) @ precision  # (k, m, s)
    variance[:, seen] = 1 / np.diagonal(precision, axis1=1, axis2=2)
    mean[:, :, seen] = y - pull * variance[:, None, seen]
    across = covariances[:, seen[:, None], gone]
    mean[:, :, gone] += pull @ across
    variance[:, gone] -= np.einsum("ksg,kst,ktg->kg", across, precision, across)
    return mean, variance


def pair_density(y: Floats, means: Floats, covariances: Floats, seen: Ints, main: Ints) -> Floats:
    """(k, m, s) log density of two values together, given all others seen.

    The two have the 2 x 2 block P of the inverse covariance L as precision; with u their part of L(y - m), the
    exponent is u' P^-1 u. Where both are the same value the entry means nothing.

    Args:
        y: (m, s) values seen.
        means: (k, B).
        covariances: (k, B, B).
        seen: (s,) positions in the block.
        main: (m,) which of the values seen is the first of the two; the second runs over all.
    """
    precision = np.linalg.inv(covariances[:, seen[:, None], seen])
    pull = (y - means[:, None, seen]) @ precision  # (k, m, s)
    own = pull[:, np.arange(len(y)), main][:, :, None]
    across = precision[:, main, :]
    each = np.diagonal(precision, axis1=1, axis2=2)[:, None, :]
    first = each[:, 0, main][:, :, None]
    det = np.maximum(first * each - across * across, np.finfo(np.float64).tiny)
    exponent = (own * own * each - 2 * own * pull * across + pull * pull * first) / det
    out: Floats = 0.5 * (np.log(det) - exponent) - LOG_2PI
    return out
