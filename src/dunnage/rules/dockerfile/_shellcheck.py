"""RUN instructions as scripts for ShellCheck, and what it says of them as findings.

ShellCheck is another program under another licence. It is run by a flow, never by a rule; here are
only its input and its output.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.finding import Confidence, Finding, Kind
from dunnage.model.location import Location
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.dockerfile_stages import PREDEFINED_ARGS
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._engine import excerpt
from dunnage.rules.dockerfile._facts import POSIX
from dunnage.rules.dockerfile._held import holder
from dunnage.rules.dockerfile._pragmas import directives
from dunnage.rules.dockerfile._shellcheck_codes import PREFIX, WIKI
from dunnage.rules.dockerfile._shells import sh_of

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping

    from dunnage.parsers.dockerfile import Instruction, Text
    from dunnage.parsers.shell import Command
    from dunnage.parsers.shellcheck_json import Comment
    from dunnage.rules.dockerfile._engine import Outcome
    from dunnage.rules.dockerfile._facts import Facts, Run

LONGEST = 64 * 1024
"""Bytes of one RUN instruction that are given to ShellCheck, whose time grows with their square."""
_MOST_SHELL = 256 * 1024
"""The same of all of a file together."""
_MOST_HITS = 1_000
"""Findings of one code in one file; more are counted, not shown."""
_DIALECTS = {
    "sh": "sh", "bash": "bash", "dash": "dash", "ksh": "ksh", "ash": "busybox", "busybox": "busybox",
}  # fmt: skip
"""What ShellCheck calls a shell. It knows no zsh."""
_SHEBANGS = {"busybox": "ash"}
"""Releases before 0.10 know no busybox; by this name they read its shell as dash."""
_LEVELS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "info": Severity.LOW,
    "style": Severity.NEGLIGIBLE,
}
_NAME = pattern(r"[A-Za-z_]\w*", re.ASCII)
_NOT_ASCII = pattern(rb"[\x80-\xff]")
_ERREXIT = pattern(r"-[A-Za-z]*e[A-Za-z]*")


class Script(NamedTuple):
    """One RUN instruction as ShellCheck reads it.

    Attributes:
        run: The instruction.
        body: What its shell reads.
        text: The same as text.
        head: Lines in front of it: the shell, and variables of the Dockerfile.
    """

    run: Run
    body: Text
    text: str
    head: str

    @property
    def data(self) -> bytes:
        """Return the whole file."""
        return (self.head + self.text + "\n").encode()


class Scripts(NamedTuple):
    """The scripts of a Dockerfile.

    Attributes:
        scripts: In order.
        unknown: RUN instructions of a shell that ShellCheck does not know.
        long: RUN instructions that are too long.
    """

    scripts: tuple[Script, ...]
    unknown: tuple[Run, ...]
    long: tuple[Run, ...]


def scripts(facts: Facts) -> Scripts:
    """Return the RUN instructions in shell form of POSIX shells as scripts.

    Args:
        facts: The Dockerfile.
    """
    found: list[Script] = []
    unknown: list[Run] = []
    long: list[Run] = []
    left = _MOST_SHELL
    for run in facts.runs:
        body = facts.body(run.instruction)
        if run.instruction.json is not None or run.shell != POSIX or body is None:
            continue
        if not body.data.strip():
            continue
        if len(body.data) > min(LONGEST, left):
            long.append(run)
            continue
        left -= len(body.data)
        text = _text(body.data)
        outer = holder(run.instruction, facts)
        shell = _shell(run, outer, text, facts)
        if shell is None:
            unknown.append(run)
            continue
        head = "\n".join([*shell, *_exported(run, outer, text), ""])
        # With a line in front it would be a mistake; what it says is known.
        script = f"##{text[2:]}" if text.startswith("#!") else text
        found.append(Script(run, body, script, head))
    return Scripts(tuple(found), tuple(unknown), tuple(long))


def _text(data: bytes) -> str:
    """Return a body as text in which ShellCheck's columns can be found again."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _NOT_ASCII.sub(b"x", data).decode()


def _shell(run: Run, outer: Instruction, text: str, facts: Facts) -> list[str] | None:
    """Return the lines that name the shell and what holds for all of a script; None if unknown."""
    first, _, rest = text.partition("\n")
    name, body = run.shell_name, text
    if first.startswith("#!"):
        words = first[2:].split()
        names = [word.rpartition("/")[2] for word in words if word[:1] != "-"]
        name = names[names[0] == "env" : 2][0] if names[1:] else (names or [name])[0]
        body = rest
    else:
        instruction = facts.shell_instruction(run.stage, outer)
        words = [word.text for word in (instruction.json or ())[1:]] if instruction else []
        name = sh_of(run, facts) or name if name == "sh" else name
    errexit = any(_ERREXIT.fullmatch(word) for word in words)
    # What comments of the Dockerfile disable is left to those who settle what is ignored.
    comments = (comment.text for comment in (*outer.above, *outer.inside))
    told = [pair for text in comments for pair in directives(text) if pair[0] != "disable"]
    told += [pair for line in _leading(body) for pair in directives(line)]
    name = next((value for key, value in reversed(told) if key == "shell"), name)
    dialect = _DIALECTS.get(name)
    if dialect is None:
        return None
    return [
        f"#!/bin/{_SHEBANGS.get(dialect, dialect)}{' -e' if errexit else ''}",
        f"# shellcheck shell={dialect}",
        # In front of the first command they hold for all of it; below comes one of ours.
        *(f"# shellcheck {key}={value}" for key, value in told if key in {"disable", "enable"}),
    ]


def _leading(text: str) -> Iterator[str]:
    """Give the comments that a script begins with, without their signs."""
    for line in text.split("\n", 100)[:100]:
        bare = line.strip()
        if bare and not bare.startswith("#"):
            return
        yield bare[1:].strip()


def _exported(run: Run, outer: Instruction, text: str) -> list[str]:
    """Return lines that set the variables of the Dockerfile which a script may use.

    As for hadolint all of them are 1: what they are worth is no business of another program.
    """
    used = set(_NAME.findall(text))
    scope: Collection[str] = run.stage.scope(outer) if run.stage is not None else ()
    return [f"export {name}=1" for name in sorted(used) if name in scope or name in PREDEFINED_ARGS]


class Reader:
    """Turns what ShellCheck says of one Dockerfile into findings.

    Args:
        facts: The Dockerfile.
        outcome: What the rules found in it.
        peers: Codes of ShellCheck that each rule of ours stands for.
    """

    def __init__(
        self, facts: Facts, outcome: Outcome, peers: Mapping[str, Collection[str]]
    ) -> None:
        """Note where rules of ours have said the same already."""
        self._file = facts.file
        self._name = facts.name
        self._outcome = outcome
        self._said: dict[str, list[Span]] = {}
        for finding, span in zip(outcome.findings, outcome.spans, strict=True):
            for code in peers.get(finding.id, ()):
                self._said.setdefault(code, []).append(span)
        for spans in self._said.values():
            spans.sort()

    def findings(
        self, read: Iterable[tuple[Script, Iterable[Comment]]], wanted: Container[str]
    ) -> tuple[list[Finding], dict[str, int]]:
        """Return findings in the order of the file, and how many were left out by code.

        Args:
            read: Scripts, and what ShellCheck says of each.
            wanted: The codes that are wanted.
        """
        hits: list[tuple[Span, str, Comment]] = []
        counts: dict[str, int] = {}
        for script, comments in read:
            places = _Places(script)
            for comment in comments:
                code = f"SC{comment.code}"
                span = places.span(comment)
                if span is None or code not in wanted:
                    continue
                if self._is_said(code, span, places):
                    continue
                counts[code] = counts.get(code, 0) + 1
                if counts[code] <= _MOST_HITS:
                    hits.append((span, code, comment))
        hits.sort(key=lambda hit: (hit[0], hit[1], hit[2].message))
        left_out = {code: n - _MOST_HITS for code, n in counts.items() if n > _MOST_HITS}
        return [self._finding(*hit) for hit in hits], left_out

    def _is_said(self, code: str, span: Span, places: _Places) -> bool:
        """Tell whether a rule of ours says the same of the same stretch or the same command."""
        spans = self._said.get(code)
        if not spans:
            return False
        first, last = places.command(span)
        # Spans of one rule are short and rarely nested: the next ones before an end will do.
        return any(
            one.start < span.end and span.start < one.end for one in _before(span.end, spans)
        ) or any(
            first <= one.start and places.command(one) == (first, last)
            for one in _before(last, spans)
        )

    def _finding(self, span: Span, code: str, comment: Comment) -> Finding:
        message = comment.message.strip().removesuffix(".")
        for secret in self._outcome.hidden:
            message = message.replace(secret, "***")
        line, column = self._file.position(span.start)
        end_line, end_column = self._file.position(span.end)
        return Finding(
            id=PREFIX + code,
            kind=Kind.MISCONFIGURATION,
            message=" ".join(message.split()),
            severity=_LEVELS.get(comment.level, Severity.LOW),
            severity_source="shellcheck",
            confidence=Confidence.MEDIUM,
            locations=(Location(self._name, -1, "", line, column, end_line, end_column),),
            excerpt=excerpt(self._file, self._outcome.shown, line, end_line),
            urls=(WIKI + code,),
            peers=(f"shellcheck {code}",),
        )


def _before(end: int, spans: list[Span]) -> list[Span]:
    """Return the last ones of sorted spans that begin before an offset."""
    at = bisect_left(spans, (end, end))
    return spans[max(0, at - 3) : at]


class _Places:
    """Where in the Dockerfile the lines, columns and commands of one script are."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._head = script.head.count("\n")
        self._lines = script.text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line.encode()) + 1)

    def span(self, comment: Comment) -> Span | None:
        """Return where a comment is; None if it is about what stands in front of the body."""
        start = self._offset(comment.line, comment.column)
        end = self._offset(comment.end_line, comment.end_column)
        if start is None or end is None:
            return None
        body = self._script.body
        # A mistake of the syntax is where it is noticed, which may be behind the end.
        data = body.data
        start = min(start, max(0, len(data) - 1))
        while start and data[start] & 0xC0 == 0x80:
            start -= 1
        end = max(start + 1, min(end, len(data)))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
        found = body.span(start, end)
        # The line break behind a here-document that is never ended is not in the file.
        last = max(self._script.run.instruction.span.end, body.span(0, 0).start + 1)
        return Span(min(found.start, last - 1), min(found.end, last))

    def _offset(self, line: int, column: int) -> int | None:
        at = line - self._head - 1
        if at < 0:
            return None
        if at >= len(self._lines):
            return self._starts[-1] - 1
        text = self._lines[at]
        before = text[: max(0, column - 1)]
        return self._starts[at] + (len(before) if text.isascii() else len(before.encode()))

    def command(self, span: Span) -> tuple[int, int]:
        """Return where the innermost command begins and ends that holds the start of a stretch."""
        starts, owners = self._commands
        at = bisect_right(starts, span.start) - 1
        return owners[at] if at >= 0 else (span.start, span.start)

    @cached_property
    def _commands(self) -> tuple[list[int], list[tuple[int, int]]]:
        return _innermost(self._script.run.commands)


def _innermost(commands: Iterable[Command]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return offsets in order, and which command is the innermost one from each on."""
    starts: list[int] = []
    owners: list[tuple[int, int]] = []
    stack: list[tuple[int, int]] = []

    def until(offset: int) -> None:
        while stack and stack[-1][1] <= offset:
            _, end = stack.pop()
            starts.append(end)
            owners.append(stack[-1] if stack else (end, end))

    for start, negative in sorted({(c.span.start, -c.span.end) for c in commands}):
        until(start)
        stack.append((start, -negative))
        starts.append(start)
        owners.append((start, -negative))
    until(1 << 60)
    return starts, owners
