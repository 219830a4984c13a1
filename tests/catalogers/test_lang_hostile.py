"""Real inputs with bytes changed or cut off give packages or an InputError, in bounded time."""

from __future__ import annotations

import io
import tarfile
import time
import zipfile
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.catalogers import (
    go_binary,
    java_archive,
    node_package,
    python_package,
    rust_binary,
)
from dunnage.model.errors import InputError
from programs import archive, elf, examine, go_inline, pom
from support import data_root

MADE = {
    "x.jar": archive({**pom("g", "x", "1"), "lib/y.jar": archive(pom("h", "y", "2"))}),
    "x.egg": archive({"EGG-INFO/PKG-INFO": b"Name: x\nVersion: 1\n"}),
    "x": elf({".go.buildinfo": go_inline(), ".dep-v0": b"x\x9c\x03\0\0\0\0\x01"}),
    "x.exe": b"MZ".ljust(60, b"\0") + b"\x40\0\0\0PE\0\0" + b"\0" * 200,
    "x.macho": b"\xcf\xfa\xed\xfe"
    + b"\0" * 12
    + b"\1\0\0\0\x58\0\0\0"
    + b"\x19\0\0\0\x50\0\0\0" * 12,
    "node_modules/x/package.json": b'{"name": "x", "version": "1", "dependencies": {"y": "1"}}',
    "x-1.dist-info/METADATA": b"Name: x\nVersion: 1\nRequires-Dist: y\n\nz",
}
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 24), st.integers(0, 255)), max_size=10)


@cache
def _real() -> dict[str, bytes]:
    """Return one real file of each kind."""
    root = data_root() / "images/lang"
    files = {"go": (root / "go-esbuild-0.17.0-buildinfo.elf").read_bytes()}
    files["rust"] = (root / "rust-uv-0.13.9-depv0.elf").read_bytes()
    with tarfile.open(root / "java-jars.tar.gz") as tar:
        for entry in tar:
            if entry.name.endswith("commons-text.jar") and (stream := tar.extractfile(entry)):
                # Only what is read, so that changes hit it often.
                with zipfile.ZipFile(io.BytesIO(stream.read())) as jar:
                    kept = {name: jar.read(name) for name in jar.namelist() if "META-INF" in name}
                files["commons-text.jar"] = archive(kept)
    return files


def _examine(path: str, data: bytes) -> None:
    started = time.monotonic()
    for module in (go_binary, java_archive, node_package, python_package, rust_binary):
        try:
            fact = examine(module.parse, path, data)
        except InputError:
            continue
        for package in fact.packages:
            assert package.name
            str(package.purl).encode()
            repr(package).encode()
    assert time.monotonic() - started < 5


def _mutant(data: bytes, changes: list[tuple[int, int]], keep: int) -> bytes:
    mutant = bytearray(data[: max(len(data) - keep, 0)])
    for place, value in changes:
        if mutant:
            mutant[place % len(mutant)] = value
    return bytes(mutant)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(MADE)), CHANGES, st.integers(0, 3).map(lambda n: n**6))
def test_made_inputs(name: str, changes: list[tuple[int, int]], cut: int) -> None:
    """Small made-up files of every kind survive any change and any cut."""
    _examine(name, _mutant(MADE[name], changes, cut))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["go", "rust", "commons-text.jar"]),
    CHANGES,
    st.integers(0, 3).map(lambda n: n**6),
)
def test_real_inputs(name: str, changes: list[tuple[int, int]], cut: int) -> None:
    """Real programs and jars survive any change and any cut."""
    _examine(name, _mutant(_real()[name], changes, cut))
