"""A variable in single quotes, where it is not expanded.

## What it does
Reports `echo` and `printf` of single-quoted text with `$name` or `$(command)`. Shown to pedantic
readers only, as it is often meant.

## Why it matters
The text goes out with the dollar sign in it.

## Instead
```dockerfile
FROM debian:13
ARG VERSION=1
RUN echo "version $VERSION" > /etc/app-version
```

## When it is wrong
Where a script or a configuration is written that is to expand the variable later.

## Sources
POSIX Shell Command Language, "Single-Quotes".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_VARIABLE = pattern(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*|\([^(])", re.ASCII)


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every single-quoted word with a variable."""
    del run, facts
    if command.form != "shell" or command.piped:
        return
    for index, word in enumerate(command.words):
        if command.name == "printf" and not index:
            continue
        raw = word.raw
        if len(raw) > 2 and raw[0] == "'" == raw[-1] and _VARIABLE.search(raw):
            yield Hit(
                word.span,
                f"nothing is expanded in {short(raw)}; write double quotes if it should be",
            )


rule = DockerfileRule(
    Rule(
        summary="a variable stands in single quotes",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        persona=Persona.PEDANTIC,
        peers=("shellcheck SC2016",),
    ),
    command=check,
    commands=("echo", "printf"),
)
