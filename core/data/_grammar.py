"""The grammar of conditions: text to (column, operator, values), with errors that point at the place."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import SchemaError
from ..words import Message, message

__all__ = ["alternatives", "tests"]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*"|`[^`]*`)
    | (?P<op><=|>=|!=|<>|==|=|<|>)
    | (?P<mark>[(),])
    | (?P<word>[^\s(),=<>!'"`]+)
    )""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_SAME = {"==": "=", "<>": "!="}
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
_LAST_EXACT = 2**53
_MOST = 64  # alternatives

Value = str | float
Parsed = tuple[str, str, tuple[Value, ...]]


class _Token(NamedTuple):
    sort: str
    text: str
    start: int

    def says(self, word: str) -> bool:
        return self.sort == "word" and self.text.lower() == word


def tests(text: str) -> list[Parsed]:
    """The comparisons of a condition, all of which must hold.

    Raises:
        SchemaError: the text is no condition, or one with alternatives.
    """
    parser = _Parser(text)
    found = parser.whole()
    if parser.first_or is not None:
        raise SchemaError("data.condition_or", place=parser.first_or + 1, text=text)
    return found[0]


def alternatives(text: str) -> list[list[Parsed]]:
    """The comparisons of each alternative of a condition; all of one must hold. Brackets are multiplied out.

    Raises:
        SchemaError: the text is no condition, or one of too many alternatives.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens()
        self.at = 0
        self.first_or: int | None = None

    def whole(self) -> list[list[Parsed]]:
        if self.peek().sort == "end":
            return [[]]
        found = self.either()
        if self.peek().sort != "end":
            raise self.error(self.peek(), message("data.expected_word", word="and"))
        return found

    def either(self) -> list[list[Parsed]]:
        found = self.both()
        while self.peek().says("or"):
            token = self.take()
            self.first_or = token.start if self.first_or is None else self.first_or
            found = self._few(found + self.both())
        return found

    def both(self) -> list[list[Parsed]]:
        found = self.item()
        while self.peek().says("and"):
            self.take()
            right = self.item()
            found = self._few([a + b for a in found for b in right])
        return found

    def item(self) -> list[list[Parsed]]:
        if not (self.peek().sort == "mark" and self.peek().text == "("):
            return [self.test()]
        self.take()
        found = self.either()
        self.mark(")")
        return found

    def _few(self, found: list[list[Parsed]]) -> list[list[Parsed]]:
        if len(found) > _MOST:
            raise SchemaError("data.condition_many", text=self.text, most=_MOST)
        return found

    def test(self) -> list[Parsed]:
        column = self.column()
        token = self.take()
        if token.sort == "op":
            return [(column, _SAME.get(token.text, token.text), (self.value(),))]
        if token.says("in"):
            return [(column, "in", self.several())]
        if token.says("not"):
            self.word("in")
            return [(column, "!=", (value,)) for value in self.several()]
        if token.says("between"):
            low = self.value()
            self.word("and")
            return [(column, ">=", (low,)), (column, "<=", (self.value(),))]
        if token.says("is"):
            return [(column, self.presence(), ())]
        raise self.error(token, message("data.expected_comparison"))

    def presence(self) -> str:
        token = self.take()
        if token.says("not"):
            return "is missing" if self.presence() == "is present" else "is present"
        if token.says("missing") or token.says("null"):
            return "is missing"
        if token.says("present"):
            return "is present"
        raise self.error(token, message("data.expected_presence"))

    def column(self) -> str:
        token = self.take()
        if token.sort == "name":
            quote = token.text[0]
            return token.text[1:-1].replace(quote * 2, quote) if quote == '"' else token.text[1:-1]
        if token.sort != "word":
            raise self.error(token, message("data.expected_column"))
        return token.text

    def several(self) -> tuple[Value, ...]:
        self.mark("(")
        values = [self.value()]
        while self.peek().text == "," and self.peek().sort == "mark":
            self.take()
            values.append(self.value())
        self.mark(")")
        return tuple(values)

    def value(self) -> Value:
        token = self.take()
        if token.sort in ("text", "name"):
            quote = token.text[0]
            return token.text[1:-1].replace(quote * 2, quote)
        if token.sort != "word" or token.says("and") or token.says("or"):
            raise self.error(token, message("data.expected_value"))
        if _NUMBER.fullmatch(token.text):
            number = float(token.text)
            # Whole numbers that a float cannot hold stay as written; the column decides what they mean.
            return token.text if abs(number) > _LAST_EXACT and token.text.lstrip("-+").isdigit() else number
        if self.peek().sort == "word" and _CLOCK.fullmatch(self.peek().text):  # 2024-03-01 10:30
            return f"{token.text} {self.take().text}"
        return token.text

    def word(self, expected: str) -> None:
        token = self.take()
        if not token.says(expected):
            raise self.error(token, message("data.expected_word", word=expected))

    def mark(self, expected: str) -> None:
        token = self.take()
        if token.sort != "mark" or token.text != expected:
            raise self.error(token, message("data.expected_word", word=expected))

    def peek(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _tokens(self) -> list[_Token]:
        found, at = [], 0
        end = len(self.text.rstrip())
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                start = at + len(self.text[at:]) - len(self.text[at:].lstrip())
                raise self.error(_Token("", self.text[start], start), message("data.expected_closed_quote"))
            sort = str(match.lastgroup)
            found.append(_Token(sort, match[sort], match.start(sort)))
            at = match.end()
        return [*found, _Token("end", "", end)]

    def error(self, token: _Token, expected: Message) -> SchemaError:
        return SchemaError(
            "data.condition", text=self.text, place=token.start + 1, expected=expected,
            found=message("data.found_word", word=token.text) if token.text else message("data.found_end"),
        )
