"""Finds the actions a GitHub workflow uses, each with its place in the file.

This is no reader of YAML: it goes line by line, so that every place is known to the byte, and knows
just enough to leave comments and block scalars (``run: |``) alone
(https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax, ``uses``;
https://yaml.org/spec/1.2.2/ chapter 8.1, "Block Scalar Styles"). Values that go over several lines
and aliases are passed over.
"""

from __future__ import annotations

import re

from msgspec import Struct

from dunnage.model.errors import LimitError
from dunnage.parsers._dockerfile_text import Span

LARGEST = 1024 * 1024
MOST = 1_000
"""Actions that are read of one file."""
_BLOCK = re.compile(rb":[ \t]+[|>][-+0-9]{0,2}[ \t]*(?:#.*)?\Z")
_USES = re.compile(
    rb"""(?:\A[ ]*(?:-[ ]+)*|[{,][ ]*)(?:uses|"uses"|'uses')[ ]*:[ ]+("[^"\\]*"|'[^']*'|[^\s"'{}\[\],#&*!|>][^\s,{}]*)"""
)
_COMMENT = re.compile(rb"[ \t]#(.*)\Z")


class Uses(Struct, frozen=True):
    """One ``uses:`` of a workflow.

    Attributes:
        value: Without quotes: ``owner/name@ref``, ``./path`` or ``docker://image``.
        line: One-based.
        column: One-based, in characters.
        span: The value without quotes, as offsets in the file.
        comment: What a comment behind it says, often the tag of a commit.
        end: Offset of the end of the line, its line break left out.
    """

    value: str
    line: int
    column: int
    span: Span
    comment: str
    end: int


def uses(data: bytes, *, where: str = "") -> tuple[Uses, ...]:
    """Return the actions a workflow uses, in order, the first 1,000 of them.

    Args:
        data: The file.
        where: Its name, for messages.

    Raises:
        LimitError: If it is larger than a mebibyte.
    """
    if len(data) > LARGEST:
        raise LimitError(
            f"a workflow of {len(data):,} bytes; at most {LARGEST:,} are read",
            where=where,
            advice="name a workflow file of .github/workflows",
        )
    found: list[Uses] = []
    start, block = 0, -1
    for number, raw in enumerate(data.split(b"\n"), 1):
        line = raw.rstrip(b"\r")
        bare = line.lstrip(b" ")
        indent = len(line) - len(bare)
        inside = block >= 0 and (not bare.strip() or indent > block)
        if not inside:
            block = _key_indent(line) if _BLOCK.search(line) else -1
            if bare and not bare.startswith(b"#"):
                found += _of_line(line, number, start)
        start += len(raw) + 1
        if len(found) >= MOST:
            break
    return tuple(found[:MOST])


def _key_indent(line: bytes) -> int:
    """Return the indent of the key of a line, behind the dashes of sequences."""
    return len(line) - len(line.lstrip(b" -"))


def _of_line(line: bytes, number: int, start: int) -> list[Uses]:
    found = []
    comment = _COMMENT.search(line)
    told = comment[1].decode("utf-8", "replace").strip() if comment else ""
    for match in _USES.finditer(line, 0, comment.start() if comment else len(line)):
        at, end = match.span(1)
        if line[at : at + 1] in {b'"', b"'"}:
            at, end = at + 1, end - 1
        value = line[at:end].decode("utf-8", "replace")
        column = len(line[:at].decode("utf-8", "replace")) + 1
        span = Span(start + at, start + end)
        found.append(Uses(value, number, column, span, told, start + len(line)))
    return found
