"""Finds the operating system package that installed the evidence of a library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.indexing._paths import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dunnage.indexing.merge import Placed
    from dunnage.indexing.naming import Names


class Owners:
    """The file lists of one inventory.

    Args:
        found: All facts; those with ``files`` count.
        names: Refs of packages by cataloger and name.
        links: Visible symbolic links, because a list may say ``lib/x`` for ``usr/lib/x``.
    """

    def __init__(self, found: Iterable[Placed], names: Names, links: Mapping[str, str]) -> None:
        self._links = links
        self._folders: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        for placed in found:
            fact = placed.fact
            for name, path in fact.files:
                ref = names.get((fact.cataloger, name))
                if ref:
                    self._owners.setdefault(self._real(path), ref)

    def of(self, path: str) -> str:
        """Return the ref of the package that installed a file, or nothing.

        Args:
            path: Where the evidence lies; in an archive, the archive counts.
        """
        if not self._owners:
            return ""
        return self._owners.get(self._real(path.partition("!/")[0]), "")

    def _real(self, path: str) -> str:
        """Return a path with its directory's links followed; directories are few, so remember."""
        folder, slash, base = path.rpartition("/")
        if not slash:
            return path
        found = self._folders.get(folder)
        if found is None:
            found = resolve(folder, self._links) or folder
            self._folders[folder] = found
        return f"{found}/{base}"
