"""Opens the tar of an OCI image layout.

This is what ``skopeo copy`` to ``oci-archive:`` and BuildKit's ``type=oci`` write (OCI image
specification, "Image Layout"). Where it holds several images, ``#TAG`` or ``@DIGEST``
chooses one, ``--platform`` a platform of it. Manifests, configuration and layers are checked by
their digests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import TargetError
from dunnage.sources._choose import split_selector
from dunnage.sources._content import archive
from dunnage.sources._layout import Packed, layers_of
from dunnage.sources._source import Options, Source
from dunnage.sources._stored import open_file

if TYPE_CHECKING:
    from dunnage.model.target import Layers, Several


def _open(text: str, options: Options) -> Layers | Several:
    path, selector = split_selector(text)
    opened = archive(open_file(path), options.limits)
    if opened.members is None:
        raise TargetError(
            "no OCI layout: it holds no index.json",
            where=path,
            advice="the tar of a root file system is opened with dir:",
        )
    files = Packed(opened.members)
    return layers_of(files, path, "oci-archive", selector, options, opened.problems)


source = Source(
    open=_open,
    summary="the tar of an OCI image layout; '#tag' or '@digest' chooses an image",
    example="oci-archive:app.oci.tar#1.2",
)
