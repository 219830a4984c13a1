"""Makes headers of tar archives field by field."""

from __future__ import annotations

import tarfile

_PLACES = {"name": 0, "raw": 124, "linkname": 157, "magic": 257, "prefix": 345, "trailer": 508}


def header(title: str = "x", kind: bytes = b"0", size: int = 0, **fields: bytes) -> bytes:
    """Return a header block with some raw fields and a good checksum."""
    block = bytearray(tarfile.TarInfo(title).tobuf(tarfile.USTAR_FORMAT))
    block[156:157], block[124:136] = kind, b"%011o\0" % size
    for field, value in fields.items():
        block[_PLACES[field] : _PLACES[field] + len(value)] = value
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 256 + sum(block[156:]))
    return bytes(block)


def extension(kind: bytes, data: bytes) -> bytes:
    """Return a header that tells something of the next one."""
    return header(kind=kind, size=len(data)) + data.ljust(512, b"\0")
