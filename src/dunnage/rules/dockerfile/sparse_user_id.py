"""A user with a very large number, whose login log blows up the layer.

## What it does
Looks for `useradd` with a number above 99,999 and without `-l`.

## Why it matters
`useradd` writes an entry at the place of the number into `/var/log/lastlog` and `/var/log/faillog`.
The files have a hole up to there, but the builder stores them in full: hundreds of megabytes to
gigabytes of zeros in one layer.

## Instead
```dockerfile
RUN useradd -l -u 1000001 app
```

## When it is wrong
Releases whose `useradd` has no lastlog any more (Debian 13, Fedora 40) are not harmed, and `-l`
changes nothing there. hadolint takes every variable for a large number; here its value is looked up.

## Sources
useradd(8), option `--no-log-init`; https://docs.docker.com/build/building/best-practices/, "USER".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._users import is_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_LARGEST = 99_999


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for a user with a large number and a login log."""
    del facts
    value = command.value_of("-u", "--uid")
    if value is None or command.has("-l", "--no-log-init"):
        return
    number = value.text
    if number is None and run.stage is not None:
        number = run.stage.expanded(value.raw, run.instruction).value
    if number and is_number(number) and len(number) < 12 and int(number) > _LARGEST:
        yield Hit(
            command.span,
            f"useradd with the number {number} writes huge files of zeros; add -l",
            add_option(command, "-l"),
        )


rule = DockerfileRule(
    Rule(
        summary="useradd with a large number writes huge log files",
        severity=Severity.LOW,
        peers=("hadolint DL3046",),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=("useradd",),
)
