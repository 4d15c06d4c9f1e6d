"""Plugins: one file, one plugin, no list to edit. The key of a plugin is the name of its file.

families = Registry[type[Family]]("core.models", "FAMILY")
families.keys()          # names of the files, nothing imported
families.get("mixture")  # imports core/models/mixture.py alone and returns its FAMILY
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from typing import Generic, TypeVar, cast

from .errors import ParameterError

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """The plugins of one package: every module that does not start with `_` and is not in `without`.

    Args:
        package: dotted name of the package.
        attribute: the module-level name that holds the plugin, such as "FAMILY".
        without: names of modules of the package that are no plugins (base classes, shared helpers).
    """

    def __init__(self, package: str, attribute: str, without: tuple[str, ...] = ("base",)) -> None:
        self.package = package
        self.attribute = attribute
        self.without = without
        self._known: dict[str, T] = {}

    def keys(self) -> list[str]:
        """Names of all plugins, sorted. Imports the package only."""
        folder = importlib.import_module(self.package).__path__
        names = (m.name for m in pkgutil.iter_modules(folder))
        return sorted(n for n in names if not n.startswith("_") and n not in self.without)

    def get(self, key: str) -> T:
        """The plugin of that name.

        Raises:
            ParameterError: there is none; the message names those there are.
        """
        if key not in self._known:  # a folder is not read again for a plugin that was found before
            if key not in self.keys():
                raise ParameterError("registry.unknown", name=key, known=self.keys(), package=self.package)
            module = importlib.import_module(f"{self.package}.{key}")
            self._known[key] = cast("T", getattr(module, self.attribute))
        return self._known[key]

    def items(self) -> Iterator[tuple[str, T]]:
        """All plugins with their keys; imports every one."""
        for key in self.keys():
            yield key, self.get(key)
