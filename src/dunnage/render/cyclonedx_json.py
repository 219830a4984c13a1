"""Writes CycloneDX 1.6 JSON: the inventory of a target with its vulnerabilities.

The format is ECMA-424 (https://cyclonedx.org/docs/1.6/json/); what it says is decided in
``_cyclonedx_document``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.renderer import Renderer
from dunnage.render._cyclonedx_document import document
from dunnage.render._encode import encode

if TYPE_CHECKING:
    from dunnage.model.report import Report, View


def render(report: Report, view: View) -> bytes:
    """Return the report as one CycloneDX 1.6 document.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    return encode(document(report))


renderer = Renderer(
    render=render,
    media_type="application/vnd.cyclonedx+json; version=1.6",
    suffix=".cdx.json",
    summary="CycloneDX 1.6 JSON: packages, dependencies, licences and vulnerabilities",
    of_source=False,
)
