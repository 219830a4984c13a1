"""The tar walker against the standard library, on real and on made archives."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.parsers._tar_fields import named, not_zero
from dunnage.parsers.tar import FILE, HARDLINK, TarWalker, normal
from support import data_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LIMITS = Limits()
BODY = b"body of a file\n" * 100
Row = tuple[str, str, int, int, str, bytes]

KINDS = {
    tarfile.REGTYPE: "f",
    tarfile.AREGTYPE: "f",
    tarfile.CONTTYPE: "f",
    tarfile.GNUTYPE_SPARSE: "f",
    tarfile.DIRTYPE: "d",
    tarfile.SYMTYPE: "l",
    tarfile.LNKTYPE: "h",
}


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Cut bytes into chunks."""
    return (data[at : at + size] for at in range(0, len(data), size))


def walked(chunks: Iterable[bytes], *, bodies: bool = True) -> tuple[list[Row], TarWalker]:
    """Return all entries as the walker sees them."""
    walker = TarWalker(chunks, LIMITS)
    rows = []
    while walker.advance():
        body = b""
        if bodies and not walker.sparse:
            head = walker.head(8)
            while part := walker.read(1000):
                body += part
            assert head == body[:8]
        rows.append((walker.path, walker.kind, walker.size, walker.mode, walker.link, body))
    return rows, walker


def by_library(data: bytes, *, bodies: bool = True) -> list[Row]:
    """Return all entries as ``tarfile`` sees them, names cut as the walker promises."""
    rows = []
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        for member in tar:
            kind = KINDS.get(member.type, "o")
            path = normal(member.name)
            if not path:
                continue
            link = member.linkname if kind == "l" else ""
            if kind == "h":
                link = normal(member.linkname) or ""
                if not link:
                    continue
            body = b""
            if kind == "f" and bodies:
                file = tar.extractfile(member)
                body = file.read() if file else b""
            size = member.size if kind == "f" else 0
            rows.append((path, kind, size, member.mode & 0o7777, link, body))
    return rows


def real_tars() -> list[Path]:
    """Return the real images of the shared data."""
    return sorted((data_root() / "images").rglob("*.tar.*"))


def test_real_archives() -> None:
    """Every real image gives the entries the standard library gives, bodies included."""
    seen = 0
    for path in real_tars():
        opener = lzma.open if path.suffix == ".xz" else gzip.open
        with opener(path) as file:
            data = file.read()
        rows, walker = walked(pieces(data, 100_003), bodies=len(data) < 20_000_000)
        assert rows == by_library(data, bodies=len(data) < 20_000_000), path.name
        assert not walker.problems, path.name
        seen += len(rows)
    assert seen > 5000


NAME = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300),
    st.lists(st.sampled_from(["a", "..", ".", "", "x" * 90, "é"]), max_size=6).map("/".join),
)
MEMBER = st.tuples(
    NAME,
    st.sampled_from(list(KINDS)[:2] + list(KINDS)[4:] + [tarfile.FIFOTYPE, tarfile.CHRTYPE]),
    NAME,
    st.binary(max_size=1200),
    st.integers(0, 0o7777),
)
FORMATS = st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])


def made(members: list[tuple[str, bytes, str, bytes, int]], form: int) -> bytes:
    """Return an archive the standard library writes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, errors="surrogateescape") as tar:
        for name, kind, link, body, mode in members:
            info = tarfile.TarInfo(name)
            info.type, info.mode = kind, mode
            if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE}:
                info.linkname = link
            if kind == tarfile.AREGTYPE and (len(name) > 40 or name.endswith("/")):
                continue  # the library looks for the slash of a directory in a part of the name
            data = body if kind in {tarfile.REGTYPE, tarfile.AREGTYPE} else b""
            info.size = len(data)
            try:
                tar.addfile(info, io.BytesIO(data))
            except ValueError:  # a name ustar cannot hold
                continue
    return buffer.getvalue()


@settings(max_examples=150, deadline=None)
@given(st.lists(MEMBER, max_size=5), FORMATS, st.integers(1, 2000))
def test_made_archives(
    members: list[tuple[str, bytes, str, bytes, int]], form: int, size: int
) -> None:
    """Any names, links, modes and bodies in any format and chunking come out alike."""
    data = made(members, form)
    assert walked(pieces(data, size))[0] == by_library(data)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(MEMBER, min_size=1, max_size=3),
    FORMATS,
    st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=8)), max_size=4),
    st.integers(0, 9000),
)
def test_any_bytes(
    members: list[tuple[str, bytes, str, bytes, int]],
    form: int,
    changes: list[tuple[int, bytes]],
    cut: int,
) -> None:
    """Changed or cut archives raise nothing but InputError, and everything is consumed."""
    data = bytearray(made(members, form))
    for at, change in changes:
        data[at : at + len(change)] = change
    chunks = pieces(bytes(data[: cut or None]), 700)
    walker = TarWalker(chunks, LIMITS)
    try:
        while walker.advance():
            walker.head(8)
            walker.read(100)
    except InputError:
        walker.drain()
    assert next(chunks, b"") == b""


def _gnu_sparse() -> bytes:
    """Return an old GNU sparse file with a continued map, made by hand, and a file after it."""
    info = tarfile.TarInfo("sparse")
    info.size = 3
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[156:157] = b"S"
    block[482] = 1
    block[483:495] = b"%011o\0" % 99_999
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    more, last = bytearray(512), bytearray(512)
    more[504] = 1
    after = tarfile.TarInfo("after")
    after.size = len(BODY)
    return bytes(
        block + more + last + b"abc".ljust(512, b"\0") + after.tobuf() + BODY.ljust(1536, b"\0")
    ) + bytes(1024)


def test_sparse_files_keep_step() -> None:
    """The entry after a sparse file is found, whichever way the holes are written down."""
    rows, walker = walked([_gnu_sparse()])
    assert [(row[0], row[2]) for row in rows] == [("sparse", 3), ("after", len(BODY))]
    assert rows[1][5] == BODY
    for headers in (
        {"GNU.sparse.size": "9", "GNU.sparse.numblocks": "1", "GNU.sparse.offset": "0"},
        {"GNU.sparse.map": "0,3", "GNU.sparse.size": "9", "GNU.sparse.name": "s"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s"},
    ):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
            info = tarfile.TarInfo("GNUSparseFile.0/s" if "GNU.sparse.name" in headers else "s")
            info.size, info.pax_headers = 600, headers
            tar.addfile(info, io.BytesIO(b"1\n0\n3\n".ljust(512, b"\0") + b"x" * 88))
            tar.addfile(tarfile.TarInfo("after"))
        walker = TarWalker([buffer.getvalue()], LIMITS)
        assert walker.advance()
        assert (walker.path, walker.sparse, walker.size) == ("s", True, 600)
        assert walker.advance()
        assert (walker.path, walker.sparse) == ("after", False)
        assert not walker.advance()
        assert not walker.problems


def _header(title: str = "x", /, **fields: bytes) -> bytes:
    """Return a header with some raw fields and a good checksum."""
    places = {
        "size": 124,
        "type": 156,
        "linkname": 157,
        "trailer": 508,
        "magic": 257,
        "prefix": 345,
        "name": 0,
    }
    block = bytearray(tarfile.TarInfo(title).tobuf(tarfile.USTAR_FORMAT))
    for field, value in fields.items():
        block[places[field] : places[field] + len(value)] = value
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_numbers() -> None:
    """Octal with either end, base-256 and nothing are sizes; others break the archive."""
    for field, size in (
        (b"00000000005\0", 5),
        (b"00000000005 ", 5),
        (b"       5 \0\0\0", 5),
        (b"000000000005", 5),
        (b"\0" * 12, 0),
        (b"\x80" + bytes(10) + b"\5", 5),
    ):
        walker = TarWalker([_header(size=field) + b"12345".ljust(512, b"\0")], LIMITS)
        assert walker.advance()
        assert walker.size == size
    for field in (b"\xff" * 12, b"00000000008\0", b"-0000000005\0", b"\x80\xff" + bytes(10)):
        with pytest.raises(InputError, match=r"byte 0 .*broken size"):
            TarWalker([_header(size=field)], LIMITS).advance()


def test_checksums() -> None:
    """Sums of unsigned and of signed bytes are good, others are not."""
    name = "é".encode() * 20
    block = bytearray(_header(name=name))
    assert TarWalker([bytes(block)], LIMITS).advance()
    signed = sum(byte - 256 * (byte > 127) for byte in block[:148] + block[156:]) + 256
    block[148:156] = b"%06o\0 " % signed
    assert TarWalker([bytes(block)], LIMITS).advance()
    block[0] ^= 1
    with pytest.raises(InputError, match="checksum"):
        TarWalker([bytes(block)], LIMITS).advance()


def test_old_directories_and_prefixes() -> None:
    """V7 directories end with a slash; a prefix counts where container engines see one."""
    rows, _ = walked([_header(name=b"old/\0", type=b"\0") + _header(name=b"b\0", prefix=b"a/b")])
    assert [row[:2] for row in rows] == [("old", "d"), ("a/b/b", "f")]


def test_names_never_lead_out() -> None:
    """Names are cut to what lies inside; those that lead out are dropped with a problem."""
    for name, path in (
        ("./a", "a"),
        ("/a//b/./c/", "a/b/c"),
        ("a/../b", "b"),
        (".hidden/..data", ".hidden/..data"),
        ("./", ""),
        ("..", None),
        ("a/../../b", None),
    ):
        assert normal(name) == path
    rows, walker = walked([_header("../evil") + _header("good")])
    assert [row[0] for row in rows] == ["good"]
    assert [(problem.code, problem.where) for problem in walker.problems] == [
        ("bad-path", "byte 0 of the uncompressed tar, ../evil")
    ]


def test_names_in_messages() -> None:
    """They are short and hold nothing a terminal would obey."""
    assert named(b"a/b") == "a/b"
    assert named("a\x1b[2J\u202e\0".encode() + b"\xff") == "a\\x1b[2J\\x202e\\x00\\xff"
    assert named(b"a" * 100 + b"b" * 100) == "a" * 40 + "..." + "b" * 40


@pytest.mark.parametrize("size", [1, 512, 1 << 20, (1 << 20) + 1])
def test_what_is_not_zero(size: int) -> None:
    """Chunks of zeros count as nothing, however large; others without the zeros around."""
    assert not_zero(bytes(size)) == 0
    assert not_zero(bytes(size) + b"x\0y" + bytes(size)) == 3


def test_names_that_are_no_text() -> None:
    """Bytes that are no UTF-8 survive, and can be turned back into what they were."""
    rows, _ = walked([_header(name=b"caf\xe9\0")])
    assert rows[0][0].encode("utf-8", "surrogateescape") == b"caf\xe9"


def _pax(records: bytes, kind: bytes = b"x") -> bytes:
    size = b"%011o\0" % len(records)
    return _header(type=kind, size=size) + records.ljust(-(-len(records) // 512) * 512, b"\0")


def test_hostile_extended_headers() -> None:
    """Broken records are a problem of one entry; zero bytes in paths drop it."""
    for records, paths, codes in (
        (b"11 path=ab\n", ["ab"], []),
        (b"11 path=ab\n" + bytes(9), ["ab"], []),
        (b"99 path=ab\n", ["x"], ["broken-tar"]),
        (b"0 path=ab\n", ["x"], ["broken-tar"]),
        (b"path=ab\n", ["x"], ["broken-tar"]),
        (b"12 path=a\0b\n", [], ["bad-path"]),
        (b"13 path=../a\n", [], ["bad-path"]),
    ):
        rows, walker = walked([_pax(records) + _header()])
        assert [row[0] for row in rows] == paths, records
        assert [problem.code for problem in walker.problems] == codes, records
    with pytest.raises(InputError, match="broken size"):
        walked([_pax(b"11 size=-5\n") + _header()])
    rows, walker = walked([_pax(b"13 path=glob\n", b"g") + _header()])
    assert [row[0] for row in rows] == ["x"]
    assert [problem.code for problem in walker.problems] == ["ignored-header"]


def test_limits() -> None:
    """Entries, path lengths and extended headers are bounded; the walk stays in step."""
    limits = replace(LIMITS, entries=2, path_bytes=50, header_bytes=600)
    walker = TarWalker([_header() * 3], limits)
    assert walker.advance()
    assert walker.advance()
    with pytest.raises(LimitError, match="more than 2 entries"):
        walker.advance()
    large = _pax(b"1010 path=" + b"y" * 999 + b"\n") + _header("lost")
    walker = TarWalker([large + _header("z" * 60) + _header("kept")], replace(limits, entries=9))
    assert walker.advance()
    assert walker.path == "kept"
    assert [problem.code for problem in walker.problems] == ["limit", "bad-path"]


def test_truncation_and_trailing_data() -> None:
    """A cut archive says where; data after the end is noticed and read."""
    size = b"%011o\0" % len(BODY)
    data = _header("a", size=size) + BODY.ljust(1536, b"\0")
    for cut, count in ((100, 0), (700, 1), (2048 + 9, 1)):
        rows, walker = walked([(data + _header("b"))[:cut]])
        assert len(rows) == count
        assert walker.truncated
        assert [problem.code for problem in walker.problems] == ["truncated"]
    assert not walked([data])[1].truncated
    rows, walker = walked(pieces(data + bytes(1024) + b"hidden", 600))
    assert [problem.code for problem in walker.problems] == ["trailing-data"]
    rows, walker = walked([data + bytes(512) + _header("b")])
    assert [row[0] for row in rows] == ["a"]
    assert [problem.code for problem in walker.problems] == ["broken-tar"]


def test_bodies_without_copying() -> None:
    """A body within one chunk is seen in place; one across chunks is not, but can be read."""
    size = b"%011o\0" % len(BODY)
    data = _header("a", size=size) + BODY.ljust(1536, b"\0")
    walker = TarWalker([data], LIMITS)
    assert walker.advance()
    assert bytes(walker.view() or b"") == BODY
    walker = TarWalker(pieces(data, 1000), LIMITS)
    assert walker.advance()
    assert walker.view() is None
    assert b"".join(iter(lambda: bytes(walker.read(77)), b"")) == BODY


def test_links() -> None:
    """Hard links name a path inside; symbolic links keep what is written."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for kind, link in ((tarfile.LNKTYPE, "./a/b"), (tarfile.SYMTYPE, "../x")):
            info = tarfile.TarInfo("n")
            info.type, info.linkname = kind, link
            tar.addfile(info)
    rows, _ = walked([buffer.getvalue()])
    assert [(row[1], row[4]) for row in rows] == [(HARDLINK, "a/b"), ("l", "../x")]
    assert rows[0][1] != FILE
