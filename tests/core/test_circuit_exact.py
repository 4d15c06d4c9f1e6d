"""The circuit's likelihoods and cells against sums over every assignment of its hidden states."""

from __future__ import annotations

import numpy as np
import pytest

from .small_circuit import CLOSE, EVERY_C, EVERY_K, batch_of, fitted, ref, some_rows, token


def test_it_keeps_probabilities_in_16_bits_so_that_what_is_compared_is_what_is_saved():
    state = fitted().state()
    assert state.arrays["main.tree0.edges"].dtype == np.uint16
    assert len(fitted().circuit.trees) == 2


def test_log_likelihood():
    expected = [ref().log_p(ref().cells(row)) for row in some_rows()]
    np.testing.assert_allclose(fitted().log_likelihood(batch_of(some_rows())), expected, **CLOSE)


@pytest.mark.parametrize("absent", ["c", "k", "y", "c x", "f k y", "c f k x"])
def test_log_likelihood_without_some_columns(absent):
    rows = [{n: v for n, v in row.items() if n not in absent.split()} for row in some_rows()]
    expected = [ref().log_p(ref().cells(row)) for row in rows]
    np.testing.assert_allclose(fitted().log_likelihood(batch_of(rows)), expected, **CLOSE)


@pytest.mark.parametrize("absent", ["", "k", "c y"])
def test_every_cell_given_the_rest(absent):
    rows = [{n: v for n, v in row.items() if n not in absent.split()} for row in some_rows()]
    cells = fitted().cells(batch_of(rows))
    for i, row in enumerate(rows):
        claims = ref().cells(row)
        for j, name in enumerate(cells.columns):
            expected = np.log(ref().conditional(name, claims, [claims[name]])[0]) + per_scale(name, row[name])
            assert -cells.surprise[i, j] == pytest.approx(expected, abs=1e-5), (i, name)
    np.testing.assert_allclose(fitted().surprises(batch_of(rows))[:, at(cells.columns)], cells.surprise, **CLOSE)


@pytest.mark.parametrize("absent", ["", "x y", "c f k"])
def test_a_row_says_the_same_in_any_company(absent):
    """Rows share what they have in common: with copies of themselves, with half-copies, or with nobody."""
    rows = [{n: v for n, v in row.items() if n not in absent.split()} for row in some_rows()]
    order = np.random.default_rng(4).integers(len(rows), size=700)
    for ask in (fitted().log_likelihood, fitted().surprises, lambda batch: fitted().cells(batch).typical):
        alone = np.stack([ask(batch_of([row]))[0] for row in rows])
        together = ask(batch_of([rows[i] for i in order]))
        np.testing.assert_allclose(together, alone[order], rtol=1e-9, atol=1e-9)


def at(columns):
    return [fitted().columns.index(name) for name in columns]


def per_scale(name, value):
    """A surprise counts densities per scale of the column, not per unit."""
    column = ref()[name]
    return np.log(column.scale) if name in {"x", "y", "k"} and value is not None and value not in column.atoms else 0.0


def test_entropy_of_a_cell_given_the_rest():
    """Of categories and repeated numbers exactly; a continuous part, cut into 96 bins, to 0.02 nats."""
    cells = fitted().cells(batch_of(some_rows()))
    wanted = {"c": [*EVERY_C, "new"], "f": ["true", "false", "new"], "k": EVERY_K, "x": [0.0], "y": []}
    for j, name in enumerate(cells.columns):
        column, found = ref()[name], []
        for row in some_rows():
            given = ref().cells(row)
            shares = ref().conditional(name, given, [column.cell(v) for v in (None, *wanted[name])])
            found.append(-(shares @ np.log(shares)) + continuous_entropy(name, given))
        close = 0.02 if column.floats else 1e-5
        np.testing.assert_allclose(cells.typical[:, j], found, rtol=0, atol=close, err_msg=name)


def continuous_entropy(name, given):
    """-∫ p log(p * scale) of the continuous part; a number of few values has one wide normal for all others."""
    column = ref()[name]
    if name == "k":
        other = ref().conditional(name, given, [token(-1)])[0]
        return other * (0.5 * np.log(2 * np.pi * np.e) - np.log(other))
    if not column.floats:
        return 0.0
    x, w = column.nodes()
    p = ref().conditional(name, given, [column.cell(v) for v in x])
    return -float(w @ (p * np.log(np.maximum(p * column.scale, 1e-300))))
