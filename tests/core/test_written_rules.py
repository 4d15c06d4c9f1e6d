"""What a recipient opens keeps every rule, says that it is synthetic, and shows a changed byte: in every format."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.commands._execute import execute
from core.data.batch import Batch
from core.data.conditions import Condition
from core.data.open import open_source
from core.data.rules.book import discover
from core.data.write import suffixes, write_rows
from core.release.manifest import check
from core.run import Run
from core.synth.draw import draw_rows
from core.tasks.release import FORMATS, ReleaseRequest

from .planted import planted
from .test_drafts import said_inside
from .test_generator_choice import open_shop
from .test_rules import Shuffling

ROWS = 400


@pytest.fixture(scope="module")
def copy():
    """Rows of a model that knows no rule, mended: sums, products, date orders, formats, ranges, dependencies."""
    source = planted(2_000, seed=11)
    rules = [found.rule for found in discover(source, Run())]
    drawn = draw_rows(Shuffling(source.batch), source.schema, ROWS, Condition(), np.random.default_rng(2), rules=rules)
    return source.schema, rules, Batch.concat(list(drawn))


@pytest.mark.parametrize("suffix", sorted(suffixes()))
def test_every_row_read_back_keeps_every_rule(copy, tmp_path, suffix):
    schema, rules, batch = copy
    assert len({rule.key for rule in rules}) >= 6
    path = tmp_path / f"copy{suffix}"
    write_rows(path, [batch], schema)
    back = open_source(path).with_schema(schema).take(np.arange(ROWS))
    for rule in rules:
        assert not rule.broken(back).any(), rule.sentence()
        assert not rule.unsure(back).any(), rule.sentence()


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return open_shop(tmp_path_factory.mktemp("written"))


@pytest.mark.parametrize("form", FORMATS)
def test_a_release_keeps_its_rules_says_what_it_is_and_shows_a_changed_byte_in_each_file(shop, tmp_path, form):
    policy = tmp_path / "house.json"
    policy.write_text(json.dumps({"version": 2, "name": "house", "lines": [{"metric": "rules_kept", "min": 1}]}))
    out = tmp_path / "release"
    answer = execute(ReleaseRequest(
        project=shop.project, fit=shop.fit, rows=60, out=str(out), policy=str(policy), format=form))
    assert answer["accepted"]
    data = next(out.glob("data.*"))
    rows = next(open_source(data).batches())
    cents = [np.rint(100 * rows[name].floats()).astype(np.int64) for name in ("net", "tax", "total")]
    np.testing.assert_array_equal(cents[0] + cents[1], cents[2])
    inside = said_inside(data)
    assert inside is None or (inside["likeness.provenance"], inside["likeness.status"]) == ("synthetic", "released")
    assert not list(out.glob("*.draft.json"))
    assert check(out).ok
    for name in sorted(p.name for p in out.iterdir()):
        harmed = tmp_path / "harmed"
        shutil.copytree(out, harmed)
        turn_a_byte(harmed / name)
        assert not check(harmed, answer["manifest"]).ok, name
        shutil.rmtree(harmed)


def turn_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
