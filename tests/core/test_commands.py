"""The command line: words in, text or JSON out, exit codes, and errors in three lines."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import signal
import subprocess
import sys
import typing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.commands import _app, main
from core.commands.base import Show, grid
from core.tasks.base import TASKS, Request
from core.tasks.fit import FitRequest

from .payments import write_payments

ROOT = Path(__file__).parents[2]


def no_window(_files: list[str]) -> int:
    raise AssertionError("a command opened the window")


@pytest.fixture
def call(capsys):
    """Run a command line in this process: (exit code, stdout, stderr)."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(w) for w in words], no_window)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("commands")
    write_payments(made / "march.csv", rows=300)
    return made


@pytest.fixture(scope="module")
def project(folder) -> str:
    path = str(folder / "march.likeness")
    for command in ("fit", "score"):
        assert main([command, str(folder / "march.csv"), "--project", path], no_window) == 0
    return path


def values_of(request: type[Request]) -> st.SearchStrategy[Request]:
    """Any request of a task, with awkward texts. An empty text is refused, so none is drawn."""
    text = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
    by_type = {
        str: text, int: st.integers(-10, 10**9), float: st.floats(allow_nan=False, width=32), bool: st.booleans(),
        tuple[str, ...]: st.lists(text, max_size=3).map(tuple),
    }
    hints = typing.get_type_hints(request)
    fields = {}
    for field in dataclasses.fields(request):
        hint, args = hints[field.name], typing.get_args(hints[field.name])
        if type(None) in args:
            plain = by_type[next(a for a in args if a is not type(None))]
            fields[field.name] = st.none() | plain
        else:
            fields[field.name] = by_type[hint]
    return st.builds(request, **fields)


def parsed(request: Request) -> Request:
    """The request that the command line makes of another one's words."""
    seen: list[Request] = []
    verb, rest = request.words(), request.arguments()[len(request.words()):]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_app, "execute", lambda made: seen.append(made) or {})
        patch.setattr(_app, "_show_of", lambda _task: Show(lambda _result: []))
        assert _app.main([*verb, *rest]) == 0
    return seen[0]


@pytest.mark.parametrize("task", TASKS.keys())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_request_survives_the_command_line_and_json(task, data):
    """What the window copies as a command is what it ran."""
    request = data.draw(values_of(TASKS.get(task).request))
    assert parsed(request) == request
    assert type(request).from_json(json.loads(json.dumps(request.to_json()))) == request
    assert shlex.split(request.command())[2:] == request.arguments()


def test_help_lists_every_command(call):
    code, out, _ = call("--help")
    assert code == 0
    for key in TASKS.keys():  # noqa: SIM118 - a Registry is no mapping
        assert TASKS.get(key).request.words()[0] in out


@pytest.mark.parametrize("words", [r.request.words() for _, r in TASKS.items()], ids=" ".join)
def test_every_command_explains_itself(call, words):
    code, out, _ = call(*words, "--help")
    assert code == 0
    assert "--json" in out


@pytest.mark.parametrize("words", [
    ["nonsense"], ["fit"], ["fit", "x.csv"], ["fit", "x.csv", "--project"], ["synth", "--rows", "many"],
    ["describe", "x.csv", "--speed", "9"], ["review", "nothing"], ["describe", "a.csv", "b.csv"],
], ids=" ".join)
def test_a_wrong_command_line_is_answered_in_three_lines(call, words):
    code, out, err = call(*words)
    assert code == 2
    assert not out
    assert len(err.strip().splitlines()) == 3
    assert "--help" in err


def test_errors_go_to_stderr_in_three_lines_with_exit_code_2(call, folder):
    code, out, err = call("describe", folder / "none.csv", "--json")
    assert code == 2
    assert not out
    assert len(err.strip().splitlines()) == 3
    assert "none.csv" in err


SHAPES = {
    "describe": {"source", "name", "path", "kind", "rows", "columns", "schema", "options", "notes", "seconds"},
    "fit": {"fit", "model", "seconds", "rows", "columns", "reference", "why"},
    "score": {"rows", "flagged", "threshold", "auroc", "average_precision", "seconds"},
    "synth": {"rows", "seconds", "out", "generator", "why", "two_sample"},
    "models": {"families"},
    "ranked": {"total", "start", "columns", "items"},
    "rows": {"total", "start", "columns", "rows", "index"},
    "explain": {"items"},
    "verify": {"ok", "problems"},
    "review": {"cases", "decided", "length", "head", "out"},
}


@pytest.mark.parametrize("name", SHAPES)
def test_json_is_one_object_with_the_promised_fields(call, folder, project, name):
    file, given = folder / "march.csv", ["--project", project]
    words = {
        "describe": ["describe", file], "fit": ["fit", file, *given], "score": ["score", file, *given],
        "synth": ["synth", *given, "--rows", 20, "--out", folder / "copy.csv"], "models": ["models"],
        "ranked": ["ranked", *given], "rows": ["rows", file, "--count", 3], "explain": ["explain", *given],
        "verify": ["verify", project], "review": ["review", "export", *given, "--out", folder / "case"],
    }[name]
    code, out, _ = call(*words, "--json")
    assert code == 0
    assert len(out.strip().splitlines()) == 1
    assert SHAPES[name] <= set(json.loads(out, parse_constant=lambda c: pytest.fail(f"{c} is no JSON")))


@pytest.mark.parametrize("name", [n for n in SHAPES if n != "review"])
def test_text_is_for_people(call, folder, project, name):
    file, given = folder / "march.csv", ["--project", project]
    words = {
        "describe": ["describe", file], "fit": ["fit", file, *given],
        "score": ["score", file, *given, "--out", folder / "s.csv"],
        "synth": ["synth", *given, "--rows", 20, "--out", folder / "copy.csv"], "models": ["models"],
        "ranked": ["ranked", *given], "rows": ["rows", file, "--count", 3], "explain": ["explain", *given],
        "verify": ["verify", project],
    }[name]
    code, out, _ = call(*words)
    assert code == 0
    assert out.strip()
    assert "commands." not in out, "a key without words"
    assert "{" not in out, "a value without its place"


def test_explain_ends_no_line_where_a_value_should_follow(call, tmp_path):
    file, project = tmp_path / "one.csv", tmp_path / "one.likeness"
    file.write_text("size\n" + "\n".join(str(n % 40) for n in range(120)), "utf-8")
    assert call("describe", file)[1].startswith("one.csv: 120 rows, 1 column, ")
    assert call("fit", file, "--project", project, "--model", "mixture")[0] == 0
    assert call("score", file, "--project", project)[0] == 0
    code, out, _ = call("explain", "--project", project, "--row", 20)
    assert code == 0
    near = [line for line in out.splitlines() if line.startswith("Ordinary and near")]
    assert near
    assert all(line.endswith("no column differs much") for line in near), "rows alike differ in nothing"


def test_verify_exits_with_1_when_a_case_file_was_edited(call, folder, project):
    call("review", "export", "--project", project, "--out", folder / "sealed")
    assert call("verify", folder / "sealed")[0] == 0
    page = folder / "sealed" / "case_file.html"
    page.write_text(page.read_text("utf-8") + " ", "utf-8")
    code, out, _ = call("verify", folder / "sealed")
    assert code == 1
    assert "case_file.html" in out


def test_a_window_that_is_asked_for_gets_its_file(monkeypatch):
    asked: list[list[str]] = []
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    for words in ([], ["open", "march.likeness"]):
        assert main(words, lambda files: asked.append(files) or 0) == 0
    assert asked == [[], ["march.likeness"]]


def test_without_a_display_the_demo_runs_instead(monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    ran: list[list[str]] = []
    monkeypatch.setattr(_app, "main", lambda words: ran.append(words) or 0)
    assert main([], no_window) == 0
    assert ran == [["demo"]]
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert main(["open", "march.likeness"], no_window) == 2


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "main.py", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environment})


def test_main_passes_the_exit_code_on(folder):
    with start("describe", str(folder / "march.csv"), "--json") as done:
        out, _ = done.communicate()
    assert done.returncode == 0
    assert json.loads(out)["rows"] == 300
    with start("describe", str(folder / "none.csv")) as failed:
        _, err = failed.communicate()
    assert failed.returncode == 2
    assert "Traceback" not in err


def test_ctrl_c_ends_a_fit_with_130_and_writes_nothing(folder):
    file = write_payments(folder / "large.csv", rows=40_000)
    path = folder / "stopped.likeness"
    with start("fit", str(file), "--project", str(path), "--model", "mixture", "--set", "passes=10000",
               "--set", "tolerance=0", "--set", "components=40") as running:
        assert running.stderr
        running.stderr.readline()  # it is at work
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert len(err.strip().splitlines()) >= 3
    assert not path.exists()


def test_a_reader_that_goes_away_is_no_error(folder):
    line = f"{shlex.quote(sys.executable)} main.py rows {shlex.quote(str(folder / 'march.csv'))} --count 300 | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_a_table_of_text_stays_in_its_width():
    assert grid([["a", "n"], ["long text", "1"]], right=(1,), width=6) == ["a       n", "long …  1"]


def test_copy_as_command_is_the_documented_line():
    request = FitRequest("my file.csv", project="p.likeness", label="is fraud", ignore=("a", "b"), seed=3)
    assert request.command() == (
        "python main.py fit 'my file.csv' --project p.likeness --label 'is fraud' --ignore a --ignore b --seed 3")
