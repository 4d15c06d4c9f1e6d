"""A reviewer that is killed: a process that decides without end and says what it was told is done."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

from core.project.project import Project
from core.project.verify import verify
from core.review.queue import Case
from core.review.session import Session

__all__ = ["Killings", "cases"]

CHILD = """
import json, os, random, sys, threading
from core.project.project import Project
from core.review.session import Session
from tests.core.killed import cases
chance = random.Random(int(sys.argv[2]))
with Project.open(sys.argv[1]) as project:
    session = Session(project.journal, cases(), run="r", reviewer="kim")
    def tell():
        said = {"position": session.position, "length": project.journal.length, "head": project.journal.head}
        print(json.dumps(said), flush=True)
    tell()
    threading.Timer(float(sys.argv[3]), os.kill, (os.getpid(), 9)).start()
    while True:
        key, step = session.position, chance.choices(
            ("decide", "decide_all", "skip", "snooze", "note", "undo", "redo"), (60, 5, 5, 5, 10, 12, 3))[0]
        if step == "decide":
            session.decide(key, chance.choice(("fraud", "normal", "unsure")), ("amount",), "n" * chance.randrange(200))
        elif step == "decide_all":
            session.decide_all([key, chance.choice(session.cases).key], "normal")
        elif step == "snooze":
            session.snooze(key, "2999-01-01T00:00:00+00:00", "later")
        elif step in ("undo", "redo"):
            getattr(session, step)()
        else:
            getattr(session, step)(key, *(["a note"] if step == "note" else []))
        tell()
"""
_ROOT = Path(__file__).resolve().parents[2]
_MOST = 0.12  # seconds of deciding before the kill, at most


def cases(n: int = 400) -> list[Case]:
    """A queue that no session of the tests comes to the end of."""
    return [Case(f"P-{i}", i, 900.0 - i, i + 1) for i in range(n)]


class Killings:
    """Kills one session after another over the same project and looks at what is left each time.

    Args:
        path: of the project, which is made.
        seed: of the moments and of what is decided.
    """

    def __init__(self, path: Path, seed: int = 0) -> None:
        self.path, self.chance = path, random.Random(seed)
        self.kills = self.confirmed = self.lost = self.broken = self.elsewhere = 0
        Project.open(path, create=True).close()

    def kill(self) -> None:
        """One session, killed at a random moment; what its last words promised is compared with the file."""
        seed, moment = self.chance.randrange(10**6), self.chance.random() * _MOST
        command = [sys.executable, "-c", CHILD, str(self.path), str(seed), str(moment)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
        assert done.returncode == -9, done.stderr
        self._look([json.loads(line) for line in done.stdout.splitlines() if line.endswith("}")])

    def _look(self, said: list[dict]) -> None:
        self.kills += 1
        with Project.open(self.path) as project:
            journal = project.journal
            self.confirmed += len(said) - 1
            self.lost += sum(journal.hash_at(s["length"]) != s["head"] for s in said)
            self.broken += journal.problem() is not None or project.read_only
            self.elsewhere += not self._is_there(project, said[-1])

    def _is_there(self, project: Project, last: dict) -> bool:
        """On the case that was on the desk; or one step on, where the step was written and no longer told."""
        here = Session(project.journal, cases(), run="r", reviewer="kim")
        return here.position == last["position"] or project.journal.length == last["length"] + 1

    def sound(self) -> bool:
        """Whether `verify` has nothing to say of the file, and it is one file."""
        return verify(self.path).ok and [p.name for p in self.path.parent.iterdir()] == [self.path.name]
