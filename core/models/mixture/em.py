"""Expectation maximisation, with conjugate pseudo-rows that keep every component proper.

Dempster, Laird, Rubin (1977); absent continuous values enter by their conditional mean and covariance
(Ghahramani and Jordan, "Supervised learning from incomplete data via an EM approach", 1994).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import logsumexp

from ...run import Run, Signal
from .components import Components
from .design import Design, Pattern

__all__ = ["Prior", "bic", "em", "maximise", "start"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_START_ROWS = 5_000
_LLOYD_PASSES = 10
_TINY = 10 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Prior:
    """What every component is told before it sees rows.

    Args:
        shares: (V,) overall share of each token within its column; none is 0.
        columns: (V,) which column a token belongs to.
        seen: (V,) whether a token occurs.
        mean, variance: (C,) of each continuous value over all rows.
        pseudo: rows that each component's tables get in overall shares.
        shrinkage: rows that each component's normal gets, spread as all rows are, uncorrelated.
        ridge: added to every variance.
    """

    shares: Floats
    columns: Ints
    seen: NDArray[np.bool_]
    mean: Floats
    variance: Floats
    pseudo: float
    shrinkage: float
    ridge: float

    @classmethod
    def of(
        cls, design: Design, shares: Floats, columns: Ints, seen: NDArray[np.bool_], *,
        pseudo: float, shrinkage: float, ridge: float,
    ) -> Prior:
        """With the moments of these rows."""
        count = np.maximum(design.present.sum(axis=0), 1)
        mean = design.y.sum(axis=0) / count
        variance = (((design.y - mean) * design.present) ** 2).sum(axis=0) / count
        return cls(shares, columns, seen, mean, np.where(variance > 0, variance, 1.0), pseudo, shrinkage, ridge)


def em(
    first: Components, design: Design, prior: Prior, run: Run, *, passes: int, tolerance: float
) -> tuple[Components, float]:
    """Improve components until a pass gains less than `tolerance` nats a row.

    Returns:
        The components and the mean log density of the rows before the last maximisation.

    Raises:
        Cancelled: the user stopped it. "Stop and keep" ends early instead.
    """
    components, before = first, -np.inf
    for done in range(passes):
        run.progress(done / passes)
        joint = components.log_joint(design)
        total = logsumexp(joint, axis=1)
        now = float(total.mean())
        components = maximise(np.exp(joint - total[:, None]), components, design, prior, run)
        if abs(now - before) < tolerance or run.signal() is Signal.STOP_AND_KEEP:
            break
        before = now
    return components, now


def maximise(resp: Floats, last: Components, design: Design, prior: Prior, run: Run) -> Components:
    """Components that fit the rows best, given how far each row belongs to each.

    Args:
        resp: (n, k) responsibilities.
        last: the components they came from (their block, and what they expect of absent values).
        design: the rows.
        prior: pseudo-rows.
        run: for cancelling.
    """
    size = resp.sum(axis=0) + _TINY
    counts = (design.onehot.T @ resp).T  # (k, V)
    tables = np.log((counts + prior.pseudo * prior.shares) / (size[:, None] + prior.pseudo))
    means, variances = _diagonal(resp, design, prior)
    covariances = np.zeros_like(last.covariances)
    patterns = list(design.patterns(last.block))
    for c in range(len(last) if len(last.block) else 0):
        run.check()
        y, spread = _completed(c, resp[:, c], last, design, patterns)
        means[c, last.block], covariances[c] = _full(resp[:, c], y, spread, last.block, prior)
        variances[c, last.block] = np.diag(covariances[c])
    return Components(np.log(size / size.sum()), tables, means, variances, covariances, last.block)


def _diagonal(resp: Floats, design: Design, prior: Prior) -> tuple[Floats, Floats]:
    """(k, C) means and variances of the values that are present."""
    extra = prior.shrinkage
    size = resp.T @ design.present + extra + _TINY
    means = (resp.T @ design.y + (extra + _TINY) * prior.mean) / size
    squares = np.empty_like(means)
    for c in range(len(means)):
        squares[c] = resp[:, c] @ (((design.y - means[c]) * design.present) ** 2)
    pulled = prior.variance + (means - prior.mean) ** 2
    return means, (squares + (extra + _TINY) * pulled) / size + prior.ridge


def _completed(
    c: int, weight: Floats, last: Components, design: Design, patterns: list[Pattern]
) -> tuple[Floats, Floats]:
    """(n, B) values of the block with absent ones as component c expects them, and their summed covariance (B, B)."""
    y = design.y[:, last.block].copy()
    spread = np.zeros((len(last.block), len(last.block)))
    for pattern in patterns:
        if len(pattern.gone):
            filled, left = _expect(c, last, design, pattern)
            y[np.ix_(pattern.rows, pattern.gone)] = filled
            spread[np.ix_(pattern.gone, pattern.gone)] += weight[pattern.rows].sum() * left
    return y, spread


def _full(weight: Floats, y: Floats, spread: Floats, block: Ints, prior: Prior) -> tuple[Floats, Floats]:
    """(B,) mean and (B, B) covariance of a component over the block."""
    extra = prior.shrinkage
    size = weight.sum() + extra + _TINY
    mean = (weight @ y + (extra + _TINY) * prior.mean[block]) / size
    away = y - mean
    pulled = np.diag(prior.variance[block]) + np.outer(mean - prior.mean[block], mean - prior.mean[block])
    covariance = ((weight[:, None] * away).T @ away + spread + (extra + _TINY) * pulled) / size
    return mean, covariance + prior.ridge * np.eye(len(block))


def _expect(c: int, last: Components, design: Design, pattern: Pattern) -> tuple[Floats, Floats]:
    """Conditional mean (m, gone) and covariance (gone, gone) of absent values under component c."""
    mean, covariance = last.means[c, last.block], last.covariances[c]
    seen, gone = pattern.seen, pattern.gone
    within = covariance[np.ix_(gone, gone)]
    if not len(seen):
        return np.broadcast_to(mean[gone], (len(pattern.rows), len(gone))), within
    slope = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, gone)])  # (seen, gone)
    y = design.y[np.ix_(pattern.rows, last.block[seen])]
    return mean[gone] + (y - mean[seen]) @ slope, within - covariance[np.ix_(gone, seen)] @ slope


def start(
    k: int, block: Ints, *, design: Design, prior: Prior, rng: np.random.Generator, run: Run
) -> Components:
    """Components from k-means clusters (k-means++ seeds, Arthur and Vassilvitskii 2007) of tokens and values."""
    values = sparse.csr_matrix(design.y / np.sqrt(prior.variance))
    features = sparse.hstack([values, design.onehot / np.sqrt(2)]).tocsr()
    some = features
    if len(design) > _START_ROWS:
        some = features[np.sort(rng.choice(len(design), _START_ROWS, replace=False))]
    centres = _seeds(k, some, rng)
    for _ in range(_LLOYD_PASSES):
        run.check()
        member = _nearest(some, centres)
        owned = sparse.csr_matrix((np.ones(len(member)), (member, np.arange(len(member)))), shape=(k, len(member)))
        size = np.bincount(member, minlength=k)
        kept = size > 0
        centres[kept] = (owned @ some).toarray()[kept] / size[kept, None]
    resp = np.zeros((len(design), k))
    resp[np.arange(len(design)), _nearest(features, centres)] = 1.0
    return maximise(resp, _plain(resp, block, design, prior), design, prior, run)


def _plain(resp: Floats, block: Ints, design: Design, prior: Prior) -> Components:
    """Uncorrelated components: what absent values are first taken to be."""
    means, variances = _diagonal(resp, design, prior)
    covariances = np.stack([np.diag(v[block]) for v in variances])
    k = resp.shape[1]
    return Components(np.zeros(k), np.zeros((k, len(prior.shares))), means, variances, covariances, block)


def _seeds(k: int, features: sparse.csr_matrix, rng: np.random.Generator) -> Floats:
    rows = features.shape[0]
    centres = np.zeros((k, features.shape[1]))
    centres[0] = features[rng.integers(rows)].toarray()[0]
    nearest = _squares(features, centres[:1])[:, 0]
    for c in range(1, k):
        total = nearest.sum()
        pick = rng.choice(rows, p=nearest / total) if total > 0 else rng.integers(rows)
        centres[c] = features[pick].toarray()[0]
        nearest = np.minimum(nearest, _squares(features, centres[c : c + 1])[:, 0])
    return centres


def _nearest(features: sparse.csr_matrix, centres: Floats) -> Ints:
    return np.asarray(_squares(features, centres).argmin(axis=1), dtype=np.int64)


def _squares(features: sparse.csr_matrix, centres: Floats) -> Floats:
    """(n, k) squared distances."""
    norms = np.asarray(features.multiply(features).sum(axis=1)).ravel()
    out = norms[:, None] + (centres * centres).sum(axis=1) - 2 * np.asarray(features @ centres.T)
    return np.asarray(np.maximum(out, 0.0), dtype=np.float64)


def bic(components: Components, mean_log_density: float, n: int, prior: Prior) -> float:
    """Bayesian information criterion (Schwarz 1978), smaller is better.

    Args:
        components: the fitted mixture.
        mean_log_density: nats a row.
        n: rows.
        prior: which tokens there are; a table has one free share less than tokens that occur.
    """
    k, values = components.means.shape
    block = len(components.block)
    used = np.bincount(prior.columns, weights=prior.seen)
    free = k - 1 + k * (np.maximum(used - 1, 0).sum() + 2 * values + block * (block - 1) / 2)
    return float(-2 * mean_log_density * n + free * np.log(n))
