"""One verdict for several cases: which ones it touches is seen, and can be changed, before it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.errors import LikenessError
from core.review.team import Team

from ..text import say, tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import Button, Field, Label, Segmented, box, hbox
from .base import Sheet

__all__ = ["BulkSheet", "Candidate"]

Index = QModelIndex | QPersistentModelIndex
_VERDICTS = ("fraud", "normal", "unsure")
_KEY = Qt.ItemDataRole.UserRole
_SHOWN = 8


@dataclass(frozen=True)
class Candidate:
    """A case that the verdict may touch.

    Args:
        key: of the case. words: what it is. note: in what it differs.
        verdict: what was decided about it before, in words; "" when it is open.
    """

    key: str
    words: str
    note: str = ""
    verdict: str = ""


class _Line(QStyledItemDelegate):
    """A box to tick and the words of a case; the style's own line would be another surface."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        room = QRectF(option.rect)
        is_on = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) is Qt.CheckState.Checked
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_HasFocus:
            box(painter, room.adjusted(1, 1, -1, -1), px(6), color("accent_soft"))
        side = px(18)
        square = QRectF(room.left() + px(6), room.center().y() - side / 2, side, side)
        box(painter, square, px(4), color("accent" if is_on else "surface"), color("accent" if is_on else "control"))
        if is_on:
            sign = icon_pixmap("check", px(14), "on_accent", painter.device().devicePixelRatioF())
            painter.drawPixmap(int(square.left() + px(2)), int(square.top() + px(2)), sign)
        painter.setFont(font("body"))
        painter.setPen(color("text" if is_on else "text2"))
        place = room.adjusted(px(34), 0, -px(6), 0)
        words = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, words)
        painter.restore()


class BulkSheet(Sheet):
    """The case on the desk and those like it; open ones are ticked, decided ones are not.

    Args:
        title: of the sheet.
        candidates: the case on the desk first.
        team: words of the verdicts.
        verdict: to begin with.
        act: gives the verdict: keys, verdict, note; may raise LikenessError.
    """

    def __init__(
        self, title: str, candidates: Sequence[Candidate], team: Team, verdict: str,
        act: Callable[[list[str], str, str], object],
    ) -> None:
        super().__init__(title, width=620, icon="review")
        self._act = act
        self.list = QListWidget()
        self.list.setAccessibleName(tr("gui_desk.bulk.list"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(px(32) * min(max(len(candidates), 1), _SHOWN))
        self.list.setItemDelegate(_Line(self.list))
        for candidate in candidates:
            self._add(candidate)
        self.list.itemChanged.connect(lambda _: self._say())
        for key in ("Return", "Enter"):  # a list keeps them for itself
            QShortcut(QKeySequence(key), self.list, self.decide, context=Qt.ShortcutContext.WidgetShortcut)
        self.body.addWidget(self.list)
        self.verdict = Segmented([(v, say(team.of(v))) for v in _VERDICTS], verdict, name=tr("gui_review.your_verdict"))
        self.verdict.chosen.connect(lambda _: self._say())
        self.note = Field(name=tr("gui_desk.bulk.note"), placeholder=tr("gui_review.note_hint"), icon_name="note")
        self.note.returnPressed.connect(self.decide)
        row = hbox(gap=12)
        row.addWidget(self.verdict)
        row.addWidget(self.note, 1)
        self.body.addLayout(row)
        self.preview = Label("", "body", "text2", wrap=True)
        self.body.addWidget(self.preview)
        foot = hbox(gap=8)
        foot.addStretch(1)
        cancel, self.done_button = Button(tr("gui.cancel"), kind="quiet"), Button("", kind="primary")
        cancel.clicked.connect(self.reject)
        self.done_button.clicked.connect(self.decide)
        foot.addWidget(cancel)
        foot.addWidget(self.done_button)
        self.body.addLayout(foot)
        self.setProperty("first", self.list)
        self._say()

    def _add(self, candidate: Candidate) -> None:
        said = candidate.verdict or tr("gui_review.open")
        item = QListWidgetItem(" · ".join(p for p in (candidate.words, said, candidate.note) if p))
        item.setData(_KEY, candidate.key)
        item.setToolTip(item.text())
        item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        item.setCheckState(Qt.CheckState.Unchecked if candidate.verdict else Qt.CheckState.Checked)
        item.setSizeHint(QSize(px(200), px(32)))
        item.setData(Qt.ItemDataRole.UserRole + 1, bool(candidate.verdict))
        self.list.addItem(item)

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(i) for i in range(self.list.count())]

    def keys(self) -> list[str]:
        """The cases that are ticked."""
        return [i.data(_KEY) for i in self._items() if i.checkState() is Qt.CheckState.Checked]

    def _say(self) -> None:
        ticked = self.keys()
        again = sum(bool(i.data(Qt.ItemDataRole.UserRole + 1)) for i in self._items() if i.data(_KEY) in ticked)
        self.preview.setText(tr("gui_desk.bulk.preview" if not again else "gui_desk.bulk.preview_again",
                                n=len(ticked), again=again, left=self.list.count() - len(ticked)))
        self.preview.set_tone("text2")
        self.done_button.setText(tr("gui_desk.bulk.done", n=len(ticked)))
        self.done_button.setEnabled(bool(ticked))

    def decide(self) -> None:
        """Give it; what is refused is told here."""
        if not self.keys():
            return
        try:
            self._act(self.keys(), self.verdict.value(), self.note.text().strip())
        except LikenessError as error:
            self.preview.setText(" ".join(say(m) for m in error.messages))
            self.preview.set_tone("bad")
            return
        self.accept()
