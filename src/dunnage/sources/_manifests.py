"""Tells source trees from root file systems by the names of what lies in them."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.io.tables import table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LOCK, MANIFEST, UNREAD = "locks", "manifests", "unread"
_MOST = 2000
"""Names that are looked at to find out what a directory is."""
_SPECIAL = set("*?[")


class Manifests:
    """The table ``data/projects``, ready to be asked."""

    def __init__(self) -> None:
        self._exact: dict[str, list[tuple[str, str]]] = {}
        self._patterns: list[tuple[str, str, str]] = []
        stanzas = dict(table("projects"))
        self.layout: dict[str, list[str]] = stanzas.pop("layout")
        for tool, stanza in stanzas.items():
            for kind in (LOCK, MANIFEST, UNREAD):
                for name in stanza.get(kind, ()):
                    if _SPECIAL & set(name):
                        self._patterns.append((name, tool, kind))
                    else:
                        self._exact.setdefault(name, []).append((tool, kind))
        self._foreign = frozenset((*self.layout["history"], *self.layout["installed"]))
        self.of = lru_cache(maxsize=1024)(self._of)

    def _of(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return the tools a base name belongs to, each with what it is to the tool."""
        found = list(self._exact.get(name, ()))
        found += [(tool, kind) for glob, tool, kind in self._patterns if fnmatchcase(name, glob)]
        return tuple(found)

    def foreign(self, base: str, names: Collection[str]) -> bool:
        """Tell whether a directory holds what was installed, or a history."""
        return base in self._foreign or any(mark in names for mark in self.layout["marks"])

    def locks(self, name: str) -> bool:
        """Tell whether a file of this name is read."""
        return any(kind == LOCK for _, kind in self.of(name))


class Taken(Struct, frozen=True):
    """What a directory is taken for, and why; ``why`` follows the word "because"."""

    project: bool
    why: str


def taken(root: str) -> Taken:
    """Decide by content whether a directory is a source tree or a root file system.

    A package database or what only systems have makes it a root file system; a history, lock file
    or manifest at its top a project. Without either, a lock file one directory below decides.
    """
    kinds = Manifests()
    system = next((p for p in kinds.layout["system"] if os.path.lexists(f"{root}/{p}")), "")
    if system:
        return Taken(project=False, why=f"it has {system}")
    names = inside(root)
    known = sorted(
        (name for name in names if kinds.of(name)), key=lambda n: (not kinds.locks(n), n)
    )
    if known:
        return Taken(project=True, why=f"{known[0]} lies at its top")
    history = sorted(names & set(kinds.layout["history"]))
    if history:
        return Taken(project=True, why=f"{history[0]} lies at its top")
    installed = sorted(
        name
        for name in names
        if name in kinds.layout["installed"]
        or any(fnmatchcase(name, glob) for glob in kinds.layout["packages"])
    )
    if installed:
        return Taken(project=False, why=f"it has {installed[0]} and no lock file")
    for folder in sorted(names):
        locks = sorted(name for name in inside(f"{root}/{folder}") if kinds.locks(name))
        if locks:
            return Taken(project=True, why=f"it has {folder}/{locks[0]}")
    return Taken(project=False, why="there is no lock file or manifest at its top")


def inside(root: str) -> set[str]:
    """Return the names in a directory, as many as are looked at; none if it cannot be read."""
    return set(_names(root))


def _names(root: str) -> Iterator[str]:
    try:
        with os.scandir(root) as entries:
            for entry, _ in zip(entries, range(_MOST), strict=False):
                yield entry.name
    except OSError:
        return
