"""What the circuit answers about columns, against sums over every assignment of its hidden states."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.data.conditions import Condition
from core.models.base import RareValues

from .small_circuit import CLOSE, EVERY_C, batch_of, fitted, ref, some_rows, token


def log_p(text):
    return fitted().log_prob(Condition.parse(text)).value


def claims_of_conditions():
    c, f, k, x, y = (ref()[n] for n in "cfkxy")
    inf = np.inf
    return {
        "": {}, "c = a": {"c": c.among(["a"])}, "c = rare": {"c": c.among(["rare"])},
        "c != a": {"c": c.among(EVERY_C[1:])},
        "c in (b, scarce)": {"c": c.among(["b", "scarce"])}, "c is missing": {"c": c.among([None])},
        "c is present": {"c": c.among(EVERY_C)}, "k = 3": {"k": k.cell(3)}, "k >= 3": {"k": k.between(3, inf)},
        "k in (1, 5)": {"k": lambda *leaf: k.cell(1)(*leaf) + k.cell(5)(*leaf)}, "x is missing": {"x": x.cell(None)},
        "y > 50": {"y": y.between(50, inf)}, "y <= 33.5": {"y": y.between(-inf, 33.5)},
        "y between 41 and 43.25": {"y": y.between(41, 43.25)}, "y > 120": {"y": y.between(120, inf)},
        "x >= 0 and x < 1.5": {"x": x.between(0, 1.5)}, "x > 0 and x < 1.5": {"x": x.between(0, 1.5, atoms=False)},
        "c = a and y > 50 and f = true": {"c": c.among(["a"]), "y": y.between(50, inf), "f": f.cell("true")},
        "k is missing and c is missing and x < 2": {"k": k.cell(None), "c": c.cell(None), "x": x.between(-inf, 2)},
        "x < 1.5 and k in (2, 3)": {"x": x.between(-inf, 1.5), "k": k.between(2, 4)},
        "y < 45 and f = true": {"y": y.between(-inf, 45), "f": f.cell("true")},
        "c != b and k in (2, 3) and x > 0.5 and y < 70 and f = false": {
            "c": c.among(["a", "c", "scarce", "rare"]), "k": k.between(2, 4), "x": x.between(0.5, inf),
            "y": y.between(-inf, 70), "f": f.cell("false"),
        },
    }


@pytest.mark.parametrize("text", claims_of_conditions())
def test_probability_of_a_condition(text):
    assert log_p(text) == pytest.approx(ref().log_p(claims_of_conditions()[text]), abs=1e-5)


def test_probability_of_one_value_of_an_unrounded_number_is_that_of_a_millionth_of_its_scale():
    expected = ref().log_p({"y": ref()["y"].cell(47.5)}) + np.log(1e-6 * ref()["y"].scale)
    assert log_p("y = 47.5") == pytest.approx(expected, abs=1e-5)


def test_a_wider_range_is_never_less_probable_also_where_training_ends():
    ends = [ref()["y"].low, ref()["y"].high]
    cuts = sorted([-50, 20, 40, 60, 99, *(e + s for e in ends for s in (-0.01, 0.01, 0.5))])
    above = [log_p(f"y > {t!r}") for t in map(float, cuts)]
    assert (np.diff(above) < 0).all()
    for t, level in zip(cuts, above, strict=True):
        assert np.logaddexp(level, log_p(f"y <= {float(t)!r}")) == pytest.approx(log_p("y is present"), abs=1e-9)


@pytest.mark.parametrize(
    "text", ["", "c = a", "c is missing", "y > 50", "x < 1.5 and k in (2, 3)", "y < 45 and f = true"]
)
def test_distributions_under_a_condition(text):
    claims = claims_of_conditions()
    for found in fitted().marginals(Condition.parse(text)):
        if found.column in claims[text]:
            continue
        column = ref()[found.column]
        cells = [column.cell(v if v is None or found.column in "cf" else float(v)) for v in found.values]
        if found.column == "c":
            cells[-1] = column.among(["scarce", "rare"])  # the rare share a bar
        edges = [-np.inf, *found.edges[1:-1], np.inf] if len(found.edges) else []
        cells += [column.between(a, b, atoms=False) for a, b in pairwise(edges)]
        expected = ref().conditional(found.column, claims[text], cells)
        np.testing.assert_allclose([*found.shares, *found.bins], expected, rtol=1e-4, atol=1e-5, err_msg=found.column)
        assert found.shares.sum() + found.bins.sum() == pytest.approx(1.0, abs=1e-9)


def test_the_tested_column_keeps_its_own_distribution_within_the_condition():
    found = {m.column: m for m in fitted().marginals(Condition.parse("y > 50 and k >= 3"))}
    y, k = ref()["y"], ref()["k"]
    claims = {"y": y.between(50, np.inf), "k": k.between(3, np.inf)}
    ends = np.maximum([-np.inf, *found["y"].edges[1:-1], np.inf], 50)
    bins = ref().conditional("y", claims, [y.between(a, b) for a, b in pairwise(ends)])
    np.testing.assert_allclose(found["y"].bins, bins / bins.sum(), rtol=1e-6, atol=1e-9)
    allowed = [k.cell(float(v)) if v in {"3", "4", "5"} else nothing for v in found["k"].values]
    shares = ref().conditional("k", claims, allowed)
    np.testing.assert_allclose(found["k"].shares, shares / shares.sum(), rtol=1e-6, atol=1e-9)


def nothing(tables, mean, sd):
    return np.zeros(tables.shape[1])


@pytest.mark.parametrize("name", ["c", "f", "k", "x"])
def test_predicting_a_column_from_the_rest(name):
    values, shares = fitted().predict(batch_of(some_rows()), name)
    column = ref()[name]
    for row, found in zip(some_rows(), shares, strict=True):
        expected = ref().conditional(name, ref().cells(row), [token(t) for t in range(len(column.counts))])
        np.testing.assert_allclose(found, expected, **CLOSE)
    assert values[:2] == (None, column.frequent[0] if name in {"c", "f"} else str(int(column.atoms[0])))


@pytest.mark.parametrize(("first", "second"), [("c", "k"), ("f", "c"), ("k", "f")])
def test_mutual_information_of_two_columns(first, second):
    a, b = ref()[first], ref()[second]
    tokens = [range(len(column.counts)) for column in (a, b)]
    joint = np.exp([[ref().log_p({first: token(s), second: token(t)}) for t in tokens[1]] for s in tokens[0]])
    expected = (joint * np.log(joint / np.outer(joint.sum(axis=1), joint.sum(axis=0)))).sum()
    assert expected > 0.02
    assert fitted().mutual_information(first, second) == pytest.approx(expected, abs=1e-5)
    assert fitted().mutual_information(second, first) == pytest.approx(expected, abs=1e-5)


def test_mutual_information_with_a_continuous_column_is_a_close_lower_bound():
    """It cuts values into 32 bins of equal mass: at most a twentieth is lost."""
    c, y = ref()["c"], ref()["y"]
    x, w = y.nodes()
    given = [ref().given("y", {"c": token(t)}) for t in range(len(c.counts))]
    joint = np.array([[ref().joint("y", y.cell(v), own) for v in x] for own in given])
    shares = (joint @ w)[:, None]
    expected = float(((joint * np.log(joint / (shares * joint.sum(axis=0)))) @ w).sum())
    assert 0.95 * expected < fitted().mutual_information("c", "y") < expected + 1e-5


def test_a_frequent_value_among_many_repeated_ones_is_shown_by_itself():
    from core.data.batch import Column
    from core.data.schema import ColumnSpec, Kind
    from core.models.base import FAMILIES
    from core.run import Run

    from .model_tables import table

    rng = np.random.default_rng(0)
    gain = np.where(rng.random(900) < 0.9, 0.0, 100.0 * rng.integers(1, 21, 900))
    source = table([ColumnSpec("gain", Kind.NUMBER)], {"gain": Column.of(Kind.NUMBER, gain)})
    family = FAMILIES.get("circuit")
    (shown,) = family(family.Params(trees=1, smooth="no")).fit(source, Run()).marginals(Condition())
    shares = dict(zip(shown.values, shown.shares, strict=True))
    assert shares["0"] == pytest.approx((gain == 0).mean(), abs=0.02)
    assert shown.middle == 0, "most gains are nothing, not something in a wide bin"
    assert shown.shares.sum() + shown.bins.sum() == pytest.approx(1)


def test_rare_values_share_one_part_that_takes_no_ones_name():
    own = next(m for m in fitted().marginals(Condition()) if m.column == "c")
    parts = dict(zip(own.values, own.shares, strict=True))
    rare = parts[RareValues(2, "scarce")]
    assert "scarce" not in parts
    assert rare == pytest.approx(np.exp(log_p("c in (scarce, rare)")), rel=1e-6)
