"""Writes SPDX 2.3 tag-value: the same content as ``spdx-json``.

Tags and their order are those of the specification (https://spdx.github.io/spdx-spec/v2.3/). A value
stands on one line, or between ``<text>`` and ``</text>`` where it may have several.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dunnage.model.renderer import Renderer
from dunnage.render._spdx_document import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.report import Report, View

Json = dict[str, Any]
_MARK = re.compile(r"<(?=/?text>)", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_PACKAGE = {
    "name": "PackageName",
    "SPDXID": "SPDXID",
    "versionInfo": "PackageVersion",
    "supplier": "PackageSupplier",
    "originator": "PackageOriginator",
    "downloadLocation": "PackageDownloadLocation",
    "filesAnalyzed": "FilesAnalyzed",
    "checksums": "PackageChecksum",
    "sourceInfo": "PackageSourceInfo",
    "licenseConcluded": "PackageLicenseConcluded",
    "licenseDeclared": "PackageLicenseDeclared",
    "copyrightText": "PackageCopyrightText",
    "description": "PackageDescription",
    "externalRefs": "ExternalRef",
    "primaryPackagePurpose": "PrimaryPackagePurpose",
}
"""Fields of a package in the order of clause 7 and their tags."""

_TEXTS = frozenset({"sourceInfo", "description"})


def render(report: Report, view: View) -> bytes:
    """Return the report as one SPDX 2.3 document.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    value = document(report)
    lines = [*_creation(value)]
    for package in value["packages"]:
        lines += ["", *_package(package)]
    for licence in value["hasExtractedLicensingInfos"]:
        lines += ["", *_licence(licence)]
    if value["relationships"]:
        lines.append("")
    for relation in value["relationships"]:
        one, kind = relation["spdxElementId"], relation["relationshipType"]
        lines.append(f"Relationship: {one} {kind} {relation['relatedSpdxElement']}")
    for package in value["packages"]:
        for annotation in package.get("annotations", ()):
            lines += ["", *_annotation(package["SPDXID"], annotation)]
    text = "\n".join(lines) + "\n"
    return _SURROGATE.sub("\ufffd", text).encode("utf-8")


def _line(tag: str, value: str) -> str:
    return f"{tag}: {_MARK.sub('&lt;', value)}"


def _text(tag: str, value: str) -> str:
    """Return a value that may have several lines; nothing in it can end it."""
    return f"{tag}: <text>{_MARK.sub('&lt;', value)}</text>"


def _creation(value: Json) -> Iterator[str]:
    yield _line("SPDXVersion", value["spdxVersion"])
    yield _line("DataLicense", value["dataLicense"])
    yield _line("SPDXID", value["SPDXID"])
    yield _line("DocumentName", value["name"])
    yield _line("DocumentNamespace", value["documentNamespace"])
    yield _text("DocumentComment", value["comment"])
    told = value["creationInfo"]
    yield _line("LicenseListVersion", told["licenseListVersion"])
    for creator in told["creators"]:
        yield _line("Creator", creator)
    yield _line("Created", told["created"])


def _package(package: Json) -> Iterator[str]:
    for key, tag in _PACKAGE.items():
        value = package.get(key)
        if value is None:
            continue
        if key == "checksums":
            yield from (f"{tag}: {sum_['algorithm']}: {sum_['checksumValue']}" for sum_ in value)
        elif key == "externalRefs":
            for reference in value:
                yield from _reference(tag, reference)
        elif key in _TEXTS:
            yield _text(tag, value)
        elif key == "primaryPackagePurpose":
            yield _line(tag, value.replace("_", "-"))
        else:
            yield _line(tag, str(value).lower() if isinstance(value, bool) else value)


def _reference(tag: str, reference: Json) -> Iterator[str]:
    category, kind = reference["referenceCategory"], reference["referenceType"]
    yield _line(tag, f"{category} {kind} {reference['referenceLocator']}")
    if "comment" in reference:
        yield _text("ExternalRefComment", reference["comment"])


def _licence(licence: Json) -> Iterator[str]:
    yield _line("LicenseID", licence["licenseId"])
    yield _text("ExtractedText", licence["extractedText"])
    if "name" in licence:
        yield _line("LicenseName", licence["name"])
    yield _text("LicenseComment", licence["comment"])


def _annotation(about: str, annotation: Json) -> Iterator[str]:
    yield _line("Annotator", annotation["annotator"])
    yield _line("AnnotationDate", annotation["annotationDate"])
    yield _line("AnnotationType", annotation["annotationType"])
    yield _line("SPDXREF", about)
    yield _text("AnnotationComment", annotation["comment"])


renderer = Renderer(
    render=render,
    media_type="text/spdx; version=2.3",
    suffix=".spdx",
    summary="SPDX 2.3 tag-value: the same as spdx-json",
    of_source=False,
)
