"""A command that makes no sense in a build.

## What it does
Looks for editors and viewers, remote shells, process and network tools, and commands that boot or
shut down a machine.

## Why it matters
A build has no terminal, no services and nobody who watches. Such a command does nothing, fails, or
shows that the step was tried out by hand; and what it needs was installed into the image for it.

## Instead
Leave it out. A service is started by the container (`CMD`), not by the build.

## When it is wrong
A service may be started for the rest of the same `RUN`, to fill a database, and killed at its end:
`service`, `kill` and `mount` are only reported where they are the last command. hadolint reports
them always.

## Sources
https://docs.docker.com/reference/dockerfile/, "RUN".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_NEVER = (
    "ssh", "vim", "vi", "nano", "emacs", "less", "more", "top", "htop", "free", "ifconfig",
    "shutdown", "reboot", "poweroff", "halt", "systemctl",
)  # fmt: skip
_LAST = ("service", "kill", "mount", "ps")


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every command that makes no sense in a build."""
    del facts
    if command.name in _LAST and (run.after(command) or command.piped):
        return
    if command.name == "systemctl" and command.verb not in {"start", "restart", "stop", "reload"}:
        return
    if command.name == "ssh" and command.has("-V"):
        return
    if command.name in {"more", "less"} and command.join == "|":
        return
    yield Hit(command.name_span, f"{command.name} makes no sense in a build; leave it out")


rule = DockerfileRule(
    Rule(
        summary="a command makes no sense in a build",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
        peers=("hadolint DL3001",),
    ),
    command=check,
    commands=(*_NEVER, *_LAST),
)
