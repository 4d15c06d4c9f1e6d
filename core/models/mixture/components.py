"""Components: the parameters of the mixture, and the log density of rows under each.

p(x) = sum over components c of w_c * product over columns j of theta_cj(token_j) * N(y; m_c, S_c),

where y holds the continuous values the row has; absent ones are integrated out, which for a normal means leaving
their rows and columns out of m_c and S_c. S_c is full over the columns of `block` and diagonal over the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...run import Run
from .design import Design
from .normals import LOG_2PI, density, log_density

__all__ = ["Components"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Components:
    """Parameters of k components.

    Args:
        log_weights: (k,).
        log_tables: (k, V) log probability of each token, columns laid end to end.
        means: (k, C).
        variances: (k, C), of the columns outside the block too.
        covariances: (k, B, B).
        block: (B,) which of the C continuous values the covariances are over.
    """

    log_weights: Floats
    log_tables: Floats
    means: Floats
    variances: Floats
    covariances: Floats
    block: Ints

    def __len__(self) -> int:
        return len(self.log_weights)

    @property
    def diagonal(self) -> Ints:
        """Continuous values outside the block."""
        return np.setdiff1d(np.arange(self.means.shape[1]), self.block)

    def take(self, order: Ints) -> Components:
        """These components, in this order."""
        arrays = {k: v[order] for k, v in vars(self).items() if k != "block"}
        return replace(self, **arrays)

    def log_joint(self, design: Design, run: Run | None = None) -> Floats:
        """(n, k) log of weight times density of the rows; base terms left out.

        Args:
            design: the rows.
            run: for cancelling, where the rows are many.
        """
        run = run or Run()
        out: Floats = design.onehot @ self.log_tables.T + self.log_weights
        wide = self.diagonal
        if len(wide):
            y, present = design.y[:, wide], design.present[:, wide]
            variances = self.variances[:, wide]
            out += present @ (-0.5 * (LOG_2PI + np.log(variances))).T
            for c in range(len(self)):
                run.check()
                z = (y - self.means[c, wide]) * present
                out[:, c] -= 0.5 * (z * z) @ (1 / variances[c])
        for pattern in design.patterns(self.block, width=len(self)):
            run.check()
            y = design.y[np.ix_(pattern.rows, self.block[pattern.seen])]
            out[pattern.rows] += log_density(y, self.means[:, self.block], self.covariances, pattern.seen)
        return out

    def log_density(self, design: Design) -> Floats:
        """(n,) log p of the rows; base terms left out."""
        out: Floats = logsumexp(self.log_joint(design), axis=1)
        return out

    def log_marginals(self, design: Design, slots: Ints) -> Floats:
        """(n, d) log p(cell) under the model, each cell alone; base terms left out, 0 in columns the table lacks.

        Args:
            design: the rows.
            slots: (d,) continuous value of each column, -1 for none.
        """
        log_shares = logsumexp(self.log_weights[:, None] + self.log_tables, axis=0)  # (V,)
        out: Floats = np.zeros(design.places.shape)
        out[:, design.kept] = log_shares[design.places[:, design.kept]]
        for j in np.flatnonzero(slots >= 0):
            rows = np.flatnonzero(design.present[:, slots[j]])
            places = design.places[rows, j]
            z = density(design.y[rows, slots[j], None], self.means[:, slots[j]], self.variances[:, slots[j]])
            joint = self.log_weights + self.log_tables[:, places].T + z
            out[rows, j] = logsumexp(joint, axis=1)
        return out
