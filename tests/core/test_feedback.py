"""Feedback: what a verdict moves, and that taking it back leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.review.feedback import Grounds, Learner, rank_surprise

ROWS = 60
rng = np.random.default_rng(5)
LEAVES = rng.integers(0, 6, size=(20, ROWS)).astype(np.uint8) * 40
GROUNDS = Grounds(LEAVES, rank_surprise(np.arange(1, ROWS + 1), ROWS),
                  rng.random((ROWS, 2)).astype(np.float32), (rng.integers(-1, 5, ROWS),))


def kernel(g):
    """The rule as it is written down."""
    same = g.leaves[:, :, None] == g.leaves[:, None, :]
    rare = -np.log(same.mean(axis=2)) / np.log(g.rows)
    alike = (same * rare[:, :, None]).mean(axis=0)
    centred = g.members.astype(float) - g.members.astype(float).mean(axis=0)
    entity = sum(((c[:, None] == c) & (c >= 0)) * 0.3 / len(g.entities) for c in g.entities)
    return alike + 0.1 * centred @ centred.T + entity


def by_definition(g, pairs, noise=0.1):
    rows, y = [r for r, _ in pairs], np.array([v for _, v in pairs])
    k = kernel(g)
    return g.prior + k[:, rows] @ np.linalg.solve(k[np.ix_(rows, rows)] + noise * np.eye(len(rows)), y - g.prior[rows])


verdicts = st.lists(st.tuples(st.integers(0, ROWS - 1), st.sampled_from([0.0, 1.0])), unique_by=lambda p: p[0],
                    max_size=25)


@settings(max_examples=30, deadline=None)
@given(verdicts)
def test_the_order_is_that_of_the_rule(pairs):
    learner = Learner(GROUNDS)
    learner.learn(pairs)
    assert learner.expected == pytest.approx(by_definition(GROUNDS, pairs), abs=2e-3)
    assert learner.before == pytest.approx(by_definition(GROUNDS, pairs[:-1]), abs=2e-3)


@settings(max_examples=30, deadline=None)
@given(verdicts, verdicts)
def test_an_undo_leaves_no_trace(first, second):
    fresh, used = Learner(GROUNDS), Learner(GROUNDS)
    fresh.learn(first)
    used.learn(first)
    used.learn(first + [p for p in second if p[0] not in dict(first)])
    used.learn(second)
    used.learn(first)
    assert used.expected == pytest.approx(fresh.expected, abs=1e-9)


def test_without_a_verdict_the_order_is_that_of_the_ranks():
    assert np.argsort(-Learner(GROUNDS).expected, kind="stable").tolist() == list(range(ROWS))


def test_a_fraud_lifts_its_like_and_a_normal_row_lowers_them():
    learner = Learner(GROUNDS)
    like = int(np.argsort(-kernel(GROUNDS)[30], kind="stable")[1])
    learner.learn([(30, 1.0)])
    assert learner.expected[like] > GROUNDS.prior[like]
    learner.learn([(30, 0.0)])
    assert learner.expected[like] < GROUNDS.prior[like]


def test_rows_of_one_entity_move_together():
    leaves = np.repeat(np.arange(6, dtype=np.uint8)[None, :], 5, axis=0) * 40
    g = Grounds(leaves, np.full(6, 0.5), None, (np.array([0, 0, 1, 1, -1, -1]),))
    learner = Learner(g)
    learner.learn([(0, 1.0)])
    moved = learner.expected - g.prior
    assert moved[1] > 0.1
    assert moved[2:] == pytest.approx(np.zeros(4))
    learner.learn([(4, 1.0)])  # a row without an entity is no sibling of another without
    assert (learner.expected - g.prior)[5] == pytest.approx(0)


def test_the_reasons_for_a_place_add_up():
    learner = Learner(GROUNDS)
    learner.learn([(3, 1.0), (9, 0.0), (20, 1.0)])
    for row in (0, 9, 44):
        assert learner.pull(row).sum() == pytest.approx(learner.expected[row] - GROUNDS.prior[row], abs=1e-6)


def test_a_verdict_against_all_others_is_the_one_to_look_at_again():
    leaves = np.repeat(np.arange(40, dtype=np.uint8)[None, :] // 20, 20, axis=0)
    learner = Learner(Grounds(leaves, np.full(40, 0.4)))
    learner.learn([(i, float(i == 7)) for i in range(10)])
    assert int(np.abs(learner.doubts()).argmax()) == 7
    assert learner.odd() == [], "a few verdicts foretell nothing"
    others = Learner(Grounds(leaves, np.full(40, 0.4)))
    others.learn([(i, 0.0) for i in range(10) if i != 7])
    assert learner.doubts()[7] == pytest.approx(1.0 - others.expected[7], abs=1e-6)


def test_where_the_top_holds_nothing_each_engine_is_asked_in_turn():
    leaves = np.arange(30, dtype=np.uint8)[None, :] * np.ones((4, 1), dtype=np.uint8) * 8
    members = np.zeros((30, 2), dtype=np.float32)
    members[25, 0], members[26, 1] = 1.0, 1.0
    learner = Learner(Grounds(leaves, rank_surprise(np.arange(1, 31), 30), members))
    learner.learn([(i, 0.0) for i in range(7)])
    assert learner.order.argmax() == learner.expected.argmax()
    learner.learn([(i, 0.0) for i in range(8)])
    assert learner.order.argmax() == 25
    learner.learn([(i, 0.0) for i in range(8)] + [(25, 0.0)])
    assert learner.order.argmax() == 26
    learner.learn([(i, 0.0) for i in range(8)] + [(25, 1.0)])
    assert learner.order.argmax() == learner.expected.argmax()


def test_the_odd_verdicts_are_told_once_there_are_enough():
    leaves = np.repeat(np.arange(40, dtype=np.uint8)[None, :] // 20 * 8, 20, axis=0)
    many = np.concatenate([leaves, leaves * 3, leaves * 7])
    learner = Learner(Grounds(many, np.full(40, 0.1)))
    learner.learn([(i, float(i >= 20)) for i in range(40) if i not in (3, 30)] + [(3, 1.0), (30, 0.0)])
    assert sorted(learner.rows[i] for i in learner.odd()) == [3, 30]


@settings(max_examples=20, deadline=None)
@given(verdicts, st.integers(0, ROWS - 1))
def test_what_is_foreseen_is_what_comes(pairs, row):
    pairs = [p for p in pairs if p[0] != row]
    ahead, after = Learner(GROUNDS), Learner(GROUNDS)
    ahead.learn(pairs)
    for verdict, foreseen in enumerate(ahead.foreseen(row)):
        after.learn([*pairs, (row, float(verdict))])
        assert foreseen == pytest.approx(after.expected, abs=1e-6)
