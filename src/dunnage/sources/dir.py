"""Opens a root file system: a directory, or a tar of one.

A tar may be plain or compressed with gzip, xz, zstd or bzip2; it is read as a single layer and
never unpacked. ``dir:`` takes a directory as a
root file system, whatever is in it; a plain path is taken for a project where it looks like one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dunnage.model.errors import TargetError
from dunnage.sources._content import examined, names_image
from dunnage.sources._rootfs import file_of, layer_of, tree_of
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.target import Layers, Tree


def _open(text: str, options: Options) -> Layers | Tree:
    if os.path.isdir(text):  # noqa: PTH112 - names may be no text
        return tree_of(text, options.limits)
    stored = file_of(text)
    opened = examined(stored, options.limits)
    image = opened.kind in {"docker-archive", "oci-archive"}
    if image and names_image(opened, options.limits):
        raise TargetError(
            "an image archive, not a root file system",
            where=text,
            advice=f"write {opened.kind}:{text}",
        )
    if not image and opened.kind != "dir":
        raise TargetError("neither a directory nor a tar of one", where=text)
    return layer_of(stored, opened.problems)


source = Source(
    open=_open,
    summary="a root file system: a directory, or a tar of one (plain, gz, xz, zstd, bz2)",
    example="dir:/mnt/rootfs",
)
