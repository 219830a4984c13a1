"""Says which line of a Dockerfile a finding is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.model.finding import Finding
    from dunnage.model.report import Subject


def line_of(finding: Finding, subject: Subject) -> int:
    """Return the line of the instruction that made the layer a finding lies in.

    What lies in no layer, as the end of life of a distribution, belongs to the first layer, which
    the base image brought. It is 0 if the subject has no Dockerfile, and 1 where no instruction is
    known.
    """
    if not subject.dockerfile:
        return 0
    layers = subject.image.layers if subject.image else ()
    index = finding.locations[0].layer if finding.locations else -1
    known = next((layer.line for layer in layers if layer.index == index), 0)
    return known or (layers[0].line if layers and index < 0 else 0) or 1
