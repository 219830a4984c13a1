"""Reads the rpm database of rpm 4.16 and later: the table ``Packages`` of an SQLite file.

It walks the b-tree itself, because the ``sqlite3`` module needs a file on disk and runs C code on
hostile bytes. Source: https://www.sqlite.org/fileformat2.html, whose section numbers are cited.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from msgspec import Struct, field

from dunnage.model.errors import InputError
from dunnage.parsers._pages import Pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers._pages import Read

MAGIC = b"SQLite format 3\0"

INTERIOR, LEAF = 0x05, 0x0D
_MOST_DEPTH = 30


class Tree(Struct):
    """The shape of a table: what a write-ahead log has to be joined with.

    Attributes:
        root: Number of the root page.
        children: The children of every interior page.
        rows: The row numbers of every leaf page.
    """

    root: int = 0
    children: dict[int, list[int]] = field(default_factory=dict)
    rows: dict[int, list[int]] = field(default_factory=dict)


class Row(Struct, frozen=True):
    """One row.

    Attributes:
        page: Number of its leaf page.
        number: Row number.
        payload: The record.
    """

    page: int
    number: int
    payload: bytes


def rows(read: Read, size: int, tree: Tree) -> Iterator[Row | InputError]:
    """Give the rows of the table ``Packages``; their payload is the package's header.

    Args:
        read: Reads the file.
        size: Size of the file in bytes.
        tree: Is filled on the way.

    Yields:
        Rows in the order of their numbers. A broken page or row is given as an InputError (not
        raised); the walk goes on beside it.

    Raises:
        InputError: If this is no SQLite database or it has no table ``Packages``.
    """
    pages, usable = open_pages(read, size)
    tree.root = find_table(pages, usable, "Packages")
    for row in walk(pages, usable, tree.root, tree):
        if isinstance(row, InputError):
            yield row
            continue
        try:
            yield Row(row.page, row.number, header_of(row.payload))
        except InputError as error:
            yield InputError(error.message, where=f"row {row.number}")


def blobs(read: Read, size: int) -> Iterator[bytes | InputError]:
    """Give the package headers of the database; everything else as ``rows``."""
    for row in rows(read, size, Tree()):
        yield row if isinstance(row, InputError) else row.payload


def open_pages(read: Read, size: int) -> tuple[Pages, int]:
    """Check the file header (section 1.3); return the pages and the usable size of one.

    Raises:
        InputError: If this is no SQLite database, or its page size is impossible.
    """
    head = read(0, 100)
    if len(head) < 100 or head[:16] != MAGIC:
        raise InputError("not an SQLite database")
    page_size = int.from_bytes(head[16:18], "big")
    page_size = 65536 if page_size == 1 else page_size
    usable = page_size - head[20]
    if page_size < 512 or page_size & (page_size - 1) or usable < 480:
        raise InputError(f"an SQLite database cannot have pages of {page_size} bytes")
    if int.from_bytes(head[56:60], "big") not in {0, 1}:
        raise InputError("the database stores text as UTF-16, which rpm never does")
    return Pages(read, page_size, -(-size // page_size), first=1), usable


def find_table(pages: Pages, usable: int, name: str) -> int:
    """Return the root page of a table, from the schema table (section 2.6).

    Raises:
        InputError: If the schema has no such table.
    """
    problem = ""
    for row in walk(pages, usable, 1, Tree()):
        if isinstance(row, InputError):
            problem = f" ({row.message})"
            continue
        try:
            values = columns(row.payload, 4)
        except InputError as error:
            problem = f" ({error.message})"
            continue
        if values[0] == b"table" and values[1] == name.encode() and isinstance(values[3], int):
            return values[3]
    raise InputError(f"the SQLite database has no table {name}{problem}")


def walk(pages: Pages, usable: int, root: int, tree: Tree) -> Iterator[Row | InputError]:
    """Give every row of a table, in order, and fill the tree (section 1.6)."""
    stack = [(root, 0)]
    while stack:
        number, depth = stack.pop()
        try:
            page = pages.take(number)
            kind, cells = cells_of(page, first=number == 1)
            _check_kind(kind, number, depth)
            if kind == LEAF:
                found = tree.rows.setdefault(number, [])
                for row in leaf_rows(pages, usable, page, number, cells):
                    if not isinstance(row, InputError):
                        found.append(row.number)
                    yield row
                continue
            children = children_of(page, cells, first=number == 1)
            tree.children[number] = children
            stack += [(child, depth + 1) for child in reversed(children)]
        except InputError as error:
            yield error


def _check_kind(kind: int, number: int, depth: int) -> None:
    if kind not in {INTERIOR, LEAF} or depth > _MOST_DEPTH:
        raise InputError(f"page {number} is no page of a table")


def cells_of(page: bytes, *, first: bool) -> tuple[int, tuple[int, ...]]:
    """Return the kind of a b-tree page and the offsets of its cells.

    Args:
        page: The page.
        first: True for page 1, which begins with the file header.

    Raises:
        InputError: If the page is cut off.
    """
    start = 100 if first else 0
    if len(page) < start + 12:
        raise InputError("a page is cut off")
    kind = page[start]
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    offsets = start + (12 if kind == INTERIOR else 8)
    if offsets + 2 * count > len(page):
        raise InputError("a page claims more cells than it can hold")
    return kind, struct.unpack_from(f">{count}H", page, offsets)


def children_of(page: bytes, cells: tuple[int, ...], *, first: bool) -> list[int]:
    """Return the children of an interior page, leftmost first.

    Raises:
        InputError: If a cell lies outside the page.
    """
    start = 100 if first else 0
    found = [int.from_bytes(page[at : at + 4], "big") for at in cells if at + 4 <= len(page)]
    if len(found) < len(cells):
        raise InputError("a cell lies outside its page")
    return [*found, int.from_bytes(page[start + 8 : start + 12], "big")]


def leaf_rows(
    pages: Pages, usable: int, page: bytes, number: int, cells: tuple[int, ...]
) -> Iterator[Row | InputError]:
    """Give the rows of a leaf page; cells do not overlap, so together they fit into the page."""
    room = len(page)
    for at in cells:
        try:
            row, local, payload = row_of(pages, usable, page, at)
        except InputError as error:
            yield error
            room -= 4
        else:
            room -= local
            yield Row(number, row, payload)
        if room < 0:
            yield InputError(f"the rows of page {number} overlap")
            return


def row_numbers(page: bytes, cells: tuple[int, ...]) -> list[int]:
    """Return the row numbers of a leaf page, whether or not their rows can be read.

    Raises:
        InputError: If a cell lies outside the page.
    """
    return [varint(page, varint(page, at)[1])[0] for at in cells]


def row_of(pages: Pages, usable: int, page: bytes, at: int) -> tuple[int, int, bytes]:
    """Return a cell's row number, its size within the page and its payload (section 1.6).

    Raises:
        InputError: If the cell or its chain of overflow pages is broken.
    """
    size, at = varint(page, at)
    number, at = varint(page, at)
    local, most, least = size, usable - 35, (usable - 12) * 32 // 255 - 23
    if size > most:
        local = least + (size - least) % (usable - 4)
        local = local if local <= most else least
    parts = [page[at : at + local]]
    if len(parts[0]) < local:
        raise InputError("a row lies outside its page", where=f"row {number}")
    missing = size - local
    if missing > pages.count * pages.size:
        raise InputError(
            f"a row claims {size} bytes, more than the database", where=f"row {number}"
        )
    following = int.from_bytes(page[at + local : at + local + 4], "big")
    while missing > 0:
        try:
            overflow = pages.take(following)
        except InputError as error:
            raise InputError(error.message, where=f"row {number}") from None
        part = overflow[4 : 4 + min(missing, usable - 4)]
        if not part:
            raise InputError("a row is cut off", where=f"row {number}")
        parts.append(part)
        missing -= len(part)
        following = int.from_bytes(overflow[:4], "big")
    return number, local, b"".join(parts)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer and the offset after it (section 1.6).

    Raises:
        InputError: If the data end before it does.
    """
    value = 0
    for index in range(at, at + 9):
        if index >= len(data):
            raise InputError("a number is cut off")
        byte = data[index]
        if index == at + 8:
            value = value << 8 | byte
            return value - (1 << 64) if value >> 63 else value, index + 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, index + 1
    raise AssertionError  # pragma: no cover - the loop always returns


# Bytes of the integer serial types 1 to 6 (section 2.1).
_INTS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def columns(payload: bytes, count: int) -> list[bytes | int | None]:
    """Return the first columns of a row; text stays bytes, numbers with a fraction are None.

    Raises:
        InputError: If the row is broken or has fewer columns.
    """
    size, at = varint(payload, 0)
    body = size
    values: list[bytes | int | None] = []
    while at < size and len(values) < count:
        kind, at = varint(payload, at)
        length = (kind - 12) // 2 if kind >= 12 else 8 if kind == 7 else _INTS.get(kind, 0)
        part = payload[body : body + length]
        if len(part) < length or kind < 0:
            raise InputError("a column lies outside its row")
        body += length
        if kind >= 12:
            values.append(part)
        elif kind in _INTS:
            values.append(int.from_bytes(part, "big", signed=True))
        else:
            values.append(kind - 8 if kind in {8, 9} else None)
    if len(values) < count:
        raise InputError("a row has too few columns")
    return values


def header_of(payload: bytes) -> bytes:
    """Return the header of a row of ``Packages`` (number, header).

    Raises:
        InputError: If the second column is no blob.
    """
    value = columns(payload, 2)[1]
    if not isinstance(value, bytes):
        raise InputError("a row of Packages has no header")
    return value
