"""Finds Java runtimes (JDK or JRE), where no operating system package installed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File

_MAX = 64 * 1024
"""Bytes of the file; a full list of modules takes two thousand."""


def parse(file: File) -> Fact | None:
    """Read one ``release`` file; None if it is not that of a Java runtime.

    Raises:
        InputError: If its version is absurd.
    """
    if file.size > _MAX or file.path.startswith("opt/bitnami/"):
        return None  # Bitnami's images list their runtimes themselves.
    # Imported here: a scan that is answered from the cache needs no parsers.
    from dunnage.parsers import java_release
    from dunnage.parsers._sane_package import sane

    told = java_release.parse(file.body.read(0, _MAX))
    return Fact(packages=(sane(java_release.package_of(told)),)) if told.version else None


cataloger = Cataloger(parse=parse, version=1, types=("generic",), names=("release",), unowned=True)
