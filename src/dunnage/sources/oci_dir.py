"""Opens an OCI image layout in a directory.

This is the directory with ``oci-layout``, ``index.json`` and ``blobs/`` that Skopeo, umoci, ko,
Buildah and BuildKit write (OCI image specification, "Image Layout"). Where it holds several images,
``:TAG`` or ``@DIGEST`` chooses one, ``--platform`` a platform of it. Blobs are checked
by their digests.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dunnage.model.errors import TargetError
from dunnage.sources._choose import split_selector
from dunnage.sources._layout import Directory, layers_of
from dunnage.sources._source import Options, Source
from dunnage.sources._stored import unreadable

if TYPE_CHECKING:
    from dunnage.model.target import Layers, Several


def _open(text: str, options: Options) -> Layers | Several:
    path, selector = split_selector(text)
    try:
        os.stat(path)  # noqa: PTH116 - tells missing from forbidden
    except OSError as error:
        raise unreadable(error, path) from error
    if not os.path.isdir(path):  # noqa: PTH112 - names may be no text
        advice = "the tar of a layout is opened with oci-archive:"
        raise TargetError("no directory", where=path, advice=advice)
    return layers_of(Directory(path), path, "oci-dir", selector, options)


source = Source(
    open=_open,
    summary="an OCI image layout in a directory; ':tag' or '@digest' chooses an image",
    example="oci-dir:build/image:1.2",
)
