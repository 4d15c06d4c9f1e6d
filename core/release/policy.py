"""The policy of a release: a JSON file of lines, each a limit on a figure; the file of the house or the standard one.

A line names a metric of an evaluation, or a fact of the draw (`FACTS`), and sets `max` or `min` on it: a number;
"holdout", the same figure of real rows that the model never saw; or, for an attack, "tolerated": the evaluation, which
judges all attacks together, does not call it a leak. `end` says what is held to it: the "value", or the
"low" or "high" end of its 95 % interval; a copy is refused for what is certain, not for what is noise, where the low
end of a risk is. "privacy.*" stands for every privacy metric that no other line names. A line with `"required": false`
advises. `"refinement": "off"` forbids refining: rows chosen by the tables of the training rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import ParameterError
from ..paths import resources

__all__ = ["FACTS", "HOLDOUT", "OTHERS", "TOLERATED", "Line", "Policy", "read_policy"]

VERSION = 2
"""2: refinement. Files of version 1 say nothing about it and allow it."""
_READ = (1, VERSION)
_SHIPPED = "standard"
HOLDOUT, TOLERATED = "holdout", "tolerated"
OTHERS = "privacy.*"
FACTS = ("subjects", "real_values", "rules_kept", "rows_per_training_row", "holdout_rows")
"""What is known of a draw beside its metrics: the least subjects behind any value drawn, ids and personal values that
are real ones, the share of rows that keep all rules, rows by training rows, and rows of the holdout."""
_WORDS = {True: "allowed", False: "off"}
_ENDS = ("value", "low", "high")
_FIELDS = frozenset({"metric", "end", "max", "min", "required"})


@dataclass(frozen=True)
class Line:
    """One limit.

    Args:
        metric: key of a metric or fact, or "privacy.*".
        end: what of the figure is compared: "value", "low" or "high" (ends of its interval).
        max, min: one of both: a number or "holdout"; max may be "tolerated".
        required: whether a copy that misses it is refused.
    """

    metric: str
    end: str = "value"
    max: float | str | None = None
    min: float | str | None = None
    required: bool = True

    @property
    def bound(self) -> str:
        """Which of both it sets: "max" or "min"."""
        return "max" if self.max is not None else "min"

    @property
    def limit(self) -> float | str:
        """What it sets it to."""
        found = self.max if self.max is not None else self.min
        assert found is not None
        return found

    @classmethod
    def from_json(cls, plain: Any) -> Line:
        """The line that a policy file states.

        Raises:
            ValueError: it is no such line; the text says what is wrong.
        """
        name = plain.get("metric") if isinstance(plain, Mapping) else None
        if not name or str(name) != name:
            raise ValueError('each line needs a "metric"')
        if unknown := sorted(set(plain) - _FIELDS):
            raise ValueError(f'"{name}" has an unknown part "{unknown[0]}"')
        limits = [plain[side] for side in ("max", "min") if plain.get(side) is not None]
        words = (HOLDOUT, TOLERATED) if "max" in plain else (HOLDOUT,)
        if len(limits) != 1 or not (limits[0] in words or _is_number(limits[0])):
            raise ValueError(f'"{name}" needs one of "max" and "min": a number, "holdout" or (max) "tolerated"')
        if plain.get("end", "value") not in _ENDS or not isinstance(plain.get("required", True), bool):
            raise ValueError(f'"{name}" has an "end" that is not one of {", ".join(_ENDS)}, or a wrong "required"')
        return cls(**plain)


@dataclass(frozen=True)
class Policy:
    """Lines with a name.

    Args:
        name: of the policy.
        lines: what it asks.
        refinement: whether rows may be chosen by the tables of the training rows.
    """

    name: str
    lines: tuple[Line, ...]
    refinement: bool = True

    @property
    def fingerprint(self) -> str:
        """Hex digest of what it says."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def subjects(self) -> int:
        """Subjects that any value of a copy has to stand for, where it says so; else 0."""
        wanted = [line.limit for line in self.lines if line.metric == "subjects" and line.required]
        return max((int(n) for n in wanted if not isinstance(n, str)), default=0)

    def check(self, metrics: Collection[str]) -> None:
        """Refuse a line about something that is not measured: it would never be missed.

        Args:
            metrics: keys of all metrics there are.

        Raises:
            ParameterError: one is about something else.
        """
        known = {*metrics, *FACTS, OTHERS}
        for line in self.lines:
            if line.metric not in known:
                raise ParameterError("release.policy_metric", metric=line.metric, known=sorted(known))
            if line.metric in FACTS and (isinstance(line.limit, str) or line.end != "value"):
                raise ParameterError("release.policy_fact", metric=line.metric)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object, as a policy file holds it."""
        lines = [{k: v for k, v in asdict(line).items() if v is not None} for line in self.lines]
        return {"version": VERSION, "name": self.name, "refinement": _WORDS[self.refinement], "lines": lines}


def read_policy(path: str | Path | None) -> Policy:
    """The policy of a file, or a shipped one by its name (standard, strict); the standard one without.

    Raises:
        ParameterError: the file is missing, is not JSON, is of a later version, or says something it cannot mean.
    """
    file = _file(path)
    try:
        plain = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ParameterError("release.policy_missing", file=str(file), problem=error.strerror or "") from error
    except ValueError as error:
        raise ParameterError("release.policy_json", file=file.name, problem=str(error)) from error
    if not isinstance(plain, dict) or plain.get("version") not in _READ:
        got = plain.get("version") if isinstance(plain, dict) else None
        raise ParameterError("release.policy_version", file=file.name, got=str(got), known=VERSION)
    try:
        lines = tuple(Line.from_json(line) for line in plain["lines"])
    except KeyError as error:
        raise ParameterError("release.policy_line", file=file.name, problem='there are no "lines"') from error
    except (TypeError, ValueError) as error:
        raise ParameterError("release.policy_line", file=file.name, problem=str(error)) from error
    refinement = plain.get("refinement", _WORDS[True])
    if refinement not in _WORDS.values():
        problem = '"refinement" is neither "allowed" nor "off"'
        raise ParameterError("release.policy_line", file=file.name, problem=problem)
    return Policy(str(plain.get("name") or file.stem), lines, refinement == _WORDS[True])


def _file(path: str | Path | None) -> Path:
    shipped = resources("policies", f"{path or _SHIPPED}.json")
    is_name = path is None or (Path(path).name == str(path) and not Path(path).exists() and shipped.exists())
    return shipped if is_name else Path(str(path))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
