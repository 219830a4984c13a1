"""Hands bytes to catalogers as the indexer would, and repairs check sums on the way."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.io.body import MemoryBody
from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger, Fact, File
from dunnage.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMITS = Limits()
"""The limits of a scan; inputs are small enough that none of them hides a fault."""

TIGHT = replace(LIMITS, packages=40, problems=5, archive_members=60, entries=200, path_bytes=300)
"""Limits that small inputs reach."""

BLOCK = 512


@cache
def catalogers() -> Mapping[str, Cataloger]:
    """Return all catalogers by public name."""
    return load_all("dunnage.catalogers", "cataloger", Cataloger)


def wants_all(path: str) -> bool:
    """Want every path."""
    return bool(path)


def fact_of(name: str, path: str, data: bytes, limits: Limits = LIMITS) -> Fact:
    """Return what a cataloger learns from a file, an empty fact if that is nothing."""
    file = File(path, len(data), 0o644, MemoryBody(data), limits, wants_all)
    fact = catalogers()[name].parse(file)
    return replace(fact or Fact(), cataloger=name, path=path)


def joined(name: str, *facts: Fact) -> list[Fact]:
    """Return what a cataloger makes of several facts."""
    assemble = catalogers()[name].assemble
    return list(assemble(facts)) if assemble else list(facts)


def split(data: bytes, parts: int) -> list[bytes]:
    """Cut an input into parts, each but the last as long as the two bytes before it say."""
    found = []
    for _ in range(parts - 1):
        size = int.from_bytes(data[:2], "little")
        found.append(data[2 : 2 + size])
        data = data[2 + size :]
    return [*found, data]


def packed(*parts: bytes) -> bytes:
    """Return an input that ``split`` cuts into these parts."""
    heads = (len(part[:65535]).to_bytes(2, "little") + part[:65535] for part in parts[:-1])
    return b"".join(heads) + parts[-1]


def summed(tar: bytes) -> bytes:
    """Return a tar with the check sum of every block that claims to be a header set right.

    A block counts as a header if a number stands where a check sum would, or ``ustar``.
    """
    blocks = []
    for at in range(0, len(tar), BLOCK):
        block = tar[at : at + BLOCK]
        if len(block) == BLOCK and (block[257:262] == b"ustar" or block[148:154].isdigit()):
            total = sum(block[:148]) + 8 * 32 + sum(block[156:])
            block = block[:148] + b"%06o\0 " % total + block[156:]
        blocks.append(block)
    return b"".join(blocks)
