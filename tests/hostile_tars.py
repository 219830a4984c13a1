"""Makes layers whose tar archive is built to hurt whoever reads it, each with good packages in it.

Each function gives a whole stored layer and its uncompressed digest, so that digests hold and it is
the content that is examined. Large ones are made of repeated compressed pieces.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from typing import TYPE_CHECKING, NamedTuple

from images import Hardlink, Symlink, compress, layer_tar, sha256
from tar_blocks import extension, header

if TYPE_CHECKING:
    from collections.abc import Callable

    from images import Content

MIB = 1 << 20
END = bytes(2 * tarfile.BLOCKSIZE)


class Stored(NamedTuple):
    """A layer as it is stored: blob, digest of the uncompressed content, suffix of the type."""

    blob: bytes
    diff_id: str
    suffix: str = "+gzip"


def good(name: str) -> dict[str, Content]:
    """Return the one file of a Python package, version 1.0."""
    path = f"app/{name}-1.0.dist-info/METADATA"
    return {path: f"Name: {name}\nVersion: 1.0\n".encode()}


def entries(*names: str) -> bytes:
    """Return tar entries of good packages, without the end of an archive."""
    return b"".join(layer_tar(good(name))[:1024] for name in names)


def stored(content: bytes) -> Stored:
    """Return a layer compressed with gzip."""
    return Stored(compress(content, "gzip"), sha256(content))


def repeated(before: bytes, piece: bytes, count: int, after: bytes, kind: str = "gzip") -> Stored:
    """Return a layer in which one piece comes very often; each part is a compressed member."""
    digest = hashlib.sha256(before)
    for _ in range(count):
        digest.update(piece)
    digest.update(after)
    parts = [compress(part, kind) for part in (before, piece, after)]
    return Stored(
        parts[0] + parts[1] * count + parts[2], f"sha256:{digest.hexdigest()}", _TYPES[kind]
    )


_TYPES = {"gzip": "+gzip", "zstd": "+zstd", "xz": "+xz", "bzip2": "+bzip2"}


def big_file(size: int, kind: str = "gzip") -> Stored:
    """Return a layer with one huge file of zeros between two good packages."""
    first = entries("before") + header("usr/lib/big.bin", size=size)
    return repeated(first, bytes(16 * MIB), size // (16 * MIB), entries("after") + END, kind)


def endless() -> Stored:
    """Return a layer that takes minutes to read; nobody comes to where its digest would matter."""
    first = entries("before") + header("usr/lib/big.bin", size=7 << 30)
    piece = compress(bytes(16 * MIB), "gzip")
    return Stored(compress(first, "gzip") + piece * 4000, sha256(b""))


def many_entries(count: int) -> Stored:
    """Return a layer with very many empty files of different names, and a good package after."""
    plain = bytearray(tarfile.TarInfo("e/0000000").tobuf(tarfile.USTAR_FORMAT))
    zero = int(plain[148:154], 8)
    tails = []
    for total in range(9 * 7 + 1):
        plain[148:156] = b"%06o\0 " % (zero + total)
        tails.append(bytes(plain[9:]))
    sums = [sum(map(int, str(number))) for number in range(1000)]
    packer = zlib.compressobj(1, wbits=31)
    digest = hashlib.sha256()
    blob = []
    for high in range(count // 1000):
        base = sums[high % 1000] + sums[high // 1000]
        chunk = b"".join(
            b"e/%07d" % (high * 1000 + low) + tails[base + sums[low]] for low in range(1000)
        )
        digest.update(chunk)
        blob.append(packer.compress(chunk))
    last = entries("after") + END
    digest.update(last)
    blob += [packer.compress(last), packer.flush()]
    return Stored(b"".join(blob), f"sha256:{digest.hexdigest()}")


def _named(name: bytes) -> bytes:
    """Return an entry whose name is written in a pax header, then good packages and the end."""
    record = b" path=" + name + b"\n"
    length = len(record)
    while len(b"%d" % length + record) != length:
        length = len(b"%d" % length + record)
    data = b"%d" % length + record
    pax = header(kind=b"x", size=len(data)) + data + bytes(-len(data) % 512)
    return entries("before") + pax + header("x", size=1) + b"x".ljust(512, b"\0")


def _gnu_named(name: bytes) -> bytes:
    data = name + b"\0"
    long_name = header("././@LongLink", b"L", len(data)) + data + bytes(-len(data) % 512)
    return entries("before") + long_name + header("x", size=1) + b"x".ljust(512, b"\0")


def _broken_by(entry: bytes) -> bytes:
    return entries("before") + entry + entries("after") + END


LOOPS: dict[str, Content] = {
    "app/self": Symlink("self"),
    "app/a": Symlink("b/x"),
    "app/b": Symlink("a/x"),
    "app/loop": Symlink("."),
    "app/a/lost-1.0.dist-info/METADATA": b"Name: lost\nVersion: 1.0\n",
    "app/one-1.0.dist-info/METADATA": Symlink("../two-1.0.dist-info/METADATA"),
    "app/two-1.0.dist-info/METADATA": Symlink("../one-1.0.dist-info/METADATA"),
    "app/hard-1.0.dist-info/METADATA": Hardlink("app/hart-1.0.dist-info/METADATA"),
    "app/hart-1.0.dist-info/METADATA": Hardlink("app/hard-1.0.dist-info/METADATA"),
    "lib": Symlink("lib/lib/lib"),
    "lib/over-1.0.dist-info/METADATA": b"Name: over\nVersion: 1.0\n",
}

OUTWARDS: dict[str, Content] = {
    "app/host-1.0.dist-info/METADATA": Symlink("../../../../../../etc/hostname"),
    "var/lib/dpkg": Symlink("/../../../var/lib/dpkg"),
    "app/hard-1.0.dist-info/METADATA": Hardlink("../../../etc/hostname"),
    "app/proc-1.0.dist-info/METADATA": Symlink("/proc/self/environ"),
}


def _sparse_old(size: int) -> bytes:
    """Return an old GNU sparse file of 1 MiB said to have so many bytes."""
    block = bytearray(header("usr/lib/sparse.jar", b"S", 512, magic=b"ustar  \0"))
    block[386:398], block[398:410] = b"%011o\0" % 0, b"%011o\0" % 512
    block[483:495] = size.to_bytes(12, "big")
    block[483] |= 0x80
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 256 + sum(block[156:]))
    return bytes(block) + b"PK\3\4".ljust(512, b"\0")


def _sparse_pax(size: int) -> bytes:
    """Return a PAX sparse file (version 1.0) said to have so many bytes."""
    pairs = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "usr/lib/sparse.jar",
        "GNU.sparse.realsize": str(size),
    }
    info = tarfile.TarInfo("usr/lib/GNUSparseFile.1/sparse.jar")
    info.size, info.pax_headers = 1024, pairs
    data = b"1\n0\n512\n".ljust(512, b"\0") + b"PK\3\4".ljust(512, b"\0")
    return info.tobuf(tarfile.PAX_FORMAT) + data


def inside(body: bytes) -> bytes:
    """Return a file whose body looks like further entries."""
    return header("data.bin", size=len(body)) + body


def negative() -> bytes:
    """Return a header with a size below zero (base-256)."""
    block = bytearray(header("negative"))
    block[124:136] = b"\xff" * 12
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 256 + sum(block[156:]))
    return bytes(block)


def pax_size(size: int) -> bytes:
    """Return an entry of 512 bytes whose pax header says another size."""
    record = b" size=%d\n" % size
    length = len(record) + 2
    data = b"%d" % length + record
    return extension(b"x", data) + header("said", size=512) + bytes(512)


ENTRY = header("usr/lib/one.bin", size=512) + bytes(512)

TARS: dict[str, Callable[[], Stored]] = {
    "gzip-bomb": lambda: big_file(1 << 29),
    "bzip2-bomb": lambda: big_file(1 << 28, "bzip2"),
    "xz-bomb": lambda: big_file(1 << 28, "xz"),
    "zstd-bomb": lambda: big_file(1 << 28, "zstd"),
    "gzip-in-gzip": lambda: stored(gzip.compress(_broken_by(b""), mtime=0)),
    "million": lambda: many_entries(1_000_000),
    "dotdot": lambda: stored(_named(b"../../app/evil-1.0.dist-info/METADATA") + entries("after") + END),
    "absolute": lambda: stored(_broken_by(header("/etc/passwd") + header("//app/../etc/shadow"))),
    "nul": lambda: stored(_named(b"app/evil\0-1.0.dist-info/METADATA") + entries("after") + END),
    "long-pax": lambda: stored(_named(b"n" * 65536) + entries("after") + END),
    "long-gnu": lambda: stored(_gnu_named(b"d/" * 32768) + entries("after") + END),
    "deep": lambda: stored(_gnu_named(b"d/" * 1000 + b"f") + entries("after") + END),
    "escape": lambda: stored(_named(b"app/\x1b[2Jx-1.0.dist-info/METADATA") + entries("after") + END),
    "links": lambda: stored(entries("before") + layer_tar(LOOPS | good("after"))),
    "outwards": lambda: stored(entries("before") + layer_tar(OUTWARDS | good("after"))),
    "size-beyond": lambda: stored(_broken_by(header("big", size=1 << 32))),
    "size-largest": lambda: stored(_broken_by(pax_size((1 << 63) - 1))),
    "size-20-digits": lambda: stored(_broken_by(pax_size(10**19))),
    "size-negative": lambda: stored(_broken_by(negative())),
    "size-less": lambda: stored(_broken_by(header("small", size=1) + b"x" * 1024)),
    "inside": lambda: stored(_broken_by(inside(layer_tar(good("smuggled"))))),
    "sparse-old": lambda: stored(_broken_by(_sparse_old(10 << 30))),
    "sparse-pax": lambda: stored(_broken_by(_sparse_pax(10 << 30))),
}  # fmt: skip
