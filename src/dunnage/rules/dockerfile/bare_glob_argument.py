"""A pattern at the beginning of an argument.

## What it does
Reports arguments that begin with `*` or `?`, as in `rm *`.

## Why it matters
A file called `-rf` becomes an option.

## Instead
```dockerfile
FROM debian:13
RUN chmod 0755 ./*.sh
```

## Sources
POSIX Utility Conventions, guideline 9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import insert
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_GLOB = pattern(r"[*?][\w.*?/-]*\Z", re.ASCII)
_FILES = (
    "rm",
    "chmod",
    "chown",
    "chgrp",
    "mv",
    "cp",
    "ls",
    "cat",
    "touch",
    "ln",
    "install",
    "rmdir",
)


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every bare pattern before ``--``."""
    del run, facts
    if command.form != "shell":
        return
    for word in command.words:
        if word.raw == "--":
            return
        if word.text is None and _GLOB.match(word.raw):
            yield Hit(
                word.span,
                f"a file whose name begins with - would be an option; write ./{short(word.raw)}",
                (insert(word.span.start, "./"),),
            )


rule = DockerfileRule(
    Rule(
        summary="a pattern may become an option",
        severity=Severity.LOW,
        peers=("shellcheck SC2035",),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=_FILES,
)
