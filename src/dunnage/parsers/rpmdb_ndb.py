"""Reads rpm's own database format ndb (``Packages.db``), used by SUSE.

All numbers are 32 bits little-endian. A header of 32 bytes (magic ``RpmP``, version, generation,
number of 4096-byte pages of slots, next package number) is followed by slots of 16 bytes (magic
``Slot``, package number, offset and length of its blob in units of 16 bytes); a package number of
zero is a free slot. A blob is magic ``BlbS``, package number, generation, length, then the header,
padded, then a checksum, the length again and magic ``BlbE``. Source: rpm's
``lib/backend/ndb/rpmpkg.cc``.
"""

from __future__ import annotations

import struct
from collections import Counter
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers._pages import Read

MAGIC = b"RpmP"

_PAGE = 4096
_SLOT = 16
_UNIT = 16
_HEADER = 32
_MOST_PAGES = 2048


def blobs(read: Read, size: int) -> Iterator[bytes | InputError]:
    """Give the package headers of the database.

    Args:
        read: Reads the file.
        size: Size of the file in bytes.

    Yields:
        Headers by package number. A broken slot is given as an InputError (not raised); the others
        are read.

    Raises:
        InputError: If this is no ndb database or it is cut off among the slots.
    """
    head = read(0, _HEADER)
    if len(head) < _HEADER or head[:4] != MAGIC:
        raise InputError("not an rpm database in ndb format")
    version, _, pages = struct.unpack_from("<III", head, 4)
    if version != 0:
        raise InputError(f"rpm database format ndb version {version} is not known")
    if pages > _MOST_PAGES:
        raise LimitError(f"the database claims {pages} pages of slots, more than {_MOST_PAGES}")
    if pages == 0 or pages * _PAGE > size:
        raise InputError(f"the database claims {pages} pages of slots, more than it has")
    # Blobs never overlap, so together they are not larger than the file.
    budget = size
    slots = Counter(_slots(read, pages))
    for (number, offset, length), count in sorted(slots.items()):
        if count > 1:
            yield InputError(f"{count} slots are the same", where=f"package number {number}")
        try:
            blob = _blob(read, number, offset, min(length, budget))
        except InputError as error:
            yield InputError(error.message, where=f"package number {number}")
            continue
        budget -= len(blob)
        yield blob


def _slots(read: Read, pages: int) -> Iterator[tuple[int, int, int]]:
    """Give package number, offset and length in bytes of every used slot."""
    for page in range(pages):
        data = read(page * _PAGE, _PAGE)
        start = _HEADER if page == 0 else 0
        data = data[start : len(data) - (len(data) - start) % _SLOT]
        for magic, number, offset, length in struct.iter_unpack("<4sIII", data):
            if magic == b"Slot" and number and offset:
                yield number, offset * _UNIT, length * _UNIT


def _blob(read: Read, number: int, offset: int, room: int) -> bytes:
    head = read(offset, 16)
    if len(head) < 16 or head[:4] != b"BlbS":
        raise InputError(f"a slot points at byte {offset}, where no package begins")
    found, _, length = struct.unpack_from("<III", head, 4)
    if found != number:
        raise InputError(f"a slot points at package number {found}")
    if length + 16 > room:
        raise InputError(f"a package claims {length} bytes, more than its slot")
    data = read(offset + 16, length)
    if len(data) < length:
        raise InputError("a package is cut off")
    return data
