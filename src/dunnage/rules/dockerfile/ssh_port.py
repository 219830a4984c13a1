"""A container that offers SSH.

## What it does
Looks for `EXPOSE 22`, also in a range and with a protocol.

## Why it matters
A shell over the network needs users, keys and updates of its own in every container. The engine
gives a shell to those who may have one (`docker exec`, `kubectl exec`).

## Instead
```dockerfile
EXPOSE 8080
```

## When it is wrong
Servers whose purpose is SSH: Git hosting, SFTP.

## Sources
https://docs.docker.com/reference/cli/docker/container/exec/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_SSH = 22


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every port that holds 22."""
    del facts
    for word in instruction.words:
        if word.text.isdigit() and not word.text.endswith("22"):
            continue
        value = stage.expanded(word.text, instruction).value if stage else word.text
        ports, _, protocol = (value or "").partition("/")
        first, _, last = ports.partition("-")
        if protocol.lower() in {"udp", "sctp"} or not (first.isascii() and first.isdigit()):
            continue
        end = last if last.isascii() and last.isdigit() else first
        if max(len(first), len(end)) < 6 and int(first) <= _SSH <= int(end):
            yield Hit(word.span, "the container offers SSH on port 22; use the engine's exec")


rule = DockerfileRule(
    Rule(
        summary="the container offers SSH",
        severity=Severity.MEDIUM,
        peers=("trivy DS-0004", "checkov CKV_DOCKER_1"),
    ),
    instruction=check,
    keywords=("EXPOSE",),
)
