"""Cuts a Dockerfile into directives, comments and logical lines, losing no byte.

The rules are those of BuildKit's reader (https://docs.docker.com/reference/dockerfile/, sections
"Parser directives", "Escape" and "Here-Documents"; github.com/moby/buildkit,
``frontend/dockerfile/parser``): lines end with a line feed, a carriage return before it does not
count; comment lines and blank lines inside of a continued instruction are left out; the escape
character continues a line only if it does not itself stand behind one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise

from msgspec import Struct

from dunnage.parsers._dockerfile_text import Span, Text, left_stripped, stripped_end

BOM = b"\xef\xbb\xbf"
LONGEST_LINE = 65_536
"""BuildKit reads no longer line, its end included (Go's ``bufio.MaxScanTokenSize``)."""
_DIRECTIVE = re.compile(rb"#\s*([a-zA-Z][a-zA-Z0-9]*)[ \t\f\r]*=[ \t\f\r]*(.+?)[ \t\f\r]*\Z")
_KNOWN = frozenset({"syntax", "escape", "check"})
_ESCAPES = (b"\\", b"`")


class Directive(Struct, frozen=True):
    """One parser directive.

    Attributes:
        name: In lower case: ``syntax``, ``escape`` or ``check``.
        value: What follows the equals sign.
        line: One-based.
        span: The whole line, without its end.
    """

    name: str
    value: str
    line: int
    span: Span


class Comment(Struct, frozen=True):
    """One comment line.

    Attributes:
        text: What follows the number sign, without blanks around it.
        line: One-based.
        span: From the number sign to the end of the line.
    """

    text: str
    line: int
    span: Span


class Mistake(Struct, frozen=True):
    """Something a builder refuses.

    Attributes:
        code: Stable kebab-case name.
        message: One sentence without a final stop.
        span: Where.
    """

    code: str
    message: str
    span: Span


class Line(Struct, frozen=True):
    """One logical line: an instruction without the bodies of its here-documents.

    Attributes:
        text: The joined text, without blanks before and behind.
        first: One-based number of its first line.
        last: One-based number of its last line.
        above: Comments directly above it.
        inside: Comments between its lines.
        empty: Blank lines between its lines.
    """

    text: Text
    first: int
    last: int
    above: tuple[Comment, ...]
    inside: tuple[Comment, ...]
    empty: tuple[Span, ...]


class Lines:
    """The physical lines of a file, read one after the other.

    Attributes:
        data: The file.
        starts: Offset of each line.
        escape: The escape character.
        directives: The parser directives, in order.
        comments: Comments outside of instructions.
        mistakes: What a builder refuses.
    """

    def __init__(self, data: bytes) -> None:
        """Read the directives; the first logical line comes next."""
        self.data = data
        self._raw = data.split(b"\n")
        if len(self._raw) > 1 and not self._raw[-1]:
            self._raw.pop()
        self.starts = [0]
        for raw in self._raw:
            self.starts.append(self.starts[-1] + len(raw) + 1)
        self._first = len(BOM) if data.startswith(BOM) else 0
        self._raw = [raw.rstrip(b"\r") for raw in self._raw]
        self._raw[0] = self._raw[0][self._first :]
        self._at = 0
        self.escape = b"\\"
        self.directives: list[Directive] = []
        self.comments: list[Comment] = []
        self.mistakes: list[Mistake] = []
        self._read_directives()
        if len(data) >= LONGEST_LINE:
            self._refuse_long_lines()
        self._ends: tuple[dict[bytes, list[int]], dict[bytes, list[int]]] | None = None

    def _line(self, index: int) -> tuple[bytes, int]:
        """Return a line without its end, and the offset it starts at; a BOM is not part of it."""
        return self._raw[index], self.starts[index] if index else self._first

    def _read_directives(self) -> None:
        """Note the directives; the lines stay comments as well."""
        for index in range(len(self._raw)):
            raw, start = self._line(index)
            bare = left_stripped(raw)
            match = _DIRECTIVE.match(bare)
            if match is None:
                return
            name = match[1].decode().lower()
            if name not in _KNOWN:
                return
            span = Span(start + len(raw) - len(bare), start + len(raw))
            if any(known.name == name for known in self.directives):
                self._refuse("duplicate-directive", f"there is a second {name} directive", span)
                continue
            value = match[2].decode("utf-8", "replace")
            self.directives.append(Directive(name, value, index + 1, span))
            if name != "escape":
                continue
            if match[2] not in _ESCAPES:
                self._refuse("bad-escape", f"the escape character cannot be {value[:20]!r}", span)
            else:
                self.escape = match[2]

    def _refuse(self, code: str, message: str, span: Span) -> None:
        self.mistakes.append(Mistake(code, message, span))

    def _comment(self, index: int, bare: bytes) -> Comment:
        """Return the comment of a line.

        Args:
            index: Of the line.
            bare: The line from the number sign on.
        """
        raw, start = self._line(index)
        text = bare[1:].strip().decode("utf-8", "replace")
        return Comment(text, index + 1, Span(start + len(raw) - len(bare), start + len(raw)))

    def next(self) -> Line | None:
        """Return the next logical line, or None at the end of the file."""
        above: list[Comment] = []
        while self._at < len(self._raw):
            bare = left_stripped(self._raw[self._at])
            if bare.startswith(b"#"):
                above.append(self._comment(self._at, bare))
            elif bare:
                break
            else:
                self.comments += above
                above = []
            self._at += 1
        else:
            self.comments += above
            return None
        self.comments += above
        told = tuple(above)
        return self._single(told) or self._joined(told)

    def _single(self, above: tuple[Comment, ...]) -> Line | None:
        """Return the next line if it is not continued, which most are not."""
        raw, start = self._line(self._at)
        bare = left_stripped(raw)
        if bare.rstrip(b" \t").endswith(self.escape):
            return None
        self._at += 1
        text = Text(bare[: stripped_end(bare)], (0,), (start + len(raw) - len(bare),))
        return Line(text, self._at, self._at, above, (), ())

    def _joined(self, above: tuple[Comment, ...]) -> Line:
        first = self._at
        parts: list[bytes] = []
        starts: list[int] = []
        origins: list[int] = []
        inside: list[Comment] = []
        empty: list[Span] = []
        size, more, twice = 0, True, self.escape * 2
        while more and self._at < len(self._raw):
            index = self._at
            raw, start = self._line(index)
            self._at += 1
            bare = left_stripped(raw)
            if index > first:
                if bare.startswith(b"#"):
                    inside.append(self._comment(index, bare))
                    continue
                if not bare:
                    empty.append(Span(start, min(self.starts[index + 1], len(self.data))))
                    continue
            else:
                start += len(raw) - len(bare)
                raw = bare
            bare = raw.rstrip(b" \t")
            more = bare.endswith(self.escape) and not bare.endswith(twice)
            piece = bare[:-1] if more else raw
            parts.append(piece)
            starts.append(size)
            origins.append(start)
            size += len(piece)
        joined = b"".join(parts)
        text = Text(joined, tuple(starts), tuple(origins))
        begin = len(joined) - len(left_stripped(joined))
        end = stripped_end(joined)
        if begin or end < len(joined):
            text = text.part(min(begin, end), end)
        if begin >= end:
            where = Span(origins[0], origins[0] + len(parts[0]) + 1)
            self._refuse("empty-instruction", "a line is continued, but nothing is on it", where)
        return Line(text, first + 1, self._at, above, tuple(inside), tuple(empty))

    def _refuse_long_lines(self) -> None:
        for index, (start, after) in enumerate(pairwise(self.starts)):
            if after - start > LONGEST_LINE:
                size = len(self._raw[index])
                message = f"a line of {size:,} bytes; builders read {LONGEST_LINE - 1:,}"
                self._refuse("line-too-long", message, Span(start, start + size))

    def body(self, name: bytes, *, tabs: bool) -> tuple[Span, bool]:
        """Take the body of a here-document.

        Args:
            name: The word that ends it.
            tabs: True if leading tabs of the ending line do not count (``<<-``).

        Returns:
            Where the body lies, and whether its end was found. Without it the body ends before
            the next line that looks like an instruction, so that the rest can be read.
        """
        start = self.starts[self._at]
        if self._ends is None:
            self._ends = self._places()
        places = self._ends[tabs].get(name, [])
        found = bisect_left(places, self._at)
        if found < len(places):
            self._at = places[found] + 1
            return Span(start, self.starts[places[found]]), True
        while self._at < len(self._raw) and not _LIKELY.match(self._line(self._at)[0]):
            self._at += 1
        size = len(self.data)
        return Span(min(start, size), min(self.starts[self._at], size)), False

    def _places(self) -> tuple[dict[bytes, list[int]], dict[bytes, list[int]]]:
        """Return the indexes of all lines by their text, and by their text without leading tabs."""
        plain: dict[bytes, list[int]] = {}
        dashed: dict[bytes, list[int]] = {}
        for index in range(len(self._raw)):
            raw, _ = self._line(index)
            plain.setdefault(raw, []).append(index)
            dashed.setdefault(raw.lstrip(b"\t"), []).append(index)
        return plain, dashed

    @property
    def number(self) -> int:
        """Return the one-based number of the last line that was taken."""
        return self._at


_LIKELY = re.compile(
    rb"(?:FROM|RUN|COPY|ADD|ENV|ARG|CMD|ENTRYPOINT|EXPOSE|HEALTHCHECK|LABEL|ONBUILD|SHELL"
    rb"|STOPSIGNAL|USER|VOLUME|WORKDIR)[ \t]"
)
