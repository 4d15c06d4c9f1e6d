"""Demo: what it hands over lies together in its folder."""

from __future__ import annotations

from pathlib import Path

from core.commands.demo import SHOW
from core.run import Run
from core.tasks import demo

from .payments import write_payments


def test_everything_the_demo_names_lies_in_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LIKENESS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(demo, "_SAMPLE", (str(write_payments(tmp_path / "payments.csv", 900)),))
    monkeypatch.setattr(demo, "_ROWS", 300)
    out = tmp_path / "out"
    result = demo.run(demo.DemoRequest(out=str(out), screenshots=False), None, Run())
    assert {Path(path).parent for path in result["files"].values()} <= {out, out / "quality"}
    assert all(Path(path).stat().st_size for path in result["files"].values())
    assert str(out / "model_card.html") in "\n".join(SHOW.lines(result))
