"""The first ranking of a long table: on Detect while the better one is being made, and marked as what it is."""

from __future__ import annotations

from .test_shell_jobs import held_fit


def first(window, rows):
    """What a fit tells of its first ranking."""
    names = list(window.state.schema.modelled)[:3]
    cells = [[f"{row}.{j}" for j in range(len(names))] for row in rows]
    return {"first": {"rows": rows, "columns": names, "cells": cells, "learned": 4_000, "ranked": 6_000,
                      "surprise": [1.0] * len(rows)}, "text": "ready"}


def test_rows_at_the_top_are_shown_while_the_fit_and_the_scores_are_on_their_way(window, qtbot):
    fit, _ = held_fit(window, qtbot)
    window.go("detect")
    page = window.pages["detect"]
    assert not page.busy.first.isVisible()
    window.state.worker._job.say(fit.id, type="partial", result=first(window, [41, 7]))
    qtbot.waitUntil(page.busy.first.isVisible)
    assert page.busy.first.title.text() == "First ranking"
    assert "A better one replaces it" in page.busy.first.note.whole()
    model = page.busy.first.model
    assert [model.data(model.index(row, 0)) for row in range(2)] == ["41.0", "7.0"]
    score = next(job for job in window.state.worker.jobs if job.after is fit)
    assert score.preview is fit.first, "the scores are waited for beside the same rows"
    page.busy.first.close_button.click()
    window.state.worker._job.say(fit.id, type="progress", text="Growing.", eta=None, fraction=0.6)
    qtbot.waitUntil(lambda: fit.fraction == 0.6)
    assert not page.busy.first.isVisible(), "closed is closed"
