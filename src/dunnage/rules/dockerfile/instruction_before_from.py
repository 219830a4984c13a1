"""An instruction in front of the first FROM.

## What it does
Reports instructions other than `ARG` before the first `FROM`.

## Why it matters
Before `FROM` there is no image that an instruction could change; the build stops.

## Instead
```dockerfile
ARG VERSION=3.22
FROM alpine:${VERSION}
LABEL org.opencontainers.image.title="example"
```

## Sources
Dockerfile reference, "Format": a Dockerfile must begin with a FROM instruction, which only
comments, parser directives and ARG may precede.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import KEYWORDS
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every known instruction that comes too early."""
    if not facts.stages:
        return
    for instruction in facts.file.instructions:
        if instruction.keyword == "FROM":
            return
        if instruction.keyword != "ARG" and instruction.keyword in KEYWORDS:
            yield Hit(
                instruction.keyword_span,
                f"{named(instruction)} stands before the first FROM; move it behind",
            )


rule = DockerfileRule(
    Rule(
        summary="an instruction stands before FROM",
        severity=Severity.CRITICAL,
        peers=("hadolint DL3061",),
    ),
    file=check,
)
