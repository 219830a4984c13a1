"""Manifests, indexes and descriptors of images, as OCI and Docker write them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.model.errors import InputError, LimitError
from dunnage.model.image import Platform
from dunnage.parsers import _artifact
from dunnage.parsers.bounded_json import loads
from dunnage.parsers.reference import is_digest

if TYPE_CHECKING:
    from dunnage.model.limits import Limits

INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
REF_NAME = "org.opencontainers.image.ref.name"
BASE_NAME = "org.opencontainers.image.base.name"
_IMAGE_NAME = "io.containerd.image.name"
_ATTESTATION = "vnd.docker.reference.type"
_TEXT = 4096
_ANY = Platform()


class Descriptor(Struct, frozen=True):
    """A pointer to content (OCI image-spec 1.1, descriptor.md).

    Attributes:
        media_type: What the content is said to be.
        digest: ``sha256:`` or ``sha512:`` digest of the content.
        size: Size of the content in bytes.
        platform: Platform of the image it leads to; empty if not said.
        artifact_type: Type of artifact it leads to, or empty.
        names: Names the image has in this index (tag, then full name), without empty ones.
        attestation: True if it is a statement about another image of the same index.
        base_name: Name of the image that what it leads to was built on, as its annotation says.
    """

    media_type: str
    digest: str
    size: int
    platform: Platform = _ANY
    artifact_type: str = ""
    names: tuple[str, ...] = ()
    attestation: bool = False
    base_name: str = ""


class Index(Struct, frozen=True):
    """A list of images (OCI image-spec 1.1, image-index.md; Docker manifest list).

    Attributes:
        manifests: All entries, in order.
        base_name: Name of the image that all of them were built on, as its annotation says, or else
            what leads to it; empty if nothing does.
    """

    manifests: tuple[Descriptor, ...]
    base_name: str = ""

    def within(self, base_name: str) -> Index:
        """Return it with the base that is named on the way to it, unless it names one itself."""
        return replace(self, base_name=self.base_name or base_name)


class Manifest(Struct, frozen=True):
    """One image (OCI image-spec 1.1, manifest.md; Docker schema 2).

    Attributes:
        config: The configuration.
        layers: From the base upwards.
        base_name: Name of the image it was built on, as its annotation says, or empty.
        index_base_name: The same as its entry in an index says, or else that index.
    """

    config: Descriptor
    layers: tuple[Descriptor, ...]
    base_name: str = ""
    index_base_name: str = ""

    def within(self, base_name: str) -> Manifest:
        """Return it with the base that is named on the way to it."""
        return replace(self, index_base_name=base_name)


def read(data: bytes, limits: Limits, *, where: str = "") -> Index | Manifest:
    """Return the index or manifest of a document; its content decides which it is.

    Raises:
        InputError: If it is neither, is ambiguous (CVE-2021-41190), is Docker's schema 1, or is
            the manifest of something that is no image, which the message then names.
        LimitError: If it is larger than the limits allow.
    """
    value = loads(data, limits, largest=limits.manifest_bytes, where=where)
    if not isinstance(value, dict):
        raise InputError("not an image manifest: no JSON object", where=where)
    media_type = _text(value, "mediaType")
    if (
        value.get("schemaVersion") == 1
        or "fsLayers" in value
        or "docker.distribution.manifest.v1" in media_type
    ):
        raise InputError(
            "an image in Docker's manifest schema 1, which nothing verifies any more",
            where=where,
            advice="pull and push it again with a current client",
        )
    lists, single = "manifests" in value, "config" in value or "layers" in value
    if lists and single:
        raise InputError("both an index and a manifest, which is forbidden", where=where)
    if lists and media_type not in MANIFEST_TYPES:
        return _index(value, limits, where)
    if single and media_type not in INDEX_TYPES:
        return _manifest(value, limits, where)
    artifact = _text(value, "artifactType") or media_type
    raise (
        _artifact.refusal(artifact, where)
        if artifact
        else InputError("not an image manifest: neither layers nor manifests", where=where)
    )


def verify(data: bytes, digest: str, *, where: str = "") -> None:
    """Check that content has the digest it was asked for by.

    Raises:
        InputError: If it has another one.
    """
    algorithm, _, wanted = digest.partition(":")
    if not is_digest(digest) or hashlib.new(algorithm, data).hexdigest() != wanted:
        raise InputError(
            f"the content is not what its digest {digest[:80]} says",
            where=where,
            advice="fetch or make the image again; it is damaged or was tampered with",
        )


def _index(value: dict[str, object], limits: Limits, where: str) -> Index:
    entries = value["manifests"]
    if not isinstance(entries, list):
        raise InputError("an index whose 'manifests' is no list", where=where)
    if len(entries) > limits.archive_members:
        raise LimitError(f"an index of more than {limits.archive_members} entries", where=where)
    return Index(tuple(_descriptor(entry, where) for entry in entries), _base_name(value))


def _manifest(value: dict[str, object], limits: Limits, where: str) -> Manifest:
    layers = value.get("layers")
    if not isinstance(layers, list):
        raise InputError("a manifest whose 'layers' is no list", where=where)
    config = _descriptor(value.get("config"), where)
    found = tuple(_descriptor(layer, where) for layer in layers)
    _artifact.check(
        config.media_type,
        tuple(layer.media_type for layer in found),
        _text(value, "artifactType"),
        where,
    )
    if len(found) > limits.layers:
        raise LimitError(f"an image of more than {limits.layers} layers", where=where)
    return Manifest(config, found, _base_name(value))


def _descriptor(value: object, where: str) -> Descriptor:
    if not isinstance(value, dict):
        raise InputError("a descriptor that is no JSON object", where=where)
    digest, size = _text(value, "digest"), value.get("size")
    if not is_digest(digest):
        raise InputError(f"not a sha256 or sha512 digest: {digest[:80]!r}", where=where)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**63:
        raise InputError("a descriptor without a size", where=where)
    notes = _annotations(value)
    platform = _platform(value.get("platform"))
    names = (_text(notes, REF_NAME), _text(notes, _IMAGE_NAME))
    return Descriptor(
        media_type=_text(value, "mediaType"),
        digest=digest,
        size=size,
        platform=platform,
        artifact_type=_text(value, "artifactType"),
        names=tuple(name for name in names if name),
        attestation=bool(_text(notes, _ATTESTATION)) or platform.os == "unknown",
        base_name=_text(notes, BASE_NAME),
    )


def _annotations(value: dict[str, object]) -> dict[str, object]:
    notes = value.get("annotations")
    return notes if isinstance(notes, dict) else {}


def _base_name(value: dict[str, object]) -> str:
    return _text(_annotations(value), BASE_NAME)


def _platform(value: object) -> Platform:
    if not isinstance(value, dict):
        return Platform()
    return Platform(_text(value, "os"), _text(value, "architecture"), _text(value, "variant"))


def _text(value: dict[str, object], key: str) -> str:
    found = value.get(key)
    return found[:_TEXT] if isinstance(found, str) else ""
