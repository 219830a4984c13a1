"""Reads the members of a zip archive one after the other, in bounded memory.

The format is PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.4. An export holds hundreds of thousands
of tiny members, for which the standard library keeps one object each and is several times slower.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

MEMBERS = 5_000_000
MEMBER_BYTES = 16 << 20
DIRECTORY_BYTES = 512 << 20
TOTAL_BYTES = 64 << 30
_END = b"PK\x05\x06"
_END_SIZE = 22
_ENTRY = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")


class Member(Struct, frozen=True):
    """One member.

    Attributes:
        name: Name as written, undecodable bytes replaced.
        data: Content, or None if it cannot be read.
        problem: Why it cannot be read, or empty.
    """

    name: str
    data: bytes | None
    problem: str = ""


def members(stream: BinaryIO, *, suffix: str = "") -> Iterator[Member]:
    """Give the members of an archive in the order of its directory.

    Args:
        stream: A seekable stream.
        suffix: Only members whose name ends with it.

    Raises:
        InputError: If it is no zip archive or its directory is damaged.
        LimitError: If it has more members or content than we are willing to read.
    """
    directory, count = _directory(stream)
    if count > MEMBERS:
        raise LimitError(f"the archive has {count} members, more than {MEMBERS}")
    position = 0
    total = 0
    wanted = suffix.encode()
    for _ in range(count):
        try:
            entry = _ENTRY.unpack_from(directory, position)
        except struct.error as error:
            raise InputError("the directory of the archive ends too early") from error
        if entry[0] != b"PK\x01\x02":
            raise InputError("the directory of the archive is damaged")
        start = position + _ENTRY.size
        name = bytes(directory[start : start + entry[10]])
        extra = bytes(directory[start + entry[10] : start + entry[10] + entry[11]])
        position = start + entry[10] + entry[11] + entry[12]
        if not name.endswith(wanted) or name.endswith(b"/"):
            continue
        member = _member(stream, name, extra, entry)
        total += len(member.data or b"")
        if total > TOTAL_BYTES:
            raise LimitError(f"the archive holds more than {TOTAL_BYTES} bytes")
        yield member


def _directory(stream: BinaryIO) -> tuple[bytes, int]:
    size = stream.seek(0, 2)
    tail_size = min(size, _END_SIZE + 0xFFFF)
    stream.seek(size - tail_size)
    tail = stream.read(tail_size)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise InputError("this is no zip archive, or it was cut off")
    _, count, length, offset = struct.unpack_from("<HHII", tail, at + 8)
    if count == 0xFFFF or length == 0xFFFFFFFF or offset == 0xFFFFFFFF:
        count, length, offset = _zip64(stream, tail, at, (count, length, offset))
    if length > DIRECTORY_BYTES:
        raise LimitError(f"the directory of the archive is larger than {DIRECTORY_BYTES} bytes")
    if offset + length > size:
        raise InputError("the directory of the archive lies outside of it")
    stream.seek(offset)
    return stream.read(length), count


def _zip64(
    stream: BinaryIO, tail: bytes, at: int, plain: tuple[int, int, int]
) -> tuple[int, int, int]:
    if at < 20 or tail[at - 20 : at - 16] != b"PK\x06\x07":
        return plain
    (place,) = struct.unpack_from("<Q", tail, at - 12)
    size = stream.seek(0, 2)
    if place + 56 > size:
        raise InputError("the directory of the archive lies outside of it")
    stream.seek(place)
    record = stream.read(56)
    if record[:4] != b"PK\x06\x06":
        raise InputError("the directory of the archive is damaged")
    count, length, offset = struct.unpack_from("<QQQ", record, 32)
    return count, length, offset


def _member(stream: BinaryIO, name: bytes, extra: bytes, entry: tuple[int, ...]) -> Member:
    flags, method, crc, packed, size, offset = (
        entry[3],
        entry[4],
        entry[7],
        entry[8],
        entry[9],
        entry[16],
    )
    text = name.decode("utf-8", "replace")
    try:
        packed, size, offset = _wide(extra, packed, size, offset)
        if flags & 1:
            return Member(text, None, "it is encrypted")
        if size > MEMBER_BYTES or packed > MEMBER_BYTES:
            return Member(text, None, f"it is larger than {MEMBER_BYTES} bytes")
        stream.seek(offset)
        local = _LOCAL.unpack(stream.read(_LOCAL.size))
        if local[0] != b"PK\x03\x04":
            return Member(text, None, "its header is damaged")
        stream.seek(local[9] + local[10], 1)
        data = _unpacked(stream.read(packed), method, size)
    except (ValueError, struct.error, OverflowError, OSError) as error:
        return Member(text, None, str(error))
    if len(data) != size or zlib.crc32(data) != crc:
        return Member(text, None, "its content is damaged")
    return Member(text, data)


def _wide(extra: bytes, packed: int, size: int, offset: int) -> tuple[int, int, int]:
    """Return sizes and offset with the 64-bit values of extra field 1 (APPNOTE 4.5.3)."""
    values = [size, packed, offset]
    if 0xFFFFFFFF not in values:
        return packed, size, offset
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            place = at + 4
            for index, value in enumerate(values):
                if value == 0xFFFFFFFF:
                    (values[index],) = struct.unpack_from("<Q", extra, place)
                    place += 8
            break
        at += 4 + length
    return values[1], values[0], values[2]


def _unpacked(data: bytes, method: int, size: int) -> bytes:
    if method == 0:
        return data
    if method != 8:
        raise ValueError(f"it is compressed by method {method}")
    unpacker = _inflater()(-15)
    try:
        content: bytes = unpacker.decompress(data, size + 1)
    except Exception as error:  # isal's own exception derives from nothing better
        raise ValueError(f"it cannot be decompressed: {error}") from error
    return content


@cache
def _inflater() -> Callable[[int], Any]:
    from isal.isal_zlib import decompressobj

    return cast("Callable[[int], Any]", decompressobj)
