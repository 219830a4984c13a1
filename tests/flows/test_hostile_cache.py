"""What lies in the cache is not believed: each way to poison it, and the report is as before."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from hostile_images import FIRST
from images import compress, layer_tar, write_oci_dir
from measured import bounded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _swap(records: list[Path]) -> None:
    one, two = (path.read_bytes() for path in records)
    records[0].write_bytes(two)
    records[1].write_bytes(one)


def _flip(records: list[Path]) -> None:
    for path in records:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)


def _link(records: list[Path]) -> None:
    for path in records:
        moved = path.replace(path.with_name(f"{path.name}.moved"))
        path.symlink_to(moved)


def _pipe(records: list[Path]) -> None:
    for path in records:
        path.unlink()
        os.mkfifo(path)


def _cut(records: list[Path]) -> None:
    for path in records:
        os.truncate(path, path.stat().st_size // 2)


def _grow(records: list[Path]) -> None:
    for path in records:
        os.truncate(path, 10 << 30)


def _write(data: bytes) -> Callable[[list[Path]], None]:
    def write(records: list[Path]) -> None:
        for path in records:
            path.write_bytes(data)

    return write


def _bomb(records: list[Path]) -> None:
    """A record with a good checksum that becomes 10 GiB."""
    content = compress(bytes(16 << 20), "zstd") * 640
    _write(b"dunnage-layer\n" + hashlib.sha256(content).digest() + content)(records)


POISONS: dict[str, Callable[[list[Path]], None]] = {
    "another image's": _swap,
    "flipped": _flip,
    "cut": _cut,
    "empty": _write(b""),
    "another version's": _write(b"dunnage-layer\0" + bytes(100)),
    "a link": _link,
    "a pipe": _pipe,
    "a bomb": _bomb,
    "huge": _grow,
}


@pytest.mark.parametrize("how", POISONS)
def test_a_poisoned_cache_changes_nothing(how: str, tmp_path: Path) -> None:
    """Whatever lies in the cache, the report is that of a first scan; nothing else is followed."""
    second = layer_tar({"app/second-1.0.dist-info/METADATA": b"Name: second\nVersion: 1.0\n"})
    write_oci_dir(tmp_path / "image", [FIRST, second])
    words = ("sbom", "oci-dir:image", "-o", "json", "--cache-dir", "own")
    bounded(tmp_path, *words)
    records = sorted((tmp_path / "own/layers").iterdir())
    assert len(records) == 2
    POISONS[how](records)
    done, report = bounded(tmp_path, *words, mib=600)
    (subject,) = report["subjects"]
    assert (done.code, done.err) == (0, "")
    assert sorted(p["name"] for p in subject["packages"]) == ["first", "second"]
    layers = {p["name"]: p["locations"][0]["layer"] for p in subject["packages"]}
    assert layers == {"first": 0, "second": 1}
    assert subject["examined"]["layers_cached"] == 0
