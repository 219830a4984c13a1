"""Reads what an ELF file asks of the dynamic loader: interpreter, libraries, symbol versions.

The layout is that of the System V ABI, chapter 5 (program header, dynamic section), and of the
Linux Standard Base 5.0, "Symbol Versioning". Only segments are used: a program runs without a
section table.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError
from dunnage.parsers import elf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.model.cataloger import Body

MAX_DYNAMIC = 64 * 1024
"""Bytes of the dynamic section; real ones have some hundred."""
MAX_NEEDED = 512
"""Libraries one file may name."""
MAX_NAME = 4096
MAX_VERSIONS = 4096
"""Symbol versions one file may name."""

_DYNAMIC, _INTERP = 2, 3
_NEEDED, _STRTAB, _SONAME, _RPATH, _RUNPATH = 1, 5, 14, 15, 29
_VERDEF, _VERNEED = 0x6FFFFFFC, 0x6FFFFFFE
_GLIBC = re.compile(rb"GLIBC_(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?")


class Dynamic(NamedTuple):
    """What a file asks of the dynamic loader, and what it offers.

    Attributes:
        machine: Number of the processor (``e_machine``) and 32 or 64, as in ``62/64``.
        interpreter: Path of the loader as written, or empty.
        name: Name the library goes by, or empty.
        needed: Names of the libraries it needs, in order.
        rpath: Directories to search before LD_LIBRARY_PATH, as written, joined by colons.
        runpath: Directories to search after it; if there are some, ``rpath`` does not count.
        needs: Highest GLIBC version of any symbol it needs, or (0, 0).
        offers: Highest GLIBC version of any symbol it offers, or (0, 0).
    """

    machine: str
    interpreter: str = ""
    name: str = ""
    needed: tuple[str, ...] = ()
    rpath: str = ""
    runpath: str = ""
    needs: tuple[int, int] = (0, 0)
    offers: tuple[int, int] = (0, 0)


def read(body: Body) -> Dynamic:
    """Read the dynamic part of an ELF file; one that has none needs no loader.

    Raises:
        InputError: If a header or table is broken or cut off.
    """
    head = elf.header(body)
    machine = int.from_bytes(body.read(18, 2), "little" if head.order == "little" else "big")
    about = f"{machine}/{head.bits}"
    segments = list(elf.segments(body))
    interpreter = next((_text(body, s.offset, s.size) for s in segments if s.type == _INTERP), "")
    place = next((segment for segment in segments if segment.type == _DYNAMIC), None)
    if place is None:
        return Dynamic(about, interpreter)
    tags = _tags(body, place, head)
    loads = [segment for segment in segments if segment.type == elf.LOAD]
    strings = _Strings(body, _offset(loads, _first(tags, _STRTAB)))
    needed = [value for tag, value in tags if tag == _NEEDED]
    if len(needed) > MAX_NEEDED:
        raise InputError(f"it needs {len(needed)} libraries, more than {MAX_NEEDED}")
    order = "<" if head.order == "little" else ">"
    wants = list(_wanted(body, _offset(loads, _first(tags, _VERNEED)), order))
    gives = list(_given(body, _offset(loads, _first(tags, _VERDEF)), order))
    return Dynamic(
        about,
        interpreter,
        strings.at(_first(tags, _SONAME)),
        tuple(strings.at(value) for value in needed),
        strings.at(_first(tags, _RPATH)),
        strings.at(_first(tags, _RUNPATH)),
        _highest(strings, wants),
        _highest(strings, gives),
    )


def _tags(body: Body, place: elf.Segment, head: elf.Header) -> list[tuple[int, int]]:
    layout = struct.Struct(
        ("<" if head.order == "little" else ">") + ("II" if head.bits == 32 else "QQ")
    )
    data = body.read(place.offset, min(place.size, MAX_DYNAMIC))
    found = []
    for tag, value in layout.iter_unpack(data[: len(data) // layout.size * layout.size]):
        if tag == 0:
            break
        found.append((tag, value))
    return found


def _first(tags: Sequence[tuple[int, int]], wanted: int) -> int:
    return next((value for tag, value in tags if tag == wanted), -1)


def _offset(loads: Sequence[elf.Segment], address: int) -> int:
    """Return where in the file an address lies, or -1."""
    if address < 0:
        return -1
    for load in loads:
        if load.address <= address < load.address + load.size:
            return load.offset + address - load.address
    return -1


class _Strings:
    """The string table of a file; what lies outside of it is empty."""

    def __init__(self, body: Body, start: int) -> None:
        self._body = body
        self._start = start

    def bytes_at(self, place: int) -> bytes:
        if self._start < 0 or place < 0 or self._start + place >= self._body.size:
            return b""
        return self._body.read(self._start + place, MAX_NAME).partition(b"\0")[0]

    def at(self, place: int) -> str:
        return self.bytes_at(place).decode("utf-8", "backslashreplace")


def _text(body: Body, offset: int, size: int) -> str:
    if offset >= body.size:
        raise InputError("the interpreter's name lies beyond the end of the file")
    data = body.read(offset, min(size, MAX_NAME))
    return data.partition(b"\0")[0].decode("utf-8", "backslashreplace")


def _wanted(body: Body, at: int, order: str) -> Iterator[int]:
    """Give the places of the names of the versions that are needed (``Elf_Verneed``)."""
    left = MAX_VERSIONS
    while at >= 0 and left > 0 and len(data := body.read(at, 16)) == 16:
        _, count, _, aux, following = struct.unpack(f"{order}HHIII", data)
        inner = at + aux
        for _ in range(min(count, left)):
            left -= 1
            entry = body.read(inner, 16)
            if len(entry) < 16:
                return
            _, _, _, name, step = struct.unpack(f"{order}IHHII", entry)
            yield name
            if not step:
                break
            inner += step
        left -= 1
        if not following:
            return
        at += following


def _given(body: Body, at: int, order: str) -> Iterator[int]:
    """Give the places of the names of the versions that are offered (``Elf_Verdef``)."""
    for _ in range(MAX_VERSIONS):
        data = body.read(at, 20) if at >= 0 else b""
        if len(data) < 20:
            return
        _, _, _, _, _, aux, following = struct.unpack(f"{order}HHHHIII", data)
        entry = body.read(at + aux, 8)
        if len(entry) == 8:
            yield struct.unpack(f"{order}II", entry)[0]
        if not following:
            return
        at += following


def _highest(strings: _Strings, places: Sequence[int]) -> tuple[int, int]:
    best = (0, 0)
    for place in dict.fromkeys(places):
        match = _GLIBC.fullmatch(strings.bytes_at(place)[:32])
        if match:
            best = max(best, (int(match[1]), int(match[2])))
    return best
