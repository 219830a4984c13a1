"""A RUN that changes the directory where WORKDIR would say it.

## What it does
Reports a `RUN` that begins with `cd` into a directory.

## Why it matters
The change ends with the instruction; the next one is elsewhere again. `WORKDIR` holds, and creates
the directory. It is a matter of style, shown to pedantic readers only.

## Instead
```dockerfile
FROM alpine:3.22
WORKDIR /src
RUN make
```

## When it is wrong
hadolint reports every `cd`. A `cd` in the middle of a script or in a subshell is left alone here:
`WORKDIR` cannot replace it.

## Sources
Dockerfile best practices, "WORKDIR".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit if the body begins with cd."""
    del facts
    if run.commands[0] is not command or run.instruction.heredocs or len(run.commands) < 2:
        return
    target = next(iter(command.words), None)
    if target is None or command.guarded or command.span.start != run.instruction.args.whole.start:
        return
    yield Hit(
        command.span,
        f"write WORKDIR {short(target.raw)} above, and leave cd out",
    )


rule = DockerfileRule(
    Rule(
        summary="RUN begins with cd",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
        peers=("hadolint DL3003", "trivy DS-0013", "semgrep use-workdir"),
    ),
    command=check,
    commands=("cd",),
)
