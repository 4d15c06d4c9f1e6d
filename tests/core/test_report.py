"""Reports: pages that can be handed to anybody: whole, safe, in light and dark, every word from the catalogue."""

from __future__ import annotations

import math
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from core.data.schema import ColumnSpec, Kind, Role, Schema
from core.paths import resources
from core.project.project import Project
from core.report import charts
from core.report.model_card import CardPart, ModelCard, model_card
from core.report.page import render
from core.report.quality import quality_report
from core.review.casepage import About, case_page
from core.review.queue import Case
from core.review.session import Session
from core.review.told import tell
from core.words import message, words

EVIL = "<script>alert('x')</script> & \"quotes\""
VOID = {"meta", "br", "hr", "img", "link", "input", "path", "rect", "circle"}


class Reader(HTMLParser):
    """Checks that tags close in order and collects what a person would read."""

    def __init__(self, page):
        super().__init__()
        self.open, self.texts, self.tags, self.attributes = [], [], set(), []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data.strip())


def card(**changes):
    schema = Schema((
        ColumnSpec("payment_id", Kind.ID, Role.ID), ColumnSpec("amount", Kind.NUMBER, Role.AMOUNT),
        ColumnSpec(EVIL, Kind.CATEGORY, reason=message("report.share", value=0.5)),
    ))
    values = {
        "fit": "ab12", "source": "march.csv", "fingerprint": "f00d", "schema": schema, "rows": 400,
        "split": {"train": 280, "calibration": 60, "holdout": 60}, "reference": "mixed", "subject": "customer",
        "parts": (CardPart(("ranks",), message("models.neighbours.title"), message("models.unit.distance"), {"k": 5},
                           ("Ramaswamy 2000",), 100, (message("models.neighbours.learned.rows", rows=100),)),
                  CardPart(("explains", "draws"), message("models.mixture.title"), message("models.unit.nats"))),
        "scores": np.random.default_rng(0).gamma(2, 1, 280),
        "figures": (("AUROC", 0.912, message("report.share", value=0.3)),),
        "why": message("report.share", value=0.25), "command": "python main.py fit march.csv --project p.likeness",
    }
    return ModelCard(**{**values, **changes})


def report(**changes):
    metrics = [("fidelity", "shapes", "higher"), ("fidelity", "two_sample_auc", "lower"),
               ("utility", "tstr", "higher"), ("privacy", "dcr_share", "lower")]
    values = {
        "fidelity": {"shapes": 0.98, "two_sample_auc": 0.55}, "privacy": {"dcr_share": 0.5},
        "utility": {"tstr": None, "target": EVIL, "measure": "auroc"},
        "references": {"independent": {"shapes": 0.9, "two_sample_auc": 0.86, "dcr_share": None},
                       "holdout": {"shapes": 0.99, "two_sample_auc": 0.5}, "training_copy": {"dcr_share": 1.0}},
        "intervals": {"shapes": [0.97, 0.99], "tstr": [None, None]}, "notes": [message("report.case.none").to_json()],
        "metrics": [{"group": g, "key": k, "better": b} for g, k, b in metrics],
        "details": {"shapes": {"columns": {EVIL: 0.9, "hour": None}}, "trends": {"worst": [["a", "b", 0.8]]},
                    "two_sample_auc": {"columns": [[EVIL, 0.2]], "pair": [EVIL, "b", 0.9, 0.6]},
                    "per_segment": {"worst": [{
                        "column": EVIL, "value": EVIL, "real": 0.5, "synthetic": 0.4, "auc": None, "agreement": 0.8,
                        "holdout": 0.9, "worst_column": EVIL}]},
                    "representation": {"groups": [{"column": EVIL, "group": EVIL, "real": 0.5, "synthetic": 0.4,
                                                   "low": 0.3, "high": 0.5}]},
                    "outcomes": {"target": EVIL, "outcome": EVIL, "groups": []}},
    }
    return {**values, **changes}


@pytest.fixture
def session(tmp_path):
    """A review with every verdict, a note, a skip, an undo, and a case of an earlier run."""
    with Project.open(tmp_path / "p.likeness", create=True) as project:
        Session(project.journal, [Case("OLD-1", 0, 9.0, 1)], reviewer="kim").decide("OLD-1", "fraud", note=EVIL)
        cases = [Case(f"P-{i}", i, 9.0 - i, i + 1, title=EVIL, subtitle="card 7731", amount="1,940.00", p_value=0.01,
                      reason=message("report.case.none")) for i in range(6)]
        session = Session(project.journal, cases, run="r1", reviewer="kim")
        for verdict in ("fraud", "normal", "unsure", "fraud"):
            session.decide(session.position, verdict, reason_codes=("amount",), note=EVIL)
        session.undo()
        session.skip("P-4")
        yield session


EXPLAINED = {
    "key": "P-0", "typical": 2.5, "nearest": [{"row": 3, "key": "P-9", "parts": ["94.10"], "differs": ["amount"]}],
    "cells": [{"column": f"c{i}", "value": v, "surprise": 9.0 - i, "excess": 8.0 - 2 * i,
               "expected": message("report.share", value=0.5).to_json()}
              for i, v in enumerate([EVIL, {"missing": "null"}, {"missing": "nan"}, {"missing": "empty"}, *"abcdef"])],
}


def pages(session, locale="en"):
    about = About("p.likeness", "id", "march.csv", 1000, "Neighbours", "distance", 3.0, message("report.case.none"))
    return {
        "card": model_card(card(), locale),
        "quality": quality_report(report(), title="copy.csv", rows={"synthetic": 10, "train": 20}, locale=locale),
        "cases": case_page(session, tell(session, {"P-0": EXPLAINED}), about, session.journal.entries(), "f" * 64),
    }


def test_pages_are_whole_and_load_nothing(session):
    for name, page in pages(session).items():
        read = Reader(page)
        assert not read.tags & {"script", "iframe", "link", "img", "object", "form"}, name
        assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page), name
        assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in read.attributes
        assert ("lang", "en") in read.attributes


def test_no_value_becomes_markup(session):
    for page in pages(session).values():
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_every_word_comes_from_the_catalogue(session):
    known = words().templates
    for template in resources("templates").glob("*.html"):
        for key in re.findall(r"\bt\('([a-z0-9_.]+)'[,)]", template.read_text("utf-8")):
            assert key in known, f"{key} in {template.name}"
    for page in pages(session).values():
        assert not [t for t in Reader(page).texts if re.search(r"\b(report|review|evaluate)\.[a-z]+", t)]


@pytest.mark.parametrize("name", ["card", "quality"])
def test_nothing_escapes_translation(session, name):
    data = {EVIL, "AUROC", "march.csv", "copy.csv", "a × b", "payment_id", "amount"}
    texts = Reader(pages(session, "pseudo")[name]).texts
    plain = [t for t in texts if re.search(r"[a-z]{4}", t) and "⟦" not in t]
    own = ("python main.py", "k=5", "f00d", "ab12", "Ramaswamy")
    assert not [t for t in plain if t not in data and not t.startswith(own)]


def test_both_schemes_are_inside(session):
    for page in pages(session).values():
        assert "--bg:#F4F5F8" in page
        assert "prefers-color-scheme:dark" in page
        assert "--bg:#0F1116" in page
        used = set(re.findall(r"var\(--([a-z0-9-]+)\)", page))
        assert used <= set(re.findall(r"--([a-z0-9-]+):#", page))


def test_every_plot_has_a_name(session):
    for page in pages(session).values():
        for tag in re.findall(r"<svg[^>]*>", page):
            assert 'aria-hidden="true"' in tag or re.search(r'aria-label="[^"]+"', tag)


def test_rows_without_a_name_are_called_by_their_number(tmp_path):
    with Project.open(tmp_path / "p.likeness", create=True) as project:
        cases = [Case(f"#{i}", i, 9.0 - i, i + 1, title=message("tasks.row", row=4_001 + i)) for i in range(2)]
        session = Session(project.journal, cases)
        session.decide("#0", "fraud")
        near = {"key": "#0", "cells": [], "nearest": [
            {"row": 7, "key": "#7", "parts": [message("tasks.row", row=8).to_json(), "9.00"], "differs": []}]}
        about = About("p.likeness", "id", model=message("models.mixture.title"), unit=message("models.unit.nats"))
        page = case_page(session, tell(session, {"#0": near}), about, session.journal.entries(), "f" * 64)
    text = " ".join(Reader(page).texts)
    assert text.count("Row 4,001") >= 2, "in the list of cases and in the history"
    assert "Row 4,002" in text
    assert "Row 8 · 9.00" in text


def test_a_case_file_shows_the_decided_cases_with_their_cells_and_the_seal(session):
    about = About("p.likeness", "id", "march.csv", 1000, "Neighbours", "distance")
    page = case_page(session, tell(session, {"P-0": EXPLAINED}), about, session.journal.entries(), "f" * 64)
    text = " ".join(Reader(page).texts)
    assert page.count('<details class="card"') == 3
    assert "3 of 6" in text
    assert "6 more fields are as expected." in text
    assert f"--length {session.journal.length} --head {'f' * 64}" in text
    assert "Took back entry" in text
    assert all(word in text for word in ("missing", "not a number", "empty text", "OLD-1"))


def test_a_card_says_its_limits():
    text = " ".join(Reader(model_card(card())).texts)
    assert "carry no p-values" in text
    assert "Not learned from: payment_id." in text
    assert "only 280 rows" in text
    assert "random sample of 100 of the 280" in text
    assert "not private by themselves" in text
    clean = " ".join(Reader(model_card(card(reference="clean", parts=()))).texts)
    assert "carry no p-values" not in clean
    assert "not private" not in clean


@pytest.mark.parametrize("scores", [[], [math.nan], [1.0], [2.0] * 9, [1.0, math.inf]], ids=str)
def test_a_card_of_odd_scores_is_still_a_card(scores):
    Reader(model_card(card(scores=np.array(scores))))


def test_an_evaluation_without_values_is_still_a_report():
    empty = report(references={}, intervals={}, details={}, notes=[], fidelity={"shapes": None}, privacy={})
    assert "not measured" in " ".join(Reader(quality_report(empty, title="copy.csv")).texts)


def positions(svg):
    floor, ceiling = re.findall(r'class="mark" x="([\d.]+)"', svg)
    (dot,) = re.findall(r'class="dot" cx="([\d.]+)"', svg)
    return float(floor), float(dot), float(ceiling)


def test_better_is_always_to_the_right():
    higher = positions(str(charts.ruler(0.95, 0.8, 0.98, "x")))
    lower = positions(str(charts.ruler(0.55, 0.86, 0.5, "x", higher_is_better=False)))
    assert list(higher) == sorted(higher)
    assert list(lower) == sorted(lower)


@pytest.mark.parametrize("values", [(0.5, None, None), (0.0, 0.0, 0.0), (0.5, math.nan, 0.7), (-3.0, -9.0, 0.9)])
def test_a_ruler_never_leaves_its_track(values):
    svg = str(charts.ruler(*values, "x", leak=1.0, bounds=(0.4, 0.6)))
    assert all(0 <= float(x) <= 420 for x in re.findall(r'(?:cx|x)="(-?[\d.]+)"', svg))


def test_bars_show_rare_rows_and_mark_flagged_ones():
    svg = str(charts.bars([100_000, 0, 1], "scores", flagged_from=2, ticks=[(0, "0"), (1, "9")]))
    heights = [float(h) for h in re.findall(r'height="([\d.]+)" rx', svg)]
    assert heights[0] > heights[2] >= 1.5
    assert heights[1] == 0
    assert svg.count('class="flagged"') == 1
    assert str(charts.bars([], "nothing"))
    assert str(charts.stack([(0, "fraud"), (0, "left")], "nothing"))


def test_a_template_without_a_value_is_an_error_not_an_empty_place():
    with pytest.raises(Exception, match="undefined"):
        render("quality.html", {"title": SimpleNamespace()})
