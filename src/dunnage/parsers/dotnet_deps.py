"""Reads what a .NET program was built from.

``NAME.deps.json`` lies beside the assemblies (.NET runtime documentation,
"runtime-configuration-file" in ``dotnet/cli``): ``libraries`` names everything that went into the
program with its kind, ``targets`` says for each what it brings at run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError
from dunnage.model.package import Package
from dunnage.parsers._json_values import member, pairs, text
from dunnage.parsers._sane_package import sane
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

MAX_NEEDS = 1000
"""Dependencies of one library."""
_PACK = "runtimepack."
"""A runtime pack is a package whose name is written with this before it."""
_ASSETS = ("runtime", "runtimeTargets", "native", "resources")


class Library(NamedTuple):
    """One entry of ``libraries``.

    Attributes:
        name: Without the mark of a runtime pack.
        version: As written.
        kind: ``package``, ``project``, ``runtimepack``, ``reference`` and others, in lower case.
        present: True if it brings files at run time, or if nobody says what it brings.
        needs: Names of the libraries it depends on.
    """

    name: str
    version: str
    kind: str
    present: bool
    needs: tuple[str, ...]


def parse(data: bytes, limits: Limits) -> Iterator[Library]:
    """Give the libraries of a program.

    Raises:
        InputError: If it is no such file.
        LimitError: If it is too large.
    """
    document = loads(data, limits, where="deps.json")
    libraries = member(document, "libraries")
    if not isinstance(libraries, dict):
        raise InputError("not a list of what a .NET program was built from: no 'libraries'")
    target = _target(document)
    for key, entry in libraries.items():
        name, _, version = key.partition("/")
        brought = member(target, key)
        assets = any(member(brought, asset) for asset in _ASSETS)
        needs = {_plain(text(need)) for need, _ in pairs(member(brought, "dependencies"))}
        yield Library(
            _plain(text(name)),
            text(version),
            text(member(entry, "type")).lower(),
            assets or not isinstance(brought, dict),
            tuple(sorted(needs - {""}))[:MAX_NEEDS],
        )


def _target(document: object) -> object:
    """Return the entries of the target the program runs on; early files have one name for it."""
    targets = member(document, "targets")
    runtime = member(document, "runtimeTarget")
    name = text(runtime) or text(member(runtime, "name"))
    chosen = member(targets, name)
    if isinstance(chosen, dict):
        return chosen
    return next((entries for _, entries in pairs(targets)), None)


def _plain(name: str) -> str:
    return name.removeprefix(_PACK)


def package_of(library: Library) -> Package | None:
    """Return the package of a library, or None if it is none or brings nothing.

    A package that only refers to others, or whose files the shared framework has newer, is listed
    without files; what is then used is the framework. A project is the program's own code: its
    version is that of no published package, so it is left out.

    Raises:
        InputError: If name or version is absurd.
    """
    if library.kind == "project":
        if not library.name:
            return None
        sane(Package(type="nuget", name=library.name, version="0"))
        extra = (("project", "true"),)
        return Package(
            type="nuget", name=library.name, version="", depends=library.needs, extra=extra
        )
    if library.kind not in {"package", "runtimepack"} or not library.present:
        return None
    package = Package(
        type="nuget", name=library.name, version=library.version, depends=library.needs
    )
    return sane(package)
