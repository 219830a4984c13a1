"""Finds the Go build information in programs of all systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec import Struct

from dunnage.model.errors import InputError
from dunnage.parsers import elf, go_buildinfo, macho, pe

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.cataloger import Body, File

MAX_SEARCH = 64 * 1024 * 1024
"""Bytes searched in a program without a section table; Go writes the header near the front."""


CRATES = ".dep-v0"
_GO = ".go.buildinfo"


def elf_sections(file: File) -> dict[str, tuple[int, int]] | None:
    """Return offset and size of the sections of an ELF file that catalogers look for.

    The section table is read once for all of them; None if there is none.

    Raises:
        InputError: If the header or the section table is broken or cut off.
    """
    if "elf" not in file.memo:
        file.memo["elf"] = elf.find(file.body, (_GO.encode(), CRATES.encode()))
    return cast("dict[str, tuple[int, int]] | None", file.memo["elf"])


class _Region(Struct, frozen=True):
    """A part of a file and where it lies in memory; sizes and places in bytes."""

    offset: int
    address: int
    size: int


def go_strings(file: File) -> tuple[str, str] | None:
    """Return toolchain version and module list of a Go program, or None for other programs.

    The places searched are those of ``debug/buildinfo`` in the Go source tree.

    Raises:
        InputError: If the program or its build information is broken.
    """
    body = file.body
    start = body.read(0, 4)
    if start == elf.MAGIC:
        return _elf(body, elf_sections(file))
    if start.startswith(pe.MAGIC):
        return _pe(body)
    return _macho(body) if start in macho.MAGICS else None


def _elf(body: Body, found: dict[str, tuple[int, int]] | None) -> tuple[str, str] | None:
    if found is not None:
        if _GO not in found:
            return None
        offset, size = found[_GO]
        places = [_Region(offset, 0, size)]
    else:
        places = [
            _Region(part.offset, part.address, part.size)
            for part in elf.segments(body)
            if part.type == elf.LOAD
            and part.flags & (elf.WRITABLE | elf.EXECUTABLE) == elf.WRITABLE
        ]

    def regions() -> list[_Region]:
        parts = (part for part in elf.segments(body) if part.type == elf.LOAD)
        return [_Region(part.offset, part.address, part.size) for part in parts]

    strings = _search(body, places, regions)
    if strings is None and found:
        raise InputError(
            "the section .go.buildinfo holds no Go build information", where=f"byte {offset}"
        )
    return strings


def _pe(body: Body) -> tuple[str, str] | None:
    parts = pe.sections(body)
    wanted = pe.WRITABLE | pe.INITIALISED
    places = [
        _Region(part.offset, part.address, part.size)
        for part in parts
        if part.flags & wanted == wanted
    ]
    regions = [_Region(part.offset, part.address, part.size) for part in parts]
    return _search(body, places, lambda: regions)


def _macho(body: Body) -> tuple[str, str] | None:
    parts = list(macho.sections(body))
    places = [
        _Region(part.offset, part.address, part.size)
        for part in parts
        if part.name == "__go_buildinfo"
    ]
    regions = [_Region(part.offset, part.address, part.size) for part in parts if part.offset]
    return _search(body, places, lambda: regions)


def _search(
    body: Body, places: list[_Region], regions: Callable[[], list[_Region]]
) -> tuple[str, str] | None:
    left = MAX_SEARCH
    for place in places:
        size = min(place.size, left, max(body.size - place.offset, 0))
        left -= size
        at = go_buildinfo.find(body, place.offset, size)
        if at >= 0:
            return go_buildinfo.decode(body, at, _locator(regions()))
    return None


def _locator(regions: list[_Region]) -> Callable[[int], int]:
    def locate(address: int) -> int:
        for region in regions:
            if region.address <= address < region.address + region.size:
                return region.offset + address - region.address
        return -1

    return locate
