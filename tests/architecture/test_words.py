"""Every sentence has its words: a key without a template would show itself to the user."""

from __future__ import annotations

import ast
import json
import string

import pytest

from core.words import words

from .code import ROOT, Module, modules

FILES = sorted((ROOT / "resources/i18n/en").glob("*.json"))
CODE = modules("core", "gui")
ERRORS = {
    "LikenessError", "DataError", "ReadError", "SchemaError", "ParameterError", "FitError", "ProjectError",
    "ForeignProject", "NewerProject", "DamagedProject", "LeaseHeld", "RefusedError", "JobError",
}
SPEAKERS = {"Message", "message", "tr"}


def said(module: Module, names: set[str]) -> list[tuple[str, int]]:
    """Literal first arguments of calls of these names."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            callee = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if callee in names and isinstance(node.args[0].value, str):
                found.append((node.args[0].value, node.lineno))
    return found


def test_no_key_is_defined_twice():
    seen: dict[str, str] = {}
    for file in FILES:
        pairs = json.loads(file.read_text("utf-8"), object_pairs_hook=lambda p: p)
        for key, _ in pairs:
            assert key not in seen, f"{key} in {file.name} and {seen[key]}"
            seen[key] = file.name


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_templates_parse(file):
    for key, template in json.loads(file.read_text("utf-8")).items():
        fields = [f for _, f, _, _ in string.Formatter().parse(template) if f is not None]
        assert all(f.isidentifier() for f in fields), key


def test_every_error_has_what_why_and_fix():
    known = words().templates
    missing = [
        f"{key}.{part} ({m.name}:{line})"
        for m in CODE for key, line in said(m, ERRORS) for part in ("what", "why", "fix")
        if f"{key}.{part}" not in known
    ]
    assert not missing


def test_every_message_has_its_template():
    known = words().templates
    assert not [f"{k} ({m.name}:{line})" for m in CODE for k, line in said(m, SPEAKERS) if "." in k and k not in known]
