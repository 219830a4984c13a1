"""Makes packages of what their own metadata says, one function for each kind of package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.model.package import Package
from dunnage.parsers import deb822, rpm_header
from dunnage.parsers.rpm_header import Header, Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.parsers.apkdb import Record
    from dunnage.parsers.package_json import PackageJson
    from dunnage.parsers.python_metadata import Metadata

MAX_NAME = 256
"""Characters of a name, a version or an architecture."""


def deb(fields: Mapping[str, str]) -> Package:
    """Return the package of a control paragraph (Debian Policy 5.3).

    Args:
        fields: By lower-case name. ``Source`` is only written where it differs (5.6.1).

    Raises:
        InputError: If name or version is missing or absurd.
    """
    name = fields.get("package", "")
    source, source_version = deb822.source(fields.get("source", ""))
    needs = ", ".join(fields[key] for key in ("pre-depends", "depends") if key in fields)
    return _sane(
        Package(
            type="deb",
            name=name,
            version=fields.get("version", ""),
            arch=fields.get("architecture", ""),
            source=source or name,
            source_version=source_version,
            depends=deb822.relation_names(needs),
            provides=deb822.relation_names(fields.get("provides", "")),
            supplier=fields.get("maintainer", ""),
        )
    )


def rpm(header: Header, *, is_source: bool = False) -> Package:
    """Return the package of an rpm header.

    Args:
        header: Of the package, not of its signature.
        is_source: True for a source package, whose header names the machine it was made on.

    Raises:
        InputError: If a tag is broken, or name or version is missing or absurd.
    """
    name = header.text(Tag.NAME)
    source, source_version = rpm_header.source(header.text(Tag.SOURCERPM))
    license_, modularity = header.text(Tag.LICENSE), header.text(Tag.MODULARITYLABEL)
    # Features of rpm itself and conditions are no names of other packages.
    needs = (text for text in header.texts(Tag.REQUIRENAME) if text[:7] != "rpmlib(")
    return _sane(
        Package(
            type="rpm",
            name=name,
            version=header.version,
            arch="src" if is_source else header.text(Tag.ARCH),
            source=source,
            source_version=source_version,
            licenses=(license_,) if license_ else (),
            depends=tuple(dict.fromkeys(text for text in needs if text and text[0] != "(")),
            provides=tuple(
                text
                for text in dict.fromkeys(header.texts(Tag.PROVIDENAME))
                if text and text != name
            ),
            supplier=header.text(Tag.VENDOR),
            extra=(("modularity", modularity),) if modularity else (),
        )
    )


def apk(record: Record) -> Package:
    """Return the package of an apk record; all packages of one origin have one version.

    Raises:
        InputError: If name or version is missing or absurd.
    """
    return _sane(
        Package(
            type="apk",
            name=record.name,
            version=record.version,
            arch=record.arch,
            source=record.origin,
            source_version=record.version if record.origin else "",
            licenses=(record.license,) if record.license else (),
            depends=record.depends,
            provides=tuple(name for name in record.provides if name != record.name),
            supplier=record.maintainer,
        )
    )


def pypi(told: Metadata) -> Package:
    """Return the package of Python metadata.

    Raises:
        InputError: If name or version is missing or absurd.
    """
    return _sane(
        Package(
            type="pypi",
            name=told.name,
            version=told.version,
            licenses=told.licenses,
            depends=told.requires,
            supplier=told.author,
        )
    )


def npm(told: PackageJson) -> Package:
    """Return the package of a package.json.

    Raises:
        InputError: If name or version is missing or absurd.
    """
    return _sane(
        Package(
            type="npm",
            name=told.name,
            version=told.version,
            licenses=told.licenses,
            depends=told.depends,
            supplier=told.author,
        )
    )


def _sane(package: Package) -> Package:
    """Return the package if its names can be names: none of the formats allows blanks in them."""
    if not package.name or not package.version.strip("-:"):
        missing = "version" if package.name else "name"
        raise InputError(f"the package's metadata says no {missing}", where=package.name[:80])
    words = (package.name, package.version, package.arch, package.source, package.source_version)
    for text in words:
        if len(text) > MAX_NAME or not text.isprintable() or " " in text:
            raise InputError(f"the package's metadata has an absurd name or version: {text[:40]!r}")
    return package
