"""Writes small images in every layout the tests need."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
_OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
_SUFFIX = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link in a layer."""

    target: str


@dataclass(frozen=True, slots=True)
class Hardlink:
    """A hard link in a layer."""

    target: str


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        manifest: Digest of the manifest (empty for a docker archive).
        config: Digest of the configuration.
        digests: Digests of the stored layers.
        diff_ids: Digests of the uncompressed layers.
    """

    manifest: str
    config: str
    digests: tuple[str, ...]
    diff_ids: tuple[str, ...]


Content = bytes | None | Symlink | Hardlink
"""A file, a directory, or a link."""


def sha256(data: bytes) -> str:
    """Return the digest of ``data`` as OCI writes it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer_tar(
    entries: Mapping[str, Content] | Iterable[tuple[str, Content]], *, mode: int = 0
) -> bytes:
    """Return an uncompressed tar; the same entries always give the same bytes.

    Args:
        entries: Content by path, in this order; pairs allow the same path twice.
        mode: Permission bits of everything; 0 gives the usual ones.
    """
    pairs = entries.items() if hasattr(entries, "items") else entries
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, content in pairs:
            info = tarfile.TarInfo(path)
            info.mode = mode or 0o644
            if content is None:
                info.type, info.mode = tarfile.DIRTYPE, mode or 0o755
            elif isinstance(content, Symlink):
                info.type, info.linkname = tarfile.SYMTYPE, content.target
            elif isinstance(content, Hardlink):
                info.type, info.linkname = tarfile.LNKTYPE, content.target
            else:
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return buffer.getvalue()


def compress(data: bytes, how: str) -> bytes:
    """Return ``data`` compressed with ``gzip``, ``zstd``, ``xz``, ``bzip2``, or as it is (``none``)."""
    if how == "gzip":
        return gzip.compress(data, 6, mtime=0)
    if how == "zstd":
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
        return zstd.compress(data)
    if how == "xz":
        import lzma

        return lzma.compress(data, preset=1)
    if how == "bzip2":
        import bz2

        return bz2.compress(data)
    return data


def image_config(
    diff_ids: Sequence[str],
    *,
    platform: tuple[str, ...] = ("linux", "amd64"),
    history: Sequence[Mapping[str, Any]] | None = None,
    config: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return an image configuration with one history line for each layer unless given.

    Args:
        diff_ids: Digests of the uncompressed layers.
        platform: Operating system, architecture and perhaps variant.
        history: History lines, or None for one for each layer.
        config: The ``config`` object (``User``, ``Env``, ...).
    """
    lines = history
    if lines is None:
        lines = [{"created_by": f"layer {n}"} for n in range(len(diff_ids))]
    value: dict[str, Any] = {
        "os": platform[0],
        "architecture": platform[1],
        "created": "2024-01-02T03:04:05Z",
        "config": dict(config or {}),
        "rootfs": {"type": "layers", "diff_ids": list(diff_ids)},
        "history": [dict(line) for line in lines],
    }
    return value | ({"variant": platform[2]} if len(platform) > 2 else {})


def write_oci_dir(
    path: Path,
    layers: Sequence[bytes],
    *,
    compression: str = "gzip",
    tag: str = "latest",
    platform: tuple[str, ...] = ("linux", "amd64"),
    history: Sequence[Mapping[str, Any]] | None = None,
    config: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Written:
    """Write an OCI image layout, or add an image to one that is there.

    Args:
        path: Directory; made if missing.
        layers: Uncompressed tars, from the base upwards.
        compression: ``gzip``, ``zstd`` or ``none``.
        tag: Value of ``org.opencontainers.image.ref.name``; none if empty.
        platform: Operating system, architecture and perhaps variant.
        history: As in ``image_config``.
        config: As in ``image_config``.
        annotations: Of the manifest.
    """
    diff_ids = [sha256(layer) for layer in layers]
    stored = [compress(layer, compression) for layer in layers]
    value = image_config(diff_ids, platform=platform, history=history, config=config)
    media_type = _OCI_LAYER + _SUFFIX[compression]
    config_entry = put_blob(path, json.dumps(value).encode(), OCI_CONFIG)
    manifest: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config_entry,
        "layers": [put_blob(path, blob, media_type) for blob in stored],
    }
    if annotations is not None:
        manifest["annotations"] = dict(annotations)
    entry = put_blob(path, json.dumps(manifest).encode(), OCI_MANIFEST)
    entry["platform"] = dict(zip(("os", "architecture", "variant"), platform, strict=False))
    if tag:
        entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
    add_to_index(path, entry)
    digests = tuple(sha256(blob) for blob in stored)
    return Written(entry["digest"], config_entry["digest"], digests, tuple(diff_ids))


def write_index(
    path: Path,
    platforms: Mapping[str, Sequence[bytes]],
    *,
    tag: str = "latest",
    extra: Sequence[Mapping[str, Any]] = (),
) -> dict[str, str]:
    """Write an OCI image layout with one index, or add an index to one that is there.

    Args:
        path: Directory; made if missing.
        platforms: Uncompressed layers of each platform (``linux/arm/v7``), in this order.
        tag: Name of the index.
        extra: Further entries of the index, behind the images.

    Returns:
        Digests of the manifests by platform; that of the index under an empty name.
    """
    listed = path / "index.json"
    before = json.loads(listed.read_bytes())["manifests"] if listed.exists() else []
    listed.unlink(missing_ok=True)
    found = {}
    for name, layers in platforms.items():
        written = write_oci_dir(path, layers, tag="", platform=tuple(name.split("/")))
        found[name] = written.manifest
    images = json.loads(listed.read_bytes())["manifests"] if platforms else []
    entry = put_index(path, [*images, *extra])
    listed.unlink(missing_ok=True)
    for one in (*before, entry | {"annotations": {"org.opencontainers.image.ref.name": tag}}):
        add_to_index(path, one)
    return found | {"": entry["digest"]}


def put_index(path: Path, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Write an index as a blob of an OCI layout and return its descriptor."""
    value = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)}
    return put_blob(path, json.dumps(value).encode(), OCI_INDEX)


def put_blob(path: Path, data: bytes, media_type: str) -> dict[str, Any]:
    """Write one blob of an OCI layout and return its descriptor."""
    digest = sha256(data)
    folder = path / "blobs" / "sha256"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / digest.removeprefix("sha256:")).write_bytes(data)
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def add_to_index(path: Path, descriptor: Mapping[str, Any]) -> None:
    """Append a descriptor to ``index.json``, making the layout if it is not there."""
    path.mkdir(parents=True, exist_ok=True)
    index = path / "index.json"
    value: dict[str, Any] = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    if index.exists():
        value = json.loads(index.read_text(encoding="utf-8"))
    value["manifests"].append(dict(descriptor))
    index.write_text(json.dumps(value), encoding="utf-8")
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")


def tar_of(folder: Path) -> bytes:
    """Return an uncompressed tar of a directory's files, sorted by path."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return layer_tar({str(p.relative_to(folder)): p.read_bytes() for p in files})


def write_docker_archive(
    path: Path,
    layers: Sequence[bytes],
    *,
    compression: str = "none",
    archive_compression: str = "none",
    tags: Sequence[str] = ("app:latest",),
    layout: str = "legacy",
    history: Sequence[Mapping[str, Any]] | None = None,
    config: Mapping[str, Any] | None = None,
) -> Written:
    """Write a docker archive with one image.

    Args:
        path: File to write.
        layers: Uncompressed tars, from the base upwards.
        compression: Of each layer.
        archive_compression: Of the whole archive.
        tags: ``RepoTags``.
        layout: ``legacy`` (``<id>/layer.tar``, a repeated layer being a symbolic link), or
            ``blobs`` (``blobs/sha256/...``).
        history: As in ``image_config``.
        config: As in ``image_config``.
    """
    entries, manifest, written = docker_image(
        layers, compression=compression, tags=tags, layout=layout, history=history, config=config
    )
    entries["manifest.json"] = json.dumps([manifest]).encode()
    path.write_bytes(compress(layer_tar(entries), archive_compression))
    return written


def docker_image(
    layers: Sequence[bytes],
    *,
    compression: str = "none",
    tags: Sequence[str] = ("app:latest",),
    layout: str = "legacy",
    history: Sequence[Mapping[str, Any]] | None = None,
    config: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Content], dict[str, Any], Written]:
    """Return the files of one image in a docker archive, its manifest entry, and its digests."""
    diff_ids = [sha256(layer) for layer in layers]
    stored = [compress(layer, compression) for layer in layers]
    value = image_config(diff_ids, history=history, config=config)
    raw = json.dumps(value).encode()
    config_hex = sha256(raw).removeprefix("sha256:")
    config_name = f"blobs/sha256/{config_hex}" if layout == "blobs" else f"{config_hex}.json"
    entries: dict[str, Content] = {config_name: raw}
    names: list[str] = []
    first: dict[bytes, str] = {}
    for number, blob in enumerate(stored):
        if layout == "blobs":
            name = "blobs/sha256/" + sha256(blob).removeprefix("sha256:")
            entries[name] = blob
        else:
            name = f"{config_hex[:60]}{number:04d}/layer.tar"
            entries[name] = Symlink(f"../{first[blob]}") if blob in first else blob
            first.setdefault(blob, name)
        names.append(name)
    manifest = {"Config": config_name, "RepoTags": list(tags) or None, "Layers": names}
    digests = tuple(sha256(blob) for blob in stored)
    return entries, manifest, Written("", "sha256:" + config_hex, digests, tuple(diff_ids))
