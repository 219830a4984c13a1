"""Takes values out of JSON documents of strangers, where anything may be anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
MAX_TEXT = 512
"""Characters of a name, a version or a licence."""


def text(value: object) -> str:
    """Return a short printable text without blanks around it, or nothing for anything else."""
    if not isinstance(value, str):
        return ""
    bare = value.strip()
    return bare if len(bare) <= MAX_TEXT and bare.isprintable() else ""


def member(value: object, name: str) -> object:
    """Return a member of an object, or None if it has none or is none."""
    return value.get(name) if isinstance(value, dict) else None


def objects(value: object) -> Iterator[Json]:
    """Give the objects of a list, or nothing if it is no list."""
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def pairs(value: object) -> Iterator[tuple[str, object]]:
    """Give the members of an object, or nothing if it is none."""
    if isinstance(value, dict):
        yield from value.items()


def texts(value: object, most: int = 1000) -> tuple[str, ...]:
    """Return the different texts of a list (or the one text), at most so many."""
    entries = value if isinstance(value, list) else [value]
    found = dict.fromkeys(text(entry) for entry in entries[:most])
    return tuple(entry for entry in found if entry)
