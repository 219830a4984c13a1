"""What is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.purl import Purl

if TYPE_CHECKING:
    from dunnage.model.location import Location


class Package(Struct, frozen=True):
    """One installed package, as its own metadata describes it.

    A cataloger fills what the file says. ``namespace`` and ``qualifiers`` of operating system
    packages, ``locations``, ``owner`` and ``ref`` are filled when layers have been folded.

    Attributes:
        type: Package URL type: ``deb``, ``rpm``, ``apk``, ``pypi``, ``npm``, ``golang``,
            ``maven``, ``cargo``.
        name: Name as the package says it; a Maven package's artifact id, a scoped npm package's
            name with its scope (``@babel/core``), a Composer package's name with its vendor, a Go
            module's whole path.
        version: Full version as its ordering reads it (rpm: ``[epoch:]version-release``).
        namespace: Package URL namespace; a Maven package's group id.
        arch: Architecture, or empty.
        source: Source package name (deb source, rpm source, apk origin), or empty.
        source_version: Version of the source package, or empty when it is ``version``.
        licenses: Licence expressions or names as written.
        depends: Names (or capabilities) this package needs, as written, without version ranges.
        provides: Names (or capabilities) it offers besides its own name.
        hashes: Pairs of algorithm (``sha-256``, ``sha-1``, ``md5``, ``sha-512``) and hex digest
            of the package archive itself; empty where only files are hashed.
        supplier: Vendor, maintainer or author as written.
        qualifiers: Further package URL qualifiers, sorted by key.
        extra: Further facts as key and value, sorted by key (``modularity``, ``main-module``;
            of a project ``scope`` ``dev`` for what only development needs, ``direct`` ``true``
            for what the project names itself).
        found_by: Name of the cataloger.
        locations: Where the evidence lies; the first is the primary one.
        owner: ``ref`` of the operating system package that installed the evidence, or empty.
        ref: Unique name within one inventory.
    """

    type: str
    name: str
    version: str
    namespace: str = ""
    arch: str = ""
    source: str = ""
    source_version: str = ""
    licenses: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    supplier: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    found_by: str = ""
    locations: tuple[Location, ...] = ()
    owner: str = ""
    ref: str = ""

    @property
    def purl(self) -> Purl:
        """Return the package URL; architecture and an rpm epoch become qualifiers."""
        qualifiers = self.qualifiers
        if self.arch:
            qualifiers = tuple(sorted((*qualifiers, ("arch", self.arch))))
        namespace, name, version = self.namespace, self.name, self.version
        if self.type == "rpm" and ":" in version:
            # The purl specification keeps the epoch of an rpm out of its version.
            epoch, _, version = version.partition(":")
            qualifiers = tuple(sorted((*qualifiers, ("epoch", epoch))))
        if self.type in {"npm", "golang", "composer"} and not namespace and "/" in name:
            namespace, _, name = name.rpartition("/")
        return Purl(self.type, namespace, name, version, qualifiers)

    @property
    def title(self) -> str:
        """Return the name a person knows it by (``group:artifact`` for Maven)."""
        if self.type == "maven" and self.namespace:
            return f"{self.namespace}:{self.name}"
        return self.name


class RemovedPackage(Struct, frozen=True):
    """A package that one layer brought and a later one took away.

    Attributes:
        package: The package, with the layer that brought it in its first location.
        removed_in: Index of the layer that removed it.
    """

    package: Package
    removed_in: int
