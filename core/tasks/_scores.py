"""The parts of scoring a file: how well scores rank a known label, why rows are flagged, and the files that say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.schema import Role
from ..run import Run
from ..words import message, words
from ._broken import BrokenRules, with_rules

if TYPE_CHECKING:
    from ..data.source import Source
    from ..detect.reasons import Reason
    from ..detect.scores import RunScores
    from ..models.base import Fitted
    from ..models.bundle import Bundle

__all__ = ["FlaggedRows", "judged", "part_apart", "told_apart", "write_cells", "write_scores"]

_EXPLAINED = 10_000
"""Flagged rows that get a reason in a scores file, most unusual first."""
_PAGE = 256
_TOLD = 3  # cells a headline may speak of: the first, its partner, and another that stands out
_READ = 100_000
"""Rows up to which unusual values are told from unusual combinations: about a second for every ten thousand."""


def judged(bundle: Bundle, source: Source, scores: RunScores, run: Run) -> dict[str, Any]:
    """AUROC and average precision against the label, where there is one, beside the AUROC of every part."""
    from ..detect.labels import read_labels
    from ..stats.ranking import auroc, average_precision

    names = bundle.schema.with_role(Role.LABEL)
    found = read_labels(source.take(np.arange(source.rows), names[:1])[names[0]]) if names else None
    if found is None or not found.anomalous.any() or found.anomalous[found.known].all():
        return {}
    label, known = found.anomalous[found.known], found.known
    out = {
        "auroc": auroc(label, scores.score[known]), "average_precision": average_precision(label, scores.score[known]),
    }
    parts = {key: auroc(label, _by_part(bundle, key, source, scores, run)[known]) for key in bundle.parts}
    return {**out, "parts_auroc": parts}


def told_apart(bundle: Bundle, source: Source, scores: RunScores, run: Run) -> RunScores:
    """The scores with both readings, where a part has them, and with that of the context, where there is one."""
    from ..detect.context import read_context
    from ..detect.scores import read_apart

    if source.rows > _READ:
        return scores
    parts = [bundle.parts[bundle.duties[duty]] for duty in ("draws", "explains") if duty in bundle.duties]
    scores = replace(scores, context=read_context(parts, source, bundle.schema.with_role(Role.CONTEXT), run))
    part = part_apart(bundle, source)
    if part is None:
        return scores
    value, combination = read_apart(part, source, run)
    return replace(scores, value=value, combination=combination)


def part_apart(bundle: Bundle, source: Source) -> Fitted | None:
    """The part that has both readings: the circuit where there is one, which counts only what does not go together."""
    from ..detect.scores import tells_apart

    keys = [bundle.duties[duty] for duty in ("draws", "ranks", "explains") if duty in bundle.duties]
    parts = (bundle.parts[key] for key in dict.fromkeys(keys))
    return next((part for part in parts if tells_apart(part, source)), None)


def _by_part(bundle: Bundle, key: str, source: Source, scores: RunScores, run: Run) -> NDArray[np.float64]:
    """(n,) scores of one part: those of the run where it ranks, else its own, each without the row itself."""
    if bundle.duties["ranks"] == key:
        return scores.score
    from ..models.scoring import score_rows

    part = bundle.parts[key]
    run.progress(0.0, message("tasks.yardstick"))
    out = score_rows(part, source, run)
    if scores.in_sample.any() and len(part.reference) == len(bundle.train_index):
        out[bundle.train_index] = part.reference
    return out


@dataclass(frozen=True, eq=False)
class FlaggedRows:
    """Flagged rows, most unusual first, with their cells as reasons.

    Args:
        rows: positions in the source.
        flagged: (n,) all flagged rows.
        reasons: for each of `rows` its cells, most surprising first: all, or as many as a sentence may speak of.
    """

    rows: NDArray[np.int64]
    flagged: NDArray[np.bool_]
    reasons: list[list[Reason]]

    @classmethod
    def of(
        cls, bundle: Bundle, source: Source, scores: RunScores, flagged: NDArray[np.bool_], run: Run, *,
        all_cells: bool,
    ) -> FlaggedRows:
        """Ask the explaining part about every flagged row. Putting all cells into words takes most of the time."""
        from ._reasons import reasons_of

        rows = np.flatnonzero(flagged)
        rows = rows[np.argsort(scores.rank[rows])][:_EXPLAINED].astype(np.int64)
        found: list[list[Reason]] = []
        for start in range(0, len(rows), _PAGE):
            run.progress(start / len(rows), message("tasks.reasons", done=start, rows=len(rows)))
            page = rows[start : start + _PAGE]
            top = None if all_cells else _TOLD
            found += reasons_of(bundle, source, page, scores.score[page], top=top, with_given=False)
        return cls(rows, flagged, found)


def write_scores(
    path: str | None, scores: RunScores, flagged: FlaggedRows, broken: BrokenRules, run: Run
) -> None:
    """One line per row, in the order of the file: row, score, p_value, rank, flagged, reason, in_sample.

    Rows that break a rule of the table say so, flagged or not.
    """
    from ..data.write import write_columns
    from ..detect.reasons import headline

    if path is None:
        return
    told = words()
    reason = np.full(len(scores.score), "", dtype=object)
    reason[flagged.rows] = [told.text(headline(found)) for found in flagged.reasons]
    dirty = np.unique(np.concatenate([*broken.rows(run), np.zeros(0, dtype=np.int64)]))
    reason[dirty] = [with_rules(reason[row], rules) for row, rules in zip(dirty, broken.of(dirty), strict=True)]
    write_columns(path, {
        "row": np.arange(len(scores.score), dtype=np.int64), "score": scores.score, "p_value": scores.p_value,
        "rank": scores.rank, "flagged": flagged.flagged, "reason": reason,
        "in_sample": scores.in_sample.astype(bool),
    }, run)


def write_cells(path: str | None, flagged: FlaggedRows, run: Run) -> None:
    """One line per cell of the flagged rows, most surprising cells of each row first."""
    from ..data.write import write_columns

    if path is None:
        return
    told = words()
    pairs = [(row, r) for row, found in zip(flagged.rows.tolist(), flagged.reasons, strict=True) for r in found]
    write_columns(path, {
        "row": np.array([row for row, _ in pairs], dtype=np.int64), "column": [r.column for _, r in pairs],
        "value": [_text(told, r.value) for _, r in pairs],
        "surprise": np.array([r.surprise for _, r in pairs], dtype=np.float64),
        "excess": np.array([r.excess for _, r in pairs], dtype=np.float64),
        "expected": [told.text(r.expected_text) for _, r in pairs],
    }, run)


def _text(told: Any, value: Any) -> str:
    return value if isinstance(value, str) else str(told.text(value))
