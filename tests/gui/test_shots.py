"""Pictures of the window are whole pages, and leave no trace in the user's settings."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from gui import shots, state_base
from gui.settings import Settings
from gui.worker import Worker

from .inline import InlineClient


@pytest.fixture
def inline(monkeypatch):
    """Workers without processes for a window this test does not make itself."""

    def make(project, adopt, clients=None, parent=None):
        return Worker(project, adopt, (InlineClient("job"), InlineClient("query")), parent)

    monkeypatch.setattr(state_base, "Worker", make)


def test_takes_the_pictures_of_a_project(user, inline, tmp_path):
    last, before = Settings.load().last, Settings.path().read_bytes()
    made = shots.take(tmp_path / "out", last, pages=("data", "review"), scheme="dark", size=(1280, 720))
    assert [p.name for p in made] == ["data.png", "review.png"]
    images = [QImage(str(p)) for p in made]
    assert all((i.width(), i.height()) == (1280, 720) for i in images)
    assert images[0] != images[1]
    assert Settings.path().read_bytes() == before


def test_says_what_could_not_be_opened(home, inline, tmp_path):
    from core.errors import LikenessError

    with pytest.raises(LikenessError):
        shots.take(tmp_path / "out", tmp_path / "gone.likeness")
