"""What a circuit should answer, by brute force: sums over every assignment of its hidden states.

Reads what `state()` writes, the 16-bit numbers included, and imports nothing of the model.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

BITS, STEPS = 24.0, 65_535


class Numbers:
    """A number column as the saved codec describes it. A claim about a cell maps (tables, mean, sd) to (H,)."""

    def __init__(self, plain, arrays, at):
        self.name, self.counts, self.atoms = plain["name"], arrays[f"{at}.counts"], list(arrays[f"{at}.atoms"])
        self.centre, self.scale, self.low, self.high = arrays[f"{at}.range"]
        self.floats = plain["curve"]
        if self.floats:
            knots = arrays[f"{at}.curve"]
            self.x, self.y = knots[:, :-1]
            self.slopes = np.array([knots[0, -1], *(np.diff(self.y) / np.diff(self.x)), knots[1, -1]])

    def bend(self, x):
        """y of x, and dy/dx there."""
        part = int((self.x <= x).sum())
        knot = max(part - 1, 0)
        return self.y[knot] + self.slopes[part] * (x - self.x[knot]), self.slopes[part]

    def cell(self, value):
        """p(cell): of repeated values and gaps a probability, of others a density per unit."""
        if value is None:
            return lambda tables, mean, sd: tables[0]
        if value in self.atoms:
            return lambda tables, mean, sd: tables[1 + self.atoms.index(value)]
        if not self.floats:
            return lambda tables, mean, sd: tables[-1] * _normal((value - self.centre) / self.scale) / self.scale
        y, slope = self.bend(value)
        return lambda tables, mean, sd: tables[-1] * _normal((y - mean) / sd) / sd * slope

    def between(self, low, high, *, atoms=True):
        """p(low <= cell < high), infinite ends allowed."""
        ends = [e if np.isinf(e) or not self.floats else self.bend(e)[0] for e in (low, high)]
        inside = [1 + i for i, a in enumerate(self.atoms) if atoms and low <= a < high]

        def claim(tables, mean, sd):
            a, b = ((end - mean) / sd for end in ends)
            mass = np.where(a > 0, ndtr(-a) - ndtr(-b), ndtr(b) - ndtr(a))
            return tables[inside].sum(axis=0) + (tables[-1] * mass if self.floats else 0.0)

        return claim

    def nodes(self, points=24):
        """Values and weights that integrate smooth functions of x: Gauss and Legendre between the knots."""
        ends = [self.x[0] - 8 / self.slopes[0], self.x[0] - 2 / self.slopes[0], *self.x]
        ends += [self.x[-1] + 2 / self.slopes[-1], self.x[-1] + 8 / self.slopes[-1]]
        t, w = np.polynomial.legendre.leggauss(points)
        low, high = np.array(ends[:-1])[:, None], np.array(ends[1:])[:, None]
        return (low + (high - low) * (t + 1) / 2).ravel(), ((high - low) / 2 * w).ravel()


class Categories:
    """A category column as the saved codec describes it."""

    floats, atoms, scale = False, (), 1.0

    def __init__(self, plain, arrays, at):
        self.name, self.counts = plain["name"], arrays[f"{at}.counts"]
        self.frequent = plain["frequent"]
        self.rare = dict(zip(plain["rare"], arrays[f"{at}.rare"].tolist(), strict=True))
        self.values = [None, *self.frequent, *self.rare]

    def cell(self, value):
        """p(cell); a value never seen counts as one rare cell."""
        if value is None or value in self.frequent:
            return lambda tables, mean, sd: tables[self.values.index(value)]
        share = self.rare.get(value, 1) / (sum(self.rare.values()) + 1)
        return lambda tables, mean, sd: tables[-1] * share

    def among(self, values):
        """p(the cell is one of these values that training had)."""
        tokens = [self.values.index(v) for v in values if v not in self.rare]
        share = sum(self.rare.get(v, 0) for v in values) / max(sum(self.rare.values()), 1)
        return lambda tables, mean, sd: tables[tokens].sum(axis=0) + tables[-1] * share


class Enumeration:
    """The saved circuit, unfolded over all H ** d assignments of hidden states."""

    def __init__(self, state):
        plain = state.json["circuits"]["main"]
        arrays = {k.removeprefix("main."): v for k, v in state.arrays.items()}
        kinds = {"number": Numbers, "category": Categories}
        self.columns = [kinds[p["codec"]](p, arrays, f"codec.{j}") for j, p in enumerate(plain["codec"])]
        self.names = [c.name for c in self.columns]
        self.offsets = np.cumsum([0, *(len(c.counts) for c in self.columns)])
        self.slots = np.cumsum([c.floats for c in self.columns]) - 1
        self.trees = [self._tree(arrays, f"tree{r}.") for r in range(plain["trees"])]

    def __getitem__(self, name):
        return self.columns[self.names.index(name)]

    def _tree(self, arrays, at):
        """(H^d,) probability of each assignment, (d, H^d) the assignments, and the leaves' parameters."""
        root, edges, tables = (_long(arrays[at + k]) for k in ("root", "edges", "tables"))
        parents, d = arrays[at + "parents"], len(self.columns)
        states = np.indices((len(root),) * d).reshape(d, -1)
        prior = np.ones(states.shape[1])
        for j, p in enumerate(parents):
            shares = root / root.sum() if p < 0 else edges[j] / edges[j].sum(axis=1, keepdims=True)
            prior *= shares[states[j]] if p < 0 else shares[states[p], states[j]]
        leaves = []
        for j, column in enumerate(self.columns):
            own = tables[self.offsets[j] : self.offsets[j + 1]]
            normals = (arrays[at + k][self.slots[j]].astype(float) for k in ("means", "variances"))
            mean, variance = normals if column.floats else (np.zeros(len(root)), np.ones(len(root)))
            leaves.append((own / own.sum(axis=0), mean, np.sqrt(variance)))
        return prior, states, leaves

    def given(self, name, claims):
        """For each tree (H,) p(the column's state, the claims on the other columns)."""
        j = self.names.index(name)
        found = []
        for prior, states, leaves in self.trees:
            weight = prior / len(self.trees)
            for other, claim in claims.items():
                if other != name:
                    i = self.names.index(other)
                    weight = weight * claim(*leaves[i])[states[i]]
            found.append(np.bincount(states[j], weights=weight))
        return found

    def joint(self, name, claim, given):
        """p(claim on this column, what was given)."""
        j = self.names.index(name)
        return sum(float(claim(*tree[2][j]) @ own) for tree, own in zip(self.trees, given, strict=True))

    def log_p(self, claims):
        """Log p(claims), one a column."""
        name = next(iter(claims), self.names[0])
        given = self.given(name, claims)
        return math.log(self.joint(name, claims.get(name, _anything), given))

    def conditional(self, name, claims, wanted):
        """(k,) p(wanted | claims on the other columns)."""
        given = self.given(name, claims)
        total = sum(float(own.sum()) for own in given)
        return np.array([self.joint(name, w, given) for w in wanted]) / total

    def cells(self, row):
        """The claims that a row's cells make."""
        return {name: self[name].cell(value) for name, value in row.items()}


def _anything(tables, mean, sd):
    return np.ones_like(mean)


def _normal(z):
    return np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


def _long(kept):
    return np.exp2(kept.astype(float) * (-BITS / STEPS)) if kept.dtype == np.uint16 else kept.astype(float)
