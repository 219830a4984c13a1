"""ONBUILD with an instruction it cannot hold.

## What it does
Reports `ONBUILD ONBUILD`, `ONBUILD FROM` and `ONBUILD MAINTAINER`.

## Why it matters
The build stops at it.

## Instead
```dockerfile
FROM alpine:3.22
ONBUILD COPY . /app
```

## Sources
Dockerfile reference, "ONBUILD limitations".
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

_FORBIDDEN = frozenset({"ONBUILD", "FROM", "MAINTAINER"})


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit if the instruction it holds is forbidden."""
    del stage, facts
    inner = instruction.inner
    if inner is not None and inner.keyword in _FORBIDDEN:
        yield Hit(
            inner.keyword_span,
            f"ONBUILD cannot hold {inner.keyword}; write it in the Dockerfile that is built on this",
        )


rule = DockerfileRule(
    Rule(
        summary="ONBUILD holds a forbidden instruction",
        severity=Severity.CRITICAL,
        peers=("hadolint DL3043",),
    ),
    instruction=check,
    keywords=("ONBUILD",),
)
