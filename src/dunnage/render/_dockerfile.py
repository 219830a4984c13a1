"""Says which line of a Dockerfile a finding is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.model.finding import Finding
    from dunnage.model.location import Location
    from dunnage.model.report import Subject

_BY_PATH = frozenset({"image/secret-in-config", "image/secret-in-history"})
"""Rules whose findings have the path of a place in the configuration."""
_ABOUT = {
    "image/root-user": "config.json/User",
    "image/missing-healthcheck": "config.json/Healthcheck",
}
"""Rules whose findings have no path, with the place in the configuration they are about."""


def is_in_dockerfile(place: Location, subject: Subject) -> bool:
    """Tell whether a place lies in the Dockerfile of a subject, and not in the image."""
    return bool(place.path == subject.dockerfile and place.layer < 0 and place.line)


def line_of(finding: Finding, subject: Subject) -> int:
    """Return the line of the instruction that set what a finding is about, or made its layer.

    Of the configuration it is the instruction that set the place last. What lies in no layer, as
    the end of life of a distribution, belongs to the first layer, which the base image brought. It
    is 0 if the subject has no Dockerfile, and 1 where no instruction is known. What was found in
    the Dockerfile itself has its own line.
    """
    if not subject.dockerfile:
        return 0
    place = finding.locations[0] if finding.locations else None
    if place is not None and is_in_dockerfile(place, subject):
        return place.line
    if subject.image is not None and (about := _configured(finding)):
        known = dict(subject.image.config_lines).get(about, 0)
        if known:
            return known
    layers = subject.image.layers if subject.image else ()
    index = finding.locations[0].layer if finding.locations else -1
    known = next((layer.line for layer in layers if layer.index == index), 0)
    return known or (layers[0].line if layers and index < 0 else 0) or 1


def _configured(finding: Finding) -> str:
    """Return the place in the configuration a finding is about, or nothing if it is about files."""
    if finding.id in _BY_PATH and finding.locations:
        return finding.locations[0].path
    return _ABOUT.get(finding.id, "")
