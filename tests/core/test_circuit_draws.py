"""Drawn rows and filled cells against the exact probabilities of what they should be."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from core.data.batch import Batch
from core.data.conditions import Condition

from .small_circuit import EVERY_C, EVERY_K, batch_of, fitted, ref, same_shares, some_rows


def test_drawn_rows_have_the_exact_shares_of_the_condition():
    """Of pairs of columns too: (f, k), and y cut at its quartiles."""
    text = "x > 0.5 and c in (a, c)"
    claims = {"x": ref()["x"].between(0.5, np.inf), "c": ref()["c"].among(["a", "c"])}
    drawn = drawn_rows(20_000, text)
    expected = [
        np.exp(ref().log_p({**claims, "f": ref()["f"].cell(f), "k": ref()["k"].cell(k)}))
        for f in ("true", "false") for k in (None, *EVERY_K)
    ]
    pairs = list(zip(drawn["f"].objects(), drawn["k"].objects(), strict=True))
    same_shares([pairs.count((f, k)) for f in ("true", "false") for k in (None, *EVERY_K)], expected)
    cuts = np.quantile(drawn["y"].values, [0, 0.25, 0.5, 0.75, 1])
    parts = [ref()["y"].between(a, b) for a, b in pairwise(cuts)]
    same_shares([5_000] * 4, ref().conditional("y", claims, parts))


def test_drawn_rows_without_a_condition_have_the_exact_shares():
    drawn = drawn_rows(20_000, "")
    expected = ref().conditional("c", {}, [ref()["c"].among([v]) for v in (None, *EVERY_C)])
    same_shares([list(drawn["c"].objects()).count(v) for v in (None, *EVERY_C)], expected)
    given = {"c": ref()["c"].cell(None)}
    expected = ref().conditional("k", given, [ref()["k"].cell(k) for k in (None, *EVERY_K)])
    beside = list(drawn["k"].take(np.flatnonzero(~drawn["c"].present)).objects())
    same_shares([beside.count(k) for k in (None, *EVERY_K)], expected)


def drawn_rows(n, text):
    return Batch.concat(list(fitted().draw(n, Condition.parse(text), np.random.default_rng(4))))


GAPPED = {"c": None, "f": "true", "k": None, "x": 2.0, "y": 51.0}


def test_filling_draws_cells_from_their_joint_distribution_given_the_rest():
    """Given that they are not missing: a gap is filled with a value."""
    filled = fitted().impute(batch_of([GAPPED] * 6_000), np.random.default_rng(5))
    rest = {n: ref()[n].cell(GAPPED[n]) for n in "fxy"}
    every = [(c, k) for c in EVERY_C for k in EVERY_K]
    expected = [
        np.exp(ref().log_p({**rest, "c": ref()["c"].among([c]), "k": ref()["k"].cell(k)}))
        for c, k in every
    ]
    pairs = list(zip(filled["c"].objects(), filled["k"].objects(), strict=True))
    same_shares([pairs.count(pair) for pair in every], expected)


def test_filling_draws_numbers_from_their_distribution_given_the_rest():
    row = {"c": "b", "f": "true", "k": 2, "x": None, "y": 55.0}
    filled = fitted().impute(batch_of([row] * 4_000), np.random.default_rng(6))["x"].values
    cuts = [-1, 0, 1e-9, 1.0, 3.0, 4.0, 9.0]
    x = ref()["x"]
    parts = [x.between(a, b) for a, b in pairwise(cuts)]
    expected = ref().conditional("x", ref().cells({**row, "x": 0.0}), parts)
    same_shares(np.histogram(filled, cuts)[0], expected)


def test_filling_without_chance_takes_the_likeliest():
    rows = [{**row, "c": None, "k": None} for row in some_rows()[:24]]
    filled = fitted().impute(batch_of(rows))
    for i, row in enumerate(rows):
        given = {n: ref()[n].cell(row[n]) for n in "fxy" if row[n] is not None}
        for name, values in (("c", ("a", "b", "c", "scarce")), ("k", EVERY_K)):
            likely = ref().conditional(name, given, [ref()[name].cell(v) for v in values])
            assert filled[name].objects()[i] == values[int(likely.argmax())]
