"""Opens an SBOM: CycloneDX, SPDX, Syft JSON, or a list of package URLs."""

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
