"""A user who may become root without a password.

## What it does
Looks for `NOPASSWD` in `RUN` and in here-documents of stages that make up the image.

## Why it matters
The image runs as an ordinary user, yet every process of that user is root whenever it likes. It
looks like the protection of `USER` and is none.

## Instead
Do what needs root in the build, before `USER`:
```dockerfile
RUN apt-get update && apt-get install -y --no-install-recommends git
USER 10001
```

## When it is wrong
Images to develop in, where a person works in the container, often want it.

## Sources
sudoers(5), "NOPASSWD".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_WORD = b"NOPASSWD"


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit at the first NOPASSWD of an instruction."""
    at = facts.file.data.find(_WORD, *instruction.span)
    if at < 0 or not facts.is_shipped(stage):
        return
    if any(comment.span.start <= at < comment.span.end for comment in instruction.inside):
        return
    yield Hit(
        Span(at, at + len(_WORD)),
        "a user may become root without a password; do what needs root in the build instead",
    )


rule = DockerfileRule(
    Rule(summary="a user may become root without a password", severity=Severity.MEDIUM),
    instruction=check,
    keywords=("RUN", "COPY", "ADD"),
)
