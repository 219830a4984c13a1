"""The members of an archive are those a container engine would find in it."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from dunnage.model.limits import Limits
from dunnage.parsers.tar import FILE, TarWalker
from dunnage.sources._members import members_of
from dunnage.sources._stored import open_file

if TYPE_CHECKING:
    from pathlib import Path


def header(name: str = "x", kind: bytes = b"0", size: int = 0, **fields: bytes) -> bytes:
    """Return a header block with some raw fields and a good checksum."""
    block = bytearray(tarfile.TarInfo(name).tobuf(tarfile.USTAR_FORMAT))
    places = {"magic": 257, "prefix": 345}
    for field, value in fields.items():
        block[places[field] : places[field] + len(value)] = value
    block[156:157], block[124:136] = kind, b"%011o\0" % size
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 256 + sum(block[156:]))
    return bytes(block)


def extension(kind: bytes, data: bytes) -> bytes:
    """Return a header that tells something of the next one."""
    return header(kind=kind, size=len(data)) + data.ljust(512, b"\0")


AB, CD, MTIME = b"11 path=ab\n", b"11 path=cd\n", b"11 mtime=1\n"


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (extension(b"x", AB) + extension(b"x", CD) + header(), "cd"),
        (extension(b"x", AB) + extension(b"x", MTIME) + header(), "x"),
        (extension(b"x", AB) + extension(b"g", MTIME) + header(), "x"),
        (extension(b"L", b"long\0") + extension(b"x", AB) + header(), "long"),
        (extension(b"L", b"long\0") + extension(b"g", MTIME) + header(), "x"),
        (header(prefix=b"usr/lib"), "usr/lib/x"),
        (header(magic=b"ustar  \0", prefix=b"usr/lib"), "usr/lib/x"),
        (header(magic=b"ustar  \0", prefix=b"12345670123"), "x"),
        (header("d/", kind=b"\0"), ""),
    ],
)
def test_names_are_those_of_the_tar_walker(tmp_path: Path, data: bytes, path: str) -> None:
    """Whoever names a file twice cannot show us another one than the engine that loads it."""
    archive = tmp_path / "a.tar"
    archive.write_bytes(data + bytes(1024))
    members = members_of(open_file(str(archive)), Limits())
    found = [name for name, member in members.found.items() if member.kind == "file"]
    walker = TarWalker([data + bytes(1024)], Limits())
    walked = []
    while walker.advance():
        walked += [walker.path] if walker.kind == FILE else []
    assert found == walked == ([path] if path else [])
