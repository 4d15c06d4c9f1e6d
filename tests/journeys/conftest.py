"""Journeys: a home of their own for each, real workers, pictures, and what the event loop did meanwhile."""

from __future__ import annotations

import faulthandler
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt

from core.paths import resources

from .user import User

LONGEST = 0.3
"""Seconds of computing in the window's thread after which a journey fails. The product's own budget is `heart.BUDGET`;
the room between the two is for slow machines, and for making a page or a project for the first time (80 to 110 ms)."""


ENDLESS = 600
"""Seconds after which a journey is taken to hang: the run ends and says where every thread stands."""
_SCREEN = pytest.StashKey()


def pytest_configure(config) -> None:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        config.stash[_SCREEN] = os.fdopen(os.dup(2), "w")


@pytest.fixture(autouse=True)
def _watched(pytestconfig):
    """A loop that never ends would hold the machine, and no timer of this process would get a turn in it."""
    faulthandler.dump_traceback_later(ENDLESS, exit=True, file=pytestconfig.stash[_SCREEN])
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Nobody was here before."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LIKENESS_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def payments(tmp_path_factory) -> Path:
    """Three thousand card payments."""
    return _payments(tmp_path_factory.mktemp("payments"), 3000)


@pytest.fixture(scope="session")
def few_payments(tmp_path_factory) -> Path:
    """As few as every page still has something to say about."""
    return _payments(tmp_path_factory.mktemp("few"), 800)


def _payments(out: Path, rows: int) -> Path:
    """Made by the sample's own script."""
    make = resources("samples", "card_payments", "make.py")
    subprocess.run([sys.executable, make, "--rows", str(rows), "--seed", "3", "--out", out], check=True)
    return out / "card_payments.csv"


@pytest.fixture
def user(qtbot, tmp_path, request):
    """A person at the window; afterwards the window is closed and its pauses are told."""
    shots = Path(os.environ.get("LIKENESS_SHOTS") or tmp_path / "shots")
    made = User(qtbot, shots, request.node.name.removeprefix("test_").partition("_")[0])
    yield made
    made.heart.end()
    print(f"\n{request.node.name}: longest pause {made.heart.longest}")
    for gap in made.heart.gaps:
        print("  over budget:", gap)
    if made.window is not None:  # the journey failed half way
        made.window.close()
    slow = [str(gap) for gap in made.heart.gaps if gap.cpu > LONGEST]
    assert not slow, f"the window did not answer: {slow}"
