"""Reads which pages a write-ahead log of SQLite puts in place of those of its database.

Source: https://www.sqlite.org/fileformat2.html section 4. A frame counts if its salts are those of
the log's header, the running checksum is right and a commit frame follows or it is one.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from dunnage.parsers._pages import Read

_MAGIC = 0x377F0682
_HEADER, _FRAME = 32, 24
_MOST_BYTES = 32 * 1024 * 1024


def committed(read: Read, size: int) -> tuple[int, dict[int, int]]:
    """Return the page size and where in the log the last committed form of each page lies.

    Args:
        read: Reads the log.
        size: Size of the log in bytes.

    Returns:
        Page size in bytes, and byte offsets by page number; none if nothing was committed.

    Raises:
        InputError: If this is no write-ahead log.
        LimitError: If it is larger than 32 MiB.
    """
    if size > _MOST_BYTES:
        raise LimitError(f"a write-ahead log of {size} bytes is larger than {_MOST_BYTES}")
    head = read(0, _HEADER)
    if len(head) < _HEADER:
        raise InputError("a write-ahead log is cut off")
    magic, _, page_size, _, *salts = struct.unpack(">6I8x", head)
    if magic & ~1 != _MAGIC or not 512 <= page_size <= 65536 or page_size & (page_size - 1):
        raise InputError("not a write-ahead log of SQLite")
    order = ">" if magic & 1 else "<"
    sums = _checksum(head[:24], (0, 0), order)
    if sums != struct.unpack_from(">II", head, 24):
        return page_size, {}
    pages: dict[int, int] = {}
    waiting: dict[int, int] = {}
    last = 0
    for offset in range(_HEADER, size - _FRAME - page_size + 1, _FRAME + page_size):
        frame = read(offset, _FRAME + page_size)
        if len(frame) < _FRAME + page_size:
            break
        number, after, *rest = struct.unpack_from(">6I", frame)
        sums = _checksum(frame[_FRAME:], _checksum(frame[:8], sums, order), order)
        if rest != [*salts, *sums]:
            break
        waiting[number] = offset + _FRAME
        if after:
            pages |= waiting
            waiting.clear()
            last = after
    return page_size, {page: at for page, at in pages.items() if page <= last}


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    """Return the running checksum (section 4.2) after ``data``, a multiple of eight bytes."""
    first, second = sums
    for one, two in struct.iter_unpack(f"{order}II", data):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + two + first) & 0xFFFFFFFF
    return first, second
