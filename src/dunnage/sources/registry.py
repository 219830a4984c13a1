"""Opens an image straight from a registry; nothing is written to disk.

This is what a plain name means (``alpine:3.20``), unless a file of that name exists. Registries of
OCI 1.0 and 1.1 and of Docker are spoken with, with the credentials of ``docker login`` and Podman.
Every manifest and layer is checked by its digest. ``--platform`` chooses from an index. With
``--offline`` it is refused.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

from msgspec.structs import replace

from dunnage.model.errors import InputError
from dunnage.model.target import Layers, Several
from dunnage.parsers import oci
from dunnage.parsers.reference import Reference, is_digest
from dunnage.sources._blob import Blob
from dunnage.sources._oci import image_of
from dunnage.sources._places import Places
from dunnage.sources._platforms import members_of
from dunnage.sources._source import Options, Source

if TYPE_CHECKING:
    from dunnage.model.image import Image, Layer
    from dunnage.model.problem import Problem

_FOREIGN = ("nondistributable", "foreign")


def _open(text: str, options: Options) -> Layers | Several:
    reference = Reference.parse(text)
    places = Places(reference, options)
    where = str(reference)

    def read(data: bytes, said: str) -> tuple[oci.Index | oci.Manifest, str]:
        digest = _verified(data, reference.digest, said, options, where)
        return oci.read(data, options.limits, where=where), digest

    def fetch(descriptor: oci.Descriptor) -> bytes:
        if descriptor.media_type in {*oci.MANIFEST_TYPES, *oci.INDEX_TYPES}:
            return places.manifest(descriptor.digest, partial(_content, descriptor.digest, where))
        with _blob(places, descriptor.digest, descriptor.size) as blob:
            return blob.read()

    def open_layer(layer: Layer) -> BinaryIO:
        try:
            return cast("BinaryIO", _blob(places, layer.digest, layer.size))
        except InputError as error:
            raise _foreign(layer, error) from error

    def layers(image: Image, problems: tuple[Problem, ...]) -> Layers:
        return Layers(text, "registry", image, open_layer, problems)

    found, digest = places.manifest(reference.wanted, read)
    if options.all_platforms and isinstance(found, oci.Index):
        members, noticed = members_of(found, fetch, options, where, layers)
        return Several(text, "registry", members, noticed, note=places.note)
    return replace(layers(*image_of(found, digest, fetch, options, where)), note=places.note)


def _blob(places: Places, digest: str, size: int) -> Blob:
    return Blob(partial(places.blob, digest), size, digest)


def _content(digest: str, where: str, data: bytes, _: str) -> bytes:
    oci.verify(data, digest, where=where)
    return data


def _verified(data: bytes, asked: str, said: str, options: Options, where: str) -> str:
    """Return the digest of a manifest, after comparing it with all that was said of it."""
    if not asked and not said:
        return "sha256:" + hashlib.sha256(data).hexdigest()
    if not asked and not is_digest(said):
        raise InputError(f"the registry gave no digest but {said[:80]!r}", where=where)
    try:
        oci.verify(data, asked or said, where=where)
    except InputError:
        if b'"fsLayers"' in data:  # the digest of schema 1 leaves its signatures out
            oci.read(data, options.limits, where=where)
        raise
    return asked or said


def _foreign(layer: Layer, error: InputError) -> InputError:
    """Return what to tell of a layer that is not there, maybe because it may not be.

    OCI image-spec 1.1, layer.md, "Non-Distributable Layers": such content is kept elsewhere. Its
    addresses come from the manifest, so they are not followed.
    """
    if not any(word in layer.media_type for word in _FOREIGN):
        return error
    return InputError(
        f"a foreign layer, which its publisher keeps elsewhere: {error.message}",
        where=layer.digest,
        advice="pull the image and scan it saved, or push it with its foreign layers",
    )


source = Source(
    open=_open,
    summary="an image in a registry; this is what a plain name means",
    example="registry:alpine:3.19",
)
