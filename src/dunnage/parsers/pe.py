"""Finds the sections of Windows executables without reading their bodies.

The layout is that of Microsoft's PE format specification: the DOS stub's offset at byte 60, the
COFF file header, the section table. Only what is needed to find data in a file is read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from dunnage.model.cataloger import Body

MAGIC = b"MZ"
WRITABLE = 0x80000000
INITIALISED = 0x40
_COFF = struct.Struct("<4sHHIIIHH")
_SECTION = struct.Struct("<8sIIIIIIHHI")


class Section(Struct, frozen=True):
    """One section.

    Attributes:
        offset: Where it lies in the file, in bytes.
        address: Where it lies in memory, from the preferred image base on.
        size: Bytes it has in the file.
        flags: ``WRITABLE``, ``INITIALISED`` and others, added up.
    """

    offset: int
    address: int
    size: int
    flags: int


def sections(body: Body) -> tuple[Section, ...]:
    """Return the sections, or none for DOS programs, which have no PE header.

    Raises:
        InputError: If the headers are cut off.
    """
    start = int.from_bytes(body.read(60, 4), "little")
    head = body.read(start, _COFF.size + 32) if 0 < start < body.size else b""
    if not head.startswith(b"PE\0\0"):
        return ()
    if len(head) < _COFF.size + 32:
        raise InputError("the PE header is cut off", where=f"byte {start}")
    _, _, count, _, _, _, optional, _ = _COFF.unpack_from(head)
    wide = head[_COFF.size : _COFF.size + 2] == b"\x0b\x02"
    (base,) = struct.unpack_from("<Q" if wide else "<4xI", head, _COFF.size + 24)
    table_at = start + _COFF.size + optional
    table = body.read(table_at, count * _SECTION.size)
    if len(table) < count * _SECTION.size:
        raise InputError("the section table of the PE file is cut off", where=f"byte {table_at}")
    return tuple(
        Section(offset, base + address, min(size, stored) or stored, flags)
        for _, size, address, stored, offset, _, _, _, _, flags in _SECTION.iter_unpack(table)
    )
