"""Helps settings errors to name the line and the word that was probably meant."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER = re.compile(r"^\s*\[\[?\s*\"?([\w-]+)\"?\s*\]\]?")


def line_of(text: str, section: str, key: str, origin: str, entry: int = 1) -> str:
    """Return ``file:line`` of a key, or the nearest place that can be told.

    The standard library's TOML reader keeps no positions, so this looks the text up again; it
    falls back to the section's line and then to the file alone, and is never used to decide.

    Args:
        text: Content of the file.
        section: Section the key stands in, or empty for the top level.
        key: The key, or empty for the section itself.
        origin: Name of the file.
        entry: Which ``[[section]]`` of several, from one.
    """
    lines, blocks, first = _layout(text)
    wanted = re.compile(rf"^\s*[\"']?{re.escape(key)}[\"']?\s*[=.]") if key else None
    if section:
        places = blocks.get(section, ())
        if entry > len(places):
            return origin
        start, end = places[entry - 1]
    else:
        start, end = (blocks[key][0][0] if key in blocks else 0), first
    inside = range(start + 1 if section else 1, end) if wanted else ()
    found = next((n for n in inside if wanted and wanted.match(lines[n - 1])), start)
    return f"{origin}:{found}" if found else origin


_Blocks = dict[str, list[tuple[int, int]]]


@lru_cache(maxsize=2)
def _layout(text: str) -> tuple[list[str], _Blocks, int]:
    """Return the lines, the first and the end line of all sections by name, and the first of all.

    Line numbers begin with one. A file may have ten thousand waivers, each of which asks for
    several lines.
    """
    lines = text.splitlines()
    headers = [(n, match[1]) for n, line in enumerate(lines, 1) if (match := _HEADER.match(line))]
    ends = [n for n, _ in headers[1:]] + [len(lines) + 1]
    blocks: _Blocks = {}
    for (start, name), end in zip(headers, ends, strict=False):
        blocks.setdefault(name, []).append((start, end))
    return lines, blocks, headers[0][0] if headers else len(lines) + 1


def unknown_key(
    key: str, known: Sequence[str], what: str, text: str, origin: str, section: str
) -> UsageError:
    """Return the error for a key nobody knows, with the nearest known one."""
    return UsageError(
        f"unknown {what}: {key!r}",
        where=line_of(text, section, key, origin),
        advice=nearest(key.replace("_", "-"), known),
    )


def nearest(word: str, known: Sequence[str]) -> str:
    """Return ``did you mean ...?``, or the list of what is known."""
    from difflib import get_close_matches

    close = get_close_matches(word.lower()[:80], known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else "known: " + ", ".join(sorted(known))
