"""Killed at any moment: no decided case is lost, and the review goes on where it was."""

from __future__ import annotations

from .killed import Killings

KILLS = 20


def test_a_session_killed_at_random_moments_loses_nothing_and_reopens_on_the_same_case(tmp_path):
    killings = Killings(tmp_path / "p.likeness")
    for _ in range(KILLS):
        killings.kill()
    assert (killings.lost, killings.broken, killings.elsewhere) == (0, 0, 0)
    assert killings.confirmed > KILLS
    assert killings.sound()
