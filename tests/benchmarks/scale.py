"""Detecting in 1,000,000 rows of 30 columns: fit, score and reasons through the same requests as the window.

    python -m tests.benchmarks scale                         the long table
    python -m tests.benchmarks scale --rows 2000 --columns 1555   a wide one

Each request runs in one warm process, after the file was opened once. Seconds are wall seconds, on as many threads as
the computer has cores; memory is what the process holds at its peak beyond the opened table.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.open import open_source
from core.jobs.client import _WARM
from core.jobs.limits import cores, limit_threads
from core.project.project import Project
from core.project.store import Store
from core.run import Run
from core.tasks.base import TASKS, request_from_json
from core.words import Message, words

from ._measure import ROOT, table

_KINDS = 7  # of customers: what ties the columns to each other
_TOLD = 0.1  # seconds from which a stage has a line


def write_table(path: Path, rows: int, columns: int) -> None:
    """An entity, a date, six categories (one of 10,000 values), numbers for the rest; one row in 500 is broken."""
    rng = np.random.default_rng(0)
    kind = rng.choice(_KINDS, rows, p=np.arange(_KINDS, 0, -1) / (_KINDS * (_KINDS + 1) / 2))
    frame: dict[str, Any] = {
        "customer": [f"C{c:06d}" for c in rng.integers(rows // 20 + 1, size=rows)],
        "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 9_000_000, rows)), "s"),
    }
    zipf = np.arange(1, 10_001) ** -0.8
    merchants = rng.choice(10_000, rows, p=zipf / zipf.sum())
    frame["merchant"] = [f"M{m:05d}" for m in (merchants + 997 * kind) % 10_000]
    for i, size in enumerate((2, 5, 12, 40, 200)):
        frame[f"category_{i}"] = [f"v{v}" for v in np.minimum((kind + rng.geometric(0.4, rows) - 1) % size, size - 1)]
    left = columns - len(frame)
    hidden = rng.standard_normal((rows, 4)) + kind[:, None] / 2
    for i in range(left):
        value = hidden @ rng.standard_normal(4) + 0.7 * rng.standard_normal(rows)
        frame[f"number_{i}"] = np.round(_shaped(value, i % 4, rng), 3)
    broken = rng.random(rows) < 0.002
    for i in range(0, left, 3):
        moved = frame[f"number_{i}"]
        moved[broken] = rng.permutation(moved)[: int(broken.sum())]
    pd.DataFrame(frame).to_csv(path, index=False)


def _shaped(value: np.ndarray, shape: int, rng: np.random.Generator) -> np.ndarray:
    """Normal, skewed, counted, or mostly nothing."""
    if shape == 1:
        return np.exp(value / 2)
    if shape == 2:
        return rng.poisson(np.exp(np.clip(value / 3, -2, 3))).astype(np.float64)
    return np.where(rng.random(len(value)) < 0.6, 0.0, value) if shape == 3 else value


class _Memory(threading.Thread):
    """The most memory this process held; what is mapped from the opened table is not counted."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.is_over = 0.0, threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(0.02):
            lines = Path("/proc/self/status").read_text("ascii").splitlines()
            self.most = max(self.most, int(next(x for x in lines if x.startswith("RssAnon")).split()[1]) / 1024)


class _Stages:
    """What a run says it is doing, and when it first did."""

    def __init__(self) -> None:
        self.began, self.cpu = time.perf_counter(), time.process_time()
        self.said: list[tuple[str, float, float]] = []
        self.partial: list[tuple[float, dict[str, Any]]] = []

    def __call__(self, _fraction: float, text: Message | None) -> None:
        name = re.sub(r"[\d,]+ of [\d,]+.*", "", words().text(text)) if text else ""
        if name and (not self.said or self.said[-1][0] != name):
            self.said.append((name, time.perf_counter(), time.process_time()))

    def heard(self, found: dict[str, Any]) -> None:
        self.partial.append((time.perf_counter() - self.began, found))

    def rows(self) -> list[tuple[str, float, float]]:
        """Stage, wall seconds, CPU seconds."""
        said = [("(begin)", self.began, self.cpu), *self.said, ("", time.perf_counter(), time.process_time())]
        return [(a[0], b[1] - a[1], b[2] - a[2]) for a, b in pairwise(said)]


def child(file: str, folder: str, settings: list[str]) -> None:
    """In a process of its own: open, then fit and score as the worker does, and print what that took."""
    limit_threads(int(os.environ["OMP_NUM_THREADS"]))
    for name in _WARM:
        importlib.import_module(name)
    began = time.perf_counter()
    open_source(Path(file))
    print(f"opened in {time.perf_counter() - began:.1f} s\n", flush=True)
    scores = str(Path(folder) / "scores.parquet")
    fitted = _ask({"task": "fit", "file": file, "settings": settings}, Path(folder))
    scored = _ask({"task": "score", "file": file, "out": scores, "threshold": "budget:1000"}, Path(folder))
    print(f"\nfit and score: {fitted + scored:.1f} s")


def _ask(request: dict[str, Any], folder: Path) -> float:
    """Run one request on a project in the folder; prints its stages and returns its seconds."""
    project, staging = folder / "scale.likeness", Path(tempfile.mkdtemp(dir=folder))
    asked = request_from_json({"project": str(project), **request})
    store, stages, memory = Store(project, staging), _Stages(), _Memory()
    memory.start()
    run = Run(threads=int(os.environ["OMP_NUM_THREADS"]), on_progress=stages, on_partial=stages.heard)
    TASKS.get(request["task"]).run(asked, store, run)
    store.close()
    with Project.open(project, create=True, lease=False) as opened:
        opened.adopt(staging)
    rows = stages.rows()
    memory.is_over.set()
    total = sum(r[1] for r in rows)
    print(f"\n### {request['task']}: {total:.1f} s, {sum(r[2] for r in rows):.1f} CPU s, {memory.most:.0f} MB\n")
    table(["stage", "seconds", "CPU s"], [r for r in rows if r[1] >= _TOLD])
    for seconds, found in stages.partial:
        print(f"\nafter {seconds:.1f} s: {words().text(found['text'])}", flush=True)
    return total


def options() -> argparse.ArgumentParser:
    """What can be asked besides."""
    parser = argparse.ArgumentParser(prog="scale", add_help=False)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--set", action="append", default=[], dest="settings", help="a setting of the fit; repeat")
    parser.add_argument("--file", type=Path, help="keep the table here, and use it again")
    return parser


def main(_data: Path | None, rest: Sequence[str] = ()) -> None:
    """Write the table, then measure in a fresh process."""
    asked = options().parse_args(rest)
    with tempfile.TemporaryDirectory() as folder:
        file = asked.file or Path(folder) / "table.csv"
        if not file.exists():
            write_table(file, asked.rows, asked.columns)
        env = {**os.environ, "LIKENESS_HOME": str(Path(folder) / "home"), "OMP_NUM_THREADS": str(cores())}
        print(f"{asked.rows:,} rows x {asked.columns} columns, {cores()} threads", flush=True)
        code = f"from tests.benchmarks.scale import child; child({str(file)!r}, {folder!r}, {asked.settings!r})"
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True)
