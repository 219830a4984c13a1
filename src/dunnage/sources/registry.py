"""Opens an image straight from a registry; nothing is written to disk."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO, cast

from dunnage.model.errors import InputError
from dunnage.model.target import Layers
from dunnage.parsers import oci
from dunnage.parsers.reference import Reference, is_digest
from dunnage.sources._oci import image_of
from dunnage.sources._registry_client import Client
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.image import Layer


def _open(text: str, options: Options) -> Layers:
    reference = Reference.parse(text)
    client = Client(reference, options)
    where = str(reference)
    data, said = client.manifest(reference.wanted)
    digest = _verified(data, reference.digest, said, where)
    found = oci.read(data, options.limits, where=where)

    def fetch(descriptor: oci.Descriptor) -> bytes:
        if descriptor.media_type in {*oci.MANIFEST_TYPES, *oci.INDEX_TYPES}:
            return client.manifest(descriptor.digest)[0]
        with client.blob(descriptor.digest) as response:
            return response.all(options.limits.manifest_bytes)

    def open_layer(layer: Layer) -> BinaryIO:
        return cast("BinaryIO", client.blob(layer.digest))

    image, problems = image_of(found, digest, fetch, options, where)
    return Layers(text, "registry", image, open_layer, problems)


def _verified(data: bytes, asked: str, said: str, where: str) -> str:
    """Return the digest of a manifest, after comparing it with all that was said of it."""
    if asked:
        oci.verify(data, asked, where=where)
        return asked
    if not said:
        return "sha256:" + hashlib.sha256(data).hexdigest()
    if not is_digest(said):
        raise InputError(f"the registry gave no digest but {said[:80]!r}", where=where)
    oci.verify(data, said, where=where)
    return said


source = Source(
    open=_open,
    summary="an image in a registry; this is what a plain name means",
    example="registry:alpine:3.19",
)
