"""Says what to tell of a single file in which no package is found."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, cast

from dunnage.model.errors import InputError
from dunnage.model.problem import Effect, Problem
from dunnage.parsers import elf
from dunnage.sources._content import description
from dunnage.sources._package import Reading, base_name

if TYPE_CHECKING:
    from dunnage.model.cataloger import Body
    from dunnage.sources._stored import Stored

CODE = "nothing-to-catalogue"
# Segment types and tags of the dynamic section: System V ABI, chapter 5; the flag is GNU's.
_DYNAMIC, _INTERPRETER = 2, 3
_NEEDED, _FLAGS_1, _PROGRAM = 1, 0x6FFFFFFB, 0x08000000
_MOST = 64 * 1024


def barren(stored: Stored) -> Problem:
    """Return the problem a file is if nothing is found in it.

    A program that needs nothing outside itself is a whole container by itself: that it names no
    packages is a fact about it, so the report is complete. Anything else says nothing of what it
    holds, or loads libraries that are not here.
    """
    head = stored.read_at(0, 8)
    kind = description(head)
    if head.startswith(elf.MAGIC) and _is_static(stored):
        return Problem(
            CODE,
            "a static program that says nothing of what it was built from (Go and Rust programs do)",
            where=base_name(stored),
            effect=Effect.NOTE,
        )
    advice = "scan the image, directory or package it belongs to"
    if kind == "a zip archive":
        advice = (
            "a Java archive must end in .jar, .war or .ear; unpack others and scan the directory"
        )
    return Problem(CODE, f"{kind} in which no package was found", base_name(stored), advice)


def _is_static(stored: Stored) -> bool:
    """Tell whether an ELF file is a program that no dynamic linker has to complete.

    A static program that may lie anywhere in memory has a dynamic section, as libraries have; it
    names no library and calls itself a program.
    """
    body = cast("Body", Reading(stored))
    try:
        head = elf.header(body)
        parts = {segment.type: segment for segment in elf.segments(body)}
    except InputError:
        return False
    if elf.LOAD not in parts or _INTERPRETER in parts:
        return False
    if _DYNAMIC not in parts:
        return True
    pair = struct.Struct(("<" if head.order == "little" else ">") + ("II", "QQ")[head.bits == 64])
    data = stored.read_at(parts[_DYNAMIC].offset, min(parts[_DYNAMIC].size, _MOST))
    tags = dict(pair.iter_unpack(data[: len(data) // pair.size * pair.size]))
    return _NEEDED not in tags and bool(tags.get(_FLAGS_1, 0) & _PROGRAM)
