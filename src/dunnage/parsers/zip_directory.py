"""Lists the members of ZIP archives, and reads single ones, within bounds.

The format is that of PKWARE's APPNOTE.TXT, sections 4.3 (records) and 4.5.3 (ZIP64). Only the
central directory counts, as for the Java virtual machine. Archives behind a shell script or
another prefix are understood.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DIRECTORY = 512 * 1024 * 1024
"""Bytes of the central directory; it is read in pieces."""
_STEP = 256 * 1024
_END = struct.Struct("<4sHHHHIIH")
_END64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR = struct.Struct("<4sIQI")
# signature, versions, flags, method, time, date, CRC, stored size, size, lengths of name, extra
# fields and comment, disk, internal and external attributes, offset of the local header
_ENTRY = struct.Struct("<4sHHHHHHIIIHHHHHII")
_LOCAL = struct.Struct("<4s22xHH")
_ESCAPE = 0xFFFFFFFF
ENCRYPTED = 1


class Readable(Protocol):
    """Something that can be read at any place."""

    @property
    def size(self) -> int:
        """Return the size in bytes."""

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""


class Directory(Struct, frozen=True):
    """Where the central directory of an archive is.

    Attributes:
        offset: Its first byte.
        size: Its size in bytes.
        count: Members it claims to list.
        shift: What to add to offsets in it; not 0 if something was put before the archive.
    """

    offset: int
    size: int
    count: int
    shift: int


class Member(Struct, frozen=True):
    """One member of an archive.

    Attributes:
        name: Path inside the archive as written; hostile archives write anything here.
        method: Compression method; 0 is none, 8 is deflate.
        flags: General purpose bits.
        crc: CRC-32 of the content.
        stored: Bytes it takes in the archive.
        size: Bytes of the content, as claimed.
        header: Offset of its local header.
    """

    name: str
    method: int
    flags: int
    crc: int
    stored: int
    size: int
    header: int


def find(body: Readable) -> Directory:
    """Find the central directory of an archive.

    Raises:
        InputError: If there is none, or it lies outside the file.
        LimitError: If it is larger than ``MAX_DIRECTORY``.
    """
    tail_at = max(body.size - _END.size - 0xFFFF, 0)
    tail = body.read(tail_at, body.size - tail_at)
    at = _end(tail)
    if at < 0:
        raise InputError(
            "the file is not a ZIP archive, or its end is missing",
            where=f"byte {body.size}",
            advice="the file is cut off or of another kind; fetch it again",
        )
    _, disk, _, _, count, size, offset, _ = _END.unpack_from(tail, at)
    end = tail_at + at
    if count == 0xFFFF or _ESCAPE in {size, offset}:
        found = _zip64(body, end)
        if found is not None:
            end, count, size, offset = found
    if disk not in {0, 0xFFFF}:
        raise InputError("the archive is one part of several")
    start = end - size
    if start < 0 or start < offset:
        raise InputError("the archive's directory lies outside the file", where=f"byte {end}")
    if size > MAX_DIRECTORY:
        raise LimitError(f"the archive's directory has {size} bytes, more than {MAX_DIRECTORY}")
    return Directory(start, size, count, start - offset)


def members(body: Readable, directory: Directory, suffixes: tuple[bytes, ...]) -> Iterator[Member]:
    """Give the members whose names end in one of ``suffixes``, in the order of the directory.

    Args:
        body: The archive.
        directory: Its directory; the caller has judged whether it is too long.
        suffixes: Endings of names, compared without regard to case; write them in lower case.

    Raises:
        InputError: If the directory is broken.
    """
    data, at = b"", 0
    start, end = directory.offset, directory.offset + directory.size
    for number in range(directory.count):
        # An entry is at most 46 bytes and three strings of 65535 bytes.
        if len(data) - at < _ENTRY.size + 3 * 0xFFFF and start < end:
            piece = body.read(start, min(_STEP, end - start))
            data, at, start = data[at:] + piece, 0, start + max(len(piece), 1)
        if len(data) - at < _ENTRY.size or data[at : at + 4] != b"PK\x01\x02":
            raise InputError(
                "the archive's directory is broken",
                where=f"member {number + 1} of {directory.count}",
            )
        fields = _ENTRY.unpack_from(data, at)
        name_size, extra_size, comment_size = fields[10:13]
        name_at = at + _ENTRY.size
        name = data[name_at : name_at + name_size]
        at = name_at + name_size + extra_size + comment_size
        if name.lower().endswith(suffixes):
            extra = data[name_at + name_size : name_at + name_size + extra_size]
            yield _member(name, fields, extra, directory.shift)


def content(body: Readable, member: Member) -> int:
    """Return the offset of a member's first stored byte.

    Raises:
        InputError: If the local header is missing, or the member is encrypted or cut off.
    """
    if member.flags & ENCRYPTED:
        raise InputError("the member is encrypted", where=member.name)
    head = body.read(member.header, _LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        raise InputError("the member has no header", where=member.name)
    _, name_size, extra_size = _LOCAL.unpack(head)
    start = member.header + _LOCAL.size + int(name_size) + int(extra_size)
    if start + member.stored > body.size:
        raise InputError("the member lies beyond the archive's end", where=member.name)
    return start


def _member(name: bytes, fields: tuple[int, ...], extra: bytes, shift: int) -> Member:
    flags, method, crc = fields[3], fields[4], fields[7]
    stored, size, header = fields[8], fields[9], fields[16]
    if _ESCAPE in {stored, size, header}:
        numbers = _zip64_numbers(extra)
        size = next(numbers, size) if size == _ESCAPE else size
        stored = next(numbers, stored) if stored == _ESCAPE else stored
        header = next(numbers, header) if header == _ESCAPE else header
    text = name.decode("utf-8", "replace")
    return Member(text, method, flags, crc, stored, size, header + shift)


def _zip64_numbers(extra: bytes) -> Iterator[int]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + size]
            for (number,) in struct.iter_unpack("<Q", field[: len(field) // 8 * 8]):
                yield number
            return
        at += 4 + size


def _end(tail: bytes) -> int:
    """Return where the end record starts: the last one whose comment fits, else the last one."""
    at = last = tail.rfind(b"PK\x05\x06", 0, max(len(tail) - _END.size + 4, 0))
    while at >= 0:
        if at + _END.size + _END.unpack_from(tail, at)[7] == len(tail):
            return at
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return last


def _zip64(body: Readable, end: int) -> tuple[int, int, int, int] | None:
    locator = body.read(max(end - _LOCATOR.size, 0), _LOCATOR.size)
    if len(locator) < _LOCATOR.size or not locator.startswith(b"PK\x06\x07"):
        return None
    told = _LOCATOR.unpack(locator)[2]
    for at in (told, end - _LOCATOR.size - _END64.size):
        record = body.read(at, _END64.size) if 0 <= at < body.size else b""
        if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
            fields = _END64.unpack(record)
            return at, fields[7], fields[8], fields[9]
    raise InputError("the archive's ZIP64 end record is missing", where=f"byte {told}")
