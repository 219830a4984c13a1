"""Writes targets that are broken, each in its own way, and beside what is healthy."""

from __future__ import annotations

import gzip
import json
import os
import random
from typing import TYPE_CHECKING

from images import (
    OCI_INDEX,
    OCI_MANIFEST,
    Written,
    add_to_index,
    compress,
    layer_tar,
    put_blob,
    write_docker_archive,
    write_oci_dir,
)

if TYPE_CHECKING:
    from pathlib import Path

ONE = layer_tar({"app/first-1.0.dist-info/METADATA": b"Name: first\nVersion: 1.0\n"})
TWO = layer_tar(
    {
        "app/second-1.0.dist-info/METADATA": b"Name: second\nVersion: 1.0\n",
        "noise": random.Random(1).randbytes(50_000),  # noqa: S311 - the same bytes each time
    }
)
NOISE = random.Random(2).randbytes(5000)  # noqa: S311 - likewise


def write_bad_targets(root: Path) -> None:
    """Write all of them into a directory."""
    _files(root)
    _documents(root)
    _layouts(root)
    _damaged_layers(root)
    _others(root)


def _files(root: Path) -> None:
    (root / "empty").write_bytes(b"")
    (root / "empty.tar").write_bytes(b"")
    (root / "random").write_bytes(NOISE)
    (root / "text").write_bytes(b"hello\n" * 100)
    (root / "folder").mkdir()
    os.mkfifo(root / "fifo")
    write_docker_archive(root / "whole.tar", [ONE, TWO])
    whole = (root / "whole.tar").read_bytes()
    (root / "cut.tar").write_bytes(whole[:30_000])
    (root / "cut.tar.gz").write_bytes(gzip.compress(whole, mtime=0)[:30_000])
    (root / "cut-header.gz").write_bytes(gzip.compress(whole, mtime=0)[:12])
    (root / "gzip-of-text.gz").write_bytes(gzip.compress(b"hello\n" * 100, mtime=0))


def _documents(root: Path) -> None:
    (root / "other.json").write_bytes(b'{"name": "x"}')
    (root / "list.json").write_bytes(b"[1, 2]")
    (root / "cut.json").write_bytes(b'{"bomFormat": "CycloneDX", ')
    (root / "spdx.json").write_bytes(b'{"@context": "https://spdx.org", "@graph": []}')


def _layouts(root: Path) -> None:
    void, none = root / "void-layout", root / "no-image"
    for layout in (void, none):
        layout.mkdir()
        (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (none / "index.json").write_text('{"schemaVersion": 2, "manifests": []}')
    for name, tag in (("a", ONE), ("b", TWO)):
        write_oci_dir(root / "two-images", [tag], tag=name)
    for name, part in (("no-config", "config"), ("no-manifest", "manifest")):
        written = write_oci_dir(root / name, [ONE])
        _blob(root / name, getattr(written, part)).unlink()
    written = write_oci_dir(root / "other-manifest", [ONE])
    blob = _blob(root / "other-manifest", written.manifest)
    blob.write_bytes(blob.read_bytes().replace(b"layers", b"Layers"))


def _damaged_layers(root: Path) -> None:
    """Write images whose second layer is broken and whose first is not."""

    def image(name: str, compression: str = "gzip") -> Path:
        written: Written = write_oci_dir(root / name, [ONE, TWO], compression=compression)
        return _blob(root / name, written.digests[1])

    image("no-layer").unlink()
    blob = image("cut-layer")
    blob.write_bytes(blob.read_bytes()[:20_000])
    blob = image("flipped-layer")
    content = bytearray(blob.read_bytes())
    content[25_000] ^= 1
    blob.write_bytes(content)
    blob = image("other-layer", "none")
    other = layer_tar({"app/evil-1.0.dist-info/METADATA": b"Name: evil\nVersion: 1.0\n"})
    blob.write_bytes(other + bytes(len(TWO) - len(other)))
    image("short-layer").write_bytes(compress(other, "gzip"))
    image("random-layer").write_bytes(NOISE)


def _others(root: Path) -> None:
    foreign = root / "foreign"
    write_oci_dir(foreign, [ONE], tag="", platform=("linux", "s390x"))
    write_oci_dir(foreign, [ONE], tag="", platform=("linux", "riscv64"))
    inner = (foreign / "index.json").read_bytes()
    (foreign / "index.json").unlink()
    add_to_index(foreign, put_blob(foreign, inner, OCI_INDEX))
    write_oci_dir(root / "windows", [ONE], platform=("windows", "amd64"))
    chart = root / "chart"
    helm = "application/vnd.cncf.helm"
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": put_blob(chart, b'{"name": "chart"}', f"{helm}.config.v1+json"),
        "layers": [put_blob(chart, b"chart", f"{helm}.chart.content.v1.tar+gzip")],
    }
    add_to_index(chart, put_blob(chart, json.dumps(manifest).encode(), OCI_MANIFEST))


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs/sha256" / digest.removeprefix("sha256:")
