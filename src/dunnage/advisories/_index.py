"""The index of a published store: which parts it has, and by which digests they are known.

A published store is an OCI image layout (OCI image-spec 1.1, ``image-layout.md``) with one
manifest of an artifact (``manifest.md``, "Guidelines for Artifact Usage"). Its configuration is the
index, a small JSON document; its layers are the files of the parts, which the index names as well.
So the digest of the manifest stands for all of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from collections.abc import Sequence

ARTIFACT = "application/vnd.dunnage.advisories.v1"
INDEX = "application/vnd.dunnage.advisories.index.v1+json"
PART = "application/vnd.dunnage.advisories.part.v1+zstd"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
FORMAT = 1
PARTS = 10_000
PART_BYTES = 8 << 30
LIMITS = Limits()
_TEXT = 500
_HEX = frozenset("0123456789abcdef")


class Descriptor(NamedTuple):
    """What content is known by: its digest, and its size in bytes."""

    digest: str
    size: int

    @property
    def path(self) -> str:
        """Return where it lies in an image layout (OCI image-spec 1.1, image-layout.md)."""
        return f"blobs/{self.digest.replace(':', '/')}"


class IndexedPart(NamedTuple):
    """A part of a published store.

    Attributes:
        feed: Public name of the feed.
        name: Ecosystem, or file.
        digest: Digest of its file as stored.
        size: Size of its file as stored, in bytes.
        content: Size of its file uncompressed, in bytes.
        keys: Probe of its sort keys; see ``_probe``.
        checked: ISO time (UTC) at which the publisher's mirror confirmed it as current.
        records: Records kept; told for people, the file itself counts.
        source: Digest of what it was read from.
    """

    feed: str
    name: str
    digest: str
    size: int
    content: int
    keys: str
    checked: str
    records: int
    source: str


class Index(NamedTuple):
    """The index.

    Attributes:
        schema: Version of the rows; a store of another version cannot take them.
        built: ISO time at which it was made.
        tool: Name and version of what made it.
        parts: Its parts, by feed and name.
    """

    schema: str
    built: str
    tool: str
    parts: tuple[IndexedPart, ...]


def digest_of(data: bytes) -> str:
    """Return the digest content is known by."""
    return f"sha256:{sha256(data).hexdigest()}"


def is_sha256(text: object) -> bool:
    """Return True for a digest a published store may use."""
    head, _, tail = text.partition(":") if isinstance(text, str) else ("", "", "")
    return head == "sha256" and len(tail) == 64 and _HEX.issuperset(tail)


def write_index(index: Index) -> bytes:
    """Return an index as JSON; the same index always gives the same bytes."""
    parts = [part._asdict() for part in index.parts]
    head = {"format": FORMAT, "minimum": FORMAT}
    return _json({**head, **index._asdict(), "parts": parts})


def write_manifest(index: Descriptor, parts: Sequence[IndexedPart], built: str) -> bytes:
    """Return the manifest of a published store."""
    layers = [
        {
            "mediaType": PART,
            "digest": part.digest,
            "size": part.size,
            "annotations": {"org.opencontainers.image.title": f"{part.feed}/{part.name}"},
        }
        for part in parts
    ]
    return _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": ARTIFACT,
            "config": {"mediaType": INDEX, **index._asdict()},
            "layers": layers,
            "annotations": {"org.opencontainers.image.created": built},
        }
    )


def write_layout(manifest: Descriptor, tag: str) -> bytes:
    """Return the ``index.json`` of an image layout that holds one manifest."""
    entry = {
        "mediaType": MANIFEST,
        "artifactType": ARTIFACT,
        **manifest._asdict(),
        "annotations": {"org.opencontainers.image.ref.name": tag},
    }
    return _json(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [entry],
        }
    )


def _json(value: object) -> bytes:
    import json

    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def read_layout(data: bytes, where: str) -> Descriptor:
    """Return the manifest an image layout's ``index.json`` points to.

    Raises:
        InputError: If it points to none, or to several and none is marked as a published store.
    """
    entries = _object(data, where).get("manifests")
    listed = entries if isinstance(entries, list) else []
    found = [entry for entry in listed if isinstance(entry, dict)]
    marked = [entry for entry in found if entry.get("artifactType") == ARTIFACT] or found
    if len(marked) != 1:
        raise _bad(f"it holds {len(marked)} manifests instead of one", where)
    return _descriptor(marked[0], where)


def read_manifest(data: bytes, where: str) -> Descriptor:
    """Return where the index of a published store is, from its manifest.

    Raises:
        InputError: If it is the manifest of something else.
    """
    config = _object(data, where).get("config")
    if not isinstance(config, dict) or config.get("mediaType") != INDEX:
        raise _bad("it is something else, such as an image", where)
    return _descriptor(config, where)


def read_index(data: bytes, where: str) -> Index:
    """Return an index.

    Raises:
        InputError: If it is none, or needs another version of this tool.
    """
    value = _object(data, where)
    minimum = value.get("minimum")
    if not isinstance(minimum, int) or minimum > FORMAT:
        raise InputError(
            "the published store needs a newer version of this tool",
            where=where,
            advice="update this tool, or name a mirror of another kind",
        )
    entries = value.get("parts")
    if not isinstance(entries, list) or len(entries) > PARTS:
        raise _bad(f"its parts are no list of at most {PARTS}", where)
    parts = tuple(_part(entry, where) for entry in entries)
    if len({(part.feed, part.name) for part in parts}) != len(parts):
        raise _bad("it has a part twice", where)
    schema, built, tool = (_text(value, key, where) for key in ("schema", "built", "tool"))
    return Index(schema, built, tool, parts)


def _part(entry: object, where: str) -> IndexedPart:
    if not isinstance(entry, dict):
        raise _bad("a part that is no object", where)
    texts: dict[str, Any] = {
        key: _text(entry, key, where) for key in ("feed", "name", "keys", "checked", "source")
    }
    if not texts["feed"] or not texts["name"]:
        raise _bad("a part without a name", where)
    texts["checked"] = moment(texts["checked"])
    if not texts["checked"]:
        raise _bad("a part of unknown age", where)
    numbers: dict[str, Any] = {key: entry.get(key) for key in ("size", "content", "records")}
    for key, number in numbers.items():
        if type(number) is not int or not 0 <= number <= PART_BYTES:
            raise _bad(f"a part whose {key} is no number up to {PART_BYTES}", where)
    if not is_sha256(entry.get("digest")):
        raise _bad("a part without a sha256 digest", where)
    return IndexedPart(digest=entry["digest"], **texts, **numbers)


def moment(text: str) -> str:
    """Return an ISO time as UTC in seconds, or empty if it is none; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return ""
    return found.isoformat(timespec="seconds")


def _descriptor(entry: dict[str, Any], where: str) -> Descriptor:
    digest, size = entry.get("digest"), entry.get("size")
    if not is_sha256(digest) or type(size) is not int or not 0 <= size <= LIMITS.manifest_bytes:
        raise _bad("a descriptor without a sha256 digest or a sensible size", where)
    return Descriptor(str(digest), size)


def _object(data: bytes, where: str) -> dict[str, Any]:
    value = loads(data, LIMITS, largest=LIMITS.manifest_bytes, where=where)
    if not isinstance(value, dict):
        raise _bad("no JSON object", where)
    return value


def _text(value: dict[str, Any], key: str, where: str) -> str:
    found = value.get(key)
    if not isinstance(found, str) or len(found) > _TEXT or not found.isprintable():
        raise _bad(f"{key} is no short text", where)
    return found


def _bad(why: str, where: str) -> InputError:
    return InputError(
        f"this is no published store: {why}",
        where=where,
        advice="name a mirror made by 'dunnage db build', or one of the publishers' files",
    )
