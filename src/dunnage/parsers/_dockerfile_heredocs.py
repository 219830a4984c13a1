"""Finds what opens here-documents on a line of a Dockerfile, as BuildKit does.

BuildKit cuts the line into words as its variable expansion does, and takes each word that looks
like ``<<NAME`` (github.com/moby/buildkit, ``frontend/dockerfile/parser/parser.go`` and
``frontend/dockerfile/shell/lex.go``). A line with a quote or ``${`` that does not end opens none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.parsers._dockerfile_text import WIDE, Span

if TYPE_CHECKING:
    from dunnage.parsers._dockerfile_text import Text

_PLAIN = re.compile(rb"[^\s'\"$<\\\xc2\xe1\xe2\xe3]+")
_SPACES = re.compile(rb"(?:\s|" + WIDE + rb")+")
_QUOTED = re.compile(rb"'[^']*'")
_OPENING = re.compile(rb"<<[\t\r ]*")
_NAME = re.compile(rb"[0-9]+|[@*#?$!-]|(?:[A-Za-z_]|[\x80-\xff])(?:\w|[\x80-\xff])*|")
_MARKER = re.compile(rb"([0-9]*)<<(-?)\s*([^<]*)\Z")
_PARTS = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^'"\\]+""", re.DOTALL)
_IN_DOUBLE = re.compile(r'\\(["$\\])')
_DEEPEST = 20
_LARGEST_FD = 2**64 - 1


class Marker(NamedTuple):
    """What opens a here-document.

    Attributes:
        name: The word that ends it.
        fd: File descriptor, 0 if none is written.
        expand: True if variables in it are expanded (the word is not quoted).
        tabs: True if leading tabs are taken away (``<<-``).
        span: Where it stands.
    """

    name: bytes
    fd: int
    expand: bool
    tabs: bool
    span: Span


class _EndError(Exception):
    """A quote or brace does not end."""


def markers(text: Text, most: int) -> tuple[Marker, ...]:
    """Return what opens here-documents in the text of RUN, COPY or ADD, up to a number."""
    if b"<<" not in text.data:
        return ()
    try:
        words = _Words(text.data).all()
    except _EndError:
        return ()
    found: list[Marker] = []
    for start, end in words:
        opened = _MARKER.match(text.data[start:end])
        if opened is None:
            continue
        raw = opened[3].decode("utf-8", "replace")
        name = "".join(_bare(part[0]) for part in _PARTS.finditer(raw))
        if not name:
            continue
        fd = min(int(opened[1][:20] or b"0"), _LARGEST_FD)
        quoted = any(part[0][0] in "'\"" for part in _PARTS.finditer(raw))
        found.append(Marker(name.encode(), fd, not quoted, bool(opened[2]), text.span(start, end)))
        if len(found) == most:
            break
    return tuple(found)


def _bare(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] == '"':
        return _IN_DOUBLE.sub(r"\1", part[1:-1])
    return part[1:] if part[0] == "\\" else part


class _Words:
    """The words of a line, quotes and escapes kept."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.nested = False

    def all(self) -> list[tuple[int, int]]:
        """Return where the words stand.

        Raises:
            _EndError: If a quote or brace does not end.
        """
        found: list[tuple[int, int]] = []
        start = -1
        data = self.data
        while self.at < len(data):
            before = self.at
            if spaces := _SPACES.match(data, self.at):
                self.at = spaces.end()
                if start >= 0:
                    found.append((start, before))
                    start = -1
                continue
            if start < 0:
                start = before
            if data[self.at] == 0x24:
                self.dollar(0)
                # White space in what a variable falls back to ends a word, quoted or not.
                for spaces in _SPACES.finditer(data, before, self.at):
                    found.append((start, spaces.start()))
                    start = spaces.end()
            else:
                self.step(0)
            if self.nested:
                # BuildKit forgets what stands in front of a nested expansion.
                start, self.nested = max(start, before), False
        if start >= 0:
            found.append((start, len(data)))
        return [(start, end) for start, end in found if start < end]

    def step(self, depth: int) -> None:
        """Pass over one piece that is no white space."""
        data = self.data
        if match := _PLAIN.match(data, self.at) or _OPENING.match(data, self.at):
            self.at = match.end()
            return
        char = data[self.at]
        if char == 0x27:
            match = _QUOTED.match(data, self.at)
            if match is None:
                raise _EndError
            self.at = match.end()
        elif char == 0x22:
            self.double(depth)
        elif char == 0x24:
            self.dollar(depth)
        elif char == 0x5C:
            self.at = min(self.at + 2, len(data))
        else:
            self.at += 1

    def double(self, depth: int) -> None:
        """Pass over text in double quotes."""
        self.at += 1
        while self.at < len(self.data):
            char = self.data[self.at]
            if char == 0x22:
                self.at += 1
                return
            if char == 0x24:
                self.dollar(depth)
            else:
                self.at += (
                    2 if char == 0x5C and self.data[self.at + 1 : self.at + 2] in _ESCAPED else 1
                )
        raise _EndError

    def dollar(self, depth: int) -> None:
        """Pass over a variable."""
        self.at += 1
        if self.data[self.at : self.at + 1] != b"{":
            self.name()
            return
        self.at += 1
        if depth > _DEEPEST or self.data[self.at : self.at + 1] in _NO_NAME:
            raise _EndError
        self.name()
        sign = self.data[self.at : self.at + 1]
        self.at += 1
        if sign == b"}":
            return
        if sign == b":":
            sign = self.data[self.at : self.at + 1]
            self.at += 1
            if sign in {b"#", b"%", b""}:
                raise _EndError
        elif sign == b"/":
            self.at += self.data[self.at : self.at + 1] == b"/"
            self.until(0x2F, depth)
        elif sign not in _SIGNS:
            raise _EndError
        self.until(0x7D, depth)

    def name(self) -> None:
        """Pass over the name of a variable; it may be empty."""
        match = _NAME.match(self.data, self.at)
        self.at = match.end() if match else self.at

    def until(self, stop: int, depth: int) -> None:
        """Pass over all up to a character, and over that."""
        self.nested = True
        while self.at < len(self.data):
            if self.data[self.at] == stop:
                self.at += 1
                return
            plain = self.data[self.at] not in _SPECIAL
            if plain:
                self.at += 1
            else:
                self.step(depth + 1)
        raise _EndError


_ESCAPED = frozenset({b'"', b"$", b"\\"})
_NO_NAME = frozenset({b"", b"{", b"}", b":"})
_SIGNS = frozenset({b"+", b"-", b"?", b"#", b"%"})
_SPECIAL = frozenset(b"'\"$\\<")
