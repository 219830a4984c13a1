"""Comments by which a Dockerfile asks to be left alone: ours, and those of other linters.

- ours: ``# dunnage: ignore[rule, rule] reason`` and ``# dunnage: ignore-file[rule] reason``
- hadolint: ``# hadolint ignore=DL3008,SC2086``, ``stage ignore=``, ``global ignore=``, ``shell=``
  (https://github.com/hadolint/hadolint, "Inline ignores")
- Trivy: ``# trivy:ignore:DS-0002``, also with ``:exp:2027-01-31``
  (https://trivy.dev/docs/latest/configuration/filtering/, "By Inline Comments")
- checkov: ``# checkov:skip=CKV_DOCKER_2:reason``
  (https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html)
- ShellCheck, where it runs: ``# shellcheck disable=SC2086``, ``shell=``
  (https://www.shellcheck.net/wiki/Directive)
- BuildKit: the directive ``# check=skip=StageNameCasing,FromAsCasing;error=true``
  (https://docs.docker.com/reference/dockerfile/, "check")
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from dunnage.parsers.dockerfile import Comment, Dockerfile, Instruction

OURS = "dunnage"
ALL = "all"
"""What BuildKit calls all of its checks."""
_TOOLS = (b"dunnage", b"hadolint", b"trivy", b"tfsec", b"check", b"bridgecrew")
_WORDS = pattern(r"ignore|skip|disable", re.IGNORECASE)
_WHOLE = 1 << 60
_CODES = 100
"""Codes of one comment that are looked at."""
_WIDE = 100
"""Comments about more than an instruction that are heeded in one file."""

_OUR = pattern(r"dunnage\s*:\s*(ignore(?:-file)?)\s*(?:\[([^\]]*)\])?\s*:?\s*(.*)", re.IGNORECASE)
_HADOLINT = pattern(
    r"hadolint[ \t]+(?:(global|stage)[ \t]+)?ignore[ \t]*=([A-Za-z0-9, \t]+)(?:#(.*))?"
)
_SHELL = pattern(r"hadolint[ \t]+shell[ \t]*=[ \t]*([^ \t#]+)[ \t]*(?:#.*)?")
_TRIVY = pattern(r"(?:trivy|tfsec):ignore:([A-Za-z0-9-]+)((?::[a-z]+:[^\s:]+)*)")
_EXPIRES = pattern(r":exp:(\d{4}-\d\d-\d\d)")
_SHELLCHECK = pattern(r"shellcheck[ \t]+([^#]*)(?:#(.*))?")
_DISABLED = pattern(r"(?<![^ \t])disable=([^ \t]+)")
_CHECKOV = pattern(r"(?:checkov|bridgecrew):skip=([\w,-]+)(?::\s*(.*))?")


class Code(Struct, frozen=True):
    """One rule that a comment names.

    Attributes:
        text: As written.
        span: Where it stands.
    """

    text: str
    span: Span


class Ignore(Struct, frozen=True):
    """What one comment asks for.

    Attributes:
        tool: ``dunnage``, ``hadolint``, ``trivy``, ``checkov``, ``buildkit`` or ``shellcheck``.
        codes: The rules it names.
        first: First line it is about.
        last: Last line it is about.
        reason: Why, or empty.
        line: Line it stands on.
        span: The comment.
        broken: True if it is one of ours and names no rules.
        narrow: True if it is about one instruction.
    """

    tool: str
    codes: tuple[Code, ...]
    first: int
    last: int
    reason: str
    line: int
    span: Span
    broken: bool = False
    narrow: bool = False


class Shell(Struct, frozen=True):
    """A shell that a comment says is used from a line on.

    Attributes:
        line: Line of the comment.
        name: Base name of the shell, in lower case.
    """

    line: int
    name: str


def ignores(file: Dockerfile, today: date) -> tuple[Ignore, ...]:
    """Return what comments of a file ask to be ignored, in order.

    A comment above an instruction or inside of it is about that instruction; Trivy's and checkov's
    at the top of a file are about all of it.

    Args:
        file: The Dockerfile.
        today: Comments with an end before this day say nothing any more.
    """
    lower = file.data.lower()
    if not any(tool in lower for tool in _TOOLS):
        return ()
    found: list[Ignore] = []
    # A stage begins with the comments above its FROM.
    stages = [
        one.above[0].line if one.above else one.line
        for one in file.instructions
        if one.keyword == "FROM"
    ]
    for comment, owner in _comments(file):
        if _WORDS.search(comment.text):
            found += _of_comment(file, comment, owner, stages, today)
    for directive in file.directives:
        if directive.name != "check":
            continue
        start = directive.span.end - len(directive.value.encode())
        for part in re.finditer(r"skip=([^;]*)", directive.value):
            codes = _codes(part[1], start + len(directive.value[: part.start(1)].encode()))
            found.append(Ignore("buildkit", codes, 1, _WHOLE, "", directive.line, directive.span))
    first, last = (
        [one for one in found if one.narrow],
        [one for one in found if not one.narrow][:_WIDE],
    )
    return tuple(sorted((*first, *last), key=lambda one: one.span))


def directives(text: str) -> tuple[tuple[str, str], ...]:
    """Return what a comment asks of ShellCheck, as names and values."""
    match = _SHELLCHECK.fullmatch(text)
    pairs = (word.partition("=") for word in match[1].split()) if match else ()
    return tuple((name, value.strip("\"'")) for name, sign, value in pairs if sign)


def checks_are_errors(file: Dockerfile) -> bool:
    """Tell whether the builder is told to refuse what its checks find."""
    return any(
        part.strip().lower() == "error=true"
        for directive in file.directives
        if directive.name == "check"
        for part in directive.value.split(";")
    )


def shells(file: Dockerfile) -> tuple[Shell, ...]:
    """Return the shells that comments for hadolint name, in order."""
    if b"hadolint" not in file.data:
        return ()
    found = []
    for comment, _ in _comments(file):
        if match := _SHELL.fullmatch(comment.text):
            name = match[1].replace("\\", "/").rpartition("/")[2].lower()
            found.append(Shell(comment.line, name.removesuffix(".exe")))
    return tuple(found)


def _comments(file: Dockerfile) -> Iterator[tuple[Comment, Instruction | None]]:
    """Give all comments, each with the instruction it stands above or in, if any."""
    owners: dict[int, Instruction] = {}
    inside: list[tuple[Comment, Instruction]] = []
    for instruction in file.instructions:
        for comment in instruction.above:
            owners[comment.line] = instruction
        inside += [(comment, instruction) for comment in instruction.inside]
    for comment in file.comments:
        yield comment, owners.get(comment.line)
    yield from inside


def _of_comment(
    file: Dockerfile,
    comment: Comment,
    owner: Instruction | None,
    stages: Sequence[int],
    today: date,
) -> Iterator[Ignore]:
    """Give what one comment asks for; ``stages`` are the lines stages begin on."""
    text = comment.text
    first, last = (owner.line, owner.last) if owner else (0, -1)
    place = (comment.line, comment.span)
    text_start = comment.span.start + _lead(file, comment)

    def codes(match: re.Match[str], group: int) -> tuple[Code, ...]:
        return _codes(match[group], text_start + len(text[: match.start(group)].encode()))

    if match := _OUR.fullmatch(text):
        found = codes(match, 2) if match[2] is not None else ()
        lines = (1, _WHOLE) if match[1].lower() == "ignore-file" else (first, last)
        yield Ignore(
            OURS,
            found,
            *lines,
            match[3].strip(),
            *place,
            broken=not found,
            narrow=lines == (first, last),
        )
    elif match := _HADOLINT.fullmatch(text):
        lines = (first, last)
        if match[1]:
            lines = (1, _WHOLE) if match[1] == "global" else _stage_lines(stages, comment)
        yield Ignore(
            "hadolint",
            codes(match, 2),
            *lines,
            (match[3] or "").strip(),
            *place,
            narrow=not match[1],
        )
    elif "trivy:" in text or "tfsec:" in text:
        lines = _top_or(file, owner, (first, last))
        for match in islice(_TRIVY.finditer(text), _CODES):
            until = _EXPIRES.search(match[2])
            if until is None or until[1] >= today.isoformat():
                narrow = lines == (first, last)
                yield Ignore("trivy", codes(match, 1), *lines, "", *place, narrow=narrow)
    elif match := _SHELLCHECK.fullmatch(text):
        for part in _DISABLED.finditer(text, 0, match.end(1)):
            why = (match[2] or "").strip()
            yield Ignore("shellcheck", codes(part, 1), first, last, why, *place, narrow=True)
    elif match := _CHECKOV.match(text):
        yield Ignore("checkov", codes(match, 1), 1, _WHOLE, (match[2] or "").strip(), *place)


def _lead(file: Dockerfile, comment: Comment) -> int:
    """Return the bytes between the start of a comment and its text."""
    raw = file.data[comment.span.start + 1 : comment.span.end]
    return 1 + len(raw) - len(raw.lstrip())


def _codes(text: str, start: int) -> tuple[Code, ...]:
    found = []
    for match in islice(re.finditer(r"[^,\s]+(?:[ \t]+[^,\s]+)*", text), _CODES):
        at = start + len(text[: match.start()].encode())
        found.append(Code(match[0], Span(at, at + len(match[0].encode()))))
    return tuple(found)


def _stage_lines(stages: Sequence[int], comment: Comment) -> tuple[int, int]:
    """Return the lines from a comment to the end of its stage; above FROM it is in that stage."""
    after = bisect_right(stages, comment.line)
    return comment.line + 1, stages[after] - 1 if after < len(stages) else _WHOLE


def _top_or(file: Dockerfile, owner: Instruction | None, lines: tuple[int, int]) -> tuple[int, int]:
    """Return all lines for a comment at the top of a file or one that stands alone."""
    if owner is None or (file.instructions and owner is file.instructions[0]):
        return 1, _WHOLE
    return lines
