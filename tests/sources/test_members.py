"""The members of an archive are those a container engine would find in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dunnage.model.limits import Limits
from dunnage.parsers.tar import FILE, TarWalker
from dunnage.sources._members import members_of
from dunnage.sources._stored import open_file
from tar_blocks import extension, header

if TYPE_CHECKING:
    from pathlib import Path


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
