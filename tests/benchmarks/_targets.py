"""What the circuit and the generator are meant to reach, and whether they do."""

from __future__ import annotations

import math

Target = tuple[str, float]

TARGETS: dict[tuple[str, str], dict[str, Target]] = {
    ("adult", "circuit"): {
        "fit cpu s": ("<=", 20), "kB on disk": ("<=", 3_000), "shapes": (">=", 0.996), "trends": (">=", 0.990),
        "mi error": ("<=", 0.0046), "xgb": (">=", 0.86), "two-sample": ("<=", 0.565), "downstream": (">=", 0.92),
        "dcr share": ("<=", 0.52),
    },
    ("adult", "generator"): {
        "xgb": (">=", 0.875), "two-sample": ("<=", 0.55), "downstream": (">=", 0.92), "dcr share": ("<=", 0.52),
    },
    ("magic", "circuit"): {
        "xgb": (">=", 0.92), "two-sample": ("<=", 0.59), "downstream": (">=", 0.915), "dcr share": ("<=", 0.53),
    },
    ("magic", "generator"): {
        "xgb": (">=", 0.95), "two-sample": ("<=", 0.56), "downstream": (">=", 0.922), "dcr share": ("<=", 0.52),
    },
    ("default", "generator"): {
        "xgb": (">=", 0.70), "two-sample": ("<=", 0.64), "downstream": (">=", 0.76), "dcr share": ("<=", 0.525),
    },
    ("speed", "circuit"): {
        "1 tree, cpu s": ("<=", 5), "defaults, cpu s": ("<=", 20), "2 threads, wall s": ("<=", 12),
        "likelihood, 1 tree": (">=", 100_000), "all cells, 1 tree": (">=", 27_000),
        "sampling, 1 tree": (">=", 380_000),
    },
    ("cells", "circuit"): {"top-1": (">=", 0.78), "top-3": (">=", 0.985)},
    ("swaps, both cells change", "circuit, combination"): {"AUROC": (">=", 0.80), "AP": (">=", 0.40)},
    ("swaps, one at least", "circuit, combination"): {"AUROC": (">=", 0.80), "AP": (">=", 0.40)},
    ("adbench", "circuit"): {"AUROC": (">=", 0.84), "AP": (">=", 0.645)},
    ("200,000 x 15", "circuit"): {"a pass, cpu": ("<=", 7.2), "peak_mb": ("<=", 1_000)},
    ("10,000 x 100", "circuit"): {"a pass, cpu": ("<=", 5.9), "peak_mb": ("<=", 1_000)},
}


def target(where: str, engine: str, figure: str) -> Target | None:
    """What an engine is meant to reach."""
    return TARGETS.get((where, engine), {}).get(figure)


def is_met(wanted: Target, value: float) -> bool:
    """Whether a value reaches it."""
    return value <= wanted[1] if wanted[0] == "<=" else value >= wanted[1]


def verdict(wanted: Target | None, median: float, low: float, high: float) -> str:
    """The target with yes, no, or "within" where seeds lie on both sides of it and the median on the wrong one."""
    if wanted is None or math.isnan(median):
        return ""
    is_within = is_met(wanted, low) or is_met(wanted, high)
    return f"{wanted[0]} {wanted[1]:,} {'yes' if is_met(wanted, median) else 'within' if is_within else 'NO'}"


def shown(value: float) -> str:
    """A figure in as many digits as it deserves."""
    if math.isnan(value):
        return ""
    size = abs(value)
    return f"{value:,.0f}" if size >= 1_000 else f"{value:.1f}" if size >= 100 else (
        f"{value:.4f}" if size < 0.1 else f"{value:.3f}")
