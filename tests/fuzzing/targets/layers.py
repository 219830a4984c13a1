"""Tar archives, compressed blobs, whole layers, and the fold of several."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from typing import TYPE_CHECKING

from msgspec.structs import replace

import images
import stubs
import surfaces
from dunnage.indexing.measure import surface_of
from dunnage.indexing.plan import Plan
from dunnage.io.decompress import Inflater, zstd_compress, zstd_decompress
from dunnage.io.tables import table
from dunnage.model.limits import MIB, Limits
from dunnage.parsers.distribution import identify
from dunnage.parsers.tar import TarWalker
from fuzzing import samples
from fuzzing.hand import BLOCK, LIMITS, TIGHT, catalogers, packed, split, summed
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.indexing.files import Files
    from dunnage.model.cataloger import Fact
    from dunnage.model.problem import Problem
    from dunnage.model.surface import Surface
    from dunnage.model.system import OperatingSystem

Row = tuple[str, str, int]

_SMALL = Limits(layer_bytes=4 * MIB)
_KINDS = {
    tarfile.REGTYPE: "f",
    tarfile.AREGTYPE: "f",
    tarfile.DIRTYPE: "d",
    tarfile.SYMTYPE: "l",
    tarfile.LNKTYPE: "h",
}
_PLAIN = frozenset(b"\x000125xLK")
# mode, owner, group, time, device numbers, size (POSIX.1-2017 pax, "ustar Interchange Format")
_NUMBERS = ((100, 108), (108, 116), (116, 124), (136, 148), (329, 337), (337, 345), (124, 136))
_TEXT = b"a package database\n" * 30


def _walk(data: bytes) -> tuple[int, int]:
    """Walk a tar, raw and in small chunks, and compare with the standard library."""
    walker = TarWalker([data], LIMITS)
    rows: list[Row] = []
    while walker.advance():
        assert walker.path
        assert not walker.path.startswith(("/", "../"))
        rows.append((walker.path, walker.kind, walker.size))
    assert rows == _chunked(data)
    if not walker.problems and not walker.truncated and _is_plain(data, walker.offset):
        library = _library(data)
        assert library in (None, rows), "the standard library sees something else"
    return len(rows), len(walker.problems)


def _chunked(data: bytes) -> list[Row]:
    """Walk a tar that arrives in pieces of odd size, reading some bodies on the way."""
    walker = TarWalker((data[at : at + 700] for at in range(0, len(data), 700)), LIMITS)
    rows = []
    while walker.advance():
        rows.append((walker.path, walker.kind, walker.size))
        if walker.size % 2:
            head = walker.head(8)
            assert bytes(walker.read(8))[: len(head)] == head[: len(head)]
    return rows


def _is_plain(data: bytes, end: int) -> bool:
    """Tell whether every header leaves no room for readings that differ from tool to tool."""
    at = 0
    while at < end:
        block = data[at : at + BLOCK]
        fields = [block[start:end].rstrip(b"\0") for start, end in _NUMBERS]
        octal = all(not field.strip(b"01234567") for field in fields)
        plain = octal and block[257:265] == b"ustar\x0000" and len(fields[-1]) == 11
        if not plain or block[156] not in _PLAIN or _is_odd(data, at, block):
            return False
        body = 0 if block[156] in b"125" else int(fields[-1], 8)
        at += BLOCK + body + -body % BLOCK
    return True


def _is_odd(data: bytes, at: int, block: bytes) -> bool:
    """Tell whether a header is followed by another of its kind, or says odd things."""
    size = int(block[124:135], 8)
    body = data[at + BLOCK : at + BLOCK + size]
    following = data[at + BLOCK + size + -size % BLOCK :][156:157]
    if block[156] in b"xLK":
        told = (b"GNU.", b"charset", b"size=", b"\0")
        return following not in set(b"0125").union((b"0", b"1", b"2", b"5")) or any(
            word in body.rstrip(b"\0") for word in told
        )
    return False


def _library(data: bytes) -> list[Row] | None:
    """Return what ``tarfile`` sees, names cut as the walker promises; None if it complains."""
    from dunnage.parsers.tar import normal

    rows = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for member in tar:
                kind, path = _KINDS[member.type], normal(member.name)
                if path:
                    rows.append((path, kind, member.size if kind == "f" else 0))
    except (tarfile.TarError, KeyError, ValueError, OverflowError):
        return None
    return rows


def _inflate(data: bytes) -> tuple[int, int]:
    inflater = Inflater(io.BytesIO(data), _SMALL, algorithm="sha256")
    parts = []
    for part in inflater:
        assert 0 < len(part) <= MIB
        parts.append(part)
        assert inflater.content_bytes <= _SMALL.layer_bytes
    assert inflater.finished
    assert inflater.stored_bytes == len(data)
    if not inflater.problems:
        # The library stops at padding between streams; what it reads must be the beginning.
        expected = _by_library(inflater.kind, data) or b""
        assert b"".join(parts).startswith(expected), "the standard library reads something else"
    return inflater.content_bytes, len(inflater.problems)


def _by_library(kind: str, data: bytes) -> bytes | None:
    try:
        match kind:
            case "gzip":
                return gzip.decompress(data)
            case "bzip2":
                return bz2.decompress(data)
            case "xz":
                return lzma.decompress(data, lzma.FORMAT_XZ)
            case _:
                return data if kind == "none" else None
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, MemoryError):
        return None


def _zstd(data: bytes) -> int:
    return len(zstd_decompress(data, MIB))


def _settle(facts: Sequence[Fact]) -> tuple[OperatingSystem | None, tuple[Problem, ...]]:
    return identify(facts, table("distros"))


def _layers(data: bytes) -> tuple[int, int, int]:
    """Read two layers with all catalogers, fold them, and check what comes out."""
    plan = Plan(catalogers(), identify=_settle, distros=table("distros"), limits=TIGHT, jobs=1)
    tars = [summed(part) for part in split(data, 2)]
    indexed = stubs.index(tars, plan)
    inventory = indexed.inventory
    refs = [package.ref for package in inventory.packages]
    assert len(set(refs)) == len(refs)
    for package in inventory.packages:
        assert all(0 <= place.layer < 2 for place in package.locations)
    for problem in inventory.problems:
        assert problem.code != "not-joined", problem.message
        assert "cannot be understood" not in problem.message, problem.message
    assert stubs.index(tars, plan).inventory == inventory
    return len(refs), len(inventory.problems), len(inventory.removed)


def _surface(data: bytes) -> tuple[int, int, int]:
    """Measure two layers, and check that what is wasted is what is not in the tree."""
    plain = Plan(catalogers(), identify=_settle, distros=table("distros"), limits=TIGHT, jobs=1)
    measured: list[Files] = []

    def measure(files: Files) -> Surface:
        measured.append(files)
        return surface_of(files, table("programs"))

    plan = replace(plain, detectors=surfaces.DETECTORS, measure=measure)
    tars = [summed(part) for part in split(data, 2)]
    indexed = stubs.index(tars, plan)
    surface = indexed.surface
    assert surface is not None
    assert surface.unpacked == surfaces.unpacked(measured[0])
    if not indexed.problems:
        assert surface.wasted == sum(one.size for one in surface.waste)
    assert stubs.index(tars, plain).inventory == indexed.inventory
    assert stubs.index(tars, plan).surface == surface
    return surface.files, len(surface.waste), len(surface.privileged)


def _tars() -> Iterator[bytes]:
    long = "d/" * 60 + "e" * 120
    entries: dict[str, images.Content] = {
        "etc/": None,
        "etc/passwd": b"root",
        "a/b": images.Symlink("../etc"),
        "a/c": images.Hardlink("etc/passwd"),
        long: b"x" * 600,
        "a/link": images.Symlink(long),
        "caf\u00e9": b"",
    }
    yield images.layer_tar(entries)
    for form in (tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
            for name in ("a", "b/" * 40 + "c" * (140 if form == tarfile.GNU_FORMAT else 40)):
                info = tarfile.TarInfo(name)
                info.size = 5
                tar.addfile(info, io.BytesIO(b"hello"))
        yield buffer.getvalue().rstrip(b"\0") + bytes(1024 + 512)
        yield _with_prefix(buffer.getvalue()[:BLOCK])


def _with_prefix(block: bytes) -> bytes:
    """Return one entry whose header has something where ustar headers have a prefix."""
    return block[:124] + b"00000000000\0" + block[136:345] + b"usr/lib".ljust(167, b"\0")


def _measurable() -> Iterator[bytes]:
    item = surfaces.Item
    first = surfaces.tar_of(
        item("usr/bin/sh", b"\x7fELF" + bytes(80), 0o4755),
        item("bin", images.Symlink("usr/bin")),
        item("a", b"1" * 40),
        item("b", images.Hardlink("a")),
        item("key", b"-----BEGIN PRIVATE KEY-----\n"),
        item("etc/passwd", b"root::0:0::/:\n"),
        item("var/cache/apt/x", b"2" * 9, capability=bytes(20)),
    )
    second = surfaces.tar_of(
        item(".wh.a"),
        item("c", images.Hardlink("b")),
        item("bin/tool", b"#!x", 0o755),
        item("usr/bin/sh", b"\x7fELF" + bytes(80), 0o755),
        item("var/cache/.wh..wh..opq"),
    )
    yield packed(first, second)


def _blobs() -> Iterator[bytes]:
    for how in ("gzip", "zstd", "xz", "bzip2"):
        one = images.compress(_TEXT, how)
        yield from (one, one + one, one + bytes(20) + one, one + b"more", one[:-9])
    yield b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + zstd_compress(_TEXT)
    yield gzip.compress(bytes(200_000))
    yield _TEXT


def _images() -> Iterator[bytes]:
    apk = b"P:musl\nV:1.2-r1\no:musl\nF:usr/lib\nR:x.jar\n\n"
    status = b"Package: tar\nStatus: install ok installed\nVersion: 1.34-1\n\n"
    metadata = b"Name: requests\nVersion: 2.19.1\n\n"
    first: dict[str, images.Content] = {
        "lib/apk/db/installed": apk,
        "etc/os-release": b"ID=alpine\nVERSION_ID=3.19.1\n",
        "usr/lib/python3/site-packages/requests-2.19.1.dist-info/METADATA": metadata,
        "app": images.Symlink("usr/lib"),
    }
    second: dict[str, images.Content] = {
        "var/lib/dpkg/status": status,
        "app/node_modules/a/package.json": b'{"name":"a","version":"1.0.0"}',
        "usr/lib/.wh.python3": b"",
        "opt/.wh..wh..opq": b"",
        "opt/copy/METADATA": images.Hardlink("var/lib/dpkg/status"),
        "opt/a-1.dist-info/METADATA": images.Hardlink("etc/os-release"),
        "opt/b-1.dist-info/METADATA": images.Symlink("../../etc/os-release"),
    }
    yield packed(images.layer_tar(first), images.layer_tar(second))
    yield packed(images.layer_tar(second), images.layer_tar(first))
    for data in samples.raw("images/alpine/alpine-apkdb-3.7*.tar.gz", 1 << 20):
        yield packed(gzip.decompress(data)[:20_480], images.layer_tar(second))


TARGETS = {
    "surface": Target(
        "indexing/listing.py, indexing/files.py, indexing/measure.py, detectors/",
        _surface,
        lambda: [*_images(), *_measurable()],
        "nothing is raised; layers less the tree are the waste; the inventory stays the same",
        words=(b".wh.", b".wh..wh..opq", b"usr/bin/sh", b"ustar\x0000", b"0004755\0", b"1", b"2"),
        most=24_576,
    ),
    "tar": Target(
        "parsers/tar.py",
        lambda data: _walk(summed(data)) if data[-1:] != b"!" else _walk(data),
        _tars,
        "what tarfile accepts too has the same names, kinds and sizes",
        words=(
            b"ustar\x0000",
            b"ustar  \0",
            b"./",
            b"../",
            b"x",
            b"L",
            b"18 path=a/../b\n",
            b"\x80",
        ),
        most=12_288,
    ),
    "decompress": Target(
        "io/decompress.py",
        _inflate,
        _blobs,
        "content is what gzip, bz2 and lzma read",
        words=(b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh9", b"\x50\x2a\x4d\x18"),
    ),
    "zstd-frame": Target(
        "io/decompress.py",
        _zstd,
        lambda: [zstd_compress(_TEXT), zstd_compress(b""), zstd_compress(bytes(100_000))],
        words=(b"\x28\xb5\x2f\xfd",),
    ),
    "layers": Target(
        "indexing/",
        _layers,
        _images,
        "nothing is raised, packages have unique names, twice gives the same",
        allowed=(),
        words=(
            b"var/lib/dpkg/status\0",
            b"lib/apk/db/installed\0",
            b".wh.",
            b".wh..wh..opq\0",
            b"\x0000",
            b"../",
        ),
        most=40_960,
    ),
}
