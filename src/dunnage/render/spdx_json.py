"""Writes SPDX 2.3 JSON: the packages of a target, their licences and relationships.

The format is ISO/IEC 5962 in its version 2.3 (https://spdx.github.io/spdx-spec/v2.3/); what it says
is decided in ``_spdx_document``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.renderer import Renderer
from dunnage.render._encode import encode
from dunnage.render._spdx_document import document

if TYPE_CHECKING:
    from dunnage.model.report import Report, View


def render(report: Report, view: View) -> bytes:
    """Return the report as one SPDX 2.3 document.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    return encode(document(report))


renderer = Renderer(
    render=render,
    media_type="application/spdx+json; version=2.3",
    suffix=".spdx.json",
    summary="SPDX 2.3 JSON: packages, licences and relationships",
    of_source=False,
)
