"""The report a steward signs: leaks that are there are seen, those that are not are not, columns compare fairly."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data.batch import Batch, Column
from core.data.schema import Kind, Role
from core.errors import SchemaError
from core.evaluate.arrays import exact_codes, features, mixed
from core.evaluate.base import REFERENCES
from core.evaluate.fidelity.shapes import METRIC as SHAPES
from core.evaluate.fidelity.trends import METRIC as TRENDS
from core.evaluate.privacy.dcr_share import METRIC as DCR
from core.evaluate.privacy.exact_copies import METRIC as EXACT
from core.evaluate.privacy.partial_copies import METRIC as PARTIAL
from core.evaluate.report import evaluate
from core.evaluate.tables import prepare
from core.evaluate.utility.tstr import METRIC as TSTR
from core.evaluate.utility.tstr import choose_target
from core.run import Run
from core.words import Message, words

from .evaluation import partly_copied, real, tables
from .tables import table


def measured(metric, given, seed=0):
    return metric.measure(given, np.random.default_rng(seed), Run())


@pytest.fixture(scope="module")
def report():
    return evaluate(tables("half"), Run(), [EXACT, PARTIAL, DCR, SHAPES, TRENDS])


def test_a_full_copy_shows_in_every_privacy_metric():
    given = tables("training")
    assert measured(EXACT, given).value == 1.0
    assert measured(DCR, given).value > 0.99  # a row that is also in the holdout is no leak
    assert measured(PARTIAL, given).value > 0.98


def test_half_copied_rows_hide_from_dcr_share_and_show_in_partial_copies(report):
    references = {name: report["references"][name] for name in ("holdout", "training_copy")}
    found = report["privacy"]
    assert references["holdout"]["partial_copies"] + 0.2 < found["partial_copies"]
    assert found["partial_copies"] < references["training_copy"]["partial_copies"]
    assert found["exact_copies"] < 0.05
    said = " ".join(words().text(Message.from_json(n)) for n in report["notes"])
    assert "in common with one training row" in said


def test_half_copied_rows_stand_among_the_reference_rows(report):
    made = report["references"]["half_copied"]
    assert made["partial_copies"] == pytest.approx(report["privacy"]["partial_copies"], abs=0.08)
    assert made["dcr_share"] < 0.75 < report["references"]["training_copy"]["dcr_share"]
    assert made["shapes"] > 0.97


def test_a_fifth_of_the_rows_half_copied_is_still_seen():
    given = tables("some half")
    figure = measured(PARTIAL, given)
    assert figure.get_interval()[0] > measured(PARTIAL, tables("fresh")).get_interval()[1]


def test_fresh_real_rows_raise_no_alarm():
    found = evaluate(tables("fresh", seed=40), Run(), [EXACT, PARTIAL, DCR])
    assert found["notes"] == []
    assert found["privacy"]["dcr_share"] == pytest.approx(0.5, abs=0.06)
    assert found["privacy"]["partial_copies"] < 0.03


def test_dcr_share_is_one_half_for_fresh_rows_however_unequal_the_tables_are():
    found = []
    for seed in range(4):
        train, holdout, fresh = real(2400, seed), real(400, seed + 50), real(1500, seed + 90)
        found.append(measured(DCR, prepare(train.batch, holdout.batch, fresh.batch, train.schema).tables).value)
    assert np.mean(found) == pytest.approx(0.5, abs=0.03)


def test_dcr_share_of_fresh_rows_is_one_half_where_almost_every_row_ties():
    def codes(n, seed):
        return table(**{c: (Kind.CATEGORY, np.random.default_rng([seed, i]).choice(list("abc"), n))
                        for i, c in enumerate("uvw")})

    train, holdout, fresh = codes(1500, 1), codes(300, 2), codes(800, 3)
    value = measured(DCR, prepare(train.batch, holdout.batch, fresh.batch, train.schema).tables).value
    assert value == pytest.approx(0.5, abs=0.05)


def test_dcr_share_agrees_with_sdmetrics_on_equal_tables():
    import warnings

    import pandas as pd
    from scipy.stats import rankdata
    from sdmetrics.single_table import DCROverfittingProtection

    n = 120
    train, holdout = real(n, 1), real(n, 2)
    both = [train.batch, holdout.batch, partly_copied(train.batch, 0.8, 1.0, np.random.default_rng(0))]
    frames = [pd.DataFrame({c: b[c].objects() for c in ("amount", "category", "channel")}) for b in both]
    # The same scale for both: ranks among the training rows, on which their range and ours agree.
    scale = np.sort(frames[0]["amount"].to_numpy(float))
    middle = (rankdata(scale) - 0.5) / n
    for frame in frames:
        frame["amount"] = np.interp(frame["amount"].to_numpy(float), scale, middle)
    span = middle[-1] - middle[0]
    kinds = {"amount": "numerical", "category": "categorical", "channel": "categorical"}
    metadata = {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = DCROverfittingProtection.compute_breakdown(frames[0], frames[2], frames[1], metadata, "payments")
    wanted = found["synthetic_data_percentages"]
    kept = train.schema
    for name in ("fee", "age", "hour", "is_fraud"):
        kept = kept.set(name, role=Role.IGNORE)
    value = measured(DCR, prepare(both[0], both[1], both[2], kept).tables).value
    assert span > 0.98
    assert value == pytest.approx(wanted["closer_to_training"], abs=0.06)  # they count ties for the holdout


def test_the_report_is_plain_json_with_all_parts(report):
    back = json.loads(json.dumps(report))
    assert set(back) >= {
        "fidelity", "utility", "privacy", "references", "intervals", "metrics", "details", "notes",
    }
    for key in ("shapes", "trends", "dcr_share", "exact_copies", "partial_copies"):
        assert len(back["intervals"][key]) == 2
        assert all(key in back["references"][name] for name in REFERENCES)


def test_what_was_not_measured_has_no_interval():
    rng = np.random.default_rng(0)
    halves = [table(size=(Kind.NUMBER, rng.normal(size=200))) for _ in range(3)]
    found = evaluate(prepare(*(h.batch for h in halves), halves[0].schema).tables, Run(), [SHAPES, TRENDS])
    assert found["fidelity"]["trends"] is None, "one column has no pairs"
    assert found["intervals"]["trends"] == [None, None]
    assert None not in found["intervals"]["shapes"]


def test_a_copy_without_relations_has_perfect_shapes_and_poor_trends():
    found = evaluate(tables("independent"), Run(), [SHAPES, TRENDS])
    assert found["fidelity"]["shapes"] > 0.97
    assert found["fidelity"]["trends"] < found["references"]["holdout"]["trends"] - 0.05
    assert found["fidelity"]["trends"] == pytest.approx(found["references"]["independent"]["trends"], abs=0.03)


def test_a_small_faithful_copy_is_not_blamed_for_its_size():
    train, holdout, fresh = real(1500, 1), real(1500, 2), real(150, 3)
    given = prepare(train.batch, holdout.batch, fresh.batch, train.schema).tables
    found = evaluate(given, Run(), [SHAPES, TRENDS])
    for key in ("shapes", "trends"):
        assert found["fidelity"][key] == pytest.approx(found["references"]["holdout"][key], abs=0.03)


def test_shapes_and_trends_agree_with_the_sdmetrics_report():
    import pandas as pd
    from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity
    from sdmetrics.single_column import KSComplement, TVComplement

    given = tables("half", n=400)
    numeric = ("amount", "fee", "age", "hour")
    frames = [pd.DataFrame({c: b[c].floats() if c in numeric else b[c].objects() for c in b.columns})
              for b in (given.train, given.synthetic)]
    singles = {c: (KSComplement if c in numeric else TVComplement).compute(frames[0][c], frames[1][c])
               for c in given.schema.names}
    found = measured(SHAPES, given)
    assert found.detail["columns"] == pytest.approx(singles, abs=1e-5)
    assert found.value == pytest.approx(np.mean(list(singles.values())), abs=1e-5)
    numbers_only = prepare(
        given.train.select(["amount", "fee"]), given.holdout.select(["amount", "fee"]),
        given.synthetic.select(["amount", "fee"]), given.schema).tables
    wanted = CorrelationSimilarity.compute(frames[0][["amount", "fee"]], frames[1][["amount", "fee"]])
    assert measured(TRENDS, numbers_only).value == pytest.approx(wanted, abs=1e-9)
    codes_only = prepare(*(b.select(["category", "channel"]) for b in (given.train, given.holdout, given.synthetic)),
                         given.schema).tables
    pair = [f[["category", "channel"]] for f in frames]
    assert measured(TRENDS, codes_only).value == pytest.approx(ContingencySimilarity.compute(*pair), abs=1e-9)


def test_utility_finds_the_label_and_stands_below_the_real_rows():
    fresh, none = tables("fresh"), tables("independent")
    assert choose_target(fresh).name == "is_fraud"
    real_value, poor = measured(TSTR, fresh).value, measured(TSTR, none).value
    assert real_value > 0.85 > 0.65 > poor


def test_without_a_label_the_target_is_a_column_the_others_say_something_about():
    given = tables("fresh")
    unlabelled = prepare(given.train, given.holdout, given.synthetic,
                         given.schema.set("is_fraud", role=Role.IGNORE)).tables
    assert choose_target(unlabelled).name in ("category", "channel")


def test_a_number_as_target_is_scored_by_r2():
    base = tables("fresh")
    given = prepare(base.train, base.holdout, base.synthetic, base.schema, target="fee").tables
    figure = measured(TSTR, given)
    assert figure.detail["measure"] == "r2"
    assert figure.value > 0.8


def test_ids_text_and_entities_are_never_compared_and_withheld_columns_are_named():
    source = real(60, 1)
    empty = Column(Kind.BOOLEAN, np.zeros(60, np.int32), np.ones(60, np.uint8))
    copy = real(60, 2).batch.with_columns({"is_fraud": empty})
    done = prepare(source.batch, real(60, 3).batch, copy, source.schema)
    assert "payment_id" not in done.tables.schema.names
    assert "is_fraud" not in done.tables.schema.names
    assert "is_fraud" in words().text(done.notes[0])


def test_whole_numbers_and_numbers_are_compared_and_text_and_numbers_are_refused():
    source, other = real(60, 1), real(60, 2)
    as_number = other.batch.with_columns({"hour": Column(Kind.NUMBER, np.arange(60.0), np.zeros(60, np.uint8))})
    assert "hour" in prepare(source.batch, other.batch, as_number, source.schema).tables.schema.names
    as_text = other.batch.with_columns({"hour": Column.of(Kind.CATEGORY, ["x"] * 60)})
    with pytest.raises(SchemaError) as caught:
        prepare(source.batch, other.batch, as_text, source.schema)
    assert "hour" in caught.value.lines()[0]


@pytest.mark.parametrize(("rows", "target", "key"), [
    (5, None, "evaluate.rows"), (60, "payment_id", "evaluate.target"), (60, "nowhere", "schema.no_column"),
])
def test_tables_that_cannot_be_evaluated_say_why(rows, target, key):
    source = real(60, 1)
    with pytest.raises(SchemaError) as caught:
        prepare(source.batch, source.batch, real(60, 2).batch.take(np.arange(rows)), source.schema, target)
    assert caught.value.key == key
    assert all("evaluate." not in line for line in caught.value.lines())


def test_tables_without_a_common_column_are_refused():
    source = real(60, 1)
    with pytest.raises(SchemaError, match="no column to compare"):
        prepare(source.batch, source.batch, source.batch.select(["payment_id"]), source.schema)


def test_categories_coded_differently_in_each_file_are_still_the_same_values():
    source = table(a=(Kind.CATEGORY, ["x", "y"] * 20))
    flipped = Batch({"a": Column.of(Kind.CATEGORY, ["x", "y"] * 20, categories=["y", "x", "unused"])}, 40)
    given = prepare(source.batch, source.batch, flipped, source.schema).tables
    assert measured(SHAPES, given).value == 1.0
    assert measured(EXACT, given).value == 1.0
    first, second = exact_codes([given.train, given.synthetic], given.schema)
    assert np.array_equal(first, second)


def test_empty_constant_infinite_and_huge_columns_do_not_stop_an_evaluation():
    def odd(seed, n=60):
        rng = np.random.default_rng(seed)
        return table(
            usual=(Kind.NUMBER, rng.normal(size=n)), one=(Kind.NUMBER, [1.0] * n), none=(Kind.NUMBER, [None] * n),
            no_text=(Kind.CATEGORY, [None] * n), huge=(Kind.INTEGER, rng.integers(2**60, 2**62, size=n)),
            infinite=(Kind.NUMBER, np.where(rng.random(n) < 0.2, np.inf, rng.normal(size=n))),
        )

    parts = [odd(seed) for seed in (1, 2, 3)]
    found = evaluate(prepare(parts[0].batch, parts[1].batch, parts[2].batch, parts[0].schema).tables, Run())
    assert 0 < found["fidelity"]["shapes"] <= 1
    json.dumps(found)


def test_rare_categories_share_a_code_and_missing_cells_stay_missing_in_features():
    many = table(a=(Kind.CATEGORY, [*(f"v{i}" for i in range(400)), *["v0"] * 50, None]))
    (matrix,), is_category = features([many.batch], many.schema)
    assert is_category.all()
    assert np.nanmax(matrix) <= 254
    assert np.isnan(matrix[-1, 0])
    assert matrix[0, 0] == 0


def test_distances_do_not_depend_on_units_or_on_one_huge_value():
    plain = table(x=(Kind.NUMBER, [1.0, 2.0, 3.0, 4.0]))
    scaled = table(x=(Kind.NUMBER, [1e6, 2e6, 3e6, 4e12]))
    first, second = (mixed([t.batch], t.schema, t.batch)[0].numbers for t in (plain, scaled))
    assert np.allclose(first, second)


def test_progress_rises_to_the_end_and_partial_results_arrive_early():
    seen, partial = [], []
    evaluate(tables("fresh", n=200), Run(on_progress=lambda f, _: seen.append(f), on_partial=partial.append),
             [EXACT, SHAPES])
    assert seen == sorted(seen)
    assert len(partial) == 2
