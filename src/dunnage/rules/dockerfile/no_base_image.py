"""A Dockerfile without FROM.

## What it does
Reports a file that is empty, has only comments, or has instructions but no `FROM`.

## Why it matters
There is nothing to build: `file with no instructions`, or `no build stage in current context`.

## Instead
```dockerfile
FROM alpine:3.22
CMD ["sh"]
```

## Sources
Dockerfile reference, "FROM".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit if the file has no FROM."""
    if "FROM" in facts.by_keyword:
        return
    instructions = facts.file.instructions
    if not instructions:
        yield Hit(Span(0, 0), "the file has no instructions; begin with FROM")
        return
    if any(one.keyword != "ARG" for one in instructions) or facts.file.whole:
        yield Hit(
            instructions[0].keyword_span, "nothing says what the image starts from; add a FROM"
        )


rule = DockerfileRule(
    Rule(
        summary="the file has no FROM",
        severity=Severity.CRITICAL,
        peers=("hadolint DL3061",),
    ),
    file=check,
)
