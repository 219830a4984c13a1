"""Refuses packages whose metadata names them absurdly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from dunnage.model.package import Package

MAX_NAME = 256
"""Characters of a name, a version or an architecture."""


def sane(package: Package) -> Package:
    """Return the package if its names can be names: none of the formats allows blanks in them.

    Raises:
        InputError: If name or version is missing or absurd.
    """
    if not package.name or not package.version.strip("-:"):
        missing = "version" if package.name else "name"
        raise InputError(f"the package's metadata says no {missing}", where=package.name[:80])
    words = (package.name, package.version, package.arch, package.source, package.source_version)
    for text in words:
        if len(text) > MAX_NAME or not text.isprintable() or " " in text:
            raise InputError(f"the package's metadata has an absurd name or version: {text[:40]!r}")
    return package
