"""Lists installed Node packages by their package.json.

Packages carry further package.json files inside (fixtures, module type markers, sources), so only
the one directly in an installed package's own directory counts: ``node_modules/<name>`` and
``node_modules/@<scope>/<name>`` as Node resolves them (Node.js documentation, "Loading from
node_modules folders"), the same below Debian's ``nodejs`` directories, and programs unpacked or
installed into a directory of their own name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from dunnage.model.cataloger import File
    from dunnage.parsers.package_json import PackageJson

_PROGRAMS = ("usr/share", "usr/lib", "usr/local/share", "usr/local/lib", "opt")
"""Directories that hold one directory for each program."""


def parse(file: File) -> Fact | None:
    """Read one package.json; None if it is not that of an installed package.

    A package.json without name or without version is not a package: nothing can be installed
    from it, and Node uses such files to mark directories.

    Raises:
        InputError: If an installed package's file is not a JSON object.
        LimitError: If it is larger than ``limits.text_bytes``.
    """
    parts = file.path.split("/")[:-1]
    installed = _installed(parts)
    if not installed and not _maybe_program(parts):
        return None
    from dunnage.parsers import package_json

    try:
        told = package_json.parse(file.body.all(file.limits.text_bytes))
    except InputError:
        if installed:
            raise
        return None
    if not told.name or not told.version or not (installed or _program(parts, told)):
        return None
    return Fact(packages=(package_json.package_of(told),))


def _installed(parts: list[str]) -> bool:
    """Tell whether a directory lies where Node looks for packages."""
    above = parts[:-2] if len(parts) > 1 and parts[-2].startswith("@") else parts[:-1]
    if not above or parts[-1].startswith("@"):
        return False
    if above[-1] == "node_modules":
        return True
    # usr/share/nodejs, usr/lib/nodejs and usr/lib/<architecture>/nodejs of Debian's policy for
    # JavaScript packages.
    return above[-1] == "nodejs" and above[0] == "usr" and len(above) <= 4


def _maybe_program(parts: list[str]) -> bool:
    if not parts or "node_modules" in parts or "nodejs" in parts:
        return False
    return "/".join(parts[:-1]) in _PROGRAMS or any(c.isdigit() for c in parts[-1])


def _program(parts: list[str], told: PackageJson) -> bool:
    """Tell whether a directory is named after the program, or after its release."""
    name = told.name.rpartition("/")[2]
    if "/".join(parts[:-1]) in _PROGRAMS and parts[-1] == name:
        return True
    return parts[-1] in {f"{name}-{told.version}", f"{name}-v{told.version}"}


cataloger = Cataloger(parse=parse, version=3, types=("npm",), names=("package.json",))
