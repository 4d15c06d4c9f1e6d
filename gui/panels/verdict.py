"""The panel beside a case: verdict buttons, reasons, note, what the last verdict was, fraud found so far."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from core.review.events import CaseState
from core.review.queue import Case
from core.review.session import Session
from core.review.team import Team

from ..items.queue_model import VERDICTS
from ..text import say, tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import Button, Chip, Field, FlowRow, Glyph, Label, Switch, box, divider, hbox, line, painter_of, vbox
from ..widgets.paint import Ringed
from .learned import MovedLine

__all__ = ["VerdictPanel"]

_KEYS = {"fraud": "F", "normal": "N", "unsure": "U", "skip": "Space"}
_TINT_MS = 150


class VerdictButton(Ringed, QAbstractButton):
    """Icon tile, word, meaning, key."""

    def __init__(self, verdict: str, word: str) -> None:
        super().__init__()
        self.verdict = verdict
        self.icon_name, self.tone = VERDICTS.get(verdict, ("skip", "text2"))
        self.setText(word)
        self.meaning = tr(f"gui_review.meaning.{verdict}")
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(self.meaning)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(px(56))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._tinted = False

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(56))

    def tint(self) -> None:
        """Answer a key: the colour of the verdict for a moment."""
        self._tinted = True
        self.update()
        QTimer.singleShot(_TINT_MS, self, self._settle)

    def _settle(self) -> None:
        self._tinted = False
        self.update()

    def _soft(self) -> str:
        return f"{self.tone}_soft" if self.verdict in VERDICTS else "sunken"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        pressed = self._tinted or self.isDown()
        over = self.underMouse() and self.isEnabled()
        fill = self._soft() if pressed else "sunken" if over else "surface"
        box(painter, self.rect(), px(6), color(fill), color("outline"))
        tile = QRectF(px(10), px(10), px(36), px(36))
        box(painter, tile, px(6), color(self._soft()))
        side = px(18)
        at = tile.center() - QPointF(side / 2, side / 2)
        painter.drawPixmap(at.toPoint(), icon_pixmap(self.icon_name, side, self.tone, self.devicePixelRatioF()))
        self._words(painter)
        painter.end()

    def _words(self, painter: QPainter) -> None:
        left = px(58)
        painter.setFont(font("strong"))
        painter.setPen(color("text" if self.isEnabled() else "text3"))
        painter.drawText(QPointF(left, px(25)), self.text())
        painter.setFont(font("secondary"))
        painter.setPen(color("text2"))
        painter.drawText(QPointF(left, px(42)), self.meaning)
        key = _KEYS[self.verdict]
        painter.setFont(font("micro_strong"))
        width = max(painter.fontMetrics().horizontalAdvance(key) + px(11), px(20))
        cap = QRectF(self.width() - width - px(12), (self.height() - px(20)) / 2, width, px(20))
        box(painter, cap, px(4), color("sunken"), color("border"))
        painter.setPen(color("text2"))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)


class FoundPlot(QWidget):
    """How many frauds were found after each verdict."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.found: list[int] = []
        self.setAccessibleName(tr("gui_review.found", word=word))
        self.setFixedHeight(px(96))

    def set(self, found: Sequence[int]) -> None:
        """Running count of fraud, one value a verdict."""
        self.found = list(found)
        self.setAccessibleDescription(tr("gui_review.found_after", found=self.found[-1] if found else 0, n=len(found)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_of(self)
        room = QRectF(px(24), px(6), self.width() - px(32), self.height() - px(28))
        line(painter, room.left(), room.bottom(), room.right(), room.bottom(), color("border"))
        painter.setFont(font("micro"))
        painter.setPen(color("text3"))
        most = max([1, *self.found])
        centre = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(0, room.top() - px(8), px(18), px(16)), centre, str(most))
        painter.drawText(QRectF(0, room.bottom() - px(8), px(18), px(16)), centre, "0")
        below = QRectF(room.left(), room.bottom() + px(3), room.width(), px(16))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, tr("gui_review.verdicts", n=len(self.found)))
        path = QPainterPath(QPointF(room.left(), room.bottom()))
        for i, count in enumerate(self.found, 1):
            x = room.left() + room.width() * i / len(self.found)
            path.lineTo(x, path.currentPosition().y())
            path.lineTo(x, room.bottom() - room.height() * count / most)
        painter.setPen(QPen(color("accent_line"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.end()


class VerdictPanel(QWidget):
    """What a person says about the case on the desk.

    Args:
        team: whose words and reasons stand on the buttons.

    Signals:
        decided: fraud, normal, unsure or skip was pressed. note_given: a note was entered. undo_asked, snooze_asked,
        escalate_asked, hide_asked, name_asked: the button of that name was pressed.
    """

    decided = Signal(str)
    note_given = Signal(str)
    undo_asked = Signal()
    snooze_asked = Signal()
    escalate_asked = Signal()
    hide_asked = Signal()
    name_asked = Signal()

    def __init__(self, team: Team | None = None) -> None:
        super().__init__()
        self.team = team or Team()
        column = vbox(self, margin=16, gap=8)
        self._add_head(column)
        self._add_verdicts(column)
        self.opinions = Label("", "body", "text", wrap=True)
        self.opinions.hide()
        column.addWidget(self.opinions)
        column.addWidget(divider())
        self._add_reasons(column)
        column.addWidget(divider())
        self._add_last(column)
        column.addWidget(divider())
        column.addWidget(Label(tr("gui_review.found", word=say(self.team.of("fraud"))), "strong"))
        self.plot = FoundPlot(say(self.team.of("fraud")))
        column.addWidget(self.plot)
        column.addStretch(1)
        self._add_foot(column)

    def _add_head(self, column: QVBoxLayout) -> None:
        row = hbox(gap=8)
        row.addWidget(Label(tr("gui_review.your_verdict"), "section"), 1)
        row.addWidget(Label(tr("gui_desk.hide"), "secondary", "text2"))
        self.hide_score = Switch(tr("gui_desk.hide"))
        self.hide_score.clicked.connect(lambda _=False: self.hide_asked.emit())
        row.addWidget(self.hide_score)
        column.addLayout(row)

    def _add_verdicts(self, column: QVBoxLayout) -> None:
        words = {key: say(self.team.of(key)) for key in VERDICTS} | {"skip": tr("gui_review.verdict.skip")}
        self.buttons = {key: VerdictButton(key, words[key]) for key in _KEYS}
        for key, button in self.buttons.items():
            button.setObjectName(key)
            button.clicked.connect(self._pressed)
            column.addWidget(button)
        row = hbox(gap=8)
        self.snooze = Button(tr("gui_desk.snooze_button"), "clock", small=True, shortcut_hint="S")
        self.escalate = Button(tr("gui_desk.escalate_button"), "up", small=True, shortcut_hint="X")
        self.snooze.clicked.connect(lambda _=False: self.snooze_asked.emit())
        self.escalate.clicked.connect(lambda _=False: self.escalate_asked.emit())
        row.addWidget(self.snooze)
        row.addWidget(self.escalate)
        row.addStretch(1)
        column.addLayout(row)

    def _add_reasons(self, column: QVBoxLayout) -> None:
        head = hbox(gap=8)
        head.addWidget(Label(tr("gui_review.reason"), "strong"), 1)
        self.reason_hint = Label("", "secondary", "text2")
        head.addWidget(self.reason_hint)
        column.addLayout(head)
        chips = QWidget()
        flow = FlowRow(chips, gap=6)
        self.chips = {}
        for i, code in enumerate(self.team.codes, 1):
            self.chips[code.key] = Chip(say(code.word), checkable=True, key=str(i))
            flow.addWidget(self.chips[code.key])
        column.addWidget(chips)
        self.show_needed(on=False)
        self.note = Field(name=tr("gui_review.note"), placeholder=tr("gui_review.note_hint"), icon_name="note", key="E")
        self.note.returnPressed.connect(self._note_entered)
        column.addWidget(self.note)

    def _add_last(self, column: QVBoxLayout) -> None:
        column.addWidget(Label(tr("gui_review.last"), "strong"))
        self.last = Label("", "secondary", "text2", wrap=True)
        column.addWidget(self.last)
        self.moved = MovedLine()
        column.addWidget(self.moved)
        self.undo = Button(tr("gui_review.undo"), "undo", small=True, shortcut_hint="Backspace")
        self.undo.clicked.connect(self.undo_asked)
        self.name = Button("", "user", kind="link", small=True)
        self.name.clicked.connect(lambda _=False: self.name_asked.emit())
        row = hbox()
        row.addWidget(self.undo)
        row.addStretch(1)
        row.addWidget(self.name)
        column.addLayout(row)

    def _add_foot(self, column: QVBoxLayout) -> None:
        self.pace = Label("", "secondary", "text2", wrap=True)
        column.addWidget(self.pace)
        saved = hbox(gap=6)
        saved.addWidget(Glyph("check", 14, "ok"))
        self.saved = Label("", "secondary", "text2", wrap=True)
        saved.addWidget(self.saved, 1)
        column.addLayout(saved)

    def reasons(self) -> tuple[str, ...]:
        """Codes of the ticked reasons."""
        return tuple(code for code, chip in self.chips.items() if chip.isChecked())

    def toggle_reason(self, place: int) -> None:
        """The keys 1, 2, ..."""
        if place <= len(self.team.codes):
            self.chips[self.team.codes[place - 1].key].toggle()
            self.show_needed(on=False)

    def show_needed(self, *, on: bool) -> None:
        """A verdict waits for its reason, or none does."""
        n = len(self.team.codes)
        is_free = self.team.needed == "never"
        hint = tr("gui_review.reason_hint", n=n) if is_free else tr("gui_desk.reason_needed", n=n)
        self.reason_hint.setText(hint if n else "")
        self.reason_hint.set_tone("bad" if on else "text2")

    def show_case(self, session: Session, *, can_write: bool) -> None:
        """Reasons and note of the case on the desk; what was done last; what was found."""
        state = session.state(session.position) if session.position else None
        for code, chip in self.chips.items():
            chip.setChecked(bool(state) and code in state.reasons)
        if not self.note.hasFocus():
            self.note.setText(state.note if state else "")
        is_erased = bool(state) and state.is_erased
        self.note.setPlaceholderText(tr("gui_desk.note_erased" if is_erased else "gui_review.note_hint"))
        able = can_write and state is not None
        for button in (*self.buttons.values(), self.snooze, self.escalate):
            button.setEnabled(able)
        for button in (self.snooze, self.escalate, self.buttons["skip"]):
            button.setEnabled(able and session.view == "first")
        self.undo.setEnabled(session.can_undo and can_write)
        self.hide_score.setChecked(session.is_hidden)
        self.show_needed(on=False)
        self._show_opinions(session)
        self._show_past(session)

    def _show_opinions(self, session: Session) -> None:
        """Both sides of a disagreement, to whoever settles it."""
        said = session.opinions(session.position).opinions if session.position and session.view == "disputes" else ()
        self.opinions.setVisible(bool(said))
        self.opinions.setText("\n".join(
            tr("gui_desk.said_note" if o.note else "gui_desk.said", by=o.by, verdict=self.team.of(str(o.verdict)),
               note=o.note or "") for o in said))

    def _show_past(self, session: Session) -> None:
        decided = sorted(((session.state(c.key), c) for c in session.decided), key=lambda pair: pair[0].number)
        self.plot.set(list(accumulate(int(state.verdict == "fraud") for state, _ in decided)))
        self.saved.setText(tr("gui_review.saved", n=len(decided)))
        self.last.setText(self._last_words(*decided[-1]) if decided else tr("gui_review.none_yet"))
        self.name.setText(tr("gui_desk.by", name=session.reviewer or "?"))
        pace = session.pace
        key = "gui_desk.pace" if pace.each else "gui_desk.pace_none"
        self.pace.setText(tr(key, n=pace.verdicts, hour=round(pace.per_hour)))

    def _last_words(self, state: CaseState, case: Case) -> str:
        return tr("gui_review.last_was", title=case.title, verdict=self.team.of(str(state.verdict)), by=state.by)

    def _pressed(self) -> None:
        self.decided.emit(self.sender().objectName())

    def _note_entered(self) -> None:
        self.note_given.emit(self.note.text().strip())
        self.note.clearFocus()
