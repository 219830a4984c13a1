"""What several SBOM formats say of a package: its source, its supplier, its CPEs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

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
_MAJOR = re.compile(r"/v[0-9]+\Z")
_CPE = re.compile(r"cpe:2\.3:[aho*-](?::(?:[A-Za-z0-9_.*?-]|\\[!-~])+){10}\Z")


class Supplier(Struct, frozen=True):
    """Who supplies a package.

    Attributes:
        name: One line, never empty.
        address: Mail address, or empty.
        organization: True for a company, team or distribution, False for a person.
    """

    name: str
    address: str = ""
    organization: bool = False


def supplier(package: Package, subject: Subject, owner: Package | None = None) -> Supplier | None:
    """Return who supplies a package, or None if nobody is named.

    A package of the distribution without a name of its own is supplied by the distribution, any
    other by whoever holds the name it was published under, or by who supplied the package of the
    distribution (``owner``) that it came with. The vendor of an rpm package is an
    organization (tag ``Vendor``); elsewhere metadata does not say whether a name is a person's,
    and the words in it decide.
    """
    written = clean(package.supplier, 300).strip()
    if not written:
        os = subject.inventory.system
        named = clean((os.name or os.id) if os else "", 300).strip()
        named = named if package.type in SYSTEM_TYPES else _publisher(package)
        if not named and owner is not None:
            return supplier(owner, subject)
        return Supplier(named, organization=True) if named else None
    found = _named(written)
    return replace(found, organization=True) if package.type == "rpm" else found


def _publisher(package: Package) -> str:
    """Return the namespace that only its holder can publish to, or the registry without any.

    Those are the path of a Go module up to its last part (Go modules reference, "Module paths"), the
    group id on Maven Central, the scope on npm and the vendor on Packagist. crates.io has none, so
    that it is the distributor, which both formats take for a supplier (SPDX 2.3, clause 7.5;
    CycloneDX 1.6, ``supplier``). Nothing is told of crates from elsewhere and of names without any
    namespace.
    """
    if package.type == "cargo":
        return "" if "source" in dict(package.extra) else "crates.io"
    if package.type == "golang" and package.name == "stdlib":
        return "The Go Authors"
    if package.type == "golang":
        return clean(_MAJOR.sub("", package.name).rpartition("/")[0], 300).strip()
    spaced = package.type in {"composer", "maven", "npm"}
    return clean(package.purl.namespace, 300).strip() if spaced else ""


def image_supplier(image: Image, subject: Subject) -> Supplier | None:
    """Return who supplies an image, or None if nothing tells.

    The labels are ``vendor`` and ``authors`` of the OCI image specification ("Annotations") and the
    older ``vendor`` and ``maintainer``. An image without them that was read from a registry is
    supplied by whoever holds its namespace there (``docker.io/library``).
    """
    labels = dict(image.labels)
    for key in ("org.opencontainers.image.vendor", "vendor"):
        written = clean(labels.get(key, ""), 300).strip()
        if written:
            return replace(_named(written), organization=True)
    for key in ("org.opencontainers.image.authors", "maintainer"):
        written = clean(labels.get(key, ""), 300).strip()
        if written:
            return _named(written)
    if subject.source == "registry":
        repository = whole_repository(split_reference(image.reference or subject.name)[0])
        holder = clean(repository.rpartition("/")[0], 300).strip()
        return Supplier(holder, organization=True) if holder else None
    return None


def split_reference(reference: str) -> tuple[str, str]:
    """Return the repository and the tag of an image reference; a digest is dropped."""
    named = reference.partition("@")[0]
    head, colon, tag = named.rpartition(":")
    return (head, tag) if colon and head and "/" not in tag else (named, "")


def whole_repository(repository: str) -> str:
    """Return a repository with its registry, as Docker completes short names."""
    first, slash, _ = repository.partition("/")
    if not slash:
        return f"docker.io/library/{repository}"
    if "." not in first and ":" not in first and first != "localhost":
        return f"docker.io/{repository}"
    return repository


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
