"""The folder is the registry: finds the plug-ins of one kind by walking their folder."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TypeVar

T = TypeVar("T")


def names(package: str) -> tuple[str, ...]:
    """Return the public names (kebab case) of all plug-ins of a folder, without importing them.

    Args:
        package: Dotted name of the folder, such as ``dunnage.render``. Files whose name starts
            with an underscore are helpers, not plug-ins.
    """
    folder = import_module(package).__path__[0]
    files = os.listdir(folder)  # noqa: PTH208 - a Path for every file takes ten times as long
    found = (file.removesuffix(".py").replace("_", "-") for file in files if file.endswith(".py"))
    return tuple(sorted(name for name in found if not name.startswith("-")))


def load(package: str, name: str, attribute: str, kind: type[T]) -> T:
    """Import one plug-in and return its attribute.

    Args:
        package: Dotted name of the folder.
        name: Public name, one of ``names(package)``.
        attribute: Name of the attribute every plug-in of this folder has.
        kind: Type the attribute must have.

    Raises:
        KeyError: If there is no such plug-in.
        TypeError: If the plug-in lacks the attribute or it has another type.
    """
    if name not in names(package):
        raise KeyError(name)
    return _loaded(package, name, attribute, kind)


def load_all(package: str, attribute: str, kind: type[T]) -> dict[str, T]:
    """Import every plug-in of a folder and return their attributes by public name, sorted."""
    return {name: _loaded(package, name, attribute, kind) for name in names(package)}


def _loaded(package: str, name: str, attribute: str, kind: type[T]) -> T:
    module = import_module(f"{package}.{name.replace('-', '_')}")
    found = getattr(module, attribute, None)
    if not isinstance(found, kind):
        raise TypeError(f"{module.__name__} has no {attribute!r} of type {kind.__name__}")
    return found
