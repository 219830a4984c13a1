"""Reads the rpm database of rpm before 4.16: a Berkeley DB hash (``Packages``).

Keys are package numbers (32 bits), values the headers; key 0 holds the next number. Both byte
orders occur, because the database has that of the machine that made it. Large values lie in chains
of overflow pages. Instead of computing hash buckets it reads every page and takes those that are
hash pages. Source: Berkeley DB 5.3, ``src/dbinc/db_page.h`` (``DBMETA``, ``HMETA``, ``PAGE``,
``HKEYDATA``, ``HOFFPAGE``).
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers._pages import Pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers._pages import Read

HASH_MAGIC = 0x061561
BTREE_MAGIC = 0x053162

_PAGE_HEADER = 26
_HASH_UNSORTED, _OVERFLOW, _HASH = 2, 7, 13
_KEYDATA, _OFFPAGE = 1, 3
_CHECKSUM = 0x01


def is_database(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` (at least 16 bytes) is a Berkeley DB."""
    if len(head) < 16:
        return False
    both = {int.from_bytes(head[12:16], "little"), int.from_bytes(head[12:16], "big")}
    return not both.isdisjoint({HASH_MAGIC, BTREE_MAGIC})


def blobs(read: Read, size: int) -> Iterator[bytes | InputError]:
    """Give the package headers of the database.

    Args:
        read: Reads the file.
        size: Size of the file in bytes.

    Yields:
        Headers in file order. A broken page or item is given as an InputError (not raised); the
        others are read.

    Raises:
        InputError: If this is no Berkeley DB hash, or an encrypted one.
    """
    head = read(0, 72)
    order = _byte_order(head)
    page_size, encryption, flags = struct.unpack_from(f"{order}IBxB", head, 20)
    last = struct.unpack_from(f"{order}I", head, 32)[0]
    if encryption:
        raise InputError("the Berkeley DB is encrypted")
    if flags & _CHECKSUM:
        raise InputError("the Berkeley DB has page checksums, which rpm never sets")
    if not 512 <= page_size <= 65536 or page_size & (page_size - 1):
        raise InputError(f"a Berkeley DB cannot have pages of {page_size} bytes")
    pages = Pages(read, page_size, -(-size // page_size), first=0)
    if last >= pages.count:
        yield InputError(f"the database is cut off: {pages.count} of {last + 1} pages are left")
    for number in range(1, min(last + 1, pages.count)):
        # Only the head is read here: the chains take their pages as a whole, each once.
        kind = read(number * page_size + 25, 1)
        if kind in {bytes([_HASH]), bytes([_HASH_UNSORTED])}:
            yield from _values(pages, pages.take(number), number, order)


def _byte_order(head: bytes) -> str:
    if len(head) < 72:
        raise InputError("not a Berkeley DB: it is too short")
    for order in "<", ">":
        magic = struct.unpack_from(f"{order}I", head, 12)[0]
        if magic == HASH_MAGIC:
            return order
        if magic == BTREE_MAGIC:
            raise InputError("the Berkeley DB is a b-tree; the packages of rpm are in a hash")
    raise InputError("not a Berkeley DB")


def _values(pages: Pages, page: bytes, number: int, order: str) -> Iterator[bytes | InputError]:
    """Give the values of one hash page, whose items are keys and values in turn.

    Item offsets are listed after the page header; items lie one below the other from the end of
    the page, so each ends where the one before it begins.
    """
    if len(page) < pages.size:
        yield InputError("a page is cut off", where=f"page {number}")
        return
    count = struct.unpack_from(f"{order}H", page, 20)[0]
    if _PAGE_HEADER + 2 * count > len(page) or count % 2:
        yield InputError(f"a page claims {count} items", where=f"page {number}")
        return
    offsets = (len(page), *struct.unpack_from(f"{order}{count}H", page, _PAGE_HEADER))
    if any(low > high for high, low in pairwise(offsets)):
        yield InputError("the items of a page are not in order", where=f"page {number}")
        return
    for index in range(1, count, 2):
        key = page[offsets[index] : offsets[index - 1]]
        item = page[offsets[index + 1] : offsets[index]]
        if key == b"\x01\0\0\0\0":
            continue
        try:
            yield _value(pages, item, order)
        except InputError as error:
            yield InputError(error.message, where=f"page {number}")


def _value(pages: Pages, item: bytes, order: str) -> bytes:
    if item[:1] == bytes([_KEYDATA]):
        return item[1:]
    if item[:1] != bytes([_OFFPAGE]) or len(item) < 12:
        raise InputError("an item of the database is broken")
    following, size = struct.unpack_from(f"{order}II", item, 4)
    if size > pages.count * pages.size:
        raise InputError(f"a value claims {size} bytes, more than the database")
    parts: list[bytes] = []
    missing = size
    while missing > 0:
        page = pages.take(following)
        if len(page) < _PAGE_HEADER or page[25] != _OVERFLOW:
            raise InputError(f"page {following} is no overflow page")
        following, length = struct.unpack_from(f"{order}IxxH", page, 16)
        part = page[_PAGE_HEADER : _PAGE_HEADER + min(length, missing)]
        if not part or len(part) < min(length, missing):
            raise InputError("a value is cut off")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
