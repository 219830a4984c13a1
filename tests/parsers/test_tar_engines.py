"""Names are those a container engine sees, also where a header says several things.

The expected names are those of Go's ``archive/tar``, with which engines unpack layers.
"""

from __future__ import annotations

import pytest

from dunnage.model.limits import Limits
from dunnage.parsers.tar import TarWalker
from tar_blocks import extension, header

AB, CD, MTIME = b"11 path=ab\n", b"11 path=cd\n", b"11 mtime=1\n"
SPARSE = b"21 GNU.sparse.name=s\n"
VERSION = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"


def seen(data: bytes) -> list[tuple[str, str]]:
    """Return path and link of every entry; nothing may be odd about them."""
    walker = TarWalker([data], Limits())
    found = []
    while walker.advance():
        found.append((walker.path, walker.link))
    assert not walker.problems
    return found


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        (extension(b"x", AB) + extension(b"x", CD), "cd"),
        (extension(b"x", AB) + extension(b"x", MTIME), "x"),
        (extension(b"L", b"long\0") + extension(b"x", AB), "long"),
        (extension(b"x", AB) + extension(b"L", b"long\0"), "long"),
        (extension(b"x", AB) + extension(b"g", MTIME), "x"),
        (extension(b"L", b"long\0") + extension(b"g", MTIME), "x"),
        (extension(b"x", AB + SPARSE), "ab"),
        (extension(b"x", AB + SPARSE + VERSION), "s"),
    ],
)
def test_repeated_extended_headers(headers: bytes, path: str) -> None:
    """The last extended header counts, a GNU name over it; a global one ends what came before.

    A sparse name counts only in a sparse file.
    """
    assert seen(headers + header()) == [(path, "")]


def test_repeated_links() -> None:
    """For the targets of links it is the same."""
    link = header(kind=b"2", linkname=b"old\0")
    headers = extension(b"x", b"15 linkpath=to\n") + extension(b"K", b"far\0")
    assert seen(headers + link) == [("x", "far")]


@pytest.mark.parametrize(
    ("prefix", "path"),
    [
        (b"12345670123", "x"),
        (b"usr/lib\0", "usr/lib/x"),
        (b"12345670123\0x", "12345670123/x"),
        (b"caf\xe9\0", "x"),
        (b"\x80" + bytes(7) + b"\x01\x02\x03\x04", "x"),
        (b"\x81" + bytes(11), "x"),
    ],
)
def test_times_of_gnu_headers(prefix: bytes, path: str) -> None:
    """Where GNU headers have two times, text that is no number is a prefix."""
    assert seen(header(magic=b"ustar  \0", prefix=prefix)) == [(path, "")]


def test_prefixes_of_star() -> None:
    """The prefix of a header of star ends before its times."""
    times = b"p" * 131 + b"12345670123\0"
    assert seen(header(prefix=times, trailer=b"tar\0")) == [("p" * 131 + "/x", "")]
