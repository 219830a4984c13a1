"""Reads the tarballs npm packs and installs.

All files lie in one directory, which npm itself calls ``package``; its ``package.json`` describes
the package (npm documentation, page "package.json"). Other tools give the directory other names,
and npm does not care.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers import package_json
from dunnage.parsers._packed_tar import content
from dunnage.parsers._sane_package import sane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits
    from dunnage.model.package import Package
    from dunnage.parsers.tar import TarWalker

FOLDER = "package"
_NAME = "package.json"
_MODULES = "node_modules"


def package(entries: Iterator[TarWalker], limits: Limits) -> tuple[Package, int] | None:
    """Return the package a tarball holds and how many others it bundles, or None if it is none.

    Args:
        entries: The tarball; read to its end, because the last of several files of one name is
            the one that gets installed.
        limits: ``text_bytes`` is the largest ``package.json``.

    Raises:
        InputError: If it is damaged, or lies in ``package`` and its ``package.json`` is broken.
    """
    top, found, bundled = "", b"", 0
    for entry in entries:
        parts = entry.path.split("/")
        top = top or parts[0]
        if parts[0] != top:
            return None
        if parts[-1] != _NAME:
            continue
        if len(parts) == 2:
            found = content(entry, limits.text_bytes)
        elif _MODULES in {parts[-3], parts[-4] if len(parts) > 4 else ""}:
            bundled += 1
    if not found or (bundled and top != FOLDER):
        return None  # An application with what it needs lies in a directory of its own name.
    try:
        return sane(package_json.package_of(package_json.parse(found))), bundled
    except InputError:
        if top == FOLDER:
            raise
        return None
