"""Completes packages after the fold: where they lie, which layer brought them, their names."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from dunnage.indexing._paths import shown
from dunnage.indexing.merge import Key, key_of
from dunnage.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dunnage.indexing.merge import Gone, Placed
    from dunnage.indexing.plan import Plan
    from dunnage.model.image import Layer
    from dunnage.model.package import Package
    from dunnage.model.system import OperatingSystem

Names = dict[tuple[str, str], str]


class Naming:
    """Collects the packages of one inventory.

    Args:
        system: The operating system, or None.
        layers: For the digests in locations.
        plan: For catalogers and the table of distributions.
        since: The layer from which on a package is listed without a break.
    """

    def __init__(
        self,
        system: OperatingSystem | None,
        layers: Sequence[Layer],
        plan: Plan,
        since: Mapping[Key, int],
    ) -> None:
        self._system = system
        self._digests = {layer.index: layer.diff_id or layer.digest for layer in layers}
        self._plan = plan
        self._since = since
        self._found: list[tuple[Package, str]] = []
        self._databases: dict[Key, tuple[int, str]] = {}
        self._distro = _distro(system)

    def add(self, placed: Placed) -> None:
        """Complete and keep the packages of one fact.

        A system package that another database lists too (the same database reached by two
        paths) is one package with two locations.
        """
        fact = placed.fact
        for package in fact.packages:
            key = key_of(package)
            cataloger = self._plan.catalogers[fact.cataloger]
            layer = self._since.get(key, placed.layer) if cataloger.database else placed.layer
            done = self._completed(package, fact.cataloger, fact.path, layer)
            if cataloger.system:
                before = self._databases.setdefault(key, (len(self._found), fact.path))
                if before[1] != fact.path:
                    first, path = self._found[before[0]]
                    both = (*first.locations, *done.locations)
                    self._found[before[0]] = (replace(first, locations=both), path)
                    continue
            self._found.append((done, fact.path))

    def packages(self) -> tuple[tuple[Package, ...], Names]:
        """Return all packages, sorted and with unique refs.

        Returns:
            The packages, and the refs of system packages by cataloger and name.
        """
        self._found.sort(key=lambda item: _order(item[0]))
        purls = [str(package.purl) for package, _ in self._found]
        shared: dict[str, int] = {}
        for purl in purls:
            shared[purl] = shared.get(purl, 0) + 1
        used: set[str] = set()
        names: Names = {}
        packages: list[Package] = []
        for (package, _), purl in zip(self._found, purls, strict=True):
            ref = purl if shared[purl] == 1 else _unique(purl, package.locations[0].path, used)
            used.add(ref)
            packages.append(replace(package, ref=ref))
            names.setdefault((package.found_by, package.name), ref)
        return tuple(packages), names

    def removed(self, gone: Gone) -> Package:
        """Return a package that is listed no more, located in the layer that brought it."""
        package = self._completed(gone.package, gone.cataloger, gone.path, gone.since)
        return replace(package, ref=str(package.purl))

    def _completed(self, package: Package, cataloger: str, path: str, layer: int) -> Package:
        digest = self._digests.get(layer, "")
        locations = tuple(
            replace(location, layer=layer, digest=digest) for location in package.locations
        ) or (Location(shown(path), layer, digest),)
        namespace, qualifiers = package.namespace, package.qualifiers
        if self._plan.catalogers[cataloger].system and self._belongs(package):
            namespace = namespace or (self._system.namespace if self._system else "")
            given = {key for key, _ in qualifiers}
            more = [pair for pair in self._distro if pair[0] not in given]
            qualifiers = tuple(sorted((*qualifiers, *more)))
        return replace(
            package,
            namespace=namespace,
            qualifiers=qualifiers,
            locations=locations,
            found_by=cataloger,
        )

    def _belongs(self, package: Package) -> bool:
        """Tell whether the operating system's own packages are of this package's type."""
        if self._system is None:
            return False
        stanza = self._plan.distros.get(self._system.id)
        kind = stanza.get("type", "") if isinstance(stanza, dict) else ""
        return not kind or kind == package.type


def _distro(system: OperatingSystem | None) -> tuple[tuple[str, str], ...]:
    """Return the qualifier ``distro``, as the purl types deb, rpm and apk define it."""
    if system is None or not system.id:
        return ()
    return (("distro", f"{system.id}-{system.version}" if system.version else system.id),)


def _order(package: Package) -> tuple[str, str, str, str, str]:
    path = package.locations[0].path
    return (package.type, package.name, package.version, path, package.arch)


def _unique(purl: str, path: str, used: set[str]) -> str:
    """Return the purl with a short hash of the path; with a number if even that is shared."""
    data = path.encode("utf-8", "surrogateescape")
    ref = f"{purl}#{hashlib.sha256(data).hexdigest()[:8]}"
    number = 1
    found = ref
    while found in used:
        number += 1
        found = f"{ref}-{number}"
    return found
