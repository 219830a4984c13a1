"""The members of an archive are those a container engine would find in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dunnage.model.errors import DunnageError, InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.parsers.tar import FILE, TarWalker
from dunnage.sources._members import members_of
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
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


NEGATIVE = b"-0000001000\0"
HUGE = b"\xbf" + b"\xff" * 11
LARGE = b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7
BASED = b"0o00000010\0\0"


@pytest.mark.parametrize("size", [NEGATIVE, HUGE, BASED, b"1_000\0", b"+0000000010\0"])
@pytest.mark.parametrize("kind", [b"0", b"5", b"x", b"L"])
def test_a_size_that_is_no_number_ends_the_walk(tmp_path: Path, size: bytes, kind: bytes) -> None:
    """A negative size would lead back, and to the same header again, for ever."""
    archive = tmp_path / "a.tar"
    archive.write_bytes(header("manifest.json") + header(kind=kind, size=0, raw=size) + bytes(4096))
    with pytest.raises(InputError, match="damaged tar header"):
        members_of(open_file(str(archive)), Limits())
    with pytest.raises(DunnageError):
        open_target(str(archive), Options())


def test_the_largest_size_ends_the_archive(tmp_path: Path) -> None:
    """2**63 - 1 bytes are not there, and no offset behind them is asked for."""
    archive = tmp_path / "a.tar"
    archive.write_bytes(header("manifest.json", raw=LARGE) + bytes(4096))
    found = members_of(open_file(str(archive)), Limits())
    assert (found.truncated, found.holds("manifest.json")) == (True, False)
    with pytest.raises(DunnageError):
        open_target(str(archive), Options())


def test_headers_are_counted_whatever_they_are_called(tmp_path: Path) -> None:
    """Very many members of one name, or headers of none, take bounded time."""
    archive = tmp_path / "a.tar"
    for block in (header(), extension(b"x", AB)):
        archive.write_bytes(block * 50 + bytes(1024))
        with pytest.raises(LimitError, match="too many members"):
            members_of(open_file(str(archive)), Limits(entries=20))
