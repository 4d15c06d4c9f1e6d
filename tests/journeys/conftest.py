"""Journeys: a home of their own for each, real workers, pictures, and what the event loop did meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt

from core.paths import resources

from .user import User


def pytest_configure() -> None:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Nobody was here before."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LIKENESS_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def payments(tmp_path_factory) -> Path:
    """Three thousand card payments, made by the sample's own script."""
    out = tmp_path_factory.mktemp("payments")
    make = resources("samples", "card_payments", "make.py")
    subprocess.run([sys.executable, make, "--rows", "3000", "--seed", "3", "--out", out], check=True)
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
