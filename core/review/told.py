"""What a case file tells of each case: the case, what was decided, its explanation, and an account of it in words.

A redacted file tells less: ids become pseudonyms made with a key that stays in the project, chosen columns are masked,
free text is left out.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..words import Message, message
from .desk import Desk
from .queue import Case
from .state import CaseState
from .team import Team

__all__ = ["Columns", "Redaction", "Told", "draft", "tell"]

_MASKED: dict[str, str] = {"missing": "masked"}
_HOT = 2.5  # nats above usual from which a cell stands out by itself
_WHY = 5  # cells that an account names at most


@dataclass(frozen=True)
class Columns:
    """Columns with a part in how a case is called: names, "" for none."""

    title: str = ""
    amount: str = ""
    time: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """One case of a case file."""

    case: Case
    state: CaseState
    detail: Mapping[str, Any]

    @property
    def reason(self) -> Message | None:
        """Why it stands there: as explained, since the queue keeps back how unusual the row is as a whole."""
        found = self.detail.get("reason")
        return Message.from_json(found) if found else self.case.reason


def tell(desk: Desk, details: Mapping[str, Mapping[str, Any]]) -> dict[str, Told]:
    """Every case of a queue by its key, in queue order."""
    return {c.key: Told(c, desk.state(c.key), details.get(c.key, {})) for c in desk.cases}


def draft(told: Told, team: Team) -> tuple[Message, ...]:
    """An account of a case: what, who, when, where, why and what was decided, a line each; to be edited."""
    return tuple(_lines(told, team))


def _lines(told: Told, team: Team) -> Iterator[Message]:
    case, state, detail = told.case, told.state, told.detail
    title = case.title or case.key
    yield message("review.account.what", title=title, case=case.key, amount=case.amount) if case.amount else message(
        "review.account.what_bare", title=title, case=case.key)
    entity = detail.get("entity")
    if entity:
        flagged = sum(bool(e["flagged"]) for e in entity["events"])
        yield message("review.account.who", column=entity["column"], value=entity["value"], total=entity["total"],
                      flagged=flagged)
    if case.time:
        yield message("review.account.when", time=case.time)
    if where := _where(case, entity):
        yield message("review.account.where", where=where)
    if told.reason is not None:
        yield message("review.account.why", reason=told.reason)
    for cell in _more(detail):
        yield message("review.account.also", reason=cell)
    if state.verdict:
        codes = [team.reason(c) for c in state.reasons]
        key = "review.account.verdict_why" if codes else "review.account.verdict"
        yield message(key, by=state.by or "?", at=state.at[:16].replace("T", " "), verdict=team.of(state.verdict),
                      codes=codes)


def _where(case: Case, entity: Mapping[str, Any] | None) -> str:
    """What the line below the title says beside key, time and entity."""
    known = {case.key, case.time, *((entity["value"], f"{entity['column']} {entity['value']}") if entity else ())}
    return " · ".join(part for part in case.subtitle.split(" · ") if part and part not in known)


def _more(detail: Mapping[str, Any]) -> Iterator[Message]:
    """The next cells that stand out by themselves; the sentence tells of the first two."""
    for cell in list(detail.get("cells", ()))[2:_WHY]:
        if cell["excess"] >= _HOT and cell.get("reason"):
            yield Message.from_json(cell["reason"])


@dataclass(frozen=True)
class Redaction:
    """What a redacted case file leaves out.

    Args:
        secret: the project's key; the same id has the same pseudonym in every export of this project.
        columns: how cases are called.
        masked: columns whose values are not shown.
    """

    secret: str
    columns: Columns = Columns()
    masked: frozenset[str] = frozenset()

    def pseudonym(self, text: str) -> str:
        """What stands in place of an id: a keyed hash, so that nobody without the key finds it by trying."""
        mark = hmac.new(bytes.fromhex(self.secret), text.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"K-{mark.hexdigest()[:12]}"

    def told(self, told: Told) -> Told:
        """A case without what is hidden."""
        case, hidden = told.case, self.masked | set(self.columns.ids)
        bare = replace(
            case, key=self.pseudonym(case.key), title=self.pseudonym(case.key), subtitle="", row=-1,
            amount="" if self.columns.amount in hidden else case.amount,
            time="" if self.columns.time in hidden else case.time, reason=self._reason(case.reason, hidden))
        state = replace(told.state, note="", why="", narrative="", opinions=())
        detail = {k: v for k, v in told.detail.items() if k not in ("nearest", "entity", "reason")}
        detail["cells"] = [self._cell(c, hidden) for c in told.detail.get("cells", ())]
        if reason := self._reason(told.reason, hidden):
            detail["reason"] = reason.to_json()
        return Told(bare, state, detail)

    def _cell(self, cell: Mapping[str, Any], hidden: Sequence[str] | frozenset[str] | set[str]) -> dict[str, Any]:
        if cell["column"] not in hidden and cell.get("partner") not in hidden:
            return dict(cell)
        value = cell["value"]
        is_id = cell["column"] in self.columns.ids and isinstance(value, str)
        return {
            "column": cell["column"], "value": self.pseudonym(value) if is_id else _MASKED, "excess": cell["excess"],
            "expected": message("review.masked").to_json(),
        }

    def _reason(self, reason: Message | None, hidden: Sequence[str] | frozenset[str] | set[str]) -> Message | None:
        """The sentence; where it names a hidden column, only that it was about that column."""
        if reason is None:
            return None
        values = {k: self._part(v, hidden) for k, v in reason.values.items()}
        named = next((v for v in values.values() if isinstance(v, str) and v in hidden), None)
        return message("review.masked_reason", column=named) if named else Message(reason.key, values)

    def _part(self, value: Any, hidden: Sequence[str] | frozenset[str] | set[str]) -> Any:
        if isinstance(value, Message):
            return self._reason(value, hidden)
        return [self._part(v, hidden) for v in value] if isinstance(value, list | tuple) else value
