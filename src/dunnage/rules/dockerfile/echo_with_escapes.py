r"""echo with backslash sequences.

## What it does
Reports `echo` with `\n`, `\t` and the like, and `echo -e`, where `/bin/sh` runs.

## Why it matters
Each shell does something else: dash writes a line break for `\n`, bash writes the two signs, and
`echo -e` writes `-e` in dash. The file that comes of it depends on the base image.

## Instead
```dockerfile
FROM debian:13
RUN printf 'one\ntwo\n' > /etc/list
```

## Sources
POSIX, `echo`, "Application Usage".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shells import sh_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_ESCAPE = pattern(r"(?<!\\)\\(?:[abfnrtv]|0[0-7]|x[0-9a-fA-F])")


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit if what is written depends on the shell."""
    if command.form != "shell" or not command.words:
        return
    option = command.words[0].raw
    known = run.shell_name in {"sh", "dash"}
    if option in {"-e", "-en", "-ne", "-E"}:
        if known and sh_of(run, facts) in {"", "dash"}:
            yield Hit(
                command.words[0].span,
                f"dash writes {option} like any other word; use printf",
            )
        return
    if any(word.raw[:1] in "\"'" and _ESCAPE.search(word.raw) for word in command.words):
        yield Hit(command.span, "what echo makes of a backslash depends on the shell; use printf")


rule = DockerfileRule(
    Rule(
        summary="what echo writes depends on the shell",
        severity=Severity.LOW,
        peers=("shellcheck SC2028", "shellcheck SC3037"),
    ),
    command=check,
    commands=("echo",),
)
