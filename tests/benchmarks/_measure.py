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
import json, resource, sys, time
{setup}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
{code}
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({{"seconds": seconds, "peak_mb": peak / 1024, "before_mb": before / 1024}}))
"""


def alone(code: str, setup: str = "pass", repeats: int = 3, env: dict[str, str] | None = None) -> dict[str, float]:
    """Median seconds and peak megabytes of `code`, each repeat in a fresh process; `setup` is not timed."""
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
