"""SPDX packages: the target itself, its operating system, and its packages."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dunnage.model.finding import Kind, Status
from dunnage.render._cyclonedx_component import (
    DERIVED,
    hashes,
    image_facts,
    image_purl,
    package_facts,
    properties,
    subject_facts,
    system_facts,
)
from dunnage.render._sarif_text import clean, link
from dunnage.render._sbom_package import (
    Supplier,
    cpes,
    image_supplier,
    sourced_purl,
    split_reference,
    supplier,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.report import Subject
    from dunnage.model.system import OperatingSystem
    from dunnage.render._spdx_licence import Licences

Json = dict[str, Any]
NOBODY = "NOASSERTION"
_OTHER = re.compile(r"[^A-Za-z0-9.-]+")
_NO_LOCATOR = re.compile(r"[^!-~]")
_ADVISORIES = 100
"""At most so many advisories are referred to by one package."""


class Annotator:
    """Writes what SPDX has no field for as an annotation.

    Args:
        tool: Name and version of this tool, joined by a hyphen.
        created: Time of the document.
    """

    def __init__(self, tool: str, created: str) -> None:
        self._head = {
            "annotationDate": created,
            "annotationType": "OTHER",
            "annotator": f"Tool: {tool}",
        }

    def notes(self, facts: Iterable[tuple[str, object]]) -> list[Json]:
        """Return one annotation with a line ``dunnage:NAME: VALUE`` for each fact, if any.

        Names are those of the properties in CycloneDX.
        """
        lines = [
            f"{clean(entry['name'], 200)}: {clean(entry['value'], 4096)}"
            for entry in properties(facts)
        ]
        return [{**self._head, "comment": "\n".join(lines)}] if lines else []


def identifier(package: Package, prefix: str) -> str:
    """Return the SPDX identifier of a package, unique as its ``ref`` is."""
    digest = sha256(f"{prefix}{package.ref}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    name = _OTHER.sub("-", f"{package.type}-{package.name}")[:80].strip("-.")
    return f"SPDXRef-Package-{name}-{digest}"


def target(subject: Subject, spdx_id: str, annotator: Annotator) -> Json:
    """Return the package that stands for the examined target itself."""
    image = subject.image
    if image is None:
        found = _head(subject.name or "target", spdx_id, "", NOBODY)
        found["primaryPackagePurpose"] = "FILE"
        found["annotations"] = annotator.notes(subject_facts(subject))
        return found
    repository, tag = split_reference(image.reference or subject.name)
    by = image_supplier(image, subject)
    actor = _actor(by) if by else NOBODY
    found = _head(repository or "image", spdx_id, image.digest or tag, actor)
    found["checksums"] = _checksums((("sha-256", image.digest.removeprefix("sha256:")),))
    purl = image_purl(subject, image)
    found["externalRefs"] = [_reference("PACKAGE-MANAGER", "purl", purl)] if purl else []
    found["primaryPackagePurpose"] = "CONTAINER"
    found["annotations"] = annotator.notes((*subject_facts(subject), *image_facts(image)))
    return {key: value for key, value in found.items() if value != []}


def system(os: OperatingSystem, spdx_id: str, annotator: Annotator) -> Json:
    """Return the package of the operating system."""
    found = _head(os.id or "unknown", spdx_id, os.version, NOBODY)
    if os.name:
        found["supplier"] = _actor(Supplier(clean(os.name, 300), organization=True))
        found["description"] = clean(os.name)
    found["primaryPackagePurpose"] = "OPERATING_SYSTEM"
    found["annotations"] = annotator.notes(system_facts(os))
    return {key: value for key, value in found.items() if value != []}


def packages(
    subject: Subject, named: Mapping[str, str], licences: Licences, annotator: Annotator
) -> list[Json]:
    """Return one SPDX package for each package of a target.

    Args:
        subject: The target.
        named: The SPDX identifier of each package by its ``ref``.
        licences: Told about every licence.
        annotator: Writes what has no field.
    """
    layers = subject.image.layers if subject.image else ()
    created_by = {layer.index: layer.created_by for layer in layers}
    told: dict[str, list[Finding]] = {}
    for finding in subject.findings:
        if finding.kind is Kind.VULNERABILITY and finding.status is Status.OPEN:
            told.setdefault(finding.package, []).append(finding)
    owners = {package.ref: package for package in subject.inventory.packages}
    listed = []
    for package in subject.inventory.packages:
        by = supplier(package, subject, owners.get(package.owner))
        actor = _actor(by) if by else NOBODY
        found = _head(package.name or "unnamed", named[package.ref], package.version, actor)
        if by and package.supplier:
            found["originator"] = actor
        if package.source:
            version = package.source_version or package.version
            found["sourceInfo"] = f"built package from: {clean(f'{package.source} {version}')}"
        found["licenseDeclared"] = licences.declared(package.licenses)
        found["checksums"] = _checksums(package.hashes)
        found["externalRefs"] = _references(package, told.get(package.ref, ()))
        facts = [
            (key, named.get(package.owner, "") if key == "owner" else value)
            for key, value in package_facts(package, created_by, "")
        ]
        facts += [DERIVED] if by and not package.supplier else []
        found["annotations"] = annotator.notes(facts)
        listed.append({key: value for key, value in found.items() if value != []})
    return listed


def _head(name: str, spdx_id: str, version: str, actor: str) -> Json:
    found: Json = {"name": clean(name).strip() or "unnamed", "SPDXID": spdx_id}
    if version:
        found["versionInfo"] = clean(version).strip() or NOBODY
    return {
        **found,
        "supplier": actor,
        "downloadLocation": NOBODY,
        "filesAnalyzed": False,
        "licenseConcluded": NOBODY,
        "licenseDeclared": NOBODY,
        "copyrightText": NOBODY,
    }


def _actor(by: Supplier) -> str:
    """Return an actor; brackets would begin the mail address (SPDX 2.3, clause 7.5)."""
    kind = "Organization" if by.organization else "Person"
    name = by.name.replace("(", "[").replace(")", "]").strip()
    if not name:
        return NOBODY
    return f"{kind}: {name} ({by.address})" if by.address else f"{kind}: {name}"


def _checksums(pairs: Sequence[tuple[str, str]]) -> list[Json]:
    return [
        {"algorithm": entry["alg"].replace("-", ""), "checksumValue": entry["content"].lower()}
        for entry in hashes(pairs)
    ]


def _reference(category: str, kind: str, locator: str, comment: str = "") -> Json:
    """Return an external reference; a locator holds no spaces (SPDX 2.3, clause 7.21)."""
    safe = _NO_LOCATOR.sub(lambda match: f"%{ord(match[0]) & 0xFF:02X}", locator)
    found = {"referenceCategory": category, "referenceType": kind, "referenceLocator": safe}
    return {**found, "comment": comment} if comment else found


def _references(package: Package, findings: Sequence[Finding]) -> list[Json]:
    found = [_reference("PACKAGE-MANAGER", "purl", sourced_purl(package))]
    found += [_reference("SECURITY", "cpe23Type", cpe) for cpe in cpes(package)]
    for finding in findings[:_ADVISORIES]:
        urls = (*(statement.url for statement in finding.statements), *finding.urls)
        url = next((one for one in map(link, urls) if one), "")
        if url:
            fix = f", fixed in {finding.fix.version}" if finding.fix.version else ""
            comment = clean(f"{finding.id}: {finding.severity.label}{fix}")
            found.append(_reference("SECURITY", "advisory", url, comment))
    return found
