"""A run: what a long calculation is given besides its data (seed, threads, limits) and how it talks back."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np

from .errors import Cancelled
from .words import Message

__all__ = ["Run", "Signal"]

_NAP = 0.05  # seconds between two looks at the signal during a pause


class Signal(Enum):
    """What the user wants of a running calculation."""

    GO = "go"
    STOP_AND_KEEP = "stop and keep"
    PAUSE = "pause"
    CANCEL = "cancel"


def _ignore(_fraction: float, _text: Message | None) -> None:
    """Progress nobody listens to."""


def _drop(_partial: dict[str, Any]) -> None:
    """A partial result nobody listens to."""


def _go() -> Signal:
    return Signal.GO


@dataclass(frozen=True)
class Run:
    """Seed, resources and the two channels of a calculation.

    Args:
        seed: any whole number; every random stream is derived from it with `rng`.
        threads: threads the calculation may use.
        device: "cpu", or "cuda" where a family can use it.
        memory: bytes the calculation may hold beyond its table; 0 = no limit stated.
        reference: whether the scores of the training rows are wanted of a fit: of models that do not rank they are not.
        on_progress: receives (fraction in [0, 1], message or None); fractions never fall.
        on_partial: receives results that are useful before the end (JSON-able).
        get_signal: asked often; returns at once.
    """

    seed: int = 0
    threads: int = 1
    device: str = "cpu"
    memory: int = 0
    reference: bool = True
    on_progress: Callable[[float, Message | None], None] = field(default=_ignore, repr=False)
    on_partial: Callable[[dict[str, Any]], None] = field(default=_drop, repr=False)
    get_signal: Callable[[], Signal] = field(default=_go, repr=False)

    def progress(self, fraction: float, text: Message | None = None) -> None:
        """Report progress; stop here when the user has cancelled, wait here during a pause.

        Raises:
            Cancelled: the user cancelled.
        """
        self.check()
        self.on_progress(min(max(fraction, 0.0), 1.0), text)

    def signal(self) -> Signal:
        """What the user wants now."""
        return self.get_signal()

    def check(self) -> None:
        """Raise `Cancelled` when the user has cancelled, wait during a pause; call it at least every 0.2 s."""
        while (wanted := self.get_signal()) is Signal.PAUSE:
            time.sleep(_NAP)
        if wanted is Signal.CANCEL:
            raise Cancelled

    def part(self, low: float, high: float) -> Run:
        """A run whose progress 0..1 is shown as `low`..`high` of this one."""
        whole = self.on_progress
        return replace(self, on_progress=lambda f, text: whole(low + (high - low) * f, text))

    def rng(self, *names: str) -> np.random.Generator:
        """An independent generator for each purpose: same seed and names, same stream."""
        return np.random.default_rng([self.seed % 2**64, *(zlib.crc32(n.encode()) for n in names)])
