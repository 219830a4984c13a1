"""Resolves the names packages depend on to the packages of one inventory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from dunnage.model.package import Package

    Find = Callable[[Package, str], str | None]

MAX_EDGES = 2_000_000
"""Edges of one inventory; further ones are left out."""

LEVELS = 100
"""Directories upwards in which the dependencies of a Node package are looked for."""

_SEPARATORS = re.compile(r"[-_.]+")
_GLOBAL = (
    "usr/share/nodejs",
    "usr/lib/nodejs",
    "usr/lib/node_modules",
    "usr/local/lib/node_modules",
)


def edges(
    packages: Sequence[Package], listers: AbstractSet[str] = frozenset()
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the dependency edges, as ``Inventory.edges`` holds them.

    A name that no package of the inventory answers to is left out: it may be optional, or only
    needed while building.

    Args:
        packages: With their refs and locations.
        listers: Names of catalogers whose files list packages together with what each needs, so
            that nothing outside the file answers.
    """
    by_type: dict[str, list[Package]] = {}
    for package in packages:
        kind = _LISTED if package.found_by in listers else package.type
        by_type.setdefault(kind, []).append(package)
    found: list[tuple[str, tuple[str, ...]]] = []
    left = MAX_EDGES
    for kind, members in sorted(by_type.items()):
        make = _FINDERS.get(kind)
        if make is None or not any(package.depends for package in members):
            continue
        find = make(members)
        for package in members:
            refs = {find(package, name) for name in package.depends[:left]}
            left -= min(left, len(package.depends))
            known = tuple(sorted(ref for ref in refs if ref and ref != package.ref))
            if known:
                found.append((package.ref, known))
    return tuple(sorted(found))


def _system(members: list[Package]) -> Find:
    """Names, else provided capabilities; of several architectures the same one first."""
    by_name: dict[str, dict[str, str]] = {}
    for package in members:
        by_name.setdefault(package.name, {}).setdefault(package.arch, package.ref)
    for package in members:
        for capability in package.provides:
            by_name.setdefault(capability, {}).setdefault(package.arch, package.ref)

    def find(package: Package, name: str) -> str | None:
        refs = by_name.get(name)
        if not refs:
            return None
        return refs.get(package.arch) or next(iter(refs.values()))

    return find


def _pypi(members: list[Package]) -> Find:
    """Normalised names (PEP 503), in the same ``site-packages`` first."""
    here: dict[tuple[str, str], str] = {}
    anywhere: dict[str, str] = {}
    for package in members:
        name = _normalised(package.name)
        here.setdefault((_site(package), name), package.ref)
        anywhere.setdefault(name, package.ref)

    def find(package: Package, name: str) -> str | None:
        name = _normalised(name)
        return here.get((_site(package), name)) or anywhere.get(name)

    return find


def _normalised(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()


def _site(package: Package) -> str:
    """Return the directory that holds ``x.dist-info/METADATA`` or ``x.egg-info``."""
    folder = _path(package).rpartition("/")[0]
    return folder if _path(package).endswith(".egg-info") else folder.rpartition("/")[0]


def _path(package: Package) -> str:
    return package.locations[0].path if package.locations else ""


def _npm(members: list[Package]) -> Find:
    """The nearest ``node_modules`` upwards, as Node's module resolution does."""
    holders: dict[str, dict[str, str]] = {}
    for package in members:
        holder, name = _held(_path(package).rpartition("/")[0])
        holders.setdefault(holder, {})[name] = package.ref
    near: dict[str, list[dict[str, str]]] = {}

    def find(package: Package, name: str) -> str | None:
        if package.ref not in near:
            places = _places(_path(package).rpartition("/")[0])
            near[package.ref] = [holders[place] for place in places if place in holders]
        return next((held[name] for held in near[package.ref] if name in held), None)

    return find


def _held(folder: str) -> tuple[str, str]:
    """Return the directory that holds a package's directory, and its name with its scope."""
    holder, _, name = folder.rpartition("/")
    above, _, scope = holder.rpartition("/")
    return (above, f"{scope}/{name}") if scope.startswith("@") else (holder, name)


def _places(folder: str) -> Iterator[str]:
    """Give the directories in which Node looks for packages, the nearest first."""
    home = folder.rpartition("/")[0]
    for _ in range(LEVELS):
        if not folder:
            break
        yield f"{folder}/node_modules"
        folder = folder.rpartition("/")[0]
    yield from ("node_modules", home, *_GLOBAL)


def _in_one_file(members: list[Package]) -> Find:
    """Modules of the same program, or of the same lock file: ``name`` or ``name@version``."""
    at: dict[tuple[str, str], str] = {}
    for package in members:
        at.setdefault((_path(package), package.title), package.ref)
        at.setdefault((_path(package), f"{package.title}@{package.version}"), package.ref)

    def find(package: Package, name: str) -> str | None:
        return at.get((_path(package), name))

    return find


def _in_one_folder(members: list[Package]) -> Find:
    """Packages whose records lie in the same directory, else anywhere (gems that come with Ruby)."""
    here: dict[tuple[str, str], str] = {}
    anywhere: dict[str, str] = {}
    for package in members:
        here.setdefault((_folder(package), package.name), package.ref)
        anywhere.setdefault(package.name, package.ref)

    def find(package: Package, name: str) -> str | None:
        return here.get((_folder(package), name)) or anywhere.get(name)

    return find


def _folder(package: Package) -> str:
    return _path(package).rpartition("/")[0].removesuffix("/default")


_LISTED = "in one file"
_FINDERS: dict[str, Callable[[list[Package]], Find]] = {
    _LISTED: _in_one_file,
    "apk": _system,
    "deb": _system,
    "rpm": _system,
    "pypi": _pypi,
    "npm": _npm,
    "golang": _in_one_file,
    "cargo": _in_one_file,
    "bitnami": _in_one_file,
    "composer": _in_one_file,
    "nuget": _in_one_file,
    "conda": _in_one_folder,
    "gem": _in_one_folder,
}
