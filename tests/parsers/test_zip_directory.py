"""ZIP archives are listed and read as by the standard library, and hostile ones within bounds."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodies import Memory
from dunnage.model.errors import InputError
from dunnage.parsers import zip_directory
from dunnage.parsers.zip_member import MemberReader, Part
from programs import archive

NAMES = {"a/one.txt": b"one" * 100, "b.TXT": b"", "c.bin": b"\0" * 70_000, "é.txt": b"accent"}


def _read(body: zip_directory.Readable, member: zip_directory.Member) -> bytes:
    reader = MemberReader(body, member, lambda _: None)
    return b"".join(iter(lambda: reader.read(1000), b""))


def _all(data: bytes, suffixes: tuple[bytes, ...] = (b"",)) -> dict[str, bytes]:
    body = Memory(data)
    found = zip_directory.members(body, zip_directory.find(body), suffixes)
    return {member.name: _read(body, member) for member in found}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members(method: int) -> None:
    """All members are read; endings of names compare without regard to case."""
    assert _all(archive(NAMES, method)) == NAMES
    assert set(_all(archive(NAMES, method), (b".txt",))) == {"a/one.txt", "b.TXT", "é.txt"}


def test_prefix_and_comment() -> None:
    """An archive behind a shell script, or with a comment, is the same archive."""
    target = io.BytesIO(b"")
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("x", b"content")
        made.comment = b"PK\x05\x06 this is no end record"
    assert _all(b"#!/bin/sh\nexec java -jar $0\n" + target.getvalue()) == {"x": b"content"}


def test_zip64() -> None:
    """Sizes and places of 64 bits are found in the extra field and the ZIP64 end record."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made, made.open("x", "w", force_zip64=True) as member:
        member.write(b"content")
    data = bytearray(target.getvalue())
    entry = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    data[entry + 30 : entry + 32] = struct.pack("<H", 28)
    sizes = struct.pack("<HHQQQ", 1, 24, 7, 7, 0)
    data[entry + 20 : entry + 28] = data[entry + 42 : entry + 46] * 0 + b"\xff" * 8
    data[entry + 42 : entry + 46] = b"\xff" * 4
    directory = bytes(data[entry:end]) + sizes
    record = struct.pack(
        "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(directory), entry
    )
    at = entry + len(directory)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    whole = bytes(data[:entry]) + directory + record + locator + tail
    assert zipfile.ZipFile(io.BytesIO(whole)).read("x") == b"content"
    assert _all(whole) == {"x": b"content"}


def test_many_members() -> None:
    """A directory longer than the pieces it is read in is listed whole."""
    names = {f"{'d' * 60}/{n}": b"" for n in range(9000)}
    assert set(_all(archive(names))) == set(names)


@pytest.mark.parametrize("data", [b"", b"PK", b"random" * 50, archive(NAMES)[:-30], b"PK\x05\x06"])
def test_no_archive(data: bytes) -> None:
    """What has no end record raises InputError."""
    with pytest.raises(InputError):
        _all(data)


@pytest.mark.parametrize(("offset", "value"), [(24, 1), (24, 200), (16, 0), (8, 1), (10, 99)])
def test_lies(offset: int, value: int) -> None:
    """A wrong size, check sum, method or an encryption flag raises InputError."""
    data = bytearray(archive({"x": b"content" * 9}))
    entry = data.index(b"PK\x01\x02")
    data[entry + offset] = value if data[entry + offset] != value else value + 1
    with pytest.raises(InputError):
        _all(bytes(data))


def test_part() -> None:
    """A part of a body reads like a body of its own, and not beyond its end."""
    part = Part(Memory(b"0123456789"), 2, 5)
    assert (part.size, part.read(0, 99), part.read(3, 1), part.read(5, 1)) == (
        5,
        b"23456",
        b"5",
        b"",
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=8))
def test_mutations_raise_nothing_else(changes: list[tuple[int, int]]) -> None:
    """Whatever bytes are changed, there is content or an InputError."""
    mutant = bytearray(archive({"a": b"one" * 50, "b": b"\0" * 3000, "c": b""}))
    for place, value in changes:
        mutant[place % len(mutant)] = value
    with contextlib.suppress(InputError):
        assert sum(map(len, _all(bytes(mutant)).values())) < 10_000_000
