"""A build step outside of the sandbox.

## What it does
Looks for `RUN --security=insecure` and `RUN --network=host`.

## Why it matters
The step runs with all capabilities and without seccomp, or in the network of the host. Every package
script and every download in it has that reach, and so has whoever may change the Dockerfile. Builders
refuse both unless they are started with the matching entitlement, which then holds for all builds.

## Instead
```dockerfile
RUN make
```
A privileged test belongs in a container that is started for it, after the build.

## Sources
https://docs.docker.com/reference/dockerfile/, "RUN --security" and "RUN --network".
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


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every flag that opens the sandbox."""
    del stage, facts
    for flag in instruction.flags:
        value = (flag.value or "").lower()
        if flag.name == "security" and value == "insecure":
            yield Hit(flag.span, "this step runs with all privileges; run it in the sandbox")
        elif flag.name == "network" and value == "host":
            message = "this step runs in the network of the host; leave the flag out"
            yield Hit(flag.span, message, severity=Severity.MEDIUM)


rule = DockerfileRule(
    Rule(summary="a build step runs outside of the sandbox", severity=Severity.HIGH),
    instruction=check,
    keywords=("RUN",),
)
