"""Pictures of the window, drawn by a process of its own: the engine knows no window, and none needs to be on screen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from ..paths import resources
from ..run import Run

__all__ = ["take"]

_LONGEST = 180.0
_LOOK = 0.1


def take(out: Path, project: Path, run: Run) -> tuple[list[str], str | None]:
    """Draw the pages of a project.

    Args:
        out: folder for the pictures.
        project: project file.
        run: for cancelling.

    Returns:
        Paths of the pictures, and why there are none or not all; None when all went well.
    """
    root = resources().parent
    code = "import sys; from gui.shots import take; from pathlib import Path; take(*map(Path, sys.argv[1:]))"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(  # noqa: S603 - our own interpreter on our own module
        [sys.executable, "-c", code, str(out), str(project)], cwd=root, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    ) as drawing:
        problem = _wait(drawing, run)
    pictures = sorted(str(p) for p in out.glob("*.png"))
    return pictures, problem


def _wait(drawing: subprocess.Popen[str], run: Run) -> str | None:
    """Until it has ended, in time; why it failed, as its last line."""
    until = time.monotonic() + _LONGEST
    while True:
        try:
            _, said = drawing.communicate(timeout=_LOOK)
        except subprocess.TimeoutExpired:
            if time.monotonic() > until:
                drawing.kill()
                return f"{_LONGEST:.0f} s"
            try:
                run.check()
            except BaseException:
                drawing.kill()
                raise
            continue
        if drawing.returncode == 0:
            return None
        return (said.strip().splitlines() or [str(drawing.returncode)])[-1]
