"""Opens a root file system, whatever else a directory might be taken for.

It is ``dir:`` under the name that other scanners have for it: what is installed is read, lock files
are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.sources import dir as directory
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.target import Several, Target


def _open(text: str, options: Options) -> Target | Several:
    return replace(directory.source.open(text, options), source="rootfs")


source = Source(
    open=_open,
    summary="what is installed in a directory, or in a tar of one (the same as dir:)",
    example="rootfs:/mnt/rootfs",
)
