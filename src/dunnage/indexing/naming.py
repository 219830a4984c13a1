"""Completes packages after the fold: where they lie, which layer brought them, their names."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.indexing._paths import shown
from dunnage.indexing.merge import Key, key_of
from dunnage.indexing.wire import PACKAGE_FIELDS, package_values
from dunnage.model.location import Location
from dunnage.model.package import Package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from dunnage.indexing.merge import Gone, Placed
    from dunnage.indexing.owners import Owners
    from dunnage.indexing.plan import Plan
    from dunnage.model.image import Layer
    from dunnage.model.system import OperatingSystem

Names = dict[tuple[str, str], str]

_AT = {name: index for index, name in enumerate(PACKAGE_FIELDS)}


class Found(Struct):
    """A package on its way into the inventory; ``package`` has its final purl."""

    package: Package
    path: str
    cataloger: str
    locations: list[Location]
    ref: str = ""

    def order(self) -> tuple[str, str, str, str, str]:
        """Return what packages are sorted by."""
        package = self.package
        path = self.locations[0].path
        return (package.type, package.name, package.version, path, package.arch)

    def complete(self, owner: str = "") -> Package:
        """Return the package with everything filled (``replace`` is four times slower)."""
        values = list(package_values(self.package))
        values[_AT["locations"]] = tuple(self.locations)
        values[_AT["found_by"]] = self.cataloger
        values[_AT["ref"]] = self.ref
        values[_AT["owner"]] = owner
        return Package(*values)


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
        self._found: list[Found] = []
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
                    self._found[before[0]].locations.extend(done.locations)
                    continue
            self._found.append(done)

    def name(self) -> Names:
        """Sort the packages and give them unique refs.

        Returns:
            The refs of packages by cataloger and name.
        """
        self._found.sort(key=Found.order)
        purls = [str(found.package.purl) for found in self._found]
        shared = Counter(purls)
        used: dict[str, int] = {}
        names: Names = {}
        for found, purl in zip(self._found, purls, strict=True):
            found.ref = purl
            if shared[purl] > 1:
                found.ref = _unique(purl, found.locations[0].path, used)
            names.setdefault((found.cataloger, found.package.name), found.ref)
        return names

    def packages(self, owners: Owners, types: AbstractSet[str]) -> tuple[Package, ...]:
        """Return the packages of the wanted types, each with its owner."""
        catalogers = self._plan.catalogers
        packages = []
        for found in self._found:
            system = catalogers[found.cataloger].system
            if ("os" if system else "library") in types:
                owner = "" if system else owners.of(found.locations[0].path)
                if owner and catalogers[found.cataloger].unowned:
                    continue
                packages.append(found.complete(owner))
        return tuple(packages)

    def removed(self, gone: Gone) -> Package:
        """Return a package that is listed no more, located in the layer that brought it."""
        found = self._completed(gone.package, gone.cataloger, gone.path, gone.since)
        found.ref = str(found.package.purl)
        return found.complete()

    def _completed(self, package: Package, cataloger: str, path: str, layer: int) -> Found:
        digest = self._digests.get(layer, "")
        locations = [
            replace(location, path=shown(location.path), layer=layer, digest=digest)
            for location in package.locations
        ] or [Location(shown(path), layer, digest)]
        if self._plan.catalogers[cataloger].system and self._belongs(package):
            namespace = package.namespace or (self._system.namespace if self._system else "")
            given = {key for key, _ in package.qualifiers}
            more = [pair for pair in self._distro if pair[0] not in given]
            qualifiers = tuple(sorted((*package.qualifiers, *more)))
            package = replace(package, namespace=namespace, qualifiers=qualifiers)
        return Found(package, path, cataloger, locations)

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


def _unique(purl: str, path: str, used: dict[str, int]) -> str:
    """Return the purl with a short hash of the path; with a number if even that is shared.

    Args:
        purl: Package URL.
        path: Where the package is.
        used: Every name given so far, with the last number given to it.
    """
    data = path.encode("utf-8", "surrogateescape")
    ref = f"{purl}#{hashlib.sha256(data).hexdigest()[:8]}"
    number = used.get(ref, 0) + 1
    while (found := f"{ref}-{number}" if number > 1 else ref) in used:
        number += 1
    used[found] = 1
    used[ref] = number
    return found
