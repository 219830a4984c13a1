"""Opens an SBOM: CycloneDX, SPDX, Syft JSON, or a list of package URLs.

CycloneDX 1.2 to 1.7 may be JSON or XML, SPDX 2.2 and 2.3 JSON or tag-value; which one it is, the
content says. Findings are those of the image the SBOM was made of, as far as it tells what they
depend on; what it does not tell (the distribution, who installed a library) becomes a problem of
the report. ``--distro`` names the distribution where the SBOM does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.sources._rootfs import file_of
from dunnage.sources._sbom import listed_of
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.target import Listed


def _open(text: str, options: Options) -> Listed:
    return listed_of(file_of(text), options.limits)


source = Source(
    open=_open,
    summary="an SBOM: CycloneDX, SPDX, Syft JSON, or a list of package URLs",
    example="sbom:app.cdx.json",
)
