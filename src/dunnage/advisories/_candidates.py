"""Finds under which ecosystem, name and version a package has to be looked up."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.advisories._names import base_of, ecosystem_of, generic, normal, rule_of
from dunnage.io.tables import table
from dunnage.versions._registry import ordering_for_ecosystem, ordering_for_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dunnage.model.package import Package
    from dunnage.model.system import OperatingSystem

SYSTEM_TYPES = frozenset({"deb", "rpm", "apk", "alpm"})
GENERIC = "generic"
_OLD_JAVA = re.compile(r"1\.([0-9]+)\.[0-9]+(?:_0*([0-9]+))?(?:[-+].*)?")
_DEBUG = ("-debuginfo", "-debugsource", "-dbgsym")


class Lookup(Struct, frozen=True):
    """How a package is looked up.

    Attributes:
        ecosystem: With its release; empty if nobody can say.
        name: Name under which advisories speak of it.
        version: Version they compare; empty if the package has none.
    """

    ecosystem: str
    name: str
    version: str


def lookup_of(package: Package, system: OperatingSystem | None) -> Lookup:
    """Return how to look a package up.

    Packages of an operating system belong to its ecosystem and release; whether their source or
    their binary name counts is a fact of the distribution (``data/distros.toml``).
    """
    if package.type == GENERIC:
        return _generic(package)
    if package.type not in SYSTEM_TYPES:
        ecosystem = ecosystem_of(package.type)
        return Lookup(ecosystem, normal(rule_of(ecosystem), package.title), package.version)
    ecosystem = system.ecosystem if system else ""
    if ecosystem and ordering_for_type(package.type) is not ordering_for_ecosystem(ecosystem):
        ecosystem = ""
    if not _by_source(base_of(ecosystem)) or not package.source:
        return Lookup(ecosystem, package.name, package.version)
    version = package.source_version or package.version
    epoch, colon, _ = package.version.partition(":")
    if package.type == "rpm" and colon and ":" not in version:
        # The name of a source rpm leaves out the epoch, which its binary packages inherit.
        version = f"{epoch}:{version}"
    return Lookup(ecosystem, package.source, version)


def _generic(package: Package) -> Lookup:
    """Return how to look up a program that is known by its publisher's name and version.

    Java versions before 9 (``1.8.0_392``) are called ``8.0.392`` in advisories, as JEP 223 writes
    them.
    """
    full = f"{package.namespace}/{package.name}" if package.namespace else package.name
    ecosystem, name = generic(full.lower())
    version = package.version
    if name == "java" and (old := _OLD_JAVA.fullmatch(version)) is not None:
        version = f"{old[1]}.0.{old[2] or 0}"
    return Lookup(ecosystem, name or package.name, version)


def is_debug(package: Package) -> bool:
    """Return True for packages of debugging symbols, which no advisory is about."""
    return package.type in SYSTEM_TYPES and package.name.endswith(_DEBUG)


@cache
def _by_source(base: str) -> bool:
    """Return True if a distribution's advisories name source packages."""
    stanzas: Iterable[Mapping[str, object]] = table("distros").values()
    for stanza in stanzas:
        if base and base_of(str(stanza.get("ecosystem", ""))) == base:
            return stanza.get("match") == "source"
    return True
