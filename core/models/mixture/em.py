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
from .design import Design
from .normals import expect

__all__ = ["Prior", "bic", "em", "maximise", "start"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_START_ROWS = 5_000
_LLOYD_PASSES = 10
_BLOCK_CELLS = 1_000_000
_BLOCK_PRODUCTS = 100_000_000  # of rows with centres between two looks at whether the user has cancelled
_TINY = 10 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Prior:
    """What every component is told before it sees rows.

    Args:
        shares: (V,) overall share of each token within its column; none is 0, and a column's add up to 1.
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
        joint = components.log_joint(design, run)
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
    tables = _tables((design.onehot.T @ resp).T, prior)
    means, variances = _diagonal(resp, last.diagonal, design, prior, run)
    covariances = last.covariances
    if len(last.block):
        own, covariances = _full(resp, last, design, prior, run)
        means[:, last.block] = own
        variances[:, last.block] = np.diagonal(covariances, axis1=1, axis2=2)
    return Components(np.log(size / size.sum()), tables, means, variances, covariances, last.block)


def _tables(counts: Floats, prior: Prior) -> Floats:
    """(k, V) log probability of each token.

    A token never seen (missing, in a column without gaps) has its overall share under every component: it is
    surprising, but says nothing about which component the row comes from.
    """
    known = np.where(prior.seen, prior.shares, 0.0)
    starts = np.flatnonzero(np.diff(prior.columns, prepend=-1))
    widths = np.diff(starts, append=len(known))
    left = np.repeat(np.add.reduceat(known, starts), widths)  # (V,) what seen tokens of the column share
    sums = np.add.reduceat(counts, starts, axis=1) + prior.pseudo * np.add.reduceat(known, starts)
    shares = (counts + prior.pseudo * known) / np.repeat(np.maximum(sums, _TINY), widths, axis=1)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.where(prior.seen, shares * left, prior.shares)), dtype=np.float64)


def _diagonal(resp: Floats, wide: Ints, design: Design, prior: Prior, run: Run) -> tuple[Floats, Floats]:
    """(k, C) means and variances, of the values `wide` alone: those outside the block. The others stay 0 and 1."""
    extra = prior.shrinkage + _TINY
    means, variances = (np.full((resp.shape[1], design.y.shape[1]), v) for v in (0.0, 1.0))
    y, present = design.y[:, wide], design.present[:, wide]
    centre, spread = prior.mean[wide], prior.variance[wide]
    size = resp.T @ present + extra
    means[:, wide] = mean = (resp.T @ y + extra * centre) / size
    squares = np.zeros(mean.shape)
    for c in range(len(mean)):
        run.check()
        squares[c] = resp[:, c] @ (((y - mean[c]) * present) ** 2)
    variances[:, wide] = (squares + extra * (spread + (mean - centre) ** 2)) / size + prior.ridge
    return means, variances


def _full(resp: Floats, last: Components, design: Design, prior: Prior, run: Run) -> tuple[Floats, Floats]:
    """(k, B) means and (k, B, B) covariances of the block; sums are taken about the last means."""
    block, k = last.block, len(last)
    about, extra = last.means[:, block], prior.shrinkage + _TINY
    first, second = np.zeros((k, len(block))), np.zeros((k, len(block), len(block)))
    for pattern in design.patterns(block, width=3 * k):
        run.check()
        seen, gone = pattern.seen, pattern.gone
        y = design.y[np.ix_(pattern.rows, block[seen])]
        weight = resp[pattern.rows].T  # (k, m)
        away = np.empty((k, len(pattern.rows), len(block)))
        away[:, :, seen] = y - about[:, None, seen]
        if len(gone):
            filled, left = expect(y, about, last.covariances, seen, gone)
            away[:, :, gone] = filled - about[:, None, gone]
            second[:, gone[:, None], gone] += weight.sum(axis=1)[:, None, None] * left
        weighed = weight[:, :, None] * away
        first += weighed.sum(axis=1)
        second += weighed.transpose(0, 2, 1) @ away
    size = resp.sum(axis=0)[:, None] + extra
    pulled = prior.mean[block] - about  # where the pseudo-rows lie
    shift = (first + extra * pulled) / size
    second += extra * (np.diag(prior.variance[block]) + pulled[:, :, None] * pulled[:, None, :])
    covariances = second / size[:, :, None] - shift[:, :, None] * shift[:, None, :]
    return about + shift, covariances + prior.ridge * np.eye(len(block))


def start(
    k: int, block: Ints, *, design: Design, prior: Prior, rng: np.random.Generator, run: Run
) -> Components:
    """Components from k-means clusters (k-means++ seeds, Arthur and Vassilvitskii 2007) of tokens and values."""
    features = _features(design, prior, run)
    some = features
    if len(design) > _START_ROWS:
        some = features[np.sort(rng.choice(len(design), _START_ROWS, replace=False))]
    centres = _seeds(k, some, rng, run)
    for _ in range(_LLOYD_PASSES):
        member = _nearest(some, centres, run)
        owned = sparse.csr_matrix((np.ones(len(member)), (member, np.arange(len(member)))), shape=(k, len(member)))
        size = np.bincount(member, minlength=k)
        kept = size > 0
        centres[kept] = (owned @ some).toarray()[kept] / size[kept, None]
    resp = np.zeros((len(design), k))
    resp[np.arange(len(design)), _nearest(features, centres, run)] = 1.0
    return maximise(resp, _plain(resp, block, design, prior, run), design, prior, run)


def _features(design: Design, prior: Prior, run: Run) -> sparse.csr_matrix:
    """(n, C + V) rows as points, made a part at a time."""
    size, parts = max(_BLOCK_CELLS // design.places.shape[1], 16), []
    for begin in range(0, len(design), size):
        run.check()
        rows = slice(begin, begin + size)
        parts.append(sparse.hstack([design.y[rows] / np.sqrt(prior.variance), design.onehot[rows] / np.sqrt(2)], "csr"))
    return sparse.vstack(parts, "csr")


def _plain(resp: Floats, block: Ints, design: Design, prior: Prior, run: Run) -> Components:
    """Uncorrelated components: what absent values are first taken to be."""
    means, variances = _diagonal(resp, np.arange(design.y.shape[1]), design, prior, run)
    covariances = np.stack([np.diag(v[block]) for v in variances])
    k = resp.shape[1]
    return Components(np.zeros(k), np.zeros((k, len(prior.shares))), means, variances, covariances, block)


def _seeds(k: int, features: sparse.csr_matrix, rng: np.random.Generator, run: Run) -> Floats:
    run.check()
    rows = features.shape[0]
    centres = np.zeros((k, features.shape[1]))
    centres[0] = features[rng.integers(rows)].toarray()[0]
    nearest = _squares(features, centres[:1])[:, 0]
    for c in range(1, k):
        run.check()
        total = nearest.sum()
        pick = rng.choice(rows, p=nearest / total) if total > 0 else rng.integers(rows)
        centres[c] = features[pick].toarray()[0]
        nearest = np.minimum(nearest, _squares(features, centres[c : c + 1])[:, 0])
    return centres


def _nearest(features: sparse.csr_matrix, centres: Floats, run: Run) -> Ints:
    """(n,) closest centre of each row."""
    out = np.zeros(features.shape[0], dtype=np.int64)
    half = 0.5 * (centres * centres).sum(axis=1)  # a row's own length is the same to all centres
    size = max(_BLOCK_PRODUCTS * len(out) // max(features.nnz * len(centres), 1), 16)
    for begin in range(0, len(out), size):
        run.check()
        rows = slice(begin, begin + size)
        out[rows] = (half - np.asarray(features[rows] @ centres.T)).argmin(axis=1)
    return out


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
