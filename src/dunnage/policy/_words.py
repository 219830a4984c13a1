"""Helps settings errors to name the line and the word that was probably meant."""

from __future__ import annotations

import re
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
    here, seen, found = "", 0, 0
    wanted = re.compile(rf"^\s*[\"']?{re.escape(key)}[\"']?\s*[=.]") if key else None
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            here = header[1]
            seen += here == section
            if (here == section and seen == entry) or (not section and here == key):
                found = number
                if wanted is None or not section:
                    break
        elif here == section and (not section or seen == entry) and wanted and wanted.match(line):
            found = number
            break
    return f"{origin}:{found}" if found else origin


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
