"""Reads SPDX 2.2 and 2.3, as JSON or tag-value, in the words of CycloneDX components.

The format is ISO/IEC 5962 (https://spdx.github.io/spdx-spec/v2.3/). It has no fields for layers,
source packages and the files a package was found by; what Dunnage, Syft and Trivy write into
annotations, comments and source information instead is understood.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dunnage.model.problem import Effect, Problem
from dunnage.parsers import _spdx_tags
from dunnage.parsers._bom import Bom
from dunnage.parsers._cyclonedx_package import items, text
from dunnage.parsers._spdx_package import OWNS, Context, component, purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
_VERSIONS = frozenset({"SPDX-2.1", "SPDX-2.2", "SPDX-2.3"})
_LINE = re.compile(r"line \d{1,9}")
_ITSELF = "SPDXRef-DOCUMENT"
# Relationships that say what depends on what (clause 11), and whether from left to right.
_DEPENDS = {
    "DEPENDS_ON": True,
    "STATIC_LINK": True,
    "DYNAMIC_LINK": True,
    "HAS_PREREQUISITE": True,
    "DEPENDENCY_OF": False,
    "RUNTIME_DEPENDENCY_OF": False,
    "PREREQUISITE_FOR": False,
}


def tag_value(data: bytes) -> Json:
    """Return a tag-value document as its JSON form, as far as inventories need it.

    Raises:
        LimitError: If it has too many tags.
    """
    return _spdx_tags.document(data.decode("utf-8", "replace"))


def bom_of(document: Json) -> Bom:
    """Return a document, in its JSON form, as what all formats have in common."""
    relations = items(document.get("relationships"))
    context = _context(document, relations)
    main = _main(document, relations)
    listed = document.get("packages")
    packages = listed if isinstance(listed, list) else []
    return Bom(
        {**component(main, context), "type": purpose(main, described=True)} if main else {},
        _components(packages, main, context),
        list(_dependencies(relations)),
        tuple(_doubts(document)),
        renamed=True,
        owners=_says_owners(document),
    )


def _doubts(document: Json) -> Iterator[Problem]:
    version = text(document.get("spdxVersion"))
    if version not in _VERSIONS:
        message = f"{version[:20] or 'SPDX of no version'} is read as if it were SPDX-2.3"
        yield Problem("unknown-sbom-version", message, effect=Effect.NOTE)
    if not isinstance(document.get("packages", []), list):
        yield Problem("broken-sbom", "'packages' is no list", "packages")
    elif not document.get("packages"):
        yield Problem("empty-sbom", "the SBOM lists no packages", effect=Effect.NOTE)
    if text(document.get("comment")).startswith("Not everything was examined:"):
        message = "the SBOM says of itself that it is incomplete"
        yield Problem("incomplete-sbom", message, "comment", effect=Effect.NOTE)


def _says_owners(document: Json) -> bool:
    """Tell whether the tool that made it writes which package brought which library."""
    creation = document.get("creationInfo")
    creators = creation.get("creators") if isinstance(creation, dict) else document.get("creators")
    tools = ("Tool: dunnage", "Tool: syft")
    return any(
        isinstance(creator, str) and creator.startswith(tools)
        for creator in (creators if isinstance(creators, list) else ())
    )


def _context(document: Json, relations: list[Json]) -> Context:
    """Collect what is said of packages elsewhere in the document."""
    context = Context({}, {}, {}, {}, {})
    for licence in items(document.get("hasExtractedLicensingInfos")):
        name = text(licence.get("name"))
        name = text(licence.get("extractedText")) if name in {"", "NOASSERTION"} else name
        context.licences[text(licence.get("licenseId"))] = name
    for file in items(document.get("files")):
        context.files[text(file.get("SPDXID"))] = file
    for note in items(document.get("annotations")):
        about, said = text(note.get("spdxElementId")), text(note.get("comment"))
        context.notes.setdefault(about, []).append(said)
    for relation in relations:
        one, other = text(relation.get("spdxElementId")), text(relation.get("relatedSpdxElement"))
        comment = text(relation.get("comment"))
        if comment.startswith(OWNS):
            context.owners.setdefault(other, one)
        elif other in context.files:
            evident = comment.startswith("evident-by")
            context.evidence.setdefault(one, []).append((not evident, other))
    return context


def _main(document: Json, relations: list[Json]) -> Json:
    """Return the package the document is about: the only one described, or the described image."""
    listed = document.get("documentDescribes")
    named = (
        [entry for entry in listed if isinstance(entry, str)] if isinstance(listed, list) else []
    )
    for relation in relations:
        ends = text(relation.get("spdxElementId")), text(relation.get("relatedSpdxElement"))
        if relation.get("relationshipType") == "DESCRIBED_BY":
            ends = ends[1], ends[0]
        elif relation.get("relationshipType") != "DESCRIBES":
            continue
        if ends[0] == _ITSELF:
            named.append(ends[1])
    wanted = set(named)
    found = [p for p in items(document.get("packages")) if text(p.get("SPDXID")) in wanted]
    images = [package for package in found if purpose(package) == "container"]
    if images:
        return images[0]
    return found[0] if len(found) == 1 else {}


def _components(
    packages: list[object], main: Json, context: Context
) -> Iterator[tuple[str, object]]:
    for number, package in enumerate(packages):
        where = f"packages[{number}]"
        if not isinstance(package, dict):
            # A line of a tag-value document that has no tag.
            yield (package if isinstance(package, str) else where), package
            continue
        line = text(package.get("where"))
        found = component(package, context)
        # An identifier is of one package (clause 7.2): others that use it are told nothing, so that
        # a long list of notes is not read once for each of them.
        for said in (context.notes, context.evidence):
            said.pop(text(package.get("SPDXID")), None)
        # An image is no package of itself, but a described library is to be examined.
        if package is not main or (found["type"] != "container" and found["purl"]):
            yield (line if _LINE.fullmatch(line) else where), found


def _dependencies(relations: list[Json]) -> Iterator[tuple[str, tuple[str]]]:
    for relation in relations:
        forward = _DEPENDS.get(text(relation.get("relationshipType")))
        one, other = text(relation.get("spdxElementId")), text(relation.get("relatedSpdxElement"))
        if forward is not None:
            yield (one, (other,)) if forward else (other, (one,))
