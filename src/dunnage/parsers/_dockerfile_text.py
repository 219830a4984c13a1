"""Bytes of a Dockerfile as the builder joins them, which still know where each came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDE = rb"(?:\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)"
"""White space outside of ASCII, as a regular expression; builders trim it (Unicode White_Space)."""
_ASCII = b" \t\n\v\f\r"
_ALONE = (0,)
_LEADING = re.compile(rb"(?:\s|" + WIDE + rb")*+")
_ONE = re.compile(WIDE)


def left_stripped(data: bytes) -> bytes:
    """Return a line without white space in front."""
    bare = data.lstrip(_ASCII)
    if bare[:1] < b"\x80":
        return bare
    match = _LEADING.match(bare)
    return bare[match.end() :] if match else bare


def stripped_end(data: bytes) -> int:
    """Return where a line ends without white space behind."""
    bare = data.rstrip(_ASCII)
    end = len(bare)
    while end and bare[end - 1] >= 0x80:
        size = next((n for n in (2, 3) if _ONE.fullmatch(bare, max(0, end - n), end)), 0)
        if not size:
            break
        end -= size
        while end and bare[end - 1] in _ASCII:
            end -= 1
    return end


class Span(NamedTuple):
    """A stretch of a file.

    Attributes:
        start: Offset of its first byte.
        end: Offset behind its last byte.
    """

    start: int
    end: int


_made = tuple.__new__
"""Makes a named tuple in a third of the time; spans are made by the thousand."""


class Word(NamedTuple):
    """One word of an instruction.

    Attributes:
        text: As written, quotes and escapes included.
        span: Where.
    """

    text: str
    span: Span


class Text:
    """Text of one instruction: pieces of the file without line breaks and comments between them.

    Attributes:
        data: The joined bytes, as the builder sees them.
    """

    def __init__(self, data: bytes, starts: tuple[int, ...], origins: tuple[int, ...]) -> None:
        """Keep the joined bytes, where in them each piece starts, and where that is in the file."""
        self.data = data
        self._starts = starts
        self._origins = origins
        # The piece that was looked at last: words are asked for one after the other.
        self._piece = (0, 0, 0)

    @cached_property
    def value(self) -> str:
        """Return the text; what is not UTF-8 is replaced."""
        return self.data.decode("utf-8", "replace")

    def origin(self, at: int) -> int:
        """Return the offset in the file of a byte of the joined text."""
        piece = bisect_right(self._starts, at) - 1
        return self._origins[piece] + at - self._starts[piece]

    def span(self, start: int, end: int) -> Span:
        """Return where in the file a stretch of the joined text lies."""
        first, last, shift = self._piece
        if first <= start < last and start <= end <= last:
            return _made(Span, (start + shift, end + shift))
        piece = bisect_right(self._starts, start) - 1
        first = self._starts[piece]
        shift = self._origins[piece] - first
        ends = piece + 1 == len(self._starts)
        last = len(self.data) if ends else self._starts[piece + 1]
        self._piece = (first, last, shift)
        if ends or end <= last:
            return Span(start + shift, max(start, end) + shift)
        return Span(start + shift, self.origin(end - 1) + 1)

    def part(self, start: int, end: int) -> Text:
        """Return a stretch of the text as a text of its own."""
        if len(self._starts) == 1:
            return Text(self.data[start:end], _ALONE, (self._origins[0] + start,))
        first = bisect_right(self._starts, start) - 1
        last = max(first, bisect_right(self._starts, max(start, end - 1)) - 1)
        starts = (0, *(at - start for at in self._starts[first + 1 : last + 1]))
        origins = (
            self._origins[first] + start - self._starts[first],
            *self._origins[first + 1 : last + 1],
        )
        return Text(self.data[start:end], starts, origins)

    def word(self, start: int, end: int) -> Word:
        """Return a stretch of the text as a word."""
        return _made(Word, (self.data[start:end].decode("utf-8", "replace"), self.span(start, end)))

    def words(self, spans: Iterable[tuple[int, int]]) -> tuple[Word, ...]:
        """Return stretches of the text as words."""
        if len(self._starts) > 1 or not self.data.isascii():
            return tuple(self.word(start, end) for start, end in spans)
        text, shift = self.data.decode("ascii"), self._origins[0] - self._starts[0]
        return tuple(
            _made(Word, (text[start:end], _made(Span, (start + shift, end + shift))))
            for start, end in spans
        )

    @property
    def whole(self) -> Span:
        """Return where in the file the text lies."""
        return self.span(0, len(self.data))

    def followed_by(self, data: bytes, origin: int) -> Text:
        """Return the text with a line break and further bytes of the file behind it."""
        size = len(self.data) + 1
        starts = (*self._starts, size)
        return Text(self.data + b"\n" + data, starts, (*self._origins, origin))
