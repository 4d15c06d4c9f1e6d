"""Measuring: one call in a process of its own, its wall time and its peak memory; tables as text."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FRAME = """
import json, os, time
def peak():  # of this process alone: getrusage would begin at the size of its parent
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024
{setup}
before = peak()
start, cpu = time.perf_counter(), sum(os.times()[:4])
{code}
seconds, cpu = time.perf_counter() - start, sum(os.times()[:4]) - cpu
print(json.dumps({{"seconds": seconds, "cpu": cpu, "peak_mb": peak(), "before_mb": before}}))
"""


def alone(code: str, setup: str = "pass", repeats: int = 3, env: dict[str, str] | None = None) -> dict[str, float]:
    """Medians over fresh processes: wall and CPU seconds and peak megabytes of `code`; `setup` is not timed."""
    import os

    runs = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, "-c", FRAME.format(setup=setup, code=code)],
            cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False,
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return {key: statistics.median(r[key] for r in runs) for key in runs[0]}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(f"{c:.3f}" if isinstance(c, float) else str(c) for c in row) + " |", flush=True)
