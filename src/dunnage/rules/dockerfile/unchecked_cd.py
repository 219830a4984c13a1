"""cd whose failure is not noticed.

## What it does
Reports `cd` that is followed by `;` or a new line where the shell has no `set -e`.

## Why it matters
If the directory is not there, everything that follows happens somewhere else: `cd /build; rm -rf *`.

## Instead
```dockerfile
FROM debian:13
RUN cd /build && make install
```

## Sources
POSIX Shell Command Language, "Lists".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._flow import following, option_set
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._rule import Change

_SEPARATOR = pattern(rb"[ \t]*;(?!;|\s*(?:\\\s*)?(?:then|do)\b)|[ \t]*\r?\n(?!\s*(?:then|do)\b)")
_SURE = frozenset({"/", "-", "..", "~", "/tmp", "/root", "/opt", "/usr/local"})  # noqa: S108


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit if what follows runs whether cd succeeded or not."""
    words = command.words
    if command.form != "shell" or not words or words[0].raw in _SURE:
        return
    match = _SEPARATOR.match(facts.file.data, command.span.end)
    if match is None or following(run, command, facts) is None:
        return
    if not match[0].endswith(b";") and not run.instruction.heredocs:
        return
    if option_set(run, facts, "e", "errexit", command.span.start):
        return
    changes: tuple[Change, ...] = ()
    if match[0].endswith(b";") and command.join in {"", ";"} and not command.guarded:
        changes = (replace(Span(match.start(), match.end()), " &&"),)
    yield Hit(
        command.span,
        f"what follows runs elsewhere if cd {short(words[0].raw)} fails; join with &&",
        changes,
    )


rule = DockerfileRule(
    Rule(
        summary="nothing notices if cd fails",
        severity=Severity.MEDIUM,
        peers=("shellcheck SC2164",),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=("cd", "pushd"),
)
