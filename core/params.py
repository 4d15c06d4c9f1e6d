"""Parameters: declared once as dataclass fields; that declaration gives the check, its message, the help and the form.

@dataclass(frozen=True)
class MixtureParams(Params):
components: int = integer(0, low=0, high=512, help="Number of components; 0 chooses by BIC.")

MixtureParams.parse(["components=7"])     # from the command line
MixtureParams.describe()                  # for forms and `models --json`
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from .errors import ParameterError

__all__ = ["Params", "Spec", "boolean", "choice", "integer", "real"]


@dataclass(frozen=True)
class Spec:
    """Declared domain of one parameter.

    Args:
        name: field name.
        type: "int", "float", "bool" or "choice".
        default: value when not set.
        help: English sentence; also the catalogue's fallback.
        low, high: inclusive bounds of numbers, or None.
        choices: allowed values of a choice.
    """

    name: str
    type: str
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The domain as it stands in messages: `an int in [1, 512]`."""
        if self.type == "choice":
            return "one of " + ", ".join(self.choices)
        if self.type == "bool":
            return "true or false"
        article = "an int" if self.type == "int" else "a number"
        low = "-inf" if self.low is None else f"{self.low:g}"
        high = "inf" if self.high is None else f"{self.high:g}"
        return f"{article} in [{low}, {high}]"

    def check(self, value: Any) -> Any:
        """The value, when it lies in the domain.

        Raises:
            ParameterError: it does not; the message names the domain and what was given.
        """
        if not self._holds(value):
            raise ParameterError("params.domain", name=self.name, domain=self.domain, got=repr(value))
        return float(value) if self.type == "float" else value

    def _holds(self, value: Any) -> bool:
        if self.type == "choice":
            return value in self.choices
        if self.type == "bool":
            return isinstance(value, bool)
        wanted = int if self.type == "int" else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted) or math.isnan(value):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def parse(self, text: str) -> Any:
        """The value that a text such as `7`, `0.5`, `true` or `full` stands for, checked."""
        try:
            if self.type == "int":
                return self.check(int(text))
            if self.type == "float":
                return self.check(float(text))
        except ValueError:
            raise ParameterError("params.domain", name=self.name, domain=self.domain, got=repr(text)) from None
        if self.type == "bool":
            return self.check({"true": True, "false": False}.get(text.lower(), text))
        return self.check(text)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON object for forms."""
        return {**dataclasses.asdict(self), "domain": self.domain}


def integer(default: int, *, low: int | None = None, high: int | None = None, help: str) -> Any:  # noqa: A002
    """Declare a whole number in [low, high]."""
    return _declare("int", default, help, low=low, high=high)


def real(default: float, *, low: float | None = None, high: float | None = None, help: str) -> Any:  # noqa: A002
    """Declare a number in [low, high]."""
    return _declare("float", default, help, low=low, high=high)


def choice(default: str, *choices: str, help: str) -> Any:  # noqa: A002
    """Declare one of a few names."""
    return _declare("choice", default, help, choices=choices)


def boolean(default: bool, *, help: str) -> Any:  # noqa: A002, FBT001
    """Declare true or false."""
    return _declare("bool", default, help)


def _declare(kind: str, default: Any, text: str, **domain: Any) -> Any:
    return dataclasses.field(default=default, metadata={"type": kind, "help": text, **domain})


@dataclass(frozen=True)
class Params:
    """Base of all parameter sets: frozen dataclasses whose fields are declared with the functions above."""

    def __post_init__(self) -> None:
        for spec in self.describe():
            object.__setattr__(self, spec.name, spec.check(getattr(self, spec.name)))

    @classmethod
    def describe(cls) -> tuple[Spec, ...]:
        """The declared domains, in order."""
        return tuple(Spec(name=f.name, default=f.default, **f.metadata) for f in dataclasses.fields(cls))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """From plain values.

        Raises:
            ParameterError: a name that is not declared, or a value outside its domain.
        """
        known = {s.name for s in cls.describe()}
        for name in data:
            if name not in known:
                raise ParameterError("params.unknown", name=name, known=sorted(known))
        return cls(**data)

    @classmethod
    def parse(cls, settings: Sequence[str]) -> Self:
        """From `name=value` texts of the command line."""
        specs = {s.name: s for s in cls.describe()}
        values = {}
        for setting in settings:
            name, equals, text = setting.partition("=")
            if name not in specs or not equals:
                raise ParameterError("params.unknown", name=setting, known=sorted(specs))
            values[name] = specs[name].parse(text)
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return dataclasses.asdict(self)
