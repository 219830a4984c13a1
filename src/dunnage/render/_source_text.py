"""Lines of a source file with marks under what is meant, harmless and aligned on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.render._text import clean, columns

if TYPE_CHECKING:
    from dunnage.model.finding import Finding

_TAB = 4
_LEAD = 20
"""Columns that stay visible before what is meant, where a line is cut on its left."""


class Shown(Struct, frozen=True):
    """One line of an excerpt.

    Attributes:
        number: Its one-based number in the file.
        text: The line as it is shown.
        marks: What stands under it; empty if nothing of it is meant.
    """

    number: int
    text: str
    marks: str


def excerpt(finding: Finding, width: int) -> list[Shown]:
    """Return the lines of a finding with carets under what is meant.

    Tabs become blanks, wide characters take two columns, and control characters are written out,
    so that the carets stand where they should and no file can do anything to a terminal. A line
    that is too long is cut at both ends.

    Args:
        finding: With its excerpt and its first location.
        width: Columns for each line.
    """
    if not finding.excerpt or not finding.locations:
        return []
    place = finding.locations[0]
    last = place.end_line or place.line
    shown = []
    for number, line in enumerate(finding.excerpt, place.line):
        start = place.column - 1 if number == place.line and place.column else 0
        end = len(line)
        if number == last and place.end_column:
            end = place.end_column - 1
        if number != place.line:
            # Further lines are marked from their first word on.
            start = min(len(line) - len(line.lstrip()), end)
        shown.append(_shown(number, line, start, max(start, end), width))
    return shown


def _shown(number: int, line: str, start: int, end: int, width: int) -> Shown:
    start, end = min(start, len(line)), min(end, len(line))
    if len(line) < width and line.isascii() and line.isprintable():
        marks = " " * start + "^" * max(end - start, 1)
        return Shown(number, line.rstrip(), marks if start or line.strip() else "")
    parts = (line[:start], line[start:end], line[end:])
    texts: list[str] = []
    for part in parts:
        texts.append(_visible(part, sum(map(columns, texts))))
    before, meant, after = texts
    room = columns(before) + max(columns(meant), 1)
    if room > width:
        # What is meant begins too far to the right, so the line loses its beginning.
        keep = min(columns(before), _LEAD)
        before = ("…" + _tail(before, keep - 1)) if keep and columns(before) > keep else before
    left = width - columns(before)
    meant = _head(meant, left)
    after = _head(after, left - columns(meant))
    marks = " " * columns(before) + "^" * max(columns(meant), 1)
    text = f"{before}{meant}{after}".rstrip()
    return Shown(number, text, marks if text or start else "")


def _visible(text: str, column: int) -> str:
    """Return text with tabs as blanks up to the next stop and all else made harmless."""
    parts = []
    for piece in text.split("\t"):
        shown = clean(piece)
        parts.append(shown)
        column += columns(shown)
        fill = _TAB - column % _TAB
        parts.append(" " * fill)
        column += fill
    return "".join(parts[:-1])


def _head(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    if text.isascii():
        return text[: max(width - 1, 0)] + "…"
    kept: list[str] = []
    used = 1
    for char in text:
        used += columns(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept) + "…"


def _tail(text: str, width: int) -> str:
    kept: list[str] = []
    used = 0
    for char in reversed(text):
        used += columns(char)
        if used > width:
            break
        kept.append(char)
    return "".join(reversed(kept))
