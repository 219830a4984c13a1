"""Writes targets that are built to hurt whoever reads them: images, archives, directories, documents.

The bad part comes with good ones, so that a test can see whether they are still found: layer 0 of
each image is the package ``first``, and ``before`` and ``after`` lie around what is bad in layer 1.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from hostile_files import FILES, deep_json, deep_object, deep_xml, deep_yaml
from hostile_tars import TARS, Stored, good, stored
from images import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    Symlink,
    add_to_index,
    docker_image,
    image_config,
    layer_tar,
    put_blob,
    write_oci_dir,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from images import Content

    Json = dict[str, Any]

_LAYER = "application/vnd.oci.image.layer.v1.tar"
FIRST = layer_tar(good("first"))
SECOND = layer_tar(good("second"))
BIG = 10 << 30
"""Size in bytes of sparse files."""


def layer_of(name: str) -> Stored:
    """Return a bad layer by its name."""
    if name in TARS:
        return TARS[name]()
    path, make = FILES[name]
    return stored(layer_tar({**good("before"), path: make(), **good("after")}))


def write_image(path: Path, bad: Stored) -> None:
    """Write an OCI layout of an image with a good layer and a bad one."""
    layers = [stored(FIRST), bad]
    config = json.dumps(image_config([layer.diff_id for layer in layers])).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": put_blob(path, config, OCI_CONFIG),
        "layers": [put_blob(path, layer.blob, _LAYER + layer.suffix) for layer in layers],
    }
    add_to_index(path, put_blob(path, json.dumps(manifest).encode(), OCI_MANIFEST))


def _layout(path: Path, change: Callable[[Json, Json], None]) -> None:
    """Write an OCI layout whose configuration and manifest were changed before they were hashed."""
    write_image(path, stored(SECOND))
    index = json.loads((path / "index.json").read_text())
    manifest = json.loads(_blob(path, index["manifests"][0]).read_text())
    config = json.loads(_blob(path, manifest["config"]).read_text())
    change(config, manifest)
    if manifest["config"]["mediaType"] == OCI_CONFIG:
        manifest["config"] = put_blob(path, _text(config), OCI_CONFIG)
    index["manifests"] = [put_blob(path, _text(manifest), OCI_MANIFEST)]
    (path / "index.json").write_text(json.dumps(index))


def _blob(path: Path, descriptor: Json) -> Path:
    found: Path = path / "blobs/sha256" / descriptor["digest"].removeprefix("sha256:")
    return found


def _text(value: Json) -> bytes:
    """Return a document; where it says ``DEEP``, there are a thousand levels."""
    return json.dumps(value).encode().replace(b'"DEEP"', deep_json())


def write_layouts(root: Path) -> None:
    """Write OCI layouts whose manifests are built to hurt."""
    _layout(root / "deep-config", lambda config, _: config.update(x="DEEP"))
    _layout(root / "deep-manifest", lambda _, manifest: manifest.update(x="DEEP"))
    write_image(root / "deep-index", stored(SECOND))
    index = root / "deep-index/index.json"
    index.write_bytes(_text({**json.loads(index.read_text()), "x": "DEEP"}))
    _layout(root / "many-layers", lambda _, m: m.update(layers=m["layers"] * 5000))
    _layout(root / "layer-as-config", lambda _, m: m.update(config=m["layers"][0]))
    _layout(root / "config-as-layer", lambda _, m: m["layers"].append(m["config"]))
    _layout(root / "size-lies", lambda _, m: m["layers"][1].update(size=1 << 40))
    _layout(root / "size-short", lambda _, m: m["layers"][1].update(size=10))
    write_image(root / "self-index", stored(SECOND))
    (root / "self-index/index.json").write_bytes(SELF)
    (root / "self-index/blobs/sha256" / ("a" * 64)).write_bytes(SELF)
    write_image(root / "index-chain", stored(SECOND))
    chain(root / "index-chain", 1000)
    write_image(root / "index-loop", stored(SECOND))
    (root / "index-loop/index.json").unlink()
    (root / "index-loop/index.json").symlink_to("index.json")
    for name, change in _BLOBS.items():
        own = layer_tar(good(name))  # one that no cache knows yet
        layer = write_oci_dir(root / name, [FIRST, own]).digests[1]
        blob = _blob(root / name, {"digest": layer})
        blob.unlink()
        change(blob)


_BLOBS: dict[str, Callable[[Path], None]] = {
    "blob-loop": lambda blob: blob.symlink_to(blob.name),
    "blob-zero": lambda blob: blob.symlink_to("/dev/zero"),
    "blob-pipe": os.mkfifo,
    "blob-folder": lambda blob: blob.mkdir(),
}

SELF = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [{"mediaType": OCI_INDEX, "digest": f"sha256:{'a' * 64}", "size": 1000}],
    }
).encode().ljust(1000)  # fmt: skip
"""An index that points at itself, as far as that can be: its own digest it cannot name."""


def chain(layout: Path, length: int) -> None:
    """Put an image of a layout behind so many indexes, each of which holds only the next."""
    value = json.loads((layout / "index.json").read_text())
    for _ in range(length):
        data = json.dumps({**value, "mediaType": OCI_INDEX}).encode()
        value["manifests"] = [put_blob(layout, data, OCI_INDEX)]
    (layout / "index.json").write_text(json.dumps(value))


def write_archives(root: Path) -> None:
    """Write docker archives whose members are built to hurt."""
    plain, manifest, _ = docker_image([FIRST, SECOND])
    low, high = manifest["Layers"]

    def write(name: str, changes: dict[str, Content], **more: object) -> None:
        listed = json.dumps([{**manifest, **more}]).encode()
        (root / name).write_bytes(layer_tar({**plain, "manifest.json": listed, **changes}))

    write("layer-loop.tar", {high: Symlink(f"../{high}")})
    write("layer-outside.tar", {high: Symlink("/etc/hostname")})
    write("layer-dotdot.tar", {}, Layers=[low, "../../../etc/hostname"])
    write("layer-manifest.tar", {}, Layers=[low, "manifest.json"])
    write("layers-many.tar", {}, Layers=[low, high] * 5000)
    write("config-manifest.tar", {}, Config="manifest.json")
    write("manifest-loop.tar", {"manifest.json": Symlink("manifest.json")})
    write("manifest-deep.tar", {"manifest.json": deep_json()})
    (root / "sparse.tar").write_bytes(FIRST[:1024])
    os.truncate(root / "sparse.tar", 1 << 30)
    (root / "bare.tar").write_bytes(layer_tar({"readme.txt": b"hello\n"}))


def write_trees(root: Path) -> None:
    """Write a root file system and a project with what is built to hurt."""
    tree = root / "tree"
    files = {
        "etc/os-release": b"ID=alpine\nVERSION_ID=3.19.0\n",
        "lib/apk/db/installed": b"P:musl\nV:1.2.4-r2\nA:x86_64\n\n",
        "app/first-1.0.dist-info/METADATA": b"Name: first\nVersion: 1.0\n",
    }
    for path, data in files.items():
        _put(tree / path, data)
    for path, data in {
        "usr/lib/sparse.jar": b"PK\3\4",
        "usr/bin/sparse": b"\x7fELF",
        "app/sparse-1.0.dist-info/METADATA": b"Name: sparse\n",
    }.items():
        os.truncate(_put(tree / path, data), BIG)
    for path, target in {
        "app/self": "self",
        "app/loop": ".",
        "app/up": "../..",
        "app/root": "/",
        "app/host-1.0.dist-info/METADATA": "/etc/hostname",
        "app/zero-1.0.dist-info/METADATA": "/dev/zero",
    }.items():
        (tree / path).parent.mkdir(exist_ok=True)
        (tree / path).symlink_to(target)
    os.mkfifo(tree / "app/package.json")
    _dig(tree, 3000)
    project = root / "project"
    _put(project / "requirements.txt", b"first==1.0\n")
    for path, data in {
        "a/pnpm-lock.yaml": deep_yaml(),
        "b/package-lock.json": deep_object('{"lockfileVersion": 3, "packages": '),
        "c/composer.lock": deep_object('{"packages": '),
        "d/Pipfile.lock": deep_object('{"default": '),
        "e/pom.xml": b"<project>" + b"<a>" * 1000 + b"</a>" * 1000 + b"</project>",
        "f/poetry.lock": b"a = " + b"[" * 1000 + b"]" * 1000 + b"\n",
        "g/packages.lock.json": deep_object('{"version": 1, "dependencies": '),
    }.items():
        _put(project / path, data)


def _put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _dig(path: Path, depth: int) -> None:
    """Make directories within directories, deeper than any path can say."""
    above = os.open(path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=above)
        below = os.open("d", os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(above)


def write_documents(root: Path) -> None:
    """Write documents that are nested very deeply."""
    for name, start in {
        "deep.cdx.json": '{"bomFormat": "CycloneDX", "specVersion": "1.5", "x": ',
        "deep.spdx.json": '{"spdxVersion": "SPDX-2.3", "packages": [], "x": ',
        "deep.syft.json": '{"artifacts": [], "schema": {"version": "16.0.18"}, "x": ',
        "deep.report.json": '{"schema": "dunnage-report/1", "subjects": ',
    }.items():
        (root / name).write_bytes(deep_object(start))
    (root / "deep.cdx.xml").write_bytes(deep_xml())
    (root / "deep-list.json").write_bytes(deep_json('{"bomFormat": "CycloneDX", "x": ', "}"))
    (root / "sparse.cdx.json").write_bytes(b'{"bomFormat":')
    os.truncate(root / "sparse.cdx.json", BIG)
    (root / "sparse.jar").write_bytes(b"PK\3\4")
    os.truncate(root / "sparse.jar", BIG)
