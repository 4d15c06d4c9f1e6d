"""Settings of the circuit."""

from __future__ import annotations

from dataclasses import dataclass

from ...params import Params, choice, integer, real

__all__ = ["CircuitParams"]


@dataclass(frozen=True)
class CircuitParams(Params):
    """Settings of the circuit."""

    trees: int = integer(4, low=1, high=64, help="Trees that are mixed.")
    states: int = integer(0, low=0, high=1_024, help="Hidden states per column; 0 chooses by the rows.")
    tree_rows: int = integer(0, low=0, high=100_000_000, help="Most rows a tree learns from; 0 chooses by the rows.")
    passes: int = integer(0, low=0, high=1_000, help="Most passes over the rows, per tree; 0 chooses by the rows.")
    batch: int = integer(0, low=0, high=65_536, help="Rows of a mini-batch; 0 chooses by the rows.")
    patience: int = integer(1, low=1, high=100, help="Passes without a gain on held-out rows before a tree is done.")
    mass: float = real(0.1, low=1e-6, high=1e3, help="Rows in overall shares added to each state's tables.")
    variance: float = real(0.1, low=1e-6, high=10.0, help="Variance that a state of no rows has, in normal scores.")
    blur: float = real(0.3, low=1e-3, high=100.0, help="How much the start is blurred, in rows per row.")
    jitter: float = real(0.3, low=0.0, high=1.0, help="How much the trees' structures differ.")
    smooth: str = choice("auto", "auto", "yes", "no", help="Also learn smooth circuits that rank all-number tables.")
    half: str = choice("auto", "auto", "no", help="Keep parameters in 16 bits where scores do not suffer.")
