"""The review queue as a list: one line a case, what was decided or why it stands there."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from core.review.queue import Case
from core.review.session import Session

from ..text import say, tr
from ..theme import color, font, icon_pixmap, px
from ..widgets import box, line, pill
from .columns import GridColumn
from .pages_model import Fetch, PagesModel

__all__ = ["VERDICTS", "QueueDelegate", "QueueModel", "QueueView"]

Index = QModelIndex | QPersistentModelIndex
CASE: Final = Qt.ItemDataRole.UserRole

VERDICTS: Final = {"fraud": ("flag", "bad"), "normal": ("okc", "ok"), "unsure": ("unsure", "warn")}
"""Icon and tone of each verdict: never the colour alone."""


class QueueModel(QAbstractListModel):
    """The cases of a session that are shown, in queue order, and behind them the rest of its ranking, page by page.

    Args:
        session: whose queue.
        fetch: asks for rows of the ranking, as items of `ranked`.
    """

    def __init__(self, session: Session, fetch: Fetch) -> None:
        super().__init__()
        self.session = session
        self.rest = Ranking(fetch)
        self.rest.loaded.connect(self._arrived)
        self._read()

    def _read(self) -> None:
        """What every line needs; `is_blind`: nothing may show how unusual a case is."""
        self.shown = self.session.shown
        self.places = {c.key: i for i, c in enumerate(self.shown)}
        self.most = max((c.score for c in self.session.cases), default=1.0) or 1.0
        self.is_blind = self.session.is_blind
        self.behind = self._behind_now()
        ranks = sorted({c.rank for c in self.session.cases}) if self.behind else []
        self._gaps = [rank - at - 1 for at, rank in enumerate(ranks)]
        self.rest.reach(self.behind + len(ranks))

    def _behind_now(self) -> int:
        """Rows behind the cases: none while a place could tell how unusual a row is, or a filter holds."""
        session = self.session
        return 0 if session.is_blind or session.filter.terms else session.behind

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.shown) + self.behind

    def rank_at(self, row: int) -> int:
        """Rank of a row behind the cases: those that are cases are left out."""
        place = row - len(self.shown)
        return place + 1 + bisect_right(self._gaps, place)

    def case(self, row: int) -> Case | None:
        """What stands in a row; None while the page of the ranking that holds it is under way."""
        if row < len(self.shown):
            return self.shown[row]
        found: Case | None = self.rest.record(self.rank_at(row) - 1)
        return found

    def _arrived(self) -> None:
        if self.behind:
            self.dataChanged.emit(self.index(len(self.shown)), self.index(self.rowCount() - 1))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        case = self.case(index.row())
        if role == CASE:
            return case
        if case is None:
            return tr("gui_review.queue.waits") if role == Qt.ItemDataRole.AccessibleTextRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return say(case.title)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            verdict = self.session.state(case.key).verdict
            said = say(self.session.team.of(verdict)) if verdict else tr("gui_review.open")
            if not verdict and not self.is_blind and case.moved > 0:
                said = f"{said}, {tr('gui_learn.places_up', places=case.moved)}"
            return tr("gui_review.queue.row", number=index.row() + 1, title=case.title, verdict=said)
        return None

    def row_of(self, key: str | None) -> int:
        """Place of a case in the queue, -1 when it is not there."""
        return -1 if key is None else self.places.get(key, -1)

    def refresh(self) -> None:
        """Verdicts changed, or rows joined: paint every line again."""
        is_other = list(self.places) != [c.key for c in self.session.shown] or self.behind != self._behind_now()
        if is_other:
            self.beginResetModel()
        self._read()
        if is_other:
            self.endResetModel()
        elif self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))


class Ranking(PagesModel):
    """Rows of the run by rank, as cases, read as they are come to."""

    def __init__(self, fetch: Fetch) -> None:
        super().__init__(fetch, block=50)
        self.set_columns([GridColumn("case", "")])

    def reach(self, rows: int) -> None:
        """So many rows are wanted; pages that are here stay."""
        self.total = rows


class QueueView(QTableView):
    """The queue, one line a case. A table of one column lays a million lines out at once; a list takes a second."""

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(QueueDelegate(self))
        for header in (self.verticalHeader(), self.horizontalHeader()):
            header.hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(px(56))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.currentIndex().isValid() and not self.verticalScrollBar().isSliderDown():
            self.scrollTo(self.currentIndex())


class QueueDelegate(QStyledItemDelegate):
    """Paints a case in two lines: number or verdict sign, title, amount; reason or verdict, score."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(240), px(56))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, case = index.model(), index.data(CASE)
        room = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if case is None:
            self._waiting(painter, room, index.row() + 1)
            painter.restore()
            return
        verdict = model.session.state(case.key).verdict
        is_current = case.key == model.session.position
        if is_current:
            painter.fillRect(room, color("accent_soft"))
            painter.fillRect(QRectF(room.left(), room.top(), px(3), room.height()), color("accent_line"))
        self._sign(painter, room, index.row() + 1, str(verdict) if verdict else None, is_current=is_current)
        inner = room.adjusted(px(40), px(8), -px(14), -px(8))
        top, low = QRectF(inner), QRectF(inner)
        top.setBottom(inner.center().y())
        low.setTop(inner.center().y())
        if option.state & QStyle.StateFlag.State_HasFocus and not is_current:
            box(painter, room.adjusted(px(2), px(2), -px(2), -px(2)), px(4), None, color("accent_line"))
        self._title(painter, top, case, is_open=verdict is None)
        if verdict:
            self._text(painter, low, self._decided(model, case, str(verdict)), VERDICTS[verdict][1], "secondary")
        else:
            self._why(painter, low, case, model)
        line(painter, room.left(), room.bottom() - 0.5, room.right(), room.bottom() - 0.5, color("divider"))
        painter.restore()

    def _waiting(self, painter: QPainter, room: QRectF, number: int) -> None:
        """A line whose page is under way: its number, and where the words will stand."""
        self._sign(painter, room, number, None, is_current=False)
        pill(painter, room.left() + px(40), room.top() + px(16), px(120), px(6), color("sunken"))
        pill(painter, room.left() + px(40), room.top() + px(36), px(80), px(6), color("sunken"))
        line(painter, room.left(), room.bottom() - 0.5, room.right(), room.bottom() - 0.5, color("divider"))

    def _sign(self, painter: QPainter, room: QRectF, number: int, verdict: str | None, *, is_current: bool) -> None:
        if verdict:
            name, tone = VERDICTS[verdict]
            side = px(16)
            ratio = painter.device().devicePixelRatioF()
            picture = icon_pixmap(name, side, tone, ratio)
            painter.drawPixmap(int(room.left() + px(14)), int(room.top() + px(10)), picture)
            return
        place = QRectF(room.left(), room.top() + px(8), px(32), px(20))
        tone = "accent_text" if is_current else "text2"
        self._text(painter, place, f"{number:n}", tone, "strong" if is_current else "body", right=True)

    def _title(self, painter: QPainter, room: QRectF, case: Case, *, is_open: bool) -> None:
        role, tone = ("strong", "text") if is_open else ("body", "text2")
        width = QFontMetricsF(font(role)).horizontalAdvance(case.amount)
        self._text(painter, room, case.amount, tone, role, right=True)
        self._text(painter, room.adjusted(0, 0, -width - px(8), 0), say(case.title), tone, role)

    def _why(self, painter: QPainter, room: QRectF, case: Case, model: QueueModel) -> None:
        """Why it stands there, and how unusual it is, or how far it rose where verdicts order the queue."""
        taken = 0.0
        if not model.is_blind and case.expected is None:
            taken = self._score(painter, room, case.score / model.most)
        elif not model.is_blind and case.moved > 0:
            taken = self._rise(painter, room, case.moved)
        self._text(painter, room.adjusted(0, 0, -taken, 0), case.column or case.subtitle, "text2", "secondary")

    @staticmethod
    def _score(painter: QPainter, room: QRectF, share: float) -> float:
        track = QRectF(room.right() - px(40), room.center().y() - px(2), px(40), px(4))
        pill(painter, track.x(), track.y(), track.width(), track.height(), color("sunken"))
        pill(painter, track.x(), track.y(), max(share, 0.04) * track.width(), track.height(), color("ember_fill"))
        return px(48)

    def _rise(self, painter: QPainter, room: QRectF, places: int) -> float:
        text, side = tr("gui_learn.places", places=places), px(12)
        width = QFontMetricsF(font("secondary_strong")).horizontalAdvance(text)
        self._text(painter, room, text, "accent_text", "secondary_strong", right=True)
        picture = icon_pixmap("up", side, "accent_text", painter.device().devicePixelRatioF())
        left = room.right() - width - side - px(4)
        painter.drawPixmap(int(left), int(room.center().y() - side / 2), picture)
        return room.right() - left + px(8)

    @staticmethod
    def _decided(model: QueueModel, case: Case, verdict: str) -> str:
        team, state = model.session.team, model.session.state(case.key)
        word = say(team.of(verdict))
        said = state.note or ", ".join(say(team.reason(code)) for code in state.reasons)
        return f"{word}: {said}" if said else word

    def _text(
        self, painter: QPainter, room: QRectF, text: str, token: str, role: str, *, right: bool = False,
    ) -> None:
        painter.setFont(font(role))
        painter.setPen(color(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()) + 1)
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
