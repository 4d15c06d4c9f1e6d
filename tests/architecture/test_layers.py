"""Who may import whom. A broken rule here costs every later change."""

from __future__ import annotations

import ast

import pytest

from core.models.base import FAMILIES

from .code import ROOT, Module, _read, calls, modules

CORE = modules("core")
GUI = modules("gui")
HEAVY = ("torch", "sklearn", "sdv", "scipy", "pandas", "pyarrow", "duckdb", "openpyxl", "PIL")
GUI_MAY = (
    "core.errors", "core.words", "core.params", "core.paths", "core.registry", "core.jobs", "core.tasks",
    "core.project", "core.review", "core.detect.threshold", "core.data.schema", "core.data.conditions",
    "core.data.samples", "core.__version__",
)
SIBLINGS = ("detect", "synth", "evaluate", "release", "review")
FAMILY_MAY = (
    "core.models", "core.params", "core.errors", "core.encode", "core.stats", "core.run", "core.words", "core.registry",
    "core.data.batch", "core.data.schema", "core.data.source", "core.data.conditions", "core.data.disjoint",
)


def ids(module: Module) -> str:
    return module.name


@pytest.mark.parametrize("module", CORE, ids=ids)
def test_core_knows_no_window(module):
    assert not module.imports_any("gui", "PySide6", "pyqtgraph")


@pytest.mark.parametrize("module", GUI, ids=ids)
def test_window_never_loads_the_engine(module):
    assert not module.imports_any(*HEAVY)
    core = module.imports_any("core")
    foreign = {i for i in core if i != "core" and not any(i == p or i.startswith(p + ".") for p in GUI_MAY)}
    assert not foreign


@pytest.mark.parametrize("room", SIBLINGS)
def test_siblings_do_not_import_each_other(room):
    others = [f"core.{s}" for s in SIBLINGS if s != room]
    broken = {m.name: m.imports_any(*others, "core.tasks", "core.commands", "core.jobs") for m in CORE
              if m.name.startswith(f"core.{room}")}
    assert not {k: v for k, v in broken.items() if v}


def test_only_tasks_compose_rooms():
    for m in CORE:
        if m.name.split(".")[1:2] and m.name.split(".")[1] not in {"tasks", "commands", "jobs"}:
            assert not m.imports_any("core.tasks", "core.commands", "core.jobs"), m.name


def test_families_stand_alone():
    families = set(FAMILIES.keys())
    siblings = {"generator": "circuit"}  # one engine: the generator's leaves follow more, its sums are the circuit's
    for m in CORE:
        parts = m.name.split(".")
        if parts[:2] != ["core", "models"] or len(parts) < 3 or parts[2] not in families:
            continue
        core = m.imports_any("core") - {"core.data"}
        assert not {i for i in core if not any(i == p or i.startswith(p + ".") for p in FAMILY_MAY)}, m.name
        others = families - {parts[2], siblings.get(parts[2])}
        assert not m.imports_any(*(f"core.models.{f}" for f in others)), m.name


def test_only_data_touches_arrow_and_duckdb():
    for m in CORE:
        if not m.name.startswith("core.data"):
            assert not m.imports_any("pyarrow", "duckdb"), m.name


@pytest.mark.parametrize("module", CORE + GUI, ids=ids)
def test_imports_inside_a_package_are_relative(module):
    own = module.name.split(".")[0]
    absolute = [
        n.module for n in ast.walk(module.tree)
        if isinstance(n, ast.ImportFrom) and not n.level and (n.module or "").split(".")[0] == own
    ]
    assert not absolute


@pytest.mark.parametrize("module", CORE + GUI + modules("resources"), ids=ids)
def test_nothing_runs_code_from_data(module):
    assert not module.imports_any("pickle", "joblib", "marshal", "shelve", "yaml")
    unsafe = [c for c in calls(module, "eval", "exec") if not hasattr(c.func, "attr")]
    assert not unsafe
    for call in calls(module, "run", "Popen", "call", "check_call", "check_output"):
        assert not any(k.arg == "shell" for k in call.keywords)


@pytest.mark.parametrize("module", CORE, ids=ids)
def test_core_prints_only_on_the_command_line(module):
    if not module.name.startswith("core.commands"):
        assert not [c for c in calls(module, "print") if not hasattr(c.func, "attr")]


def test_main_stays_small_and_imports_nothing_at_the_top():
    main = _read(ROOT / "main.py")
    lines = main.path.read_text("utf-8").splitlines()
    assert len(lines) < 60
    assert main.top_imports <= {"__future__", "__future__.annotations", "sys", "multiprocessing"}
