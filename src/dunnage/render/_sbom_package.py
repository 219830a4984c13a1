"""What several SBOM formats say of a package: its source, its supplier, its CPEs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.purl import Purl
from dunnage.render._sarif_text import clean

if TYPE_CHECKING:
    from dunnage.model.image import Image
    from dunnage.model.package import Package
    from dunnage.model.report import Subject

SYSTEM_TYPES = frozenset({"apk", "deb", "rpm"})
_ADDRESS = re.compile(r"([^<>]+?)\s*<([^\s<>@()]+@[^\s<>@()]+)>\Z")
_SEVERAL = re.compile(
    r"\b(?:association|authors|community|company|consortium|contributors|corp|corporation|"
    r"developers|foundation|gmbh|google|group|inc|labs|llc|ltd|maintainers|microsoft|"
    r"organi[sz]ation|packagers|project|services|software|systems|team|technologies)\b",
    re.IGNORECASE,
)
_CPE = re.compile(r"cpe:2\.3:[aho*-](?::(?:[A-Za-z0-9_.*?-]|\\[!-~])+){10}\Z")


class Supplier(NamedTuple):
    """Who supplies a package.

    Attributes:
        name: One line, never empty.
        address: Mail address, or empty.
        organization: True for a company, team or distribution, False for a person.
    """

    name: str
    address: str = ""
    organization: bool = False


def supplier(package: Package, subject: Subject) -> Supplier | None:
    """Return who supplies a package, or None if nobody is named.

    A package of the distribution without a name of its own is supplied by the distribution. The
    vendor of an rpm package is an organization (tag ``Vendor``); elsewhere metadata does not say
    whether a name is a person's, and the words in it decide.
    """
    written = clean(package.supplier, 300).strip()
    if not written:
        os = subject.inventory.system
        named = clean((os.name or os.id) if os else "", 300).strip()
        told = package.type in SYSTEM_TYPES and named
        return Supplier(named, organization=True) if told else None
    found = _named(written)
    return found._replace(organization=True) if package.type == "rpm" else found


def image_supplier(image: Image) -> Supplier | None:
    """Return who supplies an image, or None if its labels do not say.

    The labels are ``vendor`` and ``authors`` of the OCI image specification ("Annotations") and the
    older ``vendor`` and ``maintainer``.
    """
    labels = dict(image.labels)
    for key in ("org.opencontainers.image.vendor", "vendor"):
        written = clean(labels.get(key, ""), 300).strip()
        if written:
            return _named(written)._replace(organization=True)
    for key in ("org.opencontainers.image.authors", "maintainer"):
        written = clean(labels.get(key, ""), 300).strip()
        if written:
            return _named(written)
    return None


def _named(written: str) -> Supplier:
    match = _ADDRESS.match(written)
    name, address = (match[1].strip(), match[2]) if match else (written, "")
    return Supplier(name or written, address, bool(_SEVERAL.search(name)))


def cpes(package: Package) -> tuple[str, ...]:
    """Return the CPE 2.3 names that a cataloger knows for a package; none are guessed."""
    return tuple(value for key, value in package.extra if key == "cpe" and _CPE.match(value))


def source_rpm(package: Package) -> str:
    """Return the file name of an rpm package's source, or empty."""
    if package.type != "rpm" or not package.source:
        return ""
    version = package.source_version or package.version.partition(":")[2] or package.version
    return f"{package.source}-{version}.src.rpm"


def sourced_purl(package: Package) -> str:
    """Return the package URL with the source package as qualifier ``upstream``.

    Distributions publish advisories about source packages, and Syft, Grype and we read them from
    this qualifier (``name``, ``name@version``, or the file name of a source rpm). It is left out
    where the source has the name and the version of the package.
    """
    purl, upstream = package.purl, source_rpm(package)
    if package.type in {"apk", "deb"} and package.source:
        version = package.source_version
        other = version if version != package.version else ""
        if package.source != package.name or other:
            upstream = f"{package.source}@{other}" if other else package.source
    if not upstream:
        return str(purl)
    pairs = tuple(sorted((*purl.qualifiers, ("upstream", upstream))))
    return str(Purl(purl.type, purl.namespace, purl.name, purl.version, pairs, purl.subpath))
