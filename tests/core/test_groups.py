"""Groups: what a reviewer would be told of cards that are no case, and not be told of those that are."""

from __future__ import annotations

import csv
import itertools
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.commands._execute import execute
from core.detect.groups import FOUND, LEVELS, find_groups
from core.errors import LikenessError, ParameterError, RefusedError
from core.tasks.fit import FitRequest
from core.tasks.groups import GroupsRequest
from core.tasks.score import ScoreRequest

FAR = 2.5  # nats: among the strangest tenth, and no less common


def find(who, when, surprise, seed=0, within=None):
    who, when = (None if a is None else np.asarray(a, dtype=np.int64) for a in (who, when))
    return find_groups(who, when, np.asarray(surprise, dtype=float), np.random.default_rng(seed), within)


def ordinary(entities=300, seed=0, least=2, most=30):
    """Rows dealt at random: uniform p-values, times in no order."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(entities), rng.integers(least, most, entities))
    order = rng.permutation(len(who))
    return who[order], rng.integers(0, 10**6, len(who)), rng.exponential(1.0, len(who))


def best_window(is_far, share):
    """Every window of one entity, straight from the definition."""
    best = 0.0
    for i, j in itertools.combinations(range(len(is_far)), 2):
        m, k = j - i + 1, int(is_far[i : j + 1].sum())
        if is_far[i] and is_far[j]:
            best = max(best, (k - m * share) / np.sqrt(m * share * (1 - share)))
    return best


def test_p_values_are_those_of_counting_every_deal():
    """Five strange rows among twelve of two entities: all 792 ways to deal them."""
    who, when = np.repeat([0, 1], 6), np.tile(np.arange(6), 2)
    null = []
    for places in itertools.combinations(range(12), 5):
        far = np.isin(np.arange(12), places)
        null += [best_window(far[:6], 5 / 12), best_window(far[6:], 5 / 12)]
    for places in ((0, 1, 2, 6, 9), (0, 1, 2, 3, 4), (0, 5, 6, 8, 11), (2, 3, 7, 8, 11)):
        far = np.isin(np.arange(12), places)
        found = find(who, when, np.where(far, FAR, 0.5)).p_values
        for entity in (0, 1):
            own = best_window(far[6 * entity : 6 * entity + 6], 5 / 12)
            exact = np.mean(np.array(null) >= own - 1e-9)
            assert found[entity] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 999) + 0.002)


def test_a_window_is_judged_as_the_definition_says():
    who, when, surprise = ordinary(40, seed=3)
    cases = find(who, when, np.where(who == 7, surprise + 4.0, surprise)).cases
    assert cases
    for case in cases:
        m, k, share = len(case.window), len(case.rows), case.share
        assert case.score == pytest.approx((k - m * share) / np.sqrt(m * share * (1 - share)))
        assert set(case.rows) <= set(case.window)
        assert (np.diff(when[case.window]) >= 0).all()
        assert case.window[0] == case.rows[0]
        assert case.window[-1] == case.rows[-1]
        assert (who[case.window] == case.entity).all()


def test_p_values_of_rows_dealt_at_random_are_no_smaller_than_uniform():
    p = np.concatenate([find(*ordinary(seed=s), seed=s).p_values for s in range(20)])
    p = p[np.isfinite(p)]
    assert len(p) > 5_000
    for level in (0.01, 0.05, 0.1, 0.2):
        error = np.sqrt(level * (1 - level) / len(p))
        assert np.mean(p <= level) <= level + 4 * error
    assert np.mean(p <= 0.2) > 0.1, "a test that never finds anything holds too"


@pytest.mark.parametrize("seed", range(3))
def test_a_burst_is_one_case_of_exactly_its_rows(seed):
    who, when, surprise = ordinary(seed=seed)
    own = np.flatnonzero(who == np.flatnonzero(np.bincount(who) >= 12)[0])
    own = own[np.argsort(when[own], kind="stable")]
    surprise[own] = 0.5
    burst = own[[4, 5, 7, 8]]
    surprise[burst] = 5.5  # one row in 245 is as strange
    found = find(who, when, surprise, seed)
    assert list(found.cases[0].rows) == list(burst)
    assert found.cases[0].p_value < 0.002
    shared = [row for case in found.cases for row in case.window]
    assert len(shared) == len(set(shared)), "windows that overlap are one case"


def test_what_happens_to_one_entity_leaves_the_others_as_they_are():
    who, when, surprise = ordinary(seed=5)
    louder = np.where(who == 3, surprise + 0.2, surprise)
    before, after = (find(who, when, s).p_values for s in (surprise, louder))
    others = np.isfinite(before) & (np.arange(len(before)) != 3)
    np.testing.assert_allclose(after[others], before[others], atol=0.05)


def test_the_order_of_rows_changes_no_case():
    who, when, surprise = ordinary(seed=6)
    surprise[who == 9] += 3.0
    when = np.random.default_rng(0).permutation(len(when))  # no ties
    order = np.random.default_rng(1).permutation(len(who))
    first, again = find(who, when, surprise), find(who[order], when[order], surprise[order])
    strong = {tuple(sorted(c.rows)) for c in first.cases if c.p_value < FOUND / 3}
    assert strong
    assert strong <= {tuple(sorted(order[c.rows])) for c in again.cases}


def test_one_long_series_shows_its_stretches():
    rng = np.random.default_rng(7)
    surprise = rng.exponential(1.0, 5_000)
    surprise[1_000:1_030] += 4.0
    surprise[4_000:4_004] += 6.0
    found = find(np.zeros(5_000, dtype=int), np.arange(5_000), surprise)
    starts = [case.window[0] for case in found.cases[:4]]
    assert found.tested == 1
    assert any(995 <= s <= 1_030 for s in starts)
    assert any(3_998 <= s <= 4_003 for s in starts)


def test_a_very_long_series_is_looked_at_in_stretches():
    rng = np.random.default_rng(8)
    surprise = rng.exponential(1.0, 60_000)
    surprise[33_000:33_006] += 9.0
    found = find(np.full(60_000, 2), np.arange(60_000), surprise)
    assert found.tested == 6
    assert len(found.p_values) == 3
    assert np.isfinite(found.p_values[2])
    assert (found.cases[0].entity, set(found.cases[0].rows)) == (2, set(range(33_000, 33_006)))


def test_windows_can_be_kept_short():
    who, when, surprise = ordinary(60, seed=8, least=10)
    surprise[who == 4] += 4.0
    longest = [when[c.window[-1]] - when[c.window[0]] for c in find(who, when, surprise, within=100_000).cases]
    assert max(longest, default=0) <= 100_000


def test_without_times_all_rows_of_an_entity_are_its_window():
    who, _, surprise = ordinary(seed=9)
    surprise[who == 11] += 3.0
    case = find(who, None, surprise).cases[0]
    assert case.entity == 11
    first, last = np.flatnonzero(who == 11)[[0, -1]]
    assert {first, last} <= set(case.window)
    assert len(case.window) == (who == 11).sum()


@pytest.mark.parametrize("surprise", [[1.0] * 40, [np.nan] * 40, [np.inf] * 40, [0.0] * 39 + [9.0]])
def test_scores_that_tell_no_rows_apart_make_no_case(surprise):
    found = find(np.repeat(np.arange(8), 5), np.arange(40), surprise)
    assert found.cases == ()


def test_odd_tables_have_no_groups():
    assert find([], [], []).cases == ()
    assert find([0], [5], [9.0]).tested == 0
    assert find([-1] * 30, range(30), [9.0] * 6 + [0.0] * 24).cases == ()
    assert find(range(1_000), range(1_000), np.linspace(0, 9, 1_000)).tested == 0
    assert LEVELS[0] < 0.5


# the task


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Sixty cards; on one of them somebody else pays, now and then, for a day."""
    folder = tmp_path_factory.mktemp("groups")
    rng = np.random.default_rng(2)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    rows = []
    for card in range(60):
        hours = np.sort(rng.uniform(0, 24 * 20, 25))
        for at, hour in enumerate(hours):
            is_odd = card == 30 and at in (10, 11, 13, 14)
            amount = rng.lognormal(3, 0.4) * (12 if is_odd else 1)
            rows.append([f"{7000 + card}", f"{start + timedelta(hours=float(hour)):%Y-%m-%d %H:%M:%S}",
                         f"{amount:.2f}", rng.choice(["chip", "online"]), int(is_odd)])
    rows.sort(key=lambda r: r[1])
    file = write(folder / "cards.csv", rows)
    return fitted(file), rows


def write(file, rows, names=("card", "time", "amount", "channel", "fraud")):
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([names, *rows])
    return file


def fitted(file, label="fraud", **kept):
    project = str(file.with_suffix(".likeness"))
    execute(FitRequest(str(file), project=project, model="neighbours", label=label, **kept))
    execute(ScoreRequest(str(file), project=project))
    return project


def test_a_used_card_is_the_first_case_and_told_in_words(desk):
    project, rows = desk
    answer = execute(GroupsRequest(project=project, count=3))
    first = answer["items"][0]
    odd = [i for i, row in enumerate(rows) if row[4]]
    assert (first["column"], first["entity"]) == ("card", "7030")
    assert set(first["rows"]) <= set(odd)
    assert len(first["rows"]) >= 3
    assert first["first"] < first["last"]
    assert first["says"]["values"]["count"] == len(first["rows"])
    whole = execute(GroupsRequest(project=project, group=1))
    assert [m["row"] for m in whole["members"]] == first["rows"]
    assert all({"key", "reason", "title", "score"} <= m.keys() for m in whole["members"]), "as a queue takes them"
    assert {e["row"] for e in whole["events"] if e["flagged"]} == set(first["rows"])
    json.dumps(answer)


def test_groups_are_the_same_whatever_the_label_says(desk, tmp_path):
    project, rows = desk
    marks = np.random.default_rng(3).permutation([row[4] for row in rows])
    again = fitted(write(tmp_path / "cards.csv", [[*r[:4], int(m)] for r, m in zip(rows, marks, strict=True)]))
    first, other = (execute(GroupsRequest(project=p))["items"] for p in (project, again))
    assert [(i["rows"], i["p_value"]) for i in first] == [(i["rows"], i["p_value"]) for i in other]


def test_a_table_of_no_one_and_no_time_is_refused_in_words(tmp_path):
    rng = np.random.default_rng(4)
    file = write(tmp_path / "plain.csv", [[f"{a:.3f}", f"{b:.3f}"] for a, b in rng.normal(size=(300, 2))], ("a", "b"))
    project = fitted(file, label=None)
    with pytest.raises(RefusedError) as refused:
        execute(GroupsRequest(project=project))
    assert len(refused.value.messages) == 3


def test_a_group_or_fit_that_is_not_there_is_named(desk, tmp_path):
    project, _ = desk
    with pytest.raises(ParameterError):
        execute(GroupsRequest(project=project, group=9_999))
    with pytest.raises(LikenessError):
        execute(GroupsRequest(project=project, fit="nope"))
