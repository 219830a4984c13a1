"""Reads Syft's own JSON in the words of CycloneDX components.

The format has no specification but its schemas
(https://github.com/anchore/syft/tree/main/schema/json, versions 1.0 to 16). Between them names have
moved: the source's facts from ``target`` to ``metadata``, licences from texts to objects, and the
distribution from ``name`` and ``version`` to the fields of os-release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.model.problem import Effect, Problem
from dunnage.parsers._bom import Bom
from dunnage.parsers._cyclonedx_package import items, text
from dunnage.parsers._syft_source import main_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

Json = dict[str, Any]
_NEWEST = 16
_OWNS = "ownership-by-file-overlap"
_NEEDED_BY = "dependency-of"
_MOST = 1000
_ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}
# Facts of a package's metadata, under the names Syft gives them in CycloneDX.
_METADATA = ("source", "sourceVersion", "originPackage", "sourceRpm", "modularityLabel")
_SUPPLIERS = ("maintainer", "vendor", "author")


def is_syft(document: Json) -> bool:
    """Tell whether a JSON document is one of Syft's own."""
    keys = ("artifactRelationships", "descriptor", "schema", "source")
    return isinstance(document.get("artifacts"), list) and any(key in document for key in keys)


def bom_of(document: Json, limits: Limits) -> Bom:
    """Return a Syft document as what all formats have in common.

    Args:
        document: A document for which ``is_syft`` holds.
        limits: ``layers`` and ``manifest_bytes`` count.
    """
    related = items(document.get("artifactRelationships"))
    edges: dict[str, list[str]] = {}
    owners: dict[str, str] = {}
    for relation in related:
        parent, child = text(relation.get("parent")), text(relation.get("child"))
        if relation.get("type") == _NEEDED_BY:
            edges.setdefault(child, []).append(parent)
        elif relation.get("type") == _OWNS:
            owners.setdefault(child, parent)
    return Bom(
        main_of(document.get("source"), limits),
        _components(document, owners),
        edges.items(),
        tuple(_doubts(document)),
        renamed=True,
        owners=True,
    )


def _doubts(document: Json) -> Iterator[Problem]:
    schema = document.get("schema")
    version = text(schema.get("version")) if isinstance(schema, dict) else ""
    major = version.partition(".")[0]
    if not (major.isascii() and major.isdigit() and len(major) < 5 and int(major) <= _NEWEST):
        message = f"Syft JSON {version[:20] or 'of no version'} is read as if it were {_NEWEST}"
        yield Problem("unknown-sbom-version", message, effect=Effect.NOTE)
    if not document["artifacts"]:
        yield Problem("empty-sbom", "the SBOM lists no packages", effect=Effect.NOTE)


def _components(document: Json, owners: dict[str, str]) -> Iterator[tuple[str, object]]:
    system = _system(document.get("distro"))
    if system:
        yield "distro", system
    for number, artifact in enumerate(document["artifacts"]):
        where = f"artifacts[{number}]"
        if isinstance(artifact, dict):
            yield where, _component(artifact, owners)
        else:
            yield where, artifact


def _system(distro: object) -> Json:
    """Return the operating system; an image without one has an empty object here."""
    if not isinstance(distro, dict):
        return {}
    identifier = text(distro.get("id")) or text(distro.get("name"))
    if not identifier:
        return {}
    version = text(distro.get("versionID")) or text(distro.get("versionCodename"))
    if "id" not in distro:
        version = text(distro.get("version"))
    return {"type": "operating-system", "name": identifier.lower(), "version": version}


def _component(artifact: Json, owners: dict[str, str]) -> Json:
    metadata = artifact.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    identifier = text(artifact.get("id"))
    facts = [("syft:package:foundBy", text(artifact.get("foundBy")))]
    facts += [(f"syft:metadata:{key}", text(metadata.get(key))) for key in _METADATA]
    facts.append(("dunnage:owner", owners.get(identifier, "")))
    facts.append(("dunnage:extra:main-module", text(metadata.get("mainModule"))))
    facts += _place(artifact.get("locations"), text(metadata.get("virtualPath")))
    suppliers = (text(metadata.get(key)) for key in _SUPPLIERS)
    return {
        "type": "library",
        "bom-ref": identifier,
        "name": artifact.get("name"),
        "version": artifact.get("version"),
        "purl": artifact.get("purl"),
        "supplier": {"name": next(filter(None, suppliers), "")},
        "licenses": list(_licences(artifact.get("licenses"))),
        "hashes": [
            {"alg": _ALGORITHMS.get(text(digest.get("algorithm")), ""), "content": digest["value"]}
            for digest in items(metadata.get("digest"))[:_MOST]
            if isinstance(digest.get("value"), str)
        ],
        "properties": [{"name": name, "value": value} for name, value in facts if value],
    }


def _place(locations: object, inside: str) -> list[tuple[str, str]]:
    """Return the path and layer of the evidence: the primary one, where one is called so.

    Args:
        locations: All places.
        inside: Of a Java archive its path, with a colon where one archive lies in another.
    """
    found = items(locations)
    primary = (place for place in found if _evidence(place) == "primary")
    place = next(primary, found[0] if found else {})
    path = text(place.get("path"))
    if path and inside.startswith(f"{path}:"):
        path += inside.removeprefix(path).replace(":", "!/")
    return [
        ("syft:location:0:path", path),
        ("syft:location:0:layerID", text(place.get("layerID"))),
    ]


def _evidence(place: Json) -> str:
    annotations = place.get("annotations")
    return text(annotations.get("evidence")) if isinstance(annotations, dict) else ""


def _licences(licences: object) -> Iterator[Json]:
    for licence in (licences if isinstance(licences, list) else ())[:_MOST]:
        value = licence
        if isinstance(licence, dict):
            value = text(licence.get("spdxExpression")) or licence.get("value")
        if isinstance(value, str) and value:
            yield {"expression": value}
