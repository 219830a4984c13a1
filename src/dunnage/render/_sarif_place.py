"""Where a SARIF result is shown: in the Dockerfile if there is one, else inside the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.render._dockerfile import line_of
from dunnage.render._sarif_text import clean, plain, relative_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    inside = [_inside(place, created_by) for place in finding.locations[:_PLACES]]
    line = line_of(finding, subject)
    told: Json = {"locations": inside}
    if line:
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


def _physical(path: str, line: int) -> Json:
    place = {"artifactLocation": {"uri": relative_uri(path)}, "region": {"startLine": line}}
    return {"physicalLocation": place}


def _inside(place: Location, created_by: Mapping[int, str]) -> Json:
    location = _physical(place.path, max(place.line, 1))
    if place.layer >= 0:
        made = f": {created_by[place.layer]}" if created_by.get(place.layer) else ""
        location["message"] = {"text": plain(f"layer {place.layer}{made}", 300)}
    return location
