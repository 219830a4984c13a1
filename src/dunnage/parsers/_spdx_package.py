"""One SPDX package in the words of a CycloneDX component."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from dunnage.parsers._cyclonedx_package import items, text

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
OWNS = "ownership-by-file-overlap"
"""How Syft begins the comment of a relationship between a package and a library it installed."""

_NOTHING = frozenset({"", "NOASSERTION", "NONE"})
_MOST = 1000
_PURPOSES = {
    "": "",
    "CONTAINER": "container",
    "FRAMEWORK": "framework",
    "LIBRARY": "library",
    "OPERATING-SYSTEM": "operating-system",
}
# Trivy before primaryPackagePurpose (SPDX 2.3), and Syft before it was filled.
_IDENTIFIERS = (
    ("SPDXRef-OperatingSystem", "operating-system"),
    ("SPDXRef-ContainerImage", "container"),
    ("SPDXRef-DocumentRoot-Image", "container"),
    ("SPDXRef-DocumentRoot", "file"),
    ("SPDXRef-Application", "application"),
)
_ALGORITHMS = {
    "MD5": "MD5",
    "SHA1": "SHA-1",
    "SHA256": "SHA-256",
    "SHA384": "SHA-384",
    "SHA512": "SHA-512",
}
_ACTOR = re.compile(r"(?:Person|Organization|Tool):[ \t]*")
_ADDRESS = re.compile(r"(.+?) \(([^()\s]+@[^()\s]+)\)\Z")
_BUILT = re.compile(r"built package from: (\S+)(?: (\S+))?")
_ACQUIRED = re.compile(r"acquired package info from [^:]{1,80}: (/.+)")
_FACT = re.compile(r"([A-Za-z][\w.:/-]{0,199}): (.+)")
_OWN, _TRIVY = "dunnage:", "aquasecurity:trivy:"
_LAYER = "layerID: "
# Files that tell more of a package than where it is listed.
_SUPPORTING = ("usr/share/doc/", "var/lib/dpkg/info/")


class Context(NamedTuple):
    """What a document says of packages outside of them.

    Attributes:
        licences: Names of the document's own licences by their references.
        files: Files by identifier.
        notes: Comments of annotations by what they are about.
        owners: Packages of the distribution by the libraries they installed.
        evidence: Files of each package: whether it is only contained, and the identifier.
    """

    licences: dict[str, str]
    files: dict[str, Json]
    notes: dict[str, list[str]]
    owners: dict[str, str]
    evidence: dict[str, list[tuple[bool, str]]]


def purpose(package: Json, *, described: bool = False) -> str:
    """Return the CycloneDX type of a package; empty if nothing is said.

    Args:
        package: The package.
        described: True for the one a document is about: without a purpose it is a file.
    """
    written = text(package.get("primaryPackagePurpose")).upper().replace("_", "-")
    identifier = text(package.get("SPDXID"))
    if not written:
        by_name = (kind for start, kind in _IDENTIFIERS if identifier.startswith(start))
        return next(by_name, "file" if described else "")
    return _PURPOSES.get(written, "application")


def component(package: Json, context: Context) -> Json:
    """Return a package as a CycloneDX component."""
    identifier = text(package.get("SPDXID"))
    facts = [*_facts(package, context), *_origin(text(package.get("sourceInfo")))]
    if not any(name == "dunnage:path" for name, _ in facts):
        facts += _place(package, context)
    if identifier in context.owners:
        facts.append(("dunnage:owner", context.owners[identifier]))
    return {
        "type": purpose(package),
        "bom-ref": identifier,
        "name": text(package.get("name")),
        "version": _said(package.get("versionInfo")),
        "description": text(package.get("description")),
        "purl": _purl(package),
        "supplier": {"name": _actor(package)},
        "licenses": [{"expression": name} for name in _licences(package, context)],
        "hashes": [
            {
                "alg": _ALGORITHMS.get(text(entry.get("algorithm")).upper().replace("-", ""), ""),
                "content": text(entry.get("checksumValue")),
            }
            for entry in items(package.get("checksums"))[:_MOST]
        ],
        "properties": [{"name": name, "value": value} for name, value in facts if value],
    }


def _said(value: object) -> str:
    written = text(value).strip()
    return "" if written in _NOTHING else written


def _purl(package: Json) -> str:
    """Return the first package URL among the references (annex F.3.5)."""
    for entry in items(package.get("externalRefs")):
        if text(entry.get("referenceType")).rpartition("/")[2] == "purl":
            return text(entry.get("referenceLocator")).strip()
    return ""


def _actor(package: Json) -> str:
    """Return the supplier or originator as metadata writes one: ``Name <address>``."""
    written = _said(package.get("supplier")) or _said(package.get("originator"))
    name = _ACTOR.sub("", written, count=1).strip()
    found = _ADDRESS.match(name)
    return f"{found[1]} <{found[2]}>" if found else name


def _facts(package: Json, context: Context) -> Iterator[tuple[str, str]]:
    """Give what a tool wrote into annotations and attribution texts as ``NAME: VALUE``."""
    notes = [text(entry.get("comment")) for entry in items(package.get("annotations"))]
    notes += context.notes.get(text(package.get("SPDXID")), [])
    written = package.get("attributionTexts")
    if isinstance(written, list):
        notes += [entry for entry in written if isinstance(entry, str)]
    for note in notes:
        for line in note.split("\n"):
            found = _FACT.match(line)
            if found:
                name = found[1] if found[1].startswith(_OWN) else f"{_TRIVY}{found[1]}"
                yield name, found[2].strip()


def _origin(info: str) -> Iterator[tuple[str, str]]:
    """Give the source package (Trivy and Dunnage name it so)."""
    found = _BUILT.match(info)
    if found:
        yield f"{_TRIVY}SrcName", found[1]
        yield f"{_TRIVY}SrcVersion", found[2] or ""


def _place(package: Json, context: Context) -> Iterator[tuple[str, str]]:
    """Give path and layer of the file a package was found by, from whoever tells it."""
    paths = []
    for contained, identifier in sorted(context.evidence.get(text(package.get("SPDXID")), ())):
        file = context.files[identifier]
        path = text(file.get("fileName")).removeprefix("./").lstrip("/")
        paths.append((contained, path.startswith(_SUPPORTING), path, text(file.get("comment"))))
    found = _ACQUIRED.match(text(package.get("sourceInfo")))
    if found and not any(not contained for contained, *_ in paths):
        named = [path.lstrip("/") for path in found[1].split(", ")]
        paths += [(False, path.startswith(_SUPPORTING), path, "") for path in named]
    if paths:
        _, _, path, comment = min(paths)
        yield "syft:location:0:path", path
        if comment.startswith(_LAYER):
            yield "syft:location:0:layerID", comment.removeprefix(_LAYER)


def _licences(package: Json, context: Context) -> list[str]:
    """Return the declared licences: the parts of an expression that needs all of them."""
    written = _said(package.get("licenseDeclared")) or _said(package.get("licenseConcluded"))
    if " OR " in written or "(" in written:
        return [written] if written else []
    parts = [part.strip() for part in written.split(" AND ")][:_MOST]
    return [context.licences.get(part) or part for part in parts if part]
