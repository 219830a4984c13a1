"""What registries, layouts and docker archives say of images."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import images
from dunnage.model.errors import InputError, TargetError
from dunnage.model.image import Layer
from dunnage.parsers import image_config, oci
from dunnage.parsers.reference import Reference
from dunnage.parsers.tar import FILE, TarWalker
from dunnage.sources import _docker
from dunnage.sources._challenge import challenges
from dunnage.sources._members import members_of
from dunnage.sources._stored import Stored
from fuzzing.hand import LIMITS, summed
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGEST = "sha256:" + "0" * 64
_JSON = (b"[", b"]", b"{", b"}", b'"', b":", b",", b"1e999", b"-1", b"null", b"sha512:")


def _oci(data: bytes) -> str:
    found = oci.read(data, LIMITS)
    if isinstance(found, oci.Index):
        return f"index {len(found.manifests)}"
    assert all(layer.size >= 0 for layer in found.layers)
    return f"manifest {len(found.layers)}"


def _config(data: bytes) -> tuple[int, int]:
    config = image_config.read(data, LIMITS)
    for count in {0, 1, len(config.diff_ids)}:
        layers = [Layer(index) for index in range(count)]
        image, _ = image_config.with_layers(config, layers)
        assert len(image.layers) == count
    return len(config.diff_ids), len(config.steps)


def _reference(data: bytes) -> int:
    reference = Reference.parse(data.decode("utf-8", "surrogateescape"))
    assert Reference.parse(str(reference)) == reference, "what is written is read back"
    return len(reference.path)


def _docker_manifest(data: bytes) -> int:
    entries = _docker._entries(data, LIMITS, "x.tar")
    for wanted in ("", "alpine:3", "0123"):
        try:
            _docker._chosen(entries, wanted, "x.tar")
        except TargetError:
            continue
    return len(entries)


def _members(data: bytes) -> int:
    data = summed(data)
    handle = os.memfd_create("fuzz")
    os.write(handle, data)
    members = members_of(Stored(handle, "x.tar"), LIMITS)
    for path in (*list(members.found)[:20], "manifest.json", "../x"):
        try:
            content = members.read(path, 1 << 20)
        except InputError:
            continue
        assert content is None or len(content) <= len(data)
    walked = _walked(data)
    if walked is not None:
        files = ((path, m.size) for path, m in members.found.items() if m.kind == "file")
        found = [pair for pair in files if pair[0] != "." and not pair[0].startswith("..")]
        assert sorted(found) == sorted(walked), "the tar walker sees other files"
    return len(members.found)


def _walked(data: bytes) -> list[tuple[str, int]] | None:
    """Return the files the tar walker sees; None where engines refuse, or the last path counts."""
    walker = TarWalker([data], LIMITS)
    paths: list[str] = []
    files = []
    try:
        while walker.advance():
            paths.append(walker.path)
            if walker.sparse or walker._block[156] not in b"\x0001234567":
                return None
            files += [(walker.path, walker.size)] if walker.kind == FILE else []
    except InputError:
        return None
    plain = len(set(paths)) == len(paths) and not walker.problems
    return files if plain else None


def _challenge(data: bytes) -> int:
    return len(challenges(data.decode("latin-1")))


def _manifests() -> Iterator[bytes]:
    layer = {"mediaType": images._OCI_LAYER, "digest": _DIGEST, "size": 7}
    config = {"mediaType": images.OCI_CONFIG, "digest": _DIGEST, "size": 9}
    yield json.dumps({"schemaVersion": 2, "config": config, "layers": [layer, layer]}).encode()
    entry = {
        "mediaType": images.OCI_MANIFEST,
        "digest": _DIGEST,
        "size": 1,
        "platform": {"os": "linux", "architecture": "arm", "variant": "v7"},
        "annotations": {oci.REF_NAME: "latest", "io.containerd.image.name": "x"},
    }
    yield json.dumps({"mediaType": images.OCI_INDEX, "manifests": [entry]}).encode()
    yield json.dumps({"schemaVersion": 1, "fsLayers": []}).encode()
    yield json.dumps(
        {"config": {**config, "mediaType": "application/x.helm"}, "layers": []}
    ).encode()


def _configs() -> Iterator[bytes]:
    history = [{"created_by": "ADD x", "created": "2020"}, {"empty_layer": True}]
    yield json.dumps(
        {
            "os": "linux",
            "architecture": "amd64",
            "config": {"User": "a", "Env": ["A=b"], "Labels": {"a": "b"}, "Entrypoint": ["/x"]},
            "rootfs": {"type": "layers", "diff_ids": [_DIGEST]},
            "history": history,
        }
    ).encode()


def _archives() -> Iterator[bytes]:
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["x/layer.tar"]}])
    long = "d" * 120
    entries: dict[str, images.Content] = {
        "manifest.json": manifest.encode(),
        "c.json": b"{}",
        "x/layer.tar": images.Symlink("../y/layer.tar"),
        "y/layer.tar": b"z" * 600,
        "z": images.Hardlink("c.json"),
        long: b"",
    }
    yield images.layer_tar(entries)


TARGETS = {
    "oci-manifest": Target(
        "parsers/oci.py",
        _oci,
        _manifests,
        words=(*_JSON, b'"manifests":[', b'"layers":[', b'"config":{', b'"mediaType":"'),
    ),
    "image-config": Target(
        "parsers/image_config.py",
        _config,
        _configs,
        "an image has as many layers as its manifest",
        words=(*_JSON, b'"rootfs":{', b'"history":[', b'"empty_layer":true', b'"windows"'),
    ),
    "docker-manifest": Target(
        "sources/_docker.py",
        _docker_manifest,
        lambda: [b'[{"Config":"c.json","RepoTags":["alpine:3",null],"Layers":["a","b"]}]'],
        allowed=(InputError, TargetError),
        words=(*_JSON, b'"Config":"', b'"RepoTags":[', b"blobs/sha256/"),
    ),
    "docker-archive": Target(
        "sources/_members.py",
        _members,
        _archives,
        "content lies inside the archive, files are those of the tar walker",
        words=(b"ustar\x0000", b"x", b"L", b"K", b"../", b"20 path=manifest.json\n", b"\x80"),
        most=12_288,
    ),
    "reference": Target(
        "parsers/reference.py",
        _reference,
        lambda: [b"alpine", b"localhost:5000/a/b:1@" + _DIGEST.encode(), b"[::1]:5000/a", b"A.b/c"],
        "what is written is read back",
        words=(b":", b"@sha256:", b"/", b"localhost", b"docker.io", b"[::1]", b"__", b"--"),
        most=400,
    ),
    "challenge": Target(
        "sources/_challenge.py",
        _challenge,
        lambda: [b'Bearer realm="https://a/t",service="r",scope="repository:a:pull",Basic realm=x'],
        words=(b"Bearer ", b'realm="', b'\\"', b",", b"=", b"Basic "),
        most=9000,
    ),
}
