"""Reads a Dockerfile as stages and instructions, with the line each begins on.

The format is that of https://docs.docker.com/reference/dockerfile/ (parser directives, escape
character, comments, here-documents) and of Buildah and Kaniko, which read the same files. The
reader is tolerant: what a builder would refuse is taken as it stands, so that an instruction can
still be found by its line. Variables are not expanded.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from dunnage.model.errors import InputError, LimitError

LARGEST = 1024 * 1024
_INSTRUCTIONS = 10_000
_STAGES = 1000
_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*([a-zA-Z][a-zA-Z0-9]*)[ \t]*=(.*)\Z")
_WORD = re.compile(r"[ \t]*([a-zA-Z]+)(?:[ \t]+|\Z)")
_HEREDOC = re.compile(r"(?:^|[ \t])\d*<<(-?)([\"']?)([A-Za-z_][A-Za-z0-9_.-]*)\2(?=[ \t;&|)>]|\Z)")
_FLAG = re.compile(r"--[a-z][a-z-]*(?:=(?:\"[^\"]*\"|'[^']*'|[^ \t])*)?(?:[ \t]+|\Z)")
_WITH_HEREDOCS = frozenset({"RUN", "COPY", "ADD"})


class Instruction(NamedTuple):
    """One instruction.

    Attributes:
        keyword: In upper case.
        text: What follows, on one line: comments and escaped line breaks are gone, flags
            (``--from=build``) are not. The bodies of here-documents are left out.
        line: One-based line it begins on.
        last: One-based line it ends on.
    """

    keyword: str
    text: str
    line: int
    last: int

    @property
    def plain(self) -> str:
        """Return the text without its flags and with single spaces."""
        start = 0
        while flag := _FLAG.match(self.text, start):
            start = flag.end()
        return " ".join(self.text[start:].split())


class Stage(NamedTuple):
    """One build stage.

    Attributes:
        name: What ``AS`` calls it in lower case, or empty.
        base: Image or stage it starts from, as written.
        start: Its FROM instruction.
        instructions: What follows FROM.
    """

    name: str
    base: str
    start: Instruction
    instructions: tuple[Instruction, ...]


def read(data: bytes, *, where: str = "") -> tuple[Stage, ...]:
    """Return the stages of a Dockerfile, in the order of the file; there is at least one.

    Args:
        data: The file.
        where: Its name, for messages.

    Raises:
        LimitError: If it is larger than a mebibyte or has too many instructions or stages.
        InputError: If it has no FROM instruction.
    """
    if len(data) > LARGEST:
        raise LimitError(f"a Dockerfile of more than {LARGEST} bytes", where=where)
    lines = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
    stages: list[tuple[str, str, Instruction, list[Instruction]]] = []
    for instruction in _instructions(lines, where):
        if instruction.keyword == "FROM":
            if len(stages) == _STAGES:
                raise LimitError(f"a Dockerfile of more than {_STAGES} stages", where=where)
            base, name = _named(instruction.plain)
            stages.append((name, base, instruction, []))
        elif stages:
            stages[-1][3].append(instruction)
    if not stages:
        advice = "give the file that the image was built from"
        raise InputError("not a Dockerfile: there is no FROM", where=where, advice=advice)
    return tuple(Stage(name, base, start, tuple(body)) for name, base, start, body in stages)


def chain(stages: tuple[Stage, ...]) -> tuple[Instruction, ...]:
    """Return what made the image of the last stage: of every stage it rests on, FROM and the rest.

    The first instruction is the FROM that names an image, not a stage. A stage can only rest on
    an earlier one.
    """
    found: list[Instruction] = []
    index = len(stages) - 1
    while index >= 0:
        stage = stages[index]
        found[:0] = [stage.start, *stage.instructions]
        base = stage.base.lower()
        earlier = range(index - 1, -1, -1)
        index = next((i for i in earlier if stages[i].name and stages[i].name == base), -1)
    return tuple(found)


def _named(text: str) -> tuple[str, str]:
    words = text.split()
    named = len(words) >= 3 and words[1].upper() == "AS"
    return (words[0] if words else "", words[2].lower() if named else "")


def _instructions(lines: list[str], where: str) -> list[Instruction]:
    escape, ends = _escape(lines), _Ends(lines)
    found: list[Instruction] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        word = None if line.lstrip().startswith("#") else _WORD.match(line)
        if word is None:
            at += 1
            continue
        if len(found) == _INSTRUCTIONS:
            message = f"a Dockerfile of more than {_INSTRUCTIONS} instructions"
            raise LimitError(message, where=where)
        start, keyword = at, word[1].upper()
        text, at = _joined(lines, at, escape)
        text = text[word.end() :] if text.startswith(word[0]) else text.lstrip()[len(word[1]) :]
        if keyword in _WITH_HEREDOCS:
            at = ends.after(at, text)
        found.append(Instruction(keyword, text.strip(), start + 1, at))
    return found


def _escape(lines: list[str]) -> str:
    """Return the escape character; directives come before everything else."""
    for line in lines:
        directive = _DIRECTIVE.match(line)
        if directive is None:
            break
        if directive[1].lower() == "escape":
            return "`" if directive[2].strip() == "`" else "\\"
    return "\\"


def _joined(lines: list[str], at: int, escape: str) -> tuple[str, int]:
    """Return an instruction on one line and the index of the line after it."""
    parts: list[str] = []
    more = True
    while more and at < len(lines):
        line = lines[at]
        at += 1
        if parts and (not line.strip() or line.lstrip().startswith("#")):
            continue
        bare = line.rstrip(" \t")
        more = bare.endswith(escape)
        parts.append(bare[:-1] if more else line)
    return "".join(parts), at


class _Ends:
    """Knows on which lines a here-document may end, so that each is looked for once."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._plain: dict[str, list[int]] = {}
        self._dashed: dict[str, list[int]] = {}

    def after(self, at: int, text: str) -> int:
        """Return the index of the line after the here-documents that an instruction opens.

        One that never ends is taken for none, so that it cannot swallow the rest of the file.

        Args:
            at: Index of the line after the instruction.
            text: What follows the keyword.
        """
        for opened in _HEREDOC.finditer(text):
            if not self._plain:
                for index, line in enumerate(self._lines):
                    self._plain.setdefault(line, []).append(index)
                    self._dashed.setdefault(line.lstrip("\t"), []).append(index)
            places = (self._dashed if opened[1] else self._plain).get(opened[3], [])
            found = bisect_left(places, at)
            if found < len(places):
                at = places[found] + 1
        return at
