"""The Synthesize page leads from a report to the columns, pairs and segments where a copy differs, and to pictures."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from gui.pages.synthesize import SynthesizePage
from gui.panels.differs import DiffersCard, differences
from gui.pictures import save_picture
from tests.gui import test_synthesize_page as usual

from .fakes import FakeState, FakeWorker

DETAILS = {
    "two_sample_auc": {"columns": [["amount", 0.1], ["channel", 0.02]], "pair": ["amount", "channel", 0.8, 0.6]},
    "shapes": {"columns": {"amount": 0.7, "channel": 0.99, "when": None}},
    "trends": {"worst": [["amount", "country", 0.6]]},
    "per_segment": {"worst": [{"column": "channel", "value": "chip", "real": 0.5, "synthetic": 0.4, "auc": None,
                               "agreement": 0.6, "holdout": 0.9, "worst_column": "amount"}]},
}
PAIR = {
    "pair": ["amount", "channel"], "real": [[4, 0], [1, 3]], "synthetic": [[1, 1], [1, 1]],
    "axes": [{"name": "amount", "kind": "number", "log": True, "edges": [1.0, 10.0, 100.0], "labels": None},
             {"name": "channel", "kind": "category", "log": False, "edges": None, "labels": ["chip", "online"]}],
}
REPORT = {**usual.REPORT, "details": DETAILS}


@pytest.fixture
def asked():
    return []


@pytest.fixture
def page(qtbot, asked):
    samples = {"real_sample": usual.SAMPLE, "synthetic_sample": usual.SAMPLE}
    compared = {"columns": usual.COLUMNS, "real_rows": 8, "synthetic_rows": 83, **samples}

    def answer(request):
        asked.append(request)
        return dict(PAIR) if getattr(request, "pair", ()) else dict(compared)

    state = FakeState(FakeWorker(answer))
    made = SynthesizePage(state)
    qtbot.addWidget(made)
    made.inspector()
    state.copy = {"rows": 83, "seed": 0, "where": "", "fit": "f", "out": "copy.parquet"}
    state.report = REPORT
    state.copy_changed.emit()
    return made


def test_the_page_asks_for_a_pair_and_brings_a_column_to_the_front(page, asked):
    page.bench.differs.pair_wished.emit("amount", "channel")
    assert asked[-1].pair == ("amount", "channel")
    assert page.bench.differs.maps[0].shares[0] == [0.5, 0.0]
    page.bench.differs.column_wished.emit("country")
    assert page._shown[0] == "country"


def test_every_column_stands_side_by_side_and_goes_again(page):
    first = list(page._shown)
    action = next(a for a in page.actions() if a.id == "synth.every")
    action.run()
    assert len(page._shown) == len(usual.COLUMNS)
    action.run()
    assert page._shown == first


def test_a_report_is_read_as_its_worst_columns_pairs_and_segments():
    found = dict(differences(REPORT))
    assert [line[1] for line in found["told"]] == [("amount", "channel"), ("amount",), ("channel",)]
    assert found["columns"][0][0] == "amount"
    assert found["pairs"][0][1] == ("amount", "country")
    assert found["segments"][0][1] == ("amount", "channel"), "the column that is worst there, by the segment's column"
    assert differences(usual.REPORT) == []


def test_a_line_asks_for_its_picture_and_shows_both_tables_on_one_scale(qtbot):
    card = DiffersCard()
    qtbot.addWidget(card)
    card.show_report(REPORT)
    assert card.picture.isHidden()
    wished = []
    card.pair_wished.connect(lambda a, b: wished.append((a, b)))
    card.column_wished.connect(wished.append)
    for button in card.buttons:
        button.click()
    assert ("amount", "channel") in wished
    assert "amount" in wished
    card.show_pair(PAIR)
    assert not card.picture.isHidden()
    real, synthetic = card.maps
    assert real.shares == [[0.5, 0.0], [0.125, 0.375]]
    assert real.most == synthetic.most == 0.5
    card.resize(900, 500)
    assert not card.grab().isNull()


def test_a_report_that_names_nothing_shows_no_card(qtbot):
    card = DiffersCard()
    qtbot.addWidget(card)
    card.show_report(usual.REPORT)
    assert card.isHidden()


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_comparison_is_saved_as_a_picture(qtbot, tmp_path, ending):
    card = DiffersCard()
    qtbot.addWidget(card)
    card.show_report(REPORT)
    card.show_pair(PAIR)
    card.resize(800, 500)
    file = tmp_path / f"comparison.{ending}"
    save_picture(card, str(file))
    if ending == "png":
        assert QImage(str(file)).width() == 1600
    else:
        assert "<svg" in file.read_text("utf-8")
        assert file.read_text("utf-8").count("<rect") + file.read_text("utf-8").count("<path") > 5
