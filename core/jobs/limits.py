"""How many threads the libraries below may use; said before they load, since they read it once."""

from __future__ import annotations

import os
import sys

__all__ = ["cores", "limit_threads"]

_TURN = 0.0005  # seconds, for 5 ms: a thread busy in Python kept those with arrays to work on waiting at every step
_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "ARROW_IO")


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def limit_threads(threads: int) -> None:
    """Let no library use more threads; and let those that wait sleep, not spin: other programs need the cores too.

    Threads of this process take turns more often than usual.
    """
    for name in _LIBRARIES:
        os.environ[f"{name}_NUM_THREADS"] = str(threads)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.setswitchinterval(_TURN)
