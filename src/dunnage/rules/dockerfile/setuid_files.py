"""Programs that run with more rights than whoever starts them.

## What it does
Looks for set-user-id and set-group-id bits (`chmod u+s`, `4755`, `install -m 4755`,
`COPY --chmod=4755`) and for file capabilities (`setcap`).

## Why it matters
Such a program lets any user of the container act as its owner, mostly root: one mistake in it and
`USER` protects nothing.

## Instead
Run the program as the user who needs the right, or give the capability to the container
(`--cap-add`, `securityContext.capabilities.add`) instead of to a file.

## When it is wrong
The set-group-id bit on a directory only hands its group down; `mkdir -m` and `install -d` are not
reported. Where `chmod` sets it, and where a file may bind low ports and nothing else
(`cap_net_bind_service`), it is one step lower.

## Sources
chmod(1), capabilities(7), setcap(8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._modes import SET_GROUP, SET_USER, of_command, of_flag
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._modes import Mode

_PORTS = "cap_net_bind_service"


def check_command(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every command that gives a file more rights."""
    del run, facts
    if command.name == "setcap":
        yield from _capabilities(command)
    else:
        yield from _hits(of_command(command))


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every --chmod that gives a file more rights."""
    del stage, facts
    if instruction.flags:
        yield from _hits(of_flag(instruction))


def _hits(mode: Mode | None) -> Iterator[Hit]:
    if mode is None or not mode.bits & (SET_USER | SET_GROUP):
        return
    user = bool(mode.bits & SET_USER)
    if mode.folder and not user:
        return
    yield Hit(
        mode.span,
        f"mode {mode.text} runs a program as its {'owner' if user else 'group'}, whoever starts it",
        severity=None if user else Severity.LOW,
    )


def _capabilities(command: Command) -> Iterator[Hit]:
    words = command.operands()
    if not words or command.has("-r", "-v"):
        return
    text = (words[0].text or "").lower()
    names = text.partition("=")[0].partition("+")[0]
    yield Hit(
        command.span,
        f"setcap gives a file {names[:60] or 'capabilities'}, whoever starts it",
        severity=Severity.LOW if names == _PORTS else None,
    )


rule = DockerfileRule(
    Rule(
        summary="a program runs with more rights than whoever starts it",
        severity=Severity.MEDIUM,
        peers=("dockle CIS-DI-0008",),
    ),
    command=check_command,
    commands=("chmod", "mkdir", "install", "setcap"),
    instruction=check,
    keywords=("COPY", "ADD"),
)
