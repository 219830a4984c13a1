"""Opens what ``docker save`` and ``podman save`` write.

The archive may be plain or compressed and is read where it lies; layers are read as they are needed
and nothing is unpacked. Where it holds several images, ``#NAME:TAG`` behind the path
chooses one; without a choice the message lists them. Layers are checked by the digests (diff ids)
in the image's configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.sources._choose import split_selector
from dunnage.sources._content import archive
from dunnage.sources._docker import layers_of
from dunnage.sources._source import Options, Source
from dunnage.sources._stored import open_file

if TYPE_CHECKING:
    from dunnage.model.target import Layers, Several


def _open(text: str, options: Options) -> Layers | Several:
    path, selector = split_selector(text)
    return layers_of(archive(open_file(path), options.limits), selector, options)


source = Source(
    open=_open,
    summary="an archive of 'docker save', plain or compressed; '#name:tag' chooses an image",
    example="docker-archive:app.tar#app:1.2",
)
