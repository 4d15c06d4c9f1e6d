"""The code as data: modules, their imports, their calls."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, its tree, and the absolute names it imports (at any depth of nesting)."""

    name: str
    path: Path
    tree: ast.Module
    imports: frozenset[str]
    top_imports: frozenset[str]

    def imports_any(self, *prefixes: str) -> set[str]:
        """The imports that are one of these packages or lie below one."""
        return {i for i in self.imports if any(i == p or i.startswith(p + ".") for p in prefixes)}


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """All modules of these top-level packages."""
    files = [f for p in packages for f in sorted((ROOT / p).rglob("*.py"))]
    return tuple(_read(f) for f in files)


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    package = name if is_package else name.rpartition(".")[0]
    tree = ast.parse(path.read_text("utf-8"), str(path))
    everything = frozenset(i for node in ast.walk(tree) for i in _imported(node, package))
    top = frozenset(i for node in tree.body for i in _imported(node, package))
    return Module(name, path, tree, everything, top)


def _imported(node: ast.AST, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [a.name for a in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, base] if base else above)
        return [base, *(f"{base}.{a.name}" for a in node.names)]
    return []


def calls(module: Module, *names: str) -> list[ast.Call]:
    """Calls of functions or classes of these names, however they were imported."""
    return [n for n in ast.walk(module.tree) if isinstance(n, ast.Call) and _callee(n.func) in names]


def _callee(func: ast.expr) -> str:
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
