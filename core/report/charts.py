"""Plots as inline SVG: coloured by the page's style sheet, described for readers who cannot see them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

__all__ = ["bars", "interval", "meter", "ruler", "stack"]


def bars(
    counts: Sequence[float], label: str, *, flagged_from: int | None = None, ticks: Sequence[tuple[float, str]] = (),
    width: int = 640, height: int = 120, is_log: bool = False,
) -> Markup:
    """A histogram.

    Args:
        counts: height of each bar.
        label: what it shows, in words.
        flagged_from: index of the first bar that is flagged (ember instead of grey).
        ticks: (position in [0, 1], text) under the axis.
        width: in pixels.
        height: in pixels, without the ticks.
        is_log: heights on a log scale, so that a tail of few rows stays visible.
    """
    heights = [math.log1p(c) if is_log else float(c) for c in counts]
    top, step = max(heights, default=0) or 1.0, width / max(len(heights), 1)
    parts = []
    for i, value in enumerate(heights):
        tall = max(value / top * height, 1.5) if value else 0.0
        tone = "flagged" if flagged_from is not None and i >= flagged_from else "ordinary"
        parts.append(_rect(i * step, height - tall, max(step - 1.5, 0.5), tall, tone, radius=1))
    parts.append(Markup('<path class="axis" d="M0 {y:.1f}H{x}"/>').format(y=height + 0.5, x=width))
    for at, text in ticks:
        anchor = "start" if at < 0.05 else "end" if at > 0.95 else "middle"
        parts.append(Markup('<text class="tick" x="{x:.1f}" y="{y}" text-anchor="{a}">{t}</text>').format(
            x=at * width, y=height + 16, a=anchor, t=text))
    return _svg(parts, label, width, height + (20 if ticks else 2))


def ruler(
    value: float, floor: float | None, ceiling: float | None, label: str, *, leak: float | None = None,
    half: float | None = None, bounds: tuple[float, float] | None = None, higher_is_better: bool = True,
    width: int = 420,
) -> Markup:
    """A metric between its references; better is always to the right.

    Args:
        value: the dot.
        floor: independent columns, a thin tick.
        ceiling: holdout, a thick tick.
        label: what it shows, in words.
        leak: training copy, a hollow diamond.
        half: half-copied rows, a small hollow triangle.
        bounds: interval of the value, a band behind the dot.
        higher_is_better: which way the axis runs.
        width: in pixels.
    """
    shown = [x for x in (value, floor, ceiling, leak, half, *(bounds or ())) if x is not None and math.isfinite(x)]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    pad = 0.06 * (high - low) or 0.5

    def at(x: float) -> float:
        share = (x - low + pad) / (high - low + 2 * pad)
        return 6 + (share if higher_is_better else 1 - share) * (width - 12)

    y = 12
    parts = [_rect(0, y - 2, width, 4, "track", radius=2)]
    if floor is not None and math.isfinite(floor):
        ends = sorted((at(floor), at(value)))
        parts.append(_rect(ends[0], y - 2, ends[1] - ends[0], 4, "reach", radius=2))
        parts.append(_rect(at(floor) - 0.75, y - 8, 1.5, 16, "mark"))
    if bounds and all(math.isfinite(b) for b in bounds):
        ends = sorted(at(b) for b in bounds)
        parts.append(_rect(ends[0], y - 4, max(ends[1] - ends[0], 1), 8, "band", radius=2))
    if ceiling is not None and math.isfinite(ceiling):
        parts.append(_rect(at(ceiling) - 1.5, y - 9, 3, 18, "mark", radius=1))
    if leak is not None and math.isfinite(leak):
        parts.append(Markup('<path class="leak" d="M{x:.1f} {a}l5 5-5 5-5-5z"/>').format(x=at(leak), a=y - 5))
    if half is not None and math.isfinite(half):
        parts.append(Markup('<path class="leak" d="M{x:.1f} {a}l4.5 8h-9z"/>').format(x=at(half), a=y - 5))
    parts.append(Markup('<circle class="dot" cx="{x:.1f}" cy="{y}" r="5.5"/>').format(x=at(value), y=y))
    return _svg(parts, label, width, 24)


def interval(value: float, low: float, high: float, label: str, width: int = 160) -> Markup:
    """A share in [0, 1] with its interval."""
    parts = [
        _rect(0, 6, width, 4, "track", radius=2),
        _rect(low * width, 5, max((high - low) * width, 1), 6, "band", radius=2),
        _rect(value * width - 1.5, 2, 3, 12, "mark", radius=1),
    ]
    return _svg(parts, label, width, 16)


def stack(parts: Sequence[tuple[float, str]], label: str, width: int = 640) -> Markup:
    """One bar of parts (amount, tone) side by side, with gaps; what is left over stays track."""
    total = sum(amount for amount, _ in parts) or 1.0
    drawn, x = [_rect(0, 0, width, 10, "track", radius=3)], 0.0
    for amount, tone in parts:
        wide = amount / total * width
        if amount:
            drawn.append(_rect(x, 0, max(wide - 2, 2), 10, tone, radius=3))
        x += wide
    return _svg(drawn, label, width, 10)


def meter(share: float, label: str, *, tone: str = "flagged", width: int = 96) -> Markup:
    """A small bar filled to a share in [0, 1]."""
    filled = min(max(share, 0.0), 1.0) * width
    return _svg([_rect(0, 1, width, 6, "track", radius=3), _rect(0, 1, filled, 6, tone, radius=3)], label, width, 8)


def _rect(x: float, y: float, width: float, height: float, tone: str, *, radius: float = 0) -> Markup:
    return Markup('<rect class="{c}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{r}"/>').format(
        c=tone, x=x, y=y, w=width, h=height, r=radius)


def _svg(parts: Sequence[Markup], label: str, width: int, height: int) -> Markup:
    return Markup(
        '<svg class="plot" role="img" aria-label="{label}" viewBox="0 0 {w} {h}" width="{w}" height="{h}">{body}</svg>'
    ).format(label=label, w=width, h=height, body=Markup("").join(parts))
