"""SPDX documents of other tools, and tag-value of any shape, are read as far as they speak."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dunnage.model.limits import Limits
from dunnage.model.location import Location
from dunnage.parsers import sbom

if TYPE_CHECKING:
    from dunnage.parsers._bom import Read

LIMITS = Limits()
DIFF_ID = "sha256:" + "a" * 64


def read(document: object) -> Read:
    """Read a document; anything but bytes is written as JSON first."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return sbom.read(data, LIMITS)


def codes(found: Read) -> list[str]:
    """Return the codes of all problems."""
    return [problem.code for problem in (*found.inventory.problems, *found.problems)]


SPDX_PACKAGE = {
    "SPDXID": "SPDXRef-Package-1",
    "name": "libssl3",
    "versionInfo": "3.0.11-1~deb12u2",
    "supplier": "Person: A Maintainer (a@example.org)",
    "sourceInfo": "built package from: openssl 3.0.11-1~deb12u2",
    "licenseDeclared": "LicenseRef-1 AND MIT",
    "primaryPackagePurpose": "LIBRARY",
    "checksums": [{"algorithm": "SHA1", "checksumValue": "00"}],
    "externalRefs": [
        {
            "referenceCategory": "PACKAGE_MANAGER",
            "referenceType": "purl",
            "referenceLocator": "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12.5",
        }
    ],
    "annotations": [{"comment": f"LayerDiffID: {DIFF_ID}"}, {"comment": "PkgType: debian"}],
}
SPDX_SYSTEM = {
    "SPDXID": "SPDXRef-OperatingSystem-1",
    "name": "debian",
    "versionInfo": "12.5",
    "primaryPackagePurpose": "OPERATING-SYSTEM",
}
SPDX_IMAGE = {
    "SPDXID": "SPDXRef-ContainerImage-1",
    "name": "app:1",
    "primaryPackagePurpose": "CONTAINER",
    "annotations": [{"comment": f"DiffID: {DIFF_ID}"}, {"comment": "RepoTag: app:1"}],
}


def spdx(*packages: object, **more: object) -> dict[str, Any]:
    """Return an SPDX document about an image, as Trivy writes it."""
    relations = [
        {
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": "SPDXRef-ContainerImage-1",
        }
    ]
    head: dict[str, Any] = {"spdxVersion": "SPDX-2.3", "relationships": relations}
    extracted = [{"licenseId": "LicenseRef-1", "name": "OpenSSL"}]
    head = {**head, "hasExtractedLicensingInfos": extracted, **more}
    return {**head, "packages": [SPDX_IMAGE, *packages]}


def test_spdx_of_trivy() -> None:
    """Source, layer, supplier and system are found where Trivy puts them in SPDX."""
    found = read(spdx(SPDX_SYSTEM, SPDX_PACKAGE))
    assert codes(found) == []
    (package,) = found.inventory.packages
    assert (package.name, package.version) == ("libssl3", "3.0.11-1~deb12u2")
    assert (package.source, package.source_version) == ("openssl", "3.0.11-1~deb12u2")
    assert package.supplier == "A Maintainer <a@example.org>"
    assert package.licenses == ("OpenSSL", "MIT")
    assert package.hashes == (("sha-1", "00"),)
    assert package.locations == (Location("", 0, DIFF_ID),)
    assert found.inventory.system is not None
    assert found.inventory.system.ecosystem == "Debian:12"
    assert found.image is not None
    assert found.image.reference == "app:1"


def test_spdx_that_github_exports() -> None:
    """GitHub's dependency graph is wrapped, and its repository is no package."""
    root = {"SPDXID": "SPDXRef-root", "name": "com.github.a/b", "versionInfo": "main"}
    purl = {"referenceType": "purl", "referenceLocator": "pkg:npm/lodash@4.17.20"}
    inner = {"SPDXID": "SPDXRef-1", "name": "lodash", "externalRefs": [purl]}
    describes = {"spdxVersion": "SPDX-2.3", "documentDescribes": ["SPDXRef-root"]}
    found = read({"sbom": {**describes, "packages": [root, inner]}})
    assert [p.name for p in found.inventory.packages] == ["lodash"]
    assert codes(found) == []


def test_a_described_library_is_examined_and_a_nameless_one_is_told() -> None:
    """The only package of a document counts even if the document is about it."""
    relation = {
        "spdxElementId": "SPDXRef-DOCUMENT",
        "relationshipType": "DESCRIBES",
        "relatedSpdxElement": "SPDXRef-Package-1",
    }
    document = {"spdxVersion": "SPDX-2.2", "relationships": [relation]}
    assert len(read({**document, "packages": [SPDX_PACKAGE]}).inventory.packages) == 1
    nameless = {"SPDXID": "SPDXRef-x", "name": "liba", "versionInfo": "1"}
    found = read({**document, "packages": [SPDX_PACKAGE, nameless]})
    assert codes(found) == ["component-without-purl"]


def test_tag_value_of_any_shape() -> None:
    """Comments, texts of several lines, and relationships between the fields of a package."""
    found = read(
        b"""# made by hand
SPDXVersion: SPDX-2.2
PackageName: a
SPDXID: SPDXRef-a
PackageComment: <text>PackageName: not one
</text>
Relationship: SPDXRef-a DEPENDS_ON SPDXRef-b
RelationshipComment: <text>why</text>
ExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1
PackageName: b
SPDXID: SPDXRef-b
ExternalRef: PACKAGE_MANAGER purl pkg:npm/b@2
what is this
Annotator: Tool: x
SPDXREF: SPDXRef-b
AnnotationComment: <text>dunnage:path: app/b/package.json
dunnage:layer:index: 3</text>
PackageVersion: 2
"""
    )
    assert [str(p.purl) for p in found.inventory.packages] == ["pkg:npm/a@1", "pkg:npm/b@2"]
    assert found.inventory.edges == (("pkg:npm/a@1", ("pkg:npm/b@2",)),)
    assert found.inventory.packages[1].locations == (Location("app/b/package.json", 3),)
    assert [(p.code, p.where) for p in found.inventory.problems] == [
        ("broken-sbom-component", "line 13")
    ]


def test_a_text_that_never_ends_costs_one_line() -> None:
    """Without its end a text is its line, so that the rest of the document is not lost."""
    found = read(
        b"SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>x\n"
        b"ExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1\n"
    )
    assert [p.name for p in found.inventory.packages] == ["a"]
