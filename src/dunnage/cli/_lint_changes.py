"""Shows what ``lint`` changed or would change."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.cli._command import Call
    from dunnage.cli._console import Console
    from dunnage.cli._output import Destination
    from dunnage.flows._lint_file import LintRequest
    from dunnage.flows._lint_mend import Change
    from dunnage.flows.lint import Linted

_NAMED = 5
"""Lines with secrets that are named."""
_COLOURS = {b"-": "31", b"+": "32", b"@": "36"}


def check_places(call: Call, places: Sequence[Destination], request: LintRequest) -> None:
    """Refuse what cannot go together.

    Raises:
        UsageError: If a format has no room for findings in source files, or two things want
            standard output.
    """
    from dunnage.io.folder import load
    from dunnage.model.renderer import Renderer

    for place in places:
        if not load("dunnage.render", place.format, "renderer", Renderer).of_source:
            raise UsageError(
                f"the format {place.format} is about packages and has no room for findings in "
                "source files",
                advice="sarif, json, rdjson and checkstyle have",
            )
    chosen = [place for place in places if not place.path and place.format != "table"]
    if request.mend == "show" and chosen:
        raise UsageError(
            "--diff writes to standard output, and so would the report",
            advice=f"send the report to a file, as in -o {chosen[0].format}=FILE",
        )
    if call.words.count("-") and request.mend == "write" and chosen:
        raise UsageError(
            "--fix of standard input writes the file to standard output, and so would the report",
            advice=f"send the report to a file, as in -o {chosen[0].format}=FILE",
        )


def show_changes(linted: Linted, request: LintRequest, console: Console) -> bool:
    """Write a diff, or tell what was changed; tell whether standard output is taken.

    Args:
        linted: What came of it.
        request: What was asked for.
        console: Where to write.
    """
    if request.mend == "show":
        console.result(b"".join(_diff(change, console) for change in linted.changes))
        _summary(linted, request, console)
        return True
    taken = False
    for change in linted.changes:
        if not change.place.path:
            console.result(change.after)
            taken = True
    if request.mend == "write":
        fixed = sum(len(change.done) for change in linted.changes)
        files = len(linted.changes)
        console.note(f"fixed {_count(fixed, 'finding')} in {_count(files, 'file')}")
    return taken


def _summary(linted: Linted, request: LintRequest, console: Console) -> None:
    made = [change for change in linted.changes if not change.needs]
    fixed = sum(len(change.done) for change in made)
    flags = "--fix --unsafe-fixes" if request.unsafe else "--fix"
    told = f"{flags} would fix {_count(fixed, 'finding')} in {_count(len(made), 'file')}"
    suggested = len(linted.changes) - len(made)
    console.note(f"{told}; {suggested} suggested" if suggested else told)
    places = dict.fromkeys(p for change in linted.changes for p in _in_clear(linted, change))
    if places:
        more = f" and {len(places) - _NAMED:,} more" if len(places) > _NAMED else ""
        console.note(f"the diff shows secrets in clear: {', '.join([*places][:_NAMED])}{more}")


def _in_clear(linted: Linted, change: Change) -> list[str]:
    """Return the lines with secrets that a diff shows: starred out, it could not be applied."""
    from dunnage.model.finding import Kind
    from dunnage.remedies.diff import unified

    name = change.place.name
    places = [
        finding.locations[0]
        for subject in linted.report.subjects
        for finding in subject.findings
        if finding.kind is Kind.SECRET and finding.locations
    ]
    numbers = {
        number
        for place in places
        if place.path == name
        for number in range(place.line, (place.end_line or place.line) + 1)
    }
    if not numbers:
        return []
    told = set(unified(name, change.before, change.after).split(b"\n"))
    lines = enumerate(change.before.split(b"\n"), 1)
    return [
        f"{name}:{number}"
        for number, line in lines
        if number in numbers and not told.isdisjoint((b" " + line, b"-" + line))
    ]


def _diff(change: Change, console: Console) -> bytes:
    from dunnage.remedies.diff import unified

    body = unified(change.place.name, change.before, change.after)
    if change.needs:
        finding = change.done[0]
        head = f"Suggestion for {finding.id}, needs {change.needs}:\n"
        body = head.encode("utf-8", "backslashreplace") + body
        # No program that applies the diff must take these lines for a part of it.
        body = b"".join(b"# " + line for line in body.splitlines(keepends=True))
    return diff_bytes(body, console)


def diff_bytes(body: bytes, console: Console) -> bytes:
    """Return a diff as it is for a file, and coloured and tamed for a terminal.

    Args:
        body: The diff.
        console: Where it goes.
    """
    if not _to_terminal():
        return body
    return b"".join(_visible(line, console) for line in body.splitlines(keepends=True))


def _visible(line: bytes, console: Console) -> bytes:
    """Return a line of a diff that can do nothing to a terminal."""
    from dunnage.render._text import clean

    text = clean(line.decode("utf-8", "backslashreplace").rstrip("\r\n"))
    code = _COLOURS.get(line.removeprefix(b"# ")[:1], "") if console.colour else ""
    return (f"\x1b[{code}m{text}\x1b[0m\n" if code else f"{text}\n").encode()


def _to_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
