"""What is left: the bounds a user may stop by."""

from __future__ import annotations

import numpy as np
import pytest

from core.review.remaining import UNIFORM, Judged, Reviewers, remaining
from core.stats.intervals import clopper_pearson


def test_the_exact_interval_is_that_of_the_tables():
    assert clopper_pearson(3, 10) == pytest.approx((0.0667, 0.6525), abs=1e-4)
    assert clopper_pearson(0, 20) == pytest.approx((0.0, 0.1684), abs=1e-4)
    assert clopper_pearson(20, 20) == pytest.approx((0.8316, 1.0), abs=1e-4)


def reviewed(hits, none, score=0.9):
    return [Judged(score, True)] * hits + [Judged(0.1, False)] * none


def test_before_enough_verdicts_nothing_is_said():
    assert remaining([], np.zeros(10)) is None
    assert remaining(reviewed(5, 14), np.zeros(10)) is None
    assert remaining(reviewed(5, 15), np.zeros(10)) is not None


def test_a_queue_that_found_nothing_for_long_leaves_little_and_says_how_much_at_most():
    open_scores = np.full(900, 0.02)
    early = remaining([*reviewed(10, 0), *reviewed(0, 10)], open_scores)
    late = remaining([*reviewed(10, 0), *reviewed(0, 90)], open_scores)
    assert late.most < early.most
    assert late.most > 0  # an empty desk is no proof of an empty table


def test_a_stop_is_proposed_only_after_hits_and_enough_reviews():
    open_scores = np.full(900, 0.0)
    assert not remaining(reviewed(2, 60), open_scores).is_done
    assert not remaining(reviewed(5, 22), open_scores).is_done
    done = remaining(reviewed(5, 60), open_scores)
    assert done.is_done
    assert done.next_hits < 0.5


def test_no_stop_while_the_next_rows_look_like_those_that_were_found():
    open_scores = np.concatenate([np.full(30, 0.9), np.zeros(900)])
    assert not remaining(reviewed(10, 60), open_scores).is_done


def test_without_double_reviews_no_lower_bound_is_given():
    judged = [Judged(0.5, True, UNIFORM)] * 5 + reviewed(0, 15)
    assert remaining(judged, np.full(500, 0.3)).least is None
    known = remaining(judged, np.full(500, 0.3), Reviewers(20, 0))
    assert known.least > 0
    assert known.least <= known.most
    doubted = remaining(judged, np.full(500, 0.3), Reviewers(20, 6))
    assert doubted.least < known.least


def test_the_error_of_reviewers_is_that_of_one_not_of_two():
    assert Reviewers(1000, 180).error == pytest.approx(0.1, abs=0.005)
    assert Reviewers(3, 1).error == 0.0
    assert Reviewers(20, 20).error < 0.5


def test_what_was_found_since_is_no_longer_left():
    rng = np.random.default_rng(1)
    judged = [Judged(0.5, True, UNIFORM), Judged(0.1, False, UNIFORM)] * 3 + reviewed(20, 20)
    said = remaining(judged, rng.random(40), Reviewers(50, 0))
    assert said.least + 20 <= 40


def test_false_alarms_are_no_hits_to_stop_by():
    assert remaining(reviewed(6, 54), np.zeros(900)).is_done
    assert not remaining(reviewed(6, 54), np.zeros(900), Reviewers(100, 18)).is_done
    assert not remaining(reviewed(12, 108), np.zeros(900), Reviewers(60, 6)).is_done, "the rate itself is not certain"
    assert remaining(reviewed(40, 80), np.zeros(900), Reviewers(60, 6)).is_done


def test_where_nothing_is_claimed_below_the_whole_risk_lies_above():
    open_scores = np.linspace(0.0, 0.6, 400)
    judged = [Judged(0.8, True)] * 12 + [Judged(0.2, False)] * 40
    alone = remaining(judged, open_scores)
    control = remaining([*judged, *[Judged(0.5, True, UNIFORM)] * 6], open_scores, Reviewers(60, 0))
    assert alone.least is None
    assert control.least > 0
    assert alone.most < control.most
