"""A worker killed at random moments of a fit: no verdict is lost, the project stays sound, and trying again works."""

from __future__ import annotations

import os
import select
import signal
import time

import numpy as np
import pytest

from core.jobs.client import Client
from core.project.project import Project
from core.project.verify import verify
from core.tasks.fit import FitRequest

from .payments import write_payments

KILLS = 20


@pytest.fixture(scope="module")
def client():
    with Client("job", threads=1, warm=()) as made:
        yield made


def wait_or_kill(client: Client, job: str, after: float | None) -> list[dict]:
    """Messages of a job; its process is killed so many seconds after it started."""
    messages: list[dict] = []
    until = None
    while not messages or messages[-1]["type"] not in ("done", "failed"):
        left = 60.0 if until is None else max(until - time.monotonic(), 0)
        if not select.select([client.fileno()], [], [], left)[0] and until is not None:
            os.kill(client.pid, signal.SIGKILL)
            until = None
        fresh = [m for m in client.poll() if m["job"] == job]
        if after is not None and any(m["type"] == "started" for m in fresh):
            until = time.monotonic() + after
        messages += fresh
    return messages


def test_twenty_kills_during_a_fit_lose_nothing(client, tmp_path):
    file, path = write_payments(tmp_path / "march.csv", rows=2000), tmp_path / "march.likeness"
    request = FitRequest(str(file), project=str(path), model="mixture").to_json()
    with Project.open(path, create=True) as project:
        project.journal.append({"type": "verdict", "case": "P-1", "verdict": "fraud", "run": "r"})

    for name in ("cold", "warm"):  # the second without what a fresh process imports: the shortest a fit can be
        began = time.monotonic()
        whole = wait_or_kill(client, client.submit(request, path, tmp_path / name), None)
        assert whole[-1]["type"] == "done", whole[-1]
    moments = np.random.default_rng(7).uniform(0, 0.9 * (time.monotonic() - began), KILLS)
    killed = 0
    for number, moment in enumerate(moments):
        staging = tmp_path / f"staging-{number}"
        ended = wait_or_kill(client, client.submit(request, path, staging), float(moment))[-1]
        killed += ended["type"] == "failed"
        with Project.open(path, create=True) as project:
            assert project.journal.length == 1
            adopted = project.adopt(staging)  # all of what is there, or nothing: never a half
        assert not adopted or ended["type"] == "done" or len(adopted) <= 2
        assert verify(path).ok
    assert killed >= KILLS // 2, "the kills came too late to test anything"

    again = wait_or_kill(client, client.submit(request, path, tmp_path / "again"), None)[-1]
    assert again["type"] == "done"
    with Project.open(path) as project:
        assert again["result"]["fit"] in project.adopt(tmp_path / "again")
        assert project.fit(again["result"]["fit"])["rows"] == 2000
    assert verify(path).ok
    assert [p.name for p in tmp_path.glob("march.likeness*")] == ["march.likeness"]
