"""What a team settles for a project: its word, its reasons, whether one is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QGridLayout

from core.errors import LikenessError
from core.review.team import MOST, NEEDED, WORDS, Team

from ..text import say, tr
from ..theme import px
from ..widgets import Button, Field, Label, Segmented, hbox, vbox
from .base import Sheet

__all__ = ["TeamSheet"]


class TeamSheet(Sheet):
    """Nine fields for nine keys, the word for what is looked for, and when a reason is needed.

    Args:
        team: as it is.
        act: keeps another; may raise LikenessError.
    """

    def __init__(self, team: Team, act: Callable[[Team], object]) -> None:
        super().__init__(tr("gui_desk.team"), width=560, icon="settings")
        self.team, self._act = team, act
        self.body.addWidget(Label(tr("gui_desk.team.text"), "body", "text2", wrap=True))
        self._add_word()
        self._add_codes()
        self.body.addWidget(Label(tr("gui_desk.team.needed"), "strong"))
        self.needed = Segmented(
            [(n, tr(f"gui_desk.team.needed.{n}")) for n in NEEDED], team.needed, name=tr("gui_desk.team.needed"),
            small=True)
        self.body.addWidget(self.needed)
        self.problem = Label("", "secondary", "bad", wrap=True)
        self.problem.hide()
        self.body.addWidget(self.problem)
        foot = hbox(gap=8)
        foot.addStretch(1)
        cancel, keep = Button(tr("gui.cancel"), kind="quiet"), Button(tr("gui_desk.team.keep"), kind="primary")
        cancel.clicked.connect(self.reject)
        keep.clicked.connect(self.keep)
        foot.addWidget(cancel)
        foot.addWidget(keep)
        self.body.addLayout(foot)
        self.setProperty("first", self.word)

    def _add_word(self) -> None:
        part = vbox(gap=4)
        part.addWidget(Label(tr("gui_desk.team.word"), "strong"))
        row = hbox(gap=8)
        self.word = Field(say(self.team.of("fraud")), name=tr("gui_desk.team.word"))
        row.addWidget(self.word, 1)
        for name in WORDS:
            word = say(Team(name).of("fraud"))
            button = Button(word, small=True, name=tr("gui_desk.team.take", word=word))
            button.clicked.connect(lambda _=False, w=word: self.word.setText(w))
            row.addWidget(button)
        part.addLayout(row)
        self.body.addLayout(part)

    def _add_codes(self) -> None:
        self.body.addWidget(Label(tr("gui_desk.team.codes"), "strong"))
        grid = QGridLayout()
        grid.setSpacing(px(8))
        self.codes: list[Field] = []
        for i in range(MOST):
            text = say(self.team.codes[i].word) if i < len(self.team.codes) else ""
            field = Field(text, name=tr("gui_desk.team.code", place=i + 1), placeholder=str(i + 1))
            self.codes.append(field)
            grid.addWidget(field, i // 3, i % 3)
        self.body.addLayout(grid)

    def made(self) -> Team:
        """The team that stands in the form.

        Raises:
            ParameterError: reasons that cannot be kept.
        """
        known = {say(Team(name).of("fraud")).lower(): name for name in WORDS}
        word = self.word.text().strip() or say(self.team.of("fraud"))
        same = {say(c.word): c.word for c in self.team.codes}
        words = [same.get(f.text().strip(), f.text().strip()) for f in self.codes]
        made = self.team.with_codes(words)
        return replace(made, word=known.get(word.lower(), word), needed=self.needed.value())

    def keep(self) -> None:
        """Keep it; what is refused is told here."""
        try:
            self._act(self.made())
        except LikenessError as error:
            self.problem.setText(" ".join(say(m) for m in error.messages[:2]))
            self.problem.show()
            self.adjustSize()
            return
        self.accept()
