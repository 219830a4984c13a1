"""Where a SARIF result is shown: in the Dockerfile if there is one, else inside the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.model.finding import Safety
from dunnage.render._dockerfile import is_in_dockerfile, line_of
from dunnage.render._sarif_text import clean, clean_lines, plain, relative_uri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.location import Location
    from dunnage.model.package import Package
    from dunnage.model.report import Subject

Json = dict[str, Any]
_PLACES = 100
"""GitHub shows at most a hundred places of one result."""


def places(finding: Finding, package: Package | None, subject: Subject) -> Json:
    """Return ``locations`` and, where they are known besides, ``relatedLocations``.

    Code scanning shows the first location, in the source of the repository; so with a Dockerfile
    that is the instruction that made the layer, and the paths inside the image are related.
    """
    layers = subject.image.layers if subject.image else ()
    created_by = {layer.index: layer.created_by for layer in layers}
    inside = [
        _inside(place, created_by, () if number else finding.excerpt)
        for number, place in enumerate(finding.locations[:_PLACES])
    ]
    line = line_of(finding, subject)
    told: Json = {"locations": inside}
    if inside and is_in_dockerfile(finding.locations[0], subject):
        pass  # It is in the source of the repository already.
    elif line:
        instruction = _physical(subject.dockerfile, line)
        if inside and "message" in inside[0]:
            instruction["message"] = inside[0]["message"]
        related = [{"id": number, **place} for number, place in enumerate(inside, 1)]
        told = {"locations": [instruction], **({"relatedLocations": related} if related else {})}
    elif not inside:
        # Code scanning drops a result without a place, so the target itself is the place.
        told = {"locations": [_physical(subject.name, 1)]}
    if package:
        told["locations"][0]["logicalLocations"] = [
            {
                "name": clean(package.title, 300),
                "kind": "package",
                "fullyQualifiedName": clean(str(package.purl), 2000),
            }
        ]
    return told


def fixes(finding: Finding) -> list[Json]:
    """Return what would mend a finding (SARIF 2.1.0 section 3.55), if anything is offered."""
    fix = finding.fix
    if not fix.edits or not finding.locations:
        return []
    about = {
        Safety.SAFE: "What is built behaves as before.",
        Safety.UNSAFE: "What is built may differ.",
        Safety.SUGGESTED: f"This needs {fix.needs or 'a decision'}.",
        Safety.NONE: "",
    }[fix.safety]
    replacements = [
        {
            "deletedRegion": region(edit.line, edit.column, edit.end_line, edit.end_column),
            "insertedContent": {"text": edit.text},
        }
        for edit in fix.edits
    ]
    change = {
        "artifactLocation": {"uri": relative_uri(finding.locations[0].path)},
        "replacements": replacements,
    }
    return [{"description": {"text": plain(about)}, "artifactChanges": [change]}]


def _physical(path: str, line: int) -> Json:
    place = {"artifactLocation": {"uri": relative_uri(path)}, "region": {"startLine": line}}
    return {"physicalLocation": place}


def region(line: int, column: int, end_line: int, end_column: int) -> Json:
    """Return a region; a column of 0 is not known, and the end lies behind the last character."""
    found: Json = {"startLine": max(line, 1)}
    if column:
        found["startColumn"] = column
        if end_line:
            found |= {"endLine": end_line, "endColumn": end_column or 1}
    return found


def _inside(place: Location, created_by: Mapping[int, str], excerpt: Sequence[str]) -> Json:
    location = _physical(place.path, max(place.line, 1))
    if place.column:
        found = region(place.line, place.column, place.end_line, place.end_column)
        location["physicalLocation"]["region"] = found
        if excerpt:
            lines = {
                "startLine": place.line,
                "endLine": place.line + len(excerpt) - 1,
                "snippet": {"text": clean_lines(excerpt)},
            }
            location["physicalLocation"]["contextRegion"] = lines
    if place.layer >= 0:
        made = f": {created_by[place.layer]}" if created_by.get(place.layer) else ""
        location["message"] = {"text": plain(f"layer {place.layer}{made}", 300)}
    return location
