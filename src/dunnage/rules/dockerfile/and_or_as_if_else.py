"""a && b || c, which is not if a then b else c.

## What it does
Reports `a && b || c` where `c` runs a command that does something. Shown to pedantic readers only.

## Why it matters
`c` also runs if `a` succeeds and `b` fails.

## Instead
```dockerfile
FROM debian:13
RUN if [ -f /opt/setup ]; then /opt/setup; else echo none; fi
```

## When it is wrong
Where `b` cannot fail.

## Sources
POSIX Shell Command Language, "AND-OR Lists".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts, Run

_MEANT = frozenset({"exit", "true", ":", "false", "return", "echo", "printf", "break", "continue"})
_BETWEEN = pattern(rb"[^{}()]*\Z")
_SURE = frozenset({"echo", "printf", "true", ":", "export", "set", "exit"})


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every third command that may run by surprise."""
    commands = run.commands
    for index in range(1, len(commands)):
        last, middle = commands[index], commands[index - 1]
        if last.join != "||" or middle.join != "&&" or last.name in _MEANT:
            continue
        data = facts.file.data
        between = data[middle.span.end : last.span.start]
        if middle.name in _SURE or not last.name or not _BETWEEN.match(between):
            continue
        start = data.rfind(b"&&", run.instruction.span.start, middle.span.start)
        yield Hit(
            Span(start if start >= 0 else middle.span.start, last.name_span.end),
            f"{short(last.name)} also runs if {short(middle.name) or 'the command before'} fails; "
            "write if, then, else",
        )


rule = DockerfileRule(
    Rule(
        summary="a && b || c is not if, then, else",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        persona=Persona.PEDANTIC,
        peers=("shellcheck SC2015",),
    ),
    run=check,
)
