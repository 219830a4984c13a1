"""Reads SPDX tag-value as the JSON document that says the same.

SPDX 2.2 and 2.3, https://spdx.github.io/spdx-spec/v2.3/: clause 4.4 and the tags of each clause. A
section begins with its first tag and ends where the next one begins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dunnage.model.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]
TAGS = 4_000_000
"""Tags of one document."""

_TAG = re.compile(r"[ \t]*([A-Za-z][A-Za-z0-9]{0,63}):[ \t]*")
_OPEN, _CLOSE = "<text>", "</text>"
# Tags that begin a section, with the list their objects go to and the key of the tag itself.
_SECTIONS = {
    "PackageName": ("packages", "name"),
    "FileName": ("files", "fileName"),
    "SnippetSPDXID": ("snippets", "SPDXID"),
    "LicenseID": ("hasExtractedLicensingInfos", "licenseId"),
}
_FIELDS = {
    "SPDXVersion": "spdxVersion",
    "DocumentName": "name",
    "SPDXID": "SPDXID",
    "DocumentComment": "comment",
    "PackageVersion": "versionInfo",
    "PackageDescription": "description",
    "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
    "PackageSourceInfo": "sourceInfo",
    "PackageLicenseDeclared": "licenseDeclared",
    "PackageLicenseConcluded": "licenseConcluded",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
    "FileComment": "comment",
    "LicenseName": "name",
    "ExtractedText": "extractedText",
}
# What may stand inside any section and says itself what it is about.
_NOTES = {"AnnotationComment": "comment", "SPDXREF": "spdxElementId"}


def document(written: str) -> Json:
    """Return a tag-value document with the keys of the JSON format, as far as we need them.

    What is no tag gives a text instead of an object in ``packages``: its place.

    Raises:
        LimitError: If there are more tags than ``TAGS``.
    """
    found: Json = {"packages": [], "relationships": [], "annotations": []}
    section, relation, note = found, Json(), Json()
    for count, (line, tag, value) in enumerate(_tags(written)):
        if count >= TAGS:
            raise LimitError(f"an SBOM of more than {TAGS} tags", where=f"line {line}")
        if tag in _SECTIONS:
            listed, key = _SECTIONS[tag]
            section = {key: value, "where": f"line {line}"}
            found.setdefault(listed, []).append(section)
        elif tag in _FIELDS:
            section.setdefault(_FIELDS[tag], value)
        elif tag in _LISTED:
            key, read = _LISTED[tag]
            section.setdefault(key, []).append(read(value))
        elif tag == "Relationship":
            relation = _relationship(value)
            found["relationships"].append(relation)
        elif tag == "RelationshipComment":
            relation["comment"] = value
        elif tag == "Annotator":
            note = {"annotator": value}
            found["annotations"].append(note)
        elif tag in _NOTES:
            note[_NOTES[tag]] = value
        elif not tag:
            found["packages"].append(f"line {line}")
    return found


def _tags(written: str) -> Iterator[tuple[int, str, str]]:
    """Give line, tag and value of everything that is no comment; an unknown line has no tag."""
    at, line, closes = 0, 1, True
    while at < len(written):
        start, end = line, written.find("\n", at)
        end = len(written) if end < 0 else end
        match = _TAG.match(written, at, end)
        if match and closes and written.startswith(_OPEN, match.end()):
            close = written.find(_CLOSE, match.end())
            closes = close >= 0
            if closes:
                value = written[match.end() + len(_OPEN) : close]
                end = written.find("\n", close)
                end = len(written) if end < 0 else end
                line += value.count("\n") + 1
                at = end + 1
                yield start, match[1], value.strip()
                continue
        text = written[at:end].strip()
        at, line = end + 1, line + 1
        if match:
            yield start, match[1], written[match.end() : end].strip()
        elif text and not text.startswith("#"):
            yield start, "", text


def _relationship(value: str) -> Json:
    one, _, rest = value.partition(" ")
    kind, _, other = rest.strip().partition(" ")
    related = {"relationshipType": kind, "relatedSpdxElement": other.strip()}
    return {"spdxElementId": one, **related}


def _reference(value: str) -> Json:
    """Read ``CATEGORY TYPE LOCATOR`` (clause 7.21)."""
    words = [*value.split(None, 2), "", "", ""]
    keys = ("referenceCategory", "referenceType", "referenceLocator")
    return dict(zip(keys, words, strict=False))


def _checksum(value: str) -> Json:
    """Read ``ALGORITHM: DIGEST`` (clause 7.10)."""
    algorithm, _, digest = value.partition(":")
    return {"algorithm": algorithm.strip(), "checksumValue": digest.strip()}


_LISTED: dict[str, tuple[str, Callable[[str], object]]] = {
    "ExternalRef": ("externalRefs", _reference),
    "PackageChecksum": ("checksums", _checksum),
    "PackageAttributionText": ("attributionTexts", str),
    "Creator": ("creators", str),
}
