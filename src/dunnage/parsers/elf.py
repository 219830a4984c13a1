"""Finds the sections and segments of ELF files without reading their bodies.

The layout is that of the System V ABI, chapters 4 (ELF header, sections) and 5 (program header);
``elf(5)`` repeats it. Only the header, the two tables and the section names are read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.cataloger import Body

MAGIC = b"\x7fELF"
MAX_SECTIONS = 200_000
"""Object files built with one section per function have tens of thousands."""
MAX_SEGMENTS = 4096
MAX_NAMES = 32 * 1024 * 1024
"""Bytes of section names."""
MAX_NAME = 1024

LOAD = 1
EXECUTABLE = 1
WRITABLE = 2
_NO_BITS = 8
_ESCAPED_INDEX = 0xFFFF

# After the 16 identification bytes: type, machine, version, entry, program and section header
# offsets, flags, header size, then entry size and count of both tables, index of the name table.
_HEADERS = {
    (bits, order): struct.Struct(f"{mark}16xHHI{'III' if bits == 32 else 'QQQ'}IHHHHHH")
    for bits in (32, 64)
    for order, mark in (("little", "<"), ("big", ">"))
}
# name, type, flags, address, offset, size, link, info, alignment, entry size
_SECTIONS = {
    (bits, order): struct.Struct(f"{mark}{'IIIIIIIIII' if bits == 32 else 'IIQQQQIIQQ'}")
    for bits in (32, 64)
    for order, mark in (("little", "<"), ("big", ">"))
}
# 32 bits: type, offset, address, physical, file size, memory size, flags, alignment;
# 64 bits: type, flags, offset, address, physical, file size, memory size, alignment
_SEGMENTS = {
    (bits, order): struct.Struct(f"{mark}{'IIIIIIII' if bits == 32 else 'IIQQQQQQ'}")
    for bits in (32, 64)
    for order, mark in (("little", "<"), ("big", ">"))
}


class Header(Struct, frozen=True):
    """What the ELF header says of the two tables.

    Attributes:
        bits: 32 or 64.
        order: ``little`` or ``big``.
        segments: Offset, entry size and count of the program header table.
        sections: Offset, entry size and count of the section header table.
        names: Index of the section that holds the section names.
    """

    bits: int
    order: str
    segments: tuple[int, int, int]
    sections: tuple[int, int, int]
    names: int


class Segment(Struct, frozen=True):
    """One entry of the program header table.

    Attributes:
        type: ``LOAD`` and others.
        flags: ``EXECUTABLE``, ``WRITABLE`` and 4 for readable, added up.
        offset: Where it lies in the file, in bytes.
        address: Where it lies in memory.
        size: Bytes it has in the file.
    """

    type: int
    flags: int
    offset: int
    address: int
    size: int


def header(body: Body) -> Header:
    """Read the ELF header.

    Raises:
        InputError: If it is no ELF header, or cut off.
    """
    start = body.read(0, 64)
    bits = {1: 32, 2: 64}.get(start[4] if len(start) > 5 else 0)
    order = {1: "little", 2: "big"}.get(start[5] if len(start) > 5 else 0)
    if start[:4] != MAGIC or bits is None or order is None:
        raise InputError("the file is not an ELF file of a known class", where="byte 0")
    layout = _HEADERS[bits, order]
    if len(start) < layout.size:
        raise InputError("the ELF header is cut off", where=f"byte {len(start)}")
    fields = layout.unpack_from(start)
    offset, entry, count, names = fields[5], fields[10], fields[11], fields[12]
    if offset and (count == 0 or names == _ESCAPED_INDEX):
        # Too many sections for the header: section 0 has the numbers (System V ABI, chapter 4).
        first = _entry(body, _SECTIONS[bits, order], offset)
        count = count or first[5]
        names = first[6] if names == _ESCAPED_INDEX else names
    return Header(bits, order, (fields[4], fields[8], fields[9]), (offset, entry, count), names)


def find(body: Body, wanted: tuple[bytes, ...]) -> dict[str, tuple[int, int]] | None:
    """Find sections by name, without looking at the others.

    Args:
        body: The file.
        wanted: Section names. An ELF file that has none of them costs two or three small reads.

    Returns:
        Offset and size in bytes of each wanted section that exists and has content, the first
        one winning where a name is repeated, or None if the file has no section table at all.

    Raises:
        InputError: If the header or the section table is broken or cut off.
    """
    head = header(body)
    offset, _, count = head.sections
    if not offset or not count:
        return None
    layout = _SECTIONS[head.bits, head.order]
    table = _table(body, layout, head.sections, MAX_SECTIONS, "section")
    if not 0 < head.names < count:
        return {}
    names_at, names_size = layout.unpack_from(table, head.names * layout.size)[4:6]
    names = _names(body, names_at, names_size)
    if not any(name + b"\0" in names for name in wanted):
        return {}
    found: dict[str, tuple[int, int]] = {}
    for name, kind, _, _, start, size, *_ in layout.iter_unpack(table):
        text = _name(names, name)
        if kind != _NO_BITS and size and text in wanted and text.decode() not in found:
            found[text.decode()] = _inside(body, start, size, text.decode())
    return found


def sections(body: Body) -> dict[str, tuple[int, int]]:
    """Return offset and size in bytes of every section that has content in the file, by name.

    Raises:
        InputError: If the header or the section table is broken or cut off.
    """
    head = header(body)
    offset, _, count = head.sections
    if not offset or not count or not 0 < head.names < count:
        return {}
    layout = _SECTIONS[head.bits, head.order]
    table = _table(body, layout, head.sections, MAX_SECTIONS, "section")
    names = _names(body, *layout.unpack_from(table, head.names * layout.size)[4:6])
    found: dict[str, tuple[int, int]] = {}
    for name, kind, _, _, start, size, *_ in layout.iter_unpack(table):
        if kind not in {0, _NO_BITS}:
            found.setdefault(_name(names, name).decode("utf-8", "replace"), (start, size))
    return found


def segments(body: Body) -> Iterator[Segment]:
    """Give the entries of the program header table.

    Raises:
        InputError: If the header or the table is broken or cut off.
    """
    head = header(body)
    if not head.segments[0] or not head.segments[2]:
        return
    layout = _SEGMENTS[head.bits, head.order]
    table = _table(body, layout, head.segments, MAX_SEGMENTS, "program header")
    for fields in layout.iter_unpack(table):
        if head.bits == 32:
            kind, offset, address, _, size, _, flags, _ = fields
        else:
            kind, flags, offset, address, _, size, _, _ = fields
        yield Segment(kind, flags, offset, address, size)


def _table(
    body: Body, layout: struct.Struct, place: tuple[int, int, int], most: int, what: str
) -> bytes:
    offset, entry, count = place
    if entry != layout.size:
        raise InputError(
            f"the {what} table has entries of {entry} bytes, not {layout.size}", where="ELF header"
        )
    if count > most:
        raise LimitError(f"the {what} table has {count} entries, more than {most}")
    data = body.read(offset, entry * count) if offset < body.size else b""
    if len(data) < entry * count:
        raise InputError(
            f"the {what} table of the ELF file lies beyond its end",
            where=f"byte {offset}",
            advice="the file is cut off or damaged; fetch it again",
        )
    return data


def _entry(body: Body, layout: struct.Struct, offset: int) -> tuple[int, ...]:
    return layout.unpack(_table(body, layout, (offset, layout.size, 1), 1, "section"))


def _names(body: Body, offset: int, size: int) -> bytes:
    if size > MAX_NAMES:
        raise LimitError(f"the section names take {size} bytes, more than {MAX_NAMES}")
    return body.read(offset, size) if offset < body.size else b""


def _name(names: bytes, start: int) -> bytes:
    # Bounded, so that a name table without any NUL is not searched once for each section.
    end = names.find(b"\0", start, start + MAX_NAME)
    return names[start : end if end >= 0 else start + MAX_NAME]


def _inside(body: Body, offset: int, size: int, name: str) -> tuple[int, int]:
    if offset + size > body.size:
        raise InputError(
            f"section {name} of the ELF file lies beyond its end",
            where=f"byte {offset}",
            advice="the file is cut off or damaged; fetch it again",
        )
    return offset, size
