"""Which other cells make a cell surprising: its surprise with all of them, less its surprise without each.

Leaving a cell out is exact: under component c, p_c(row without a and b) = p_c(row) / p_c(a, b | rest).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...data.batch import Batch
from ...encode.table import TableCodec
from .components import Components
from .conditionals import cell_densities, conditional_normals
from .design import Design
from .normals import pair_density

__all__ = ["context"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def context(codec: TableCodec, components: Components, batch: Batch, main: Ints) -> Floats:
    """(n, d) nats that each other cell adds to the surprise of cell `main` (n,) of its row."""
    design = Design.of(codec.encode(batch), codec, batch.columns)
    own = cell_densities(codec, components, design, *conditional_normals(components, design))  # (n, d, k)
    row = components.log_joint(design)
    each = np.arange(len(design))
    mine = own[each, main]  # (n, k)
    surprise = logsumexp(row - mine, axis=1) - logsumexp(row, axis=1)
    without_other = row[:, None, :] - own
    without_both = without_other - mine[:, None, :]
    for rows, others, log_density in _coupled(codec, components, design, main):
        without_both[np.ix_(rows, others)] = row[rows][:, None, :] - log_density
    alone = logsumexp(without_both, axis=2) - logsumexp(without_other, axis=2)
    gained: Floats = surprise[:, None] - alone
    gained[each, main] = 0.0
    return gained


def _coupled(
    codec: TableCodec, components: Components, design: Design, main: Ints
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Rows, other columns and log p_c(both cells | rest) (m, s, k), where both are continuous values of the block."""
    block = components.block
    columns = codec.floating[block]  # (B,) column of each value of the block
    place = np.full(len(codec.columns), -1)
    place[columns] = np.arange(len(block))
    tokens = np.ascontiguousarray(components.log_tables.T)
    for pattern in design.patterns(block, width=6 * len(components)):
        mine = place[main[pattern.rows]]
        keep = np.isin(mine, pattern.seen)
        rows = pattern.rows[keep]
        if not len(rows):
            continue
        y = design.y[np.ix_(rows, block[pattern.seen])]
        at = np.searchsorted(pattern.seen, mine[keep])
        both = pair_density(y, components.means[:, block], components.covariances, pattern.seen, at)
        others = columns[pattern.seen]
        shares = tokens[design.places[np.ix_(rows, others)]] + tokens[design.places[rows, main[rows]]][:, None, :]
        yield rows, others, shares + both.transpose(1, 2, 0)
