"""The socket of a container engine, given to the build or to the container.

## What it does
Looks for the sockets of Docker, Podman, containerd and CRI-O in `VOLUME`, in mounts of `RUN`, in
`COPY` and `ADD`, and in commands that change who may use them.

## Why it matters
Who may talk to the engine is root on the host: it starts any container with any mount. `chmod 666`
on the socket gives that to every process.

## Instead
Build images inside of containers without an engine (BuildKit rootless, Buildah), and hand a socket,
where there is no other way, to a proxy that allows a few calls only.

## Sources
https://docs.docker.com/engine/security/, "Docker daemon attack surface".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_SOCKET = pattern(r"(?:^|[/=:\"])(docker|containerd|podman|crio)\.sock\b")


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every volume, mount or copy of a socket."""
    del stage, facts
    for flag in instruction.flags:
        if flag.name == "mount" and (match := _SOCKET.search(flag.value or "")):
            yield Hit(flag.span, f"this mount gives the {match[1]} engine of the host to the build")
    if instruction.keyword == "RUN":
        return
    for word in instruction.words:
        if match := _SOCKET.search(word.text):
            message = f"the socket of the {match[1]} engine: who may use it is root on the host"
            yield Hit(word.span, message)
            return


def check_command(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every change of who may use a socket."""
    del run, facts
    for word in command.words:
        if match := _SOCKET.search(word.text or ""):
            yield Hit(
                word.span, f"{command.name} on the socket of the {match[1]} engine of the host"
            )


rule = DockerfileRule(
    Rule(
        summary="the socket of a container engine is given away",
        severity=Severity.HIGH,
        peers=("semgrep dockerd-socket-mount",),
    ),
    instruction=check,
    keywords=("VOLUME", "RUN", "COPY", "ADD"),
    command=check_command,
    commands=("chmod", "chown", "chgrp"),
)
