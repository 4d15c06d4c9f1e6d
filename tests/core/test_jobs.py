"""Workers: what a user would lose if one hangs, dies, or answers an old question."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.errors import Cancelled, JobError, RefusedError, error_from_json
from core.jobs import keeper, worker
from core.jobs.client import Client
from core.jobs.keeper import Keeper
from core.jobs.messages import decode, encode
from core.jobs.worker import Settings

FAKE = "tests.core.fake_tasks"


def ask(mode: str = "plain", steps: int = 3) -> dict[str, object]:
    return {"task": "steps", "mode": mode, "steps": steps}


@pytest.fixture(scope="module")
def client():
    with Client("job", threads=1, tasks=FAKE, warm=()) as made:
        yield made


def until(client: Client, job: str, kind: str) -> dict:
    """Read messages of a job until one of that type comes."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        select.select([client.fileno()], [], [], 1)
        for message in client.poll():
            if message["job"] == job and message["type"] == kind:
                return message
    raise TimeoutError(kind)


def test_messages_tell_the_whole_story_of_a_job(client):
    messages = client.wait(client.submit(ask()))
    kinds = [m["type"] for m in messages]
    assert kinds[0] == "started"
    assert kinds[-2:] == ["partial", "done"]
    fractions = [m["fraction"] for m in messages if m["type"] == "progress"]
    assert fractions == sorted(fractions)
    assert messages[-1]["result"]["done"] == 3
    assert messages[-1]["result"]["nan"] is None, "NaN is not JSON"
    assert messages[-1]["result"]["threads"] == "1", "a worker must leave cores to the window"


def test_worker_stays_warm_between_jobs(client):
    first, second = (client.wait(client.submit(ask()))[-1]["result"]["pid"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("mode", "error"), [("refuse", RefusedError), ("fault", JobError), ("memory", JobError), ("exit", JobError)]
)
def test_every_failure_comes_back_as_three_lines_and_the_next_job_runs(client, mode, error):
    messages = client.wait(client.submit(ask(mode)))
    assert messages[-1]["type"] == "failed"
    failure = error_from_json(messages[-1]["error"])
    assert isinstance(failure, error)
    assert all(line and not line.startswith(failure.key) for line in failure.lines())
    assert client.wait(client.submit(ask()))[-1]["type"] == "done"


def test_a_fault_leaves_its_trace_in_the_log(client):
    messages = client.wait(client.submit(ask("fault")))
    assert any("ZeroDivisionError" in m["text"] for m in messages if m["type"] == "log")


def test_warnings_reach_the_log(client):
    messages = client.wait(client.submit(ask("warn")))
    assert any("take care" in m["text"] for m in messages if m["type"] == "log")


def test_an_unknown_task_is_named(client):
    failed = client.wait(client.submit({"task": "nonsense"}))[-1]
    assert "nonsense" in error_from_json(failed["error"]).lines()[0]


@pytest.mark.parametrize(("mode", "grace"), [("slow", 60.0), ("deaf", 0.1)])
def test_cancel_ends_a_calculation_by_itself_or_by_a_kill_if_it_does_not_listen(client, monkeypatch, mode, grace):
    assert keeper.GRACE < 1
    monkeypatch.setattr(keeper, "GRACE", grace)
    job = client.submit(ask(mode, steps=100_000))
    until(client, job, "progress")
    pid = client.pid
    client.cancel(job)
    failed = until(client, job, "failed")
    assert isinstance(error_from_json(failed["error"]), Cancelled)
    again = client.wait(client.submit(ask()))[-1]
    assert (again["result"]["pid"] == pid) == (mode == "slow")


def test_a_job_that_waits_can_be_cancelled_without_ever_starting(client):
    first, second = client.submit(ask("slow", steps=100_000)), client.submit(ask())
    client.cancel(second)
    client.cancel(first)
    messages = client.wait(second)
    assert [m["type"] for m in messages] == ["failed"]


def test_stop_and_keep_returns_what_there_is(client):
    job = client.submit(ask("slow", steps=100_000))
    until(client, job, "progress")
    client.stop_and_keep(job)
    done = until(client, job, "done")
    assert done["result"]["done"] < 100_000


def test_a_paused_job_stands_still_until_it_goes_on(client):
    job = client.submit(ask("slow", steps=60))
    until(client, job, "progress")
    client.pause(job)
    until(client, job, "paused")
    quiet = not select.select([client.fileno()], [], [], 0.3)[0]
    assert quiet, "a paused job does not move"
    client.resume(job)
    messages = client.wait(job)
    assert messages[0]["type"] == "resumed"
    assert messages[-1]["result"]["done"] == 60, "nothing is lost by a pause"


def test_the_time_left_does_not_count_a_pause(monkeypatch):
    clock, sent, flag = [0.0], [], SimpleNamespace(value=4 * 7)
    monkeypatch.setattr(worker.time, "monotonic", lambda: clock[0])
    out = SimpleNamespace(send=sent.append)
    wanted = worker._Wanted(flag, 7, out)
    progress = worker._Progress(out, wanted)
    for at, how in ((10.0, worker.PAUSE), (1_000.0, worker.GO)):
        clock[0], flag.value = at, 4 * 7 + how
        assert wanted() == how
    progress(0.5, None)
    assert [m["type"] for m in sent] == ["paused", "resumed", "progress"]
    assert sent[-1]["eta"] == 10.0, "half took ten seconds, the pause beside them"


@pytest.mark.parametrize("before", [False, True], ids=["stop", "stop, then pause"])
def test_a_paused_job_can_be_stopped_and_keeps_what_it_has(client, before):
    job = client.submit(ask("slow", steps=100_000))
    until(client, job, "progress")
    client.pause(job)
    until(client, job, "paused")
    if before:
        client.stop_and_keep(job)
        client.pause(job)
        client.resume(job)
    else:
        client.stop_and_keep(job)
    assert until(client, job, "done")["result"]["done"] < 100_000


def test_a_paused_job_is_cancelled_by_itself_not_by_a_kill(client, monkeypatch):
    monkeypatch.setattr(keeper, "GRACE", 60.0)
    pid = client.wait(client.submit(ask()))[-1]["result"]["pid"]
    job = client.submit(ask("slow", steps=100_000))
    until(client, job, "progress")
    client.pause(job)
    until(client, job, "paused")
    client.cancel(job)
    client.pause(job)
    assert isinstance(error_from_json(until(client, job, "failed")["error"]), Cancelled)
    assert client.wait(client.submit(ask()))[-1]["result"]["pid"] == pid


def test_a_pause_does_not_outlive_its_job(client):
    job = client.submit(ask("slow", steps=100_000))
    until(client, job, "progress")
    client.pause(job)
    client.cancel(job)
    assert client.wait(client.submit(ask("slow", steps=5)))[-1]["result"]["done"] == 5


def test_an_old_cancel_does_not_stop_the_next_job(client):
    job = client.submit(ask())
    client.wait(job)
    client.cancel(job)
    assert client.wait(client.submit(ask("slow", steps=20)))[-1]["result"]["done"] == 20


def test_the_newest_question_of_a_channel_wins(client):
    old = client.submit(ask("slow", steps=100_000), channel="grid")
    until(client, old, "progress")
    waiting = client.submit(ask(), channel="grid")
    other = client.submit(ask(), channel="inspector")
    newest = client.submit(ask(), channel="grid")
    ends = {}
    while newest not in ends:
        select.select([client.fileno()], [], [], 5)
        ends |= {m["job"]: m["type"] for m in client.poll() if m["type"] in ("done", "failed", "dropped")}
    assert ends == {old: "dropped", waiting: "dropped", other: "done", newest: "done"}


def test_a_killed_worker_fails_its_job_and_is_replaced(client):
    job = client.submit(ask("deaf"))
    until(client, job, "progress")
    os.kill(client.pid, signal.SIGKILL)
    failed = until(client, job, "failed")
    assert failed["error"]["key"] == "jobs.died"
    assert client.wait(client.submit(ask()))[-1]["type"] == "done"


def test_restart_gives_a_fresh_worker(client):
    before = client.wait(client.submit(ask()))[-1]["result"]["pid"]
    client.restart()
    assert client.wait(client.submit(ask()))[-1]["result"]["pid"] != before


def test_a_worker_that_cannot_start_says_so_instead_of_trying_for_ever():
    with Client("job", threads=1, tasks=FAKE, warm=()) as broken:
        broken._settings = Settings(FAKE, niceness="none")
        ended = broken.wait(broken.submit(ask()))[-1]
    assert ended["error"]["key"] == "jobs.start"


def test_a_worker_that_dies_while_idle_is_not_started_over_and_over(monkeypatch):
    tried, start = [], Keeper._start_worker

    def counted(keeper: Keeper) -> None:
        start(keeper)
        tried.append(keeper.pid)

    monkeypatch.setattr(Keeper, "_start_worker", counted)
    with Client("job", threads=1, tasks=FAKE, warm=("no.such.module",)) as broken:
        broken.start()
        deadline = time.monotonic() + 30
        while not (tried and broken._keeper.false_starts == 0) and time.monotonic() < deadline:  # 0 again: given up
            select.select([], [], [], 0.005)
        assert len(set(tried)) == 3
        assert broken.wait(broken.submit(ask()))[-1]["type"] == "done"


def test_close_ends_the_process_and_the_jobs():
    client = Client("job", threads=1, tasks=FAKE, warm=())
    job = client.submit(ask("deaf"))
    until(client, job, "progress")
    pid = client.pid
    client.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_ends_with_its_parent():
    code = (
        "from core.jobs.client import Client\n"
        "import os, time, sys\n"
        "if __name__ == '__main__':\n"
        f"    c = Client('job', 1, {FAKE!r}, ())\n"
        "    j = c.submit({'task': 'steps', 'mode': 'deaf'})\n"
        "    while not any(m['type'] == 'progress' for m in c.poll()): time.sleep(0.01)\n"
        "    print(c.pid, flush=True); os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[2]
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False)
    pid = int(child.stdout)
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        select.select([], [], [], 0.01)
    assert not Path(f"/proc/{pid}").exists()


def test_messages_survive_the_pipe():
    import numpy as np

    from core.words import message

    sent = {"a": np.float64("nan"), "b": np.arange(2), "c": message("k", v=1), "d": Path("x"), "e": (1,)}
    assert decode(encode(sent)) == {"a": None, "b": [0, 1], "c": {"key": "k", "values": {"v": 1}}, "d": "x", "e": [1]}
