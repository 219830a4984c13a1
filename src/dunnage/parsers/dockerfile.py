"""Reads a Dockerfile without losing a byte: directives, comments, instructions, here-documents.

The format is that of https://docs.docker.com/reference/dockerfile/, read as BuildKit reads it, which
Buildah and Kaniko follow. Whatever a builder would refuse is noted and passed over, so that one bad
line never hides the rest. All spans are byte offsets in the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from msgspec import Struct, field

from dunnage.model.errors import LimitError
from dunnage.parsers import _dockerfile_words as cut
from dunnage.parsers._dockerfile_lines import BOM, Comment, Directive, Line, Lines, Mistake
from dunnage.parsers._dockerfile_text import WIDE, Span, Text, Word
from dunnage.parsers._dockerfile_words import Flag, Heredoc, Pair

__all__ = [
    "Comment", "Directive", "Dockerfile", "Flag", "Heredoc", "Instruction", "Mistake", "Pair",
    "Span", "Text", "Word", "read",
]  # fmt: skip

LARGEST = 1024 * 1024
MOST_INSTRUCTIONS = 10_000
_HEREDOCS = 100
KEYWORDS = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
    "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})  # fmt: skip
_WITH_HEREDOCS = frozenset({"ADD", "COPY", "RUN"})
_MAYBE_JSON = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})
_HOLDING = frozenset({"HEALTHCHECK", "ONBUILD"})
_KEYWORD = re.compile(rb"[^ \t\v\f\r]+")
_BLANK = re.compile(rb"(?:\s|" + WIDE + rb")*+")


class Instruction(Struct, frozen=True, dict=True):
    """One instruction.

    Attributes:
        keyword: In upper case; may be one that no builder knows.
        written: The keyword as written.
        keyword_span: Where the keyword is.
        span: From the keyword to the end of its last line, here-documents included.
        line: One-based line it begins on.
        last: One-based line it ends on, here-documents included.
        text: All that follows the keyword, joined.
        flags: The flags in front.
        args: What follows the flags, joined.
        json: The strings of the JSON (exec) form, or None in shell form.
        heredocs: Its here-documents.
        above: Comments directly above it.
        inside: Comments between its lines.
        empty: Blank lines between its lines.
        inner: Of ONBUILD and of a HEALTHCHECK with CMD, the instruction it holds, or None.
        escape: The escape character of the file.
    """

    keyword: str
    written: str
    keyword_span: Span
    span: Span
    line: int
    last: int
    text: Text
    flags: tuple[Flag, ...] = ()
    args: Text = field(default_factory=lambda: Text(b"", (0,), (0,)))
    json: tuple[Word, ...] | None = None
    heredocs: tuple[Heredoc, ...] = ()
    above: tuple[Comment, ...] = ()
    inside: tuple[Comment, ...] = ()
    empty: tuple[Span, ...] = ()
    inner: Instruction | None = None
    escape: bytes = b"\\"

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Return the arguments as words between white space, or the strings of the JSON form."""
        return self.json if self.json is not None else cut.bare_words(self.args)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Return the arguments of ENV, LABEL or ARG as names with values."""
        return cut.pairs(self.args, self.escape, legacy=self.keyword != "ARG")

    @property
    def value(self) -> str:
        """Return the arguments as one text without the flags."""
        return self.args.value

    @property
    def plain(self) -> str:
        """Return the arguments with single spaces."""
        return " ".join(self.args.value.split())

    def flag(self, name: str) -> Flag | None:
        """Return the last flag of a name, or None."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)


class Dockerfile(Struct, frozen=True, dict=True):
    """A Dockerfile.

    Attributes:
        data: The file.
        directives: Its parser directives.
        instructions: Its instructions, in order.
        comments: Comments outside of instructions, in order.
        mistakes: What a builder refuses, in order.
        escape: The escape character.
        whole: False if it has more instructions than are read.
    """

    data: bytes
    directives: tuple[Directive, ...]
    instructions: tuple[Instruction, ...]
    comments: tuple[Comment, ...]
    mistakes: tuple[Mistake, ...]
    escape: str
    whole: bool = True

    @cached_property
    def _by_keyword(self) -> dict[str, tuple[Instruction, ...]]:
        found: dict[str, list[Instruction]] = {}
        for one in self.instructions:
            found.setdefault(one.keyword, []).append(one)
        return {keyword: tuple(ones) for keyword, ones in found.items()}

    def of(self, keyword: str) -> tuple[Instruction, ...]:
        """Return the instructions with a keyword, in order, without those ONBUILD holds."""
        return self._by_keyword.get(keyword, ())

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.data.find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.data.find(b"\n", at + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Return one-based line and one-based column, in characters, of an offset."""
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        if not start and self.data.startswith(BOM):
            start = min(len(BOM), offset)
        return line, len(self.data[start:offset].decode("utf-8", "replace")) + 1

    def line_span(self, line: int) -> Span:
        """Return where a line lies, without its end."""
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < len(self._starts) else len(self.data)
        return Span(start, end - 1 if self.data[start:end].endswith(b"\r") else end)

    def source(self, span: Span) -> str:
        """Return a stretch of the file as text; what is not UTF-8 is replaced."""
        return self.data[span.start : span.end].decode("utf-8", "replace")

    @cached_property
    def newline(self) -> bytes:
        """Return how lines end: the way the first one does."""
        at = self.data.find(b"\n")
        return b"\r\n" if at > 0 and self.data[at - 1 : at] == b"\r" else b"\n"


def read(data: bytes, *, where: str = "") -> Dockerfile:
    """Return a Dockerfile, with all that a builder would refuse noted as mistakes.

    Args:
        data: The file, in UTF-8.
        where: Its name, for messages.

    Raises:
        LimitError: If it is larger than a mebibyte.
    """
    if len(data) > LARGEST:
        raise LimitError(
            f"a Dockerfile of {len(data):,} bytes; at most {LARGEST:,} are read",
            where=where,
            advice="check that it is a Dockerfile; such a large one is usually something else",
        )
    lines = Lines(data)
    instructions: list[Instruction] = []
    whole = True
    while (line := lines.next()) is not None:
        if len(instructions) == MOST_INSTRUCTIONS:
            whole = False
            break
        if line.text.data:
            instructions.append(_instruction(line, lines))
        else:
            lines.comments += line.inside
    mistakes = sorted(lines.mistakes, key=lambda mistake: mistake.span)
    return Dockerfile(
        data=data,
        directives=tuple(lines.directives),
        instructions=tuple(instructions),
        comments=tuple(lines.comments),
        mistakes=tuple(mistakes),
        escape=lines.escape.decode(),
        whole=whole,
    )


class _Cut(Struct, frozen=True):
    """The parts of one instruction that stand on its logical line."""

    keyword: str
    written: str
    keyword_span: Span
    text: Text
    flags: tuple[Flag, ...]
    args: Text
    json: tuple[Word, ...] | None
    refused: bool


def _cut(text: Text, escape: bytes, *, with_flags: bool = True) -> _Cut:
    data = text.data
    match = _KEYWORD.match(data)
    end = match.end() if match else 0
    written = data[:end].decode("utf-8", "replace")
    blank = _BLANK.match(data, end)
    start = blank.end() if blank else end
    rest = text.part(start, len(data))
    flags: tuple[Flag, ...] = ()
    args = rest
    # Behind white space outside of ASCII, BuildKit looks for no flags.
    if with_flags and rest.data.startswith(b"--") and data[start - 1 : start] < b"\x80":
        flags, args = cut.flags(rest, escape)
    keyword = written.upper()
    listed, refused = None, False
    if keyword in _MAYBE_JSON:
        try:
            listed = cut.json_list(args)
        except cut.NotStringsError:
            refused = True
    return _Cut(keyword, written, text.span(0, end), rest, flags, args, listed, refused)


def _instruction(line: Line, lines: Lines) -> Instruction:
    outer = _cut(line.text, lines.escape)
    held = None
    if outer.keyword in _HOLDING:
        held = _cut(outer.args, lines.escape, with_flags=outer.keyword == "ONBUILD")
        if not held.keyword or (outer.keyword == "HEALTHCHECK" and held.keyword != "CMD"):
            held = None
    if any(parts is not None and parts.refused for parts in (outer, held)):
        message = "a JSON list here may hold strings only"
        lines.mistakes.append(Mistake("json-not-strings", message, outer.args.whole))
    opened = held if held is not None and outer.keyword == "ONBUILD" else outer
    heredocs: tuple[Heredoc, ...] = ()
    if opened.keyword in _WITH_HEREDOCS and opened.json is None:
        heredocs = _heredocs(opened.text, lines)
    end = line.text.whole.end
    if heredocs:
        end = _line_end(lines, lines.number)

    def made(parts: _Cut, inner: Instruction | None) -> Instruction:
        return Instruction(
            keyword=parts.keyword,
            written=parts.written,
            keyword_span=parts.keyword_span,
            span=Span(parts.keyword_span.start, end),
            line=line.first,
            last=lines.number,
            text=parts.text,
            flags=parts.flags,
            args=parts.args,
            json=parts.json,
            heredocs=heredocs if parts is opened else (),
            above=line.above,
            inside=line.inside,
            empty=line.empty,
            inner=inner,
            escape=lines.escape,
        )

    return made(outer, made(held, None) if held is not None else None)


def _heredocs(text: Text, lines: Lines) -> tuple[Heredoc, ...]:
    if b"<<" not in text.data:
        return ()
    from dunnage.parsers._dockerfile_heredocs import markers

    found = []
    for marker in markers(text, _HEREDOCS):
        body, ended = lines.body(marker.name, tabs=marker.tabs)
        name = marker.name.decode("utf-8", "replace")
        content = lines.data[body.start : body.end].decode("utf-8", "replace")
        if not ended:
            message = f"the here-document {name[:40]} is never ended by a line of that name"
            lines.mistakes.append(Mistake("unterminated-heredoc", message, marker.span))
        found.append(
            Heredoc(name, marker.fd, marker.expand, marker.tabs, marker.span, body, content, ended)
        )
    return tuple(found)


def _line_end(lines: Lines, number: int) -> int:
    end = min(lines.starts[number] - 1, len(lines.data))
    return end - 1 if end and lines.data[end - 1 : end] == b"\r" else end
