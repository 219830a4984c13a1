"""What holds for every Dockerfile that was read: no byte is lost, and every part is where it says."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Dockerfile, Instruction, Span
    from dunnage.parsers.shell import Command

_MARKS = re.compile(r"['\"\\`]")
_BETWEEN = re.compile("[\\s\ufeff\\\\`\ufffd]*")


def joined(file: Dockerfile, span: Span) -> str:
    """Return a stretch of a file without continuations, comments and blank lines in it."""
    lines = file.data[span.start : span.end].split(b"\n")
    escape = file.escape.encode()
    out = []
    for number, line in enumerate(lines):
        bare = line.rstrip(b"\r")
        if number and bare.decode("utf-8", "replace").lstrip()[:1] in {"", "#"}:
            continue
        if number < len(lines) - 1 and bare.rstrip(b" \t").endswith(escape):
            bare = bare.rstrip(b" \t")[:-1]
        out.append(bare if number < len(lines) - 1 else line)
    return b"".join(out).decode("utf-8", "replace")


def unmarked(text: str) -> str:
    """Return a text without quotes and escapes."""
    return _MARKS.sub("", text)


def check_file(file: Dockerfile) -> None:
    """Check that the parts of a file are in order, inside of it, and all of it.

    Raises:
        AssertionError: If a law does not hold.
    """
    size = len(file.data)
    parts = [one.span for one in file.instructions] + [one.span for one in file.comments]
    # Where a line begins or ends with nothing but a continuation, comments stand above its keyword
    # or below its text.
    parts += [
        comment.span
        for one in file.instructions
        for comment in one.inside
        if comment.span.end <= one.span.start or one.span.end <= comment.span.start
    ]
    parts.sort()
    for one, other in pairwise(parts):
        assert one.end <= other.start, (one, other)
    spans = [*parts, *(one.span for one in file.directives), *(m.span for m in file.mistakes)]
    assert all(0 <= span.start <= span.end <= size for span in spans)
    at = 0
    for span in parts if file.whole else ():
        gap = file.data[at : span.start].decode("utf-8", "replace")
        assert _BETWEEN.fullmatch(gap), gap
        at = span.end
    if file.whole:
        assert _BETWEEN.fullmatch(file.data[at:].decode("utf-8", "replace")), file.data[at:]
    lines = [(one.line, one.last) for one in file.instructions]
    assert all(first <= last for first, last in lines)
    assert all(one[1] < other[0] for one, other in pairwise(lines))
    for instruction in file.instructions:
        check_instruction(file, instruction)


def check_instruction(file: Dockerfile, one: Instruction) -> None:
    """Check that every part of an instruction is what the file holds at its place."""
    assert joined(file, one.keyword_span) == one.written
    if one.text.data:
        assert joined(file, one.text.whole) == one.text.value
    for comment in one.inside:
        assert file.source(comment.span).startswith("#")
    for word in one.words if one.json is None else ():
        assert joined(file, word.span) == word.text
    for word in one.json or ():
        read = json.loads(joined(file, word.span))
        assert re.sub("[\ud800-\udfff]", "\ufffd", read) == word.text
    for flag in one.flags:
        told = f"--{flag.name}" + ("" if flag.value is None else f"={flag.value}")
        assert unmarked(joined(file, flag.span)) == unmarked(told)
    for pair in one.pairs if one.keyword in {"ARG", "ENV", "LABEL"} else ():
        whole = joined(file, pair.span)
        assert whole.startswith(pair.name)
        assert whole.endswith(pair.value or "")
        assert joined(file, pair.value_span) == (pair.value or "")
    for doc in one.heredocs:
        marker = joined(file, doc.marker)
        assert "<<" in marker
        assert unmarked(marker).endswith(unmarked(doc.name)), (marker, doc.name)
        assert file.source(doc.body) == doc.content
    if one.inner is not None:
        check_instruction(file, one.inner)


def check_commands(file: Dockerfile, commands: tuple[Command, ...], span: Span) -> None:
    """Check that commands and their words are what the file holds at their places."""
    for command in commands:
        places = [command.span, command.name_span, *(word.span for word in command.words)]
        assert all(span.start <= one.start <= one.end <= span.end for one in places), command
        if command.form != "shell":
            continue
        for text, place in _told(command):
            found = file.source(place)
            assert text in {found, joined(file, place)}, (text, found)
        name = unmarked(joined(file, command.name_span)) or command.name
        assert unmarked(command.name) in name or "\n" in file.source(command.name_span), command


def _told(command: Command) -> Iterator[tuple[str, Span]]:
    for word in command.words:
        yield word.raw, word.span
