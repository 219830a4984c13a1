"""Finds the sections of Mach-O programs without reading their bodies.

The layout is that of Apple's ``mach-o/loader.h``: the header, then load commands, of which only
``LC_SEGMENT`` and ``LC_SEGMENT_64`` are looked at.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.cataloger import Body

MAGICS = (b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf")
MAX_COMMANDS = 4 * 1024 * 1024
"""Bytes of load commands."""
_SEGMENT = {1: "16sIIIIiiII", 25: "16sQQQQiiII"}
_SECTION = {1: "16s16sIIIIIIIII", 25: "16s16sQQIIIIIIII"}


class Section(Struct, frozen=True):
    """One section.

    Attributes:
        name: Such as ``__go_buildinfo``.
        offset: Where it lies in the file, in bytes.
        address: Where it lies in memory.
        size: Size in bytes.
    """

    name: str
    offset: int
    address: int
    size: int


def sections(body: Body) -> Iterator[Section]:
    """Give the sections of a program for one processor.

    Raises:
        InputError: If it is no Mach-O file, or its load commands are broken.
    """
    head = body.read(0, 32)
    if head[:4] not in MAGICS or len(head) < 28:
        raise InputError("the file is not a Mach-O program", where="byte 0")
    order = "<" if head[:4] in MAGICS[:2] else ">"
    count, size = struct.unpack_from(f"{order}II", head, 16)
    wide = head[0 if order == "<" else 3] == 0xCF
    commands = body.read(32 if wide else 28, min(size, MAX_COMMANDS))
    at = 0
    for _ in range(count):
        if at + 8 > len(commands):
            break
        command, length = struct.unpack_from(f"{order}II", commands, at)
        if length < 8 or at + length > len(commands):
            raise InputError("a load command of the Mach-O file is broken", where=f"command {at}")
        if command in _SEGMENT:
            yield from _sections(commands[at + 8 : at + length], order, command)
        at += length


def _sections(data: bytes, order: str, command: int) -> Iterator[Section]:
    start = struct.calcsize(order + _SEGMENT[command])
    layout = struct.Struct(order + _SECTION[command])
    whole = len(data) - (len(data) - start) % layout.size if len(data) > start else start
    for fields in layout.iter_unpack(data[start:whole]):
        name, _, address, size, offset = fields[:5]
        yield Section(name.rstrip(b"\0").decode("utf-8", "replace"), offset, address, size)
