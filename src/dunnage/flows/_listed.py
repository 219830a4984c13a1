"""Completes what was listed instead of found: the distribution a user names, the kinds they want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from dunnage.model.inventory import Inventory
    from dunnage.model.package import Package
    from dunnage.model.system import OperatingSystem

_SYSTEM_TYPES = frozenset({"deb", "rpm", "apk", "alpm"})


def settled(
    inventory: Inventory, system: OperatingSystem | None, types: AbstractSet[str]
) -> Inventory:
    """Return the inventory as the user wants to see it.

    Args:
        inventory: Of an SBOM or a package file.
        system: The distribution the user names, or None to keep what the inventory says. Its
            packages get the namespace and the qualifier ``distro`` unless they have some, as the
            purl types deb, rpm and apk define them.
        types: ``os``, ``library`` or both; packages of other kinds are left out.
    """
    if system is not None:
        inventory = _renamed(replace(inventory, system=system), system)
    if len(types) == 2:
        return inventory
    packages = tuple(package for package in inventory.packages if _kind(package) in types)
    kept = {package.ref for package in packages}
    edges = (
        (ref, tuple(needed for needed in needs if needed in kept))
        for ref, needs in inventory.edges
        if ref in kept
    )
    return replace(
        inventory,
        packages=packages,
        edges=tuple((ref, needs) for ref, needs in edges if needs),
        removed=tuple(gone for gone in inventory.removed if _kind(gone.package) in types),
    )


def _kind(package: Package) -> str:
    return "os" if package.type in _SYSTEM_TYPES else "library"


def _renamed(inventory: Inventory, system: OperatingSystem) -> Inventory:
    """Return the inventory with the packages of a distribution named as its own."""
    from dunnage.io.tables import table

    kind = table("distros").get(system.id, {}).get("type", "")
    names: dict[str, str] = {}
    packages = []
    for package in inventory.packages:
        named = _of(package, system) if package.type == kind else package
        if named is not package and package.ref == str(package.purl):
            # A name that is the package URL follows it; names an SBOM chose stay.
            named = replace(named, ref=str(named.purl))
            names[package.ref] = named.ref
        packages.append(named)
    if not names:
        return replace(inventory, packages=tuple(packages))
    return replace(
        inventory,
        packages=tuple(replace(p, owner=names.get(p.owner, p.owner)) for p in packages),
        edges=tuple(
            (names.get(ref, ref), tuple(sorted(names.get(needed, needed) for needed in needs)))
            for ref, needs in inventory.edges
        ),
    )


def _of(package: Package, system: OperatingSystem) -> Package:
    if package.namespace or any(key == "distro" for key, _ in package.qualifiers):
        return package
    distro = f"{system.id}-{system.version}" if system.version else system.id
    qualifiers = tuple(sorted((*package.qualifiers, ("distro", distro))))
    return replace(package, namespace=system.namespace, qualifiers=qualifiers)
